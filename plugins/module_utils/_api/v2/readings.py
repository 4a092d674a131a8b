# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner says of itself, in one form for all generations of firmware.

`normalise` turns replies into facts, `commands_for` tells which commands to ask for them. There is one rule: a value
that the firmware doesn't give, or gives in a form that makes no sense, has no key. Nothing is guessed. Where each fact
comes from stands in the tables below; sections are those of the API document, V1.3.11, and what it doesn't have is what
firmware in the field was seen to answer.
"""

from __future__ import annotations

import math
import re
import sys

from ..._facts import error_codes
from ..errors import BadParameter, CommandRefused

# --- Which commands a subset needs ------------------------------------------------------------------------------------

# The document has edevs and devs as one (section 3.3): the first is asked, either is understood.
_BOARDS = ("edevs", "devs")

# Commands that join (section 3.8) stand first, so that who asks can put neighbours into one request.
_ORDER = (
    "summary",
    "edevs",
    "devdetails",
    "pools",
    "status",
    "get_version",
    "get_psu",
    "get_miner_info",
    "get_error_code",
)

OPTIONAL = frozenset(("devdetails", "edevs", "devs", "status", "get_version", "get_psu", "get_miner_info", "get_error_code"))
"""Commands that some firmware doesn't know, in whole or any more. Its facts do without: that's no fault of the miner."""

READS = {
    "all": _ORDER,
    "min": ("summary", "devdetails", "status", "get_version", "get_miner_info"),
    "boards": ("edevs",),
    "errors": ("summary", "get_error_code"),
    "fans": ("summary", "get_psu"),
    "hashrate": ("summary",),
    "network": ("get_miner_info",),
    "pools": ("pools",),
    "power": ("summary", "status"),
    "psu": ("get_psu",),
    "state": ("summary", "status"),
    "system": ("summary", "get_miner_info"),
    "temperature": ("summary", "edevs"),
    "version": ("summary", "status", "get_version"),
}
"""Subset of facts -> the API commands that it needs. ``min`` is which machine it is, what it runs, and whether it's on."""


def commands_for(subsets):
    """The API commands that *subsets*, a list as in ``gather_subset``, need: a tuple, each once, joinable ones first.

    As elsewhere in Ansible: ``min`` is always part of it unless ``!min`` is there, ``!name`` leaves a subset out,
    ``!all`` leaves ``min``, and exclusions alone are taken from ``all``. Subsets choose commands, not facts: what a
    command tells besides comes along. Raises BadParameter for an unknown name.
    """
    wanted, unwanted = set(), set()
    for subset in subsets:
        chosen, name = (unwanted, subset[1:]) if subset.startswith("!") else (wanted, subset)
        if name not in READS:
            raise BadParameter("gather_subset", f'made of {", ".join(READS)}, or these behind a "!", and not {subset!r}')
        chosen.add(name)
    if "all" in unwanted:
        wanted.discard("all")
    elif "all" in wanted or not wanted:
        wanted = set(READS) - {"all"}
    wanted = (wanted | {"min"}) - unwanted
    return tuple(command for command in _ORDER if any(command in READS[name] for name in wanted))


# --- Values: what is received -> what is meant, or None ---------------------------------------------------------------


def text(value):
    """*value* as a string without blanks around it; None where it says nothing or is no text. 7 is ``"7"``.

    Much of what the miners of a fleet say is the same: as one string for all, it's a fifth of their facts' memory.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    value = value.strip()
    return sys.intern(value) if value and value.lower() != "n/a" else None


_BEYOND_MEASURE = 1e30


def number(value):
    """*value* as an int or a finite float; None where it is no number. Text that reads as a number is one."""
    if isinstance(value, str):
        if "_" in value:  # a separator to Python, not to a miner
            return None
        try:
            value = int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if -_BEYOND_MEASURE < value < _BEYOND_MEASURE else None


# Compiled at import, as everything here is: a worker that Ansible forks for each task would compile it again and again.
_BETWEEN_DIGITS = re.compile(r"[:.\-\s]")
_TWELVE_DIGITS = re.compile(r"[0-9A-F]{12}")
_DOTTED_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_BLANKS_OR_COMMAS = re.compile(r"[\s,]+")


def mac_address(value):
    """A MAC address in the form ``C4:05:08:00:02:3B``, however it's written; None where *value* is none.

    All zeros or all ones name no machine, so they are none either.
    """
    digits = _BETWEEN_DIGITS.sub("", value).upper() if isinstance(value, str) else ""
    if not _TWELVE_DIGITS.fullmatch(digits) or digits in ("0" * 12, "F" * 12):
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def firmware_version(value):
    """A firmware version without the quotes that some firmware puts around it: ``"'20210322.22.REL'"``."""
    value = text(value)
    return text(value.strip("'\" ")) if value else None


def api_version(value):
    """The digits of an API version: ``1.4.0`` from ``whatsminer v1.4.0``."""
    found = _DOTTED_NUMBER.search(text(value) or "")
    return found.group() if found else None


def _lower(value):
    value = text(value)
    return sys.intern(value.lower()) if value else None


def _one_of(*choices):
    def convert(value):
        value = _lower(value)
        return value if value in choices else None

    return convert


_FLAGS = {"true": True, "false": False, "enable": True, "disable": False, "1": True, "0": False}


def _led(value):
    """Firmware since 2024 shows the pattern itself where the LED isn't automatic."""
    value = _lower(value)
    return value if value in (None, "auto") else "manual"


def _flag(value):
    return value if isinstance(value, bool) else _FLAGS.get(_lower(value))


def _on_unless(value):
    off = _flag(value)
    return None if off is None else "off" if off else "on"


def _whole(value):
    value = number(value)
    return None if value is None else round(value)


def _scaled(divisor, digits):
    def convert(value):
        value = number(value)
        return None if value is None else round(value / divisor, digits)

    return convert


def _known(convert):
    """*convert* for what can't be negative: firmware since 2024 shows -1 where it doesn't know a value."""

    def converted(value):
        value = convert(value)
        return None if value is None or value < 0 else value

    return converted


_count = _known(_whole)
_decimal = _scaled(1, 2)
_measure = _known(_decimal)
_ths_from_mhs = _known(_scaled(1_000_000, 3))
_ths_from_ghs = _known(_scaled(1_000, 3))


def _limit(value):
    """A power limit in effect; 2^31 and the like mean that it isn't known."""
    watts = _count(value)
    return watts if watts is not None and watts < _NO_LIMIT_WATTS else None


# adjust_power_limit takes up to 99999, which resets the limit (API 2.0.5, "Adjust power limit").
_NO_LIMIT_WATTS = 99_999


def _asked_limit(value):
    """A power limit that was asked for; 0 is none."""
    return _limit(value) or None


def _volts(value):
    """Power supplies give volts or hundredths of them; no mains has more than 1000 V."""
    volts = _measure(value)
    return volts if volts is None or volts <= 1000 else round(volts / 100, 2)


def _words(value):
    """A list of words, given as a list or as text with blanks or commas between (section 2.12, "Divide by a space")."""
    if isinstance(value, str):
        value = _BLANKS_OR_COMMAS.split(value)
    return [word for word in map(text, value) if word] if isinstance(value, list) else None


# --- Where each fact comes from ---------------------------------------------------------------------------------------


_SEPARATORS = str.maketrans("", "", " _-%")


class _Folded(dict):
    """A field's name -> that without what differs among generations: ``Firmware Version`` is ``FirmwareVersion``.

    Fleets repeat the same few hundred names, so they're kept: but no miner can fill the memory with others.
    """

    _MOST = 1024
    _LONGEST = 64

    def __missing__(self, name):
        folded = name[: self._LONGEST].translate(_SEPARATORS).lower()
        if len(self) < self._MOST and len(name) <= self._LONGEST:
            self[name] = folded
        return folded


_FOLDED = _Folded()


def _table(rows):
    return {fact: (convert, [_FOLDED[source] for source in sources]) for fact, (convert, *sources) in rows.items()}


# fact: (converter, "command.field" in order of preference). A dot in a fact's name opens a dict.
_FACTS = _table(
    {
        "mac": (mac_address, "summary.MAC", "get_miner_info.mac"),
        "model": (text, "devdetails.Model", "get_version.miner_type"),
        "serial": (text, "get_miner_info.minersn"),
        "firmware_version": (
            firmware_version,
            "get_version.fw_ver",
            "summary.Firmware Version",
            "status.Firmware Version",
        ),
        "api_version": (api_version, "get_version.api_ver"),
        "platform": (_lower, "get_version.platform", "summary.CB Platform"),
        "hostname": (text, "get_miner_info.hostname"),
        "state": (_on_unless, "status.mineroff", "status.btmineroff"),
        "power_mode": (_one_of("low", "normal", "high"), "status.power_mode", "summary.Power Mode"),
        "power_watts": (_count, "summary.Power", "summary.Power_RT"),
        "power_limit_watts": (_asked_limit, "status.power_limit_set"),
        "power_limit_effective_watts": (_limit, "summary.Power Limit"),
        "power_percent": (_count, "status.power_pct"),
        "frequency_percent": (_whole, "status.hash_percent"),
        "upfreq_speed": (_count, "get_miner_info.upfreq_speed"),
        "fast_hash": (_flag, "status.fast_hash", "status.fast_mining"),
        "hashrate_ths.average": (_ths_from_mhs, "summary.MHS av"),
        "hashrate_ths.realtime": (_ths_from_mhs, "summary.HS RT", "summary.MHS 5s", "summary.MHS 1m"),
        "hashrate_ths.factory": (_ths_from_ghs, "summary.Factory GHS"),
        "uptime_seconds": (_count, "summary.Uptime"),
        "elapsed_seconds": (_count, "summary.Elapsed"),
        "temperature_c.environment": (_decimal, "summary.Env Temp"),
        "temperature_c.board_max": (_decimal, "summary.Temperature"),
        "temperature_c.chip_max": (_decimal, "summary.Chip Temp Max"),
        "temperature_c.liquid": (_decimal, "status.liquid_temp", "summary.liquid_temp"),
        # Section 3.1 describes "Fan Speed In" as the fan at the air outlet, and "Out" as the one at the inlet. Names
        # and descriptions can't both be right: miners' own pages and every public client go by the names.
        "fans_rpm.inlet": (_count, "summary.Fan Speed In"),
        "fans_rpm.outlet": (_count, "summary.Fan Speed Out"),
        "fans_rpm.psu": (_count, "summary.Power Fanspeed", "get_psu.fan_speed"),
        "psu.model": (text, "get_psu.model", "get_psu.name"),
        "psu.serial": (text, "get_psu.serial_no", "get_miner_info.powersn"),
        "psu.vendor": (text, "get_psu.vendor", "get_psu.vender"),
        "psu.firmware": (text, "get_psu.sw_version"),
        "psu.hardware": (text, "get_psu.hw_version"),
        "psu.temperature_c": (_measure, "get_psu.temp0"),
        "psu.input_voltage_volts": (_volts, "get_psu.vin"),
        "psu.input_current_amperes": (_known(number), "get_psu.iin"),  # _add_current tells the unit
        "psu.input_power_watts": (_count, "get_psu.pin"),
        "psu.fan_rpm": (_count, "get_psu.fan_speed"),
        "network.address": (text, "get_miner_info.ip"),
        "network.netmask": (text, "get_miner_info.netmask"),
        "network.gateway": (text, "get_miner_info.gateway"),
        "network.dns": (_words, "get_miner_info.dns"),
        "network.proto": (_one_of("dhcp", "static"), "get_miner_info.proto"),
        "network.hostname": (text, "get_miner_info.hostname"),
        "network.mac": (mac_address, "get_miner_info.mac"),
        "network.ntp_servers": (_words, "get_miner_info.ntp"),
        "led": (_led, "get_miner_info.ledstat"),
        "fast_boot": (_flag, "summary.Btminer Fast Boot"),
    }
)

# Of each hash board, section 3.3.
_BOARD = _table(
    {
        "slot": (_whole, "Slot", "ASC"),
        "temperature_c": (_decimal, "Temperature"),
        "chip_temperature_max_c": (_decimal, "Chip Temp Max"),
        "frequency_mhz": (_whole, "Chip Frequency", "Frequency"),
        "hashrate_ths": (_known(number), "MHS av"),  # _boards tells the unit
        "hashrate_factory_ths": (_ths_from_ghs, "Factory GHS", "HS Factory"),
        "upfreq_complete": (_flag, "Upfreq Complete"),
        "serial": (text, "PCB SN"),
        "chips": (_count, "Effective Chips"),
    }
)

# Of each pool, section 3.2.
_POOL = _table(
    {
        "url": (text, "URL"),
        "user": (text, "User"),
        "status": (text, "Status"),
        "priority": (_whole, "Priority"),
        "active": (_flag, "Stratum Active"),
        "accepted": (_whole, "Accepted"),
        "rejected": (_whole, "Rejected"),
        "rejected_percent": (_scaled(1, 4), "Pool Rejected%"),
        "difficulty": (_decimal, "Stratum Difficulty"),
        "last_share_epoch": (_whole, "Last Share Time"),
    }
)


# What shows that an unframed reply is a command's: one of these fields (`tells`).
_FIELDS = {
    "geterrorcode": {"errorcode"},
    **dict.fromkeys(("edevs", "devs"), {source for _convert, sources in _BOARD.values() for source in sources}),
    "pools": {source for _convert, sources in _POOL.values() for source in sources},
}
for _convert, _sources in _FACTS.values():
    for _source in _sources:
        _command, _dot, _field = _source.partition(".")
        _FIELDS.setdefault(_command, set()).add(_field)


def tells(command, reply):
    """Whether *reply*, a `wire.Reply` without any frame, has a field of those that *command* shows.

    An echo of the request hasn't, nor has the JSON of another kind of machine. A list of error codes has no fields.
    """
    if command == "get_error_code" and isinstance(reply.body, list):
        return True
    fields = _FIELDS.get(_FOLDED[command], set())
    return any(_FOLDED[name] in fields for record in reply.records for name in record)


# --- Replies -> facts -------------------------------------------------------------------------------------------------


def normalise(replies):
    """The facts in *replies*: a dict that JSON can hold, without keys for what isn't known. Never raises.

    *replies* maps the names of API commands to `wire.Reply` objects, or to the exceptions that came instead, which
    count as not asked. Units are in the names; temperatures, hash rates, volts and amperes are floats, the other
    numbers ints. Besides the facts of the tables:

    - ``state`` (``on``, ``off``) is what `status` says. Without it, a miner that hashes is on. One whose firmware has no
      `status`, and that makes and takes nothing, is off. Else nothing is certain.
    - ``tuning`` (bool): not off, and still on the way to its frequency, so that it makes less than it will.
    - ``efficiency_j_per_th`` (float): watts by the real-time, else the average hash rate.
    - ``hashrate_ths.expected`` (float): see `_add_expected`.
    - ``boards`` (list of dicts by slot), ``pools`` (list of dicts by priority, whose numbering may begin at 0 or 1),
      ``errors`` (list of ``{"code": int, "component": str, "meaning": str, "remedy": str, "since": str, "reason": str}``
      by code; ``since`` is the miner's own clock, ``reason`` its own words, and not all firmware has them): empty where
      the miner says that there are none.
    - ``raw``: command -> the whole reply as it was received.
    """
    answers = {command: reply for command, reply in replies.items() if _answered(command, reply)}
    fields = _fields(answers)
    facts = _nested(_extract(_FACTS, fields))
    boards = next((answers[command] for command in _BOARDS if command in answers), None)
    if boards is not None:
        facts["boards"] = _boards(boards.records, facts.get("hashrate_ths", {}))
        _add_hottest(facts)
    if "pools" in answers:
        facts["pools"] = _pools(answers["pools"].records)
    _add_errors(facts, fields, answers.get("get_error_code"))
    _add_current(facts)
    _add_state(facts, has_status=not isinstance(replies.get("status"), CommandRefused))
    _add_derived(facts)
    if answers:
        facts["raw"] = {command: reply.body for command, reply in answers.items()}
    return facts


def _answered(command, reply):
    return (command in _ORDER or command in _BOARDS) and not isinstance(reply, Exception) and reply.ok


def _fields(answers):
    """``command.field``, folded, -> value, of all commands whose answer is about the miner as a whole."""
    fields = {}
    for command, reply in answers.items():
        if command in _BOARDS or command == "pools":
            continue
        prefix = _FOLDED[command] + "."
        for record in reply.records:
            for name, value in record.items():
                name = prefix + _FOLDED[name]
                if fields.get(name) in (None, ""):
                    fields[name] = value
    version = answers.get("get_version")
    if version is not None and not version.records:  # firmware 1.3 answers with the API's version alone
        fields["getversion.apiver"] = version.text
    return fields


def _extract(table, fields):
    found = {}
    for fact, (convert, sources) in table.items():
        for source in sources:
            value = convert(fields[source]) if source in fields else None
            if value is not None:
                found[fact] = value
                break
    return found


def _nested(flat):
    nested = {}
    for name, value in flat.items():
        outer, _dot, inner = name.rpartition(".")
        (nested.setdefault(outer, {}) if outer else nested)[inner] = value
    return nested


def _rows(table, records):
    rows = (_extract(table, {_FOLDED[name]: value for name, value in record.items()}) for record in records)
    return [row for row in rows if row]


def _boards(records, hashrate):
    """The boards by slot. Their rates are MH/s, and since 2024 TH/s under the same names: the miner's own rate tells."""
    boards = sorted(_rows(_BOARD, records), key=lambda board: board.get("slot", math.inf))
    total = sum(board.get("hashrate_ths", 0) for board in boards)
    divisor = _board_divisor(total, max((board.get("hashrate_ths", 0) for board in boards), default=0), hashrate.get("average"))
    for board in boards:
        if "hashrate_ths" in board:
            board["hashrate_ths"] = round(board["hashrate_ths"] / divisor, 3)
    return boards


_MHS_PER_THS = 1_000_000
_MOST_THS_OF_A_BOARD = 10_000  # none makes more than some hundreds


def _board_divisor(total, most, miner_ths):
    """By what to divide the boards' rates, which make *total* together and *most* alone, to have TH/s."""
    if total and miner_ths:
        return _likelier_divisor(_MHS_PER_THS, total, miner_ths)
    return _MHS_PER_THS if most > _MOST_THS_OF_A_BOARD else 1


def _likelier_divisor(unit, value, expected):
    """1 or *unit*: that by which *value*, divided, comes closer to *expected*. Both are positive."""
    distance = math.log(value) - math.log(expected)
    return 1 if abs(distance) <= abs(distance - math.log(unit)) else unit


def _pools(records):
    """The pools in use: an empty slot is a record without a URL."""
    pools = [pool for pool in _rows(_POOL, records) if "url" in pool]
    return sorted(pools, key=lambda pool: pool.get("priority", math.inf))


def _add_hottest(facts):
    """The boards themselves know best which of them, and which chip, is hottest; summary has it undocumented."""
    for name, field in (("board_max", "temperature_c"), ("chip_max", "chip_temperature_max_c")):
        temperatures = [board[field] for board in facts["boards"] if field in board]
        if temperatures:
            facts.setdefault("temperature_c", {})[name] = max(temperatures)


_MOST_AMPERES = 200  # none takes more than some dozens
_LEAST_AMPERES = 0.01


def _add_current(facts):
    """Power supplies give milliamperes or amperes: which of both, their power tells, else the size."""
    psu = facts.get("psu", {})
    current = psu.get("input_current_amperes")
    if current is None:
        return
    volts, watts = psu.get("input_voltage_volts"), psu.get("input_power_watts") or facts.get("power_watts")
    if current and volts and watts:
        divisor = _likelier_divisor(1000, current, max(watts / volts, _LEAST_AMPERES))
    else:
        divisor = 1000 if current > _MOST_AMPERES else 1
    psu["input_current_amperes"] = round(current / divisor, 3)


def _add_state(facts, has_status):
    """Whether it's on, and whether it's on the way to its frequency.

    Mining that begins anew, after a start or another power limit, shows rates and limit of 0 for minutes, on a miner that
    is on. While powered off, firmware since 2022 shows zeros, too.
    """
    rates = [rate for name, rate in facts.get("hashrate_ths", {}).items() if name in ("average", "realtime")]
    idle = bool(rates) and not any(rates)
    if rates and not idle:
        facts.setdefault("state", "on")
    elif idle and not has_status and facts.get("power_watts") == 0:
        facts.setdefault("state", "off")
    complete = [board["upfreq_complete"] for board in facts.get("boards", ()) if "upfreq_complete" in board]
    if facts.get("state") == "off":
        facts["tuning"] = False
    elif idle and facts.get("power_limit_effective_watts") == 0 or complete and not all(complete):
        facts["tuning"] = True
    elif complete:
        facts["tuning"] = False


def _add_derived(facts):
    hashrate = facts.get("hashrate_ths", {})
    ths = hashrate.get("realtime", hashrate.get("average", 0))
    if ths > 0 and facts.get("power_watts", 0) > 0:
        facts["efficiency_j_per_th"] = round(facts["power_watts"] / ths, 2)
    _add_expected(facts, hashrate)


def _add_expected(facts, hashrate):
    """The hash rate that a healthy miner makes as it is set, as far as that is known.

    It's the factory rate, less what target frequency, power percentage and power limit take away. What low and high mode
    do to it, no source says: there is no such fact then.
    """
    factory = hashrate.get("factory")
    if not factory or facts.get("state") == "off" or facts.get("power_mode", "normal") != "normal":
        return
    expected = factory * max(100 + facts.get("frequency_percent", 0), 0) / 100 * min(facts.get("power_percent", 100), 100) / 100
    efficiency = facts.get("efficiency_j_per_th")
    if efficiency and facts.get("power_limit_watts"):
        expected = min(expected, facts["power_limit_watts"] / efficiency)
    hashrate["expected"] = round(expected, 3)


# --- Errors -----------------------------------------------------------------------------------------------------------

_ERROR_CODE = "summary.errorcode"
_SINCE = ("time", "since", "when", "date")
_REASON = ("reason", "desc", "description", "msg")


def _add_errors(facts, fields, reply):
    """Error codes from summary, ``Error Code 0`` and so on (section 3.1), and from get_error_code, which adds times."""
    numbered = (name for name in fields if name.startswith(_ERROR_CODE) and name[len(_ERROR_CODE) :].isdecimal())
    listing = _error_listing(fields, reply)
    errors = {}
    for code, since, reason in [(fields[name], None, None) for name in numbered] + _listed_errors(listing):
        code = _whole(code)
        if code:
            told = {"since": text(since), "reason": text(reason)}
            error = errors.setdefault(code, error_codes.explain(code))
            error.update({name: value for name, value in told.items() if value and name not in error})
    if errors or listing is not None or number(fields.get("summary.errorcodecount")) == 0:
        facts["errors"] = [errors[code] for code in sorted(errors)]


def _error_listing(fields, reply):
    """What get_error_code answered with, under ``error_code``, ``Msg`` or nothing, as a list; None without one."""
    entries = fields.get("geterrorcode.errorcode")
    if entries is None and reply is not None:
        entries = reply.body.get("Msg") if isinstance(reply.body, dict) else reply.body
        entries = entries if isinstance(entries, list) else None
    if isinstance(entries, str):
        entries = [word for word in _BLANKS_OR_COMMAS.split(entries) if word]
        return entries if all(number(word) is not None for word in entries) else None
    return entries if isinstance(entries, (list, type(None))) else [entries]


def _listed_errors(listing):
    """``(code, since, reason)`` of each entry, in all the forms that firmware has.

    They are ``"218"``, ``218``, ``{"218": "2024-06-15 10:30:00"}``, the same with ``"reason"`` beside the code, and
    ``{"code": 218, "desc": "..."}``.
    """
    found = []
    for entry in listing or ():
        if not isinstance(entry, dict):
            found.append((entry, None, None))
            continue
        told = {name.lower(): value for name, value in entry.items()}
        reason = next((told[name] for name in _REASON if name in told), None)
        if "code" in told:
            found.append((told["code"], next((told[name] for name in _SINCE if name in told), None), reason))
        else:
            found += [(name, value, reason) for name, value in told.items() if number(name) is not None]
    return found
