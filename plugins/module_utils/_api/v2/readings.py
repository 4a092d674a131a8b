# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner says of itself, in one form for all generations of firmware.

`normalise` turns replies into facts, `commands_that_show` tells which commands to ask for some. There is one
rule: a value that the firmware doesn't give, or gives in a form that makes no sense, has no key. Nothing is
guessed. Where each fact comes from stands in the tables below; sections are those of the API document,
V1.3.11, and what it doesn't have is what firmware in the field was seen to answer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

from ..._facts import derived, reported_errors, tables
from ..._facts.tables import FOLDED, extract, nested, rows_of, table
from ..._facts.values import (
    api_version,
    asked_limit,
    celsius,
    count,
    decimal,
    firmware_version,
    flag,
    known,
    led,
    limit,
    lower,
    mac_address,
    measure,
    number,
    on_unless,
    one_of,
    percent,
    scaled,
    share,
    slot,
    text,
    ths_from_ghs,
    ths_from_mhs,
    url,
    volts,
    watts,
    whole,
    words,
)
from ..errors import CommandRefused
from . import reads
from .reads import BOARDS, SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..._facts.shapes import BoardFacts, Facts, HashrateFacts, PoolFacts
    from .replies import Reply

# --- Where each fact comes from -----------------------------------------------------------------------------


# fact: (converter, "command.field" in order of preference). A dot in a fact's name opens a dict.
_FACTS = table(
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
        "platform": (lower, "get_version.platform", "summary.CB Platform"),
        "hostname": (text, "get_miner_info.hostname"),
        "state": (on_unless, "status.mineroff", "status.btmineroff"),
        "power_mode": (one_of("low", "normal", "high"), "status.power_mode", "summary.Power Mode"),
        "power_watts": (watts, "summary.Power", "summary.Power_RT"),
        "power_limit_watts": (asked_limit, "status.power_limit_set"),
        "power_limit_effective_watts": (limit, "summary.Power Limit"),
        "power_percent": (share, "status.power_pct"),
        "frequency_percent": (percent, "status.hash_percent"),
        "upfreq_speed": (count, "get_miner_info.upfreq_speed"),
        "fast_hash": (flag, "status.fast_hash", "status.fast_mining"),
        "hashrate_ths.average": (ths_from_mhs, "summary.MHS av"),
        "hashrate_ths.realtime": (ths_from_mhs, "summary.HS RT", "summary.MHS 5s", "summary.MHS 1m"),
        "hashrate_ths.factory": (ths_from_ghs, "summary.Factory GHS"),
        "uptime_seconds": (count, "summary.Uptime"),
        "elapsed_seconds": (count, "summary.Elapsed"),
        "temperature_c.environment": (celsius, "summary.Env Temp"),
        "temperature_c.board_max": (celsius, "summary.Temperature"),
        "temperature_c.chip_max": (celsius, "summary.Chip Temp Max"),
        "temperature_c.liquid": (celsius, "status.liquid_temp", "summary.liquid_temp"),
        # Section 3.1 describes "Fan Speed In" as the fan at the air outlet, and "Out" as the one at the
        # inlet. Names and descriptions can't both be right: miners' own pages and every public client go by
        # the names.
        "fans_rpm.inlet": (count, "summary.Fan Speed In"),
        "fans_rpm.outlet": (count, "summary.Fan Speed Out"),
        "fans_rpm.psu": (count, "summary.Power Fanspeed", "get_psu.fan_speed"),
        "psu.model": (text, "get_psu.model", "get_psu.name"),
        "psu.serial": (text, "get_psu.serial_no", "get_miner_info.powersn"),
        "psu.vendor": (text, "get_psu.vendor", "get_psu.vender"),
        "psu.firmware": (text, "get_psu.sw_version"),
        "psu.hardware": (text, "get_psu.hw_version"),
        "psu.temperature_c": (measure, "get_psu.temp0"),
        "psu.input_voltage_volts": (volts, "get_psu.vin"),
        "psu.input_current_amperes": (known(number), "get_psu.iin"),  # derived.add_current tells the unit
        "psu.input_power_watts": (watts, "get_psu.pin"),
        "psu.fan_rpm": (count, "get_psu.fan_speed"),
        "network.address": (text, "get_miner_info.ip"),
        "network.netmask": (text, "get_miner_info.netmask"),
        "network.gateway": (text, "get_miner_info.gateway"),
        "network.dns": (words, "get_miner_info.dns"),
        "network.proto": (one_of("dhcp", "static"), "get_miner_info.proto"),
        "network.hostname": (text, "get_miner_info.hostname"),
        "network.mac": (mac_address, "get_miner_info.mac"),
        "network.ntp_servers": (words, "get_miner_info.ntp"),
        "led": (led, "get_miner_info.ledstat"),
        "fast_boot": (flag, "summary.Btminer Fast Boot"),
    }
)

# Of each hash board, section 3.3.
_BOARD = table(
    {
        "slot": (slot, "Slot", "ASC"),
        "temperature_c": (celsius, "Temperature"),
        "chip_temperature_max_c": (celsius, "Chip Temp Max"),
        "frequency_mhz": (whole, "Chip Frequency", "Frequency"),
        "hashrate_ths": (known(number), "MHS av"),  # _boards tells the unit
        "hashrate_factory_ths": (ths_from_ghs, "Factory GHS", "HS Factory"),
        "upfreq_complete": (flag, "Upfreq Complete"),
        "serial": (text, "PCB SN"),
        "chips": (count, "Effective Chips"),
    }
)

# Of each pool, section 3.2.
_POOL = table(
    {
        "url": (url, "URL"),
        "user": (text, "User"),
        "status": (text, "Status"),
        "priority": (whole, "Priority"),
        "active": (flag, "Stratum Active"),
        "accepted": (whole, "Accepted"),
        "rejected": (whole, "Rejected"),
        "rejected_percent": (scaled(1, 4), "Pool Rejected%"),
        "difficulty": (decimal, "Stratum Difficulty"),
        "last_share_epoch": (whole, "Last Share Time"),
    }
)


# Fact -> the commands that may show it, in order of preference; those of the tables, and what follows from
# several.
_COMMAND_OF = {FOLDED[command]: command for command in SEQUENCE}
_SHOWN_BY: dict[str, tuple[str, ...]] = {
    fact: tuple(dict.fromkeys(_COMMAND_OF[source.partition(".")[0]] for source in sources))
    for fact, (_convert, sources) in _FACTS.items()
}
_SHOWN_BY.update(
    {
        "state": (reads.STATUS, reads.SUMMARY),
        "tuning": (reads.SUMMARY, reads.EDEVS, reads.STATUS),
        "boards": (reads.EDEVS,),
        "pools": (reads.POOLS,),
        "errors": (reads.SUMMARY, reads.ERRORS),
    }
)


def commands_that_show(facts: Iterable[str], replies: Mapping[str, Reply | Exception]) -> tuple[str, ...]:
    """The commands to ask next, so that *facts* (``power_mode``, ``network.address``) show, beside *replies*.

    Each fact that *replies* don't show is asked for at the next place where it may stand. Empty where nothing
    is left to ask.
    """
    wanted = set()
    fields = _fields(_answers(replies)) if replies else {}
    for fact in facts:
        place = next((command for command in _SHOWN_BY.get(fact, ()) if command not in replies), None)
        if place is not None and not (replies and _is_shown(fact, fields, replies)):
            wanted.add(place)
    return tuple(command for command in SEQUENCE if command in wanted)


def _is_shown(fact: str, fields: Mapping[str, Any], replies: Mapping[str, Reply | Exception]) -> bool:
    """Whether *replies*, which hold *fields*, show *fact*."""
    if fact not in _FACTS:
        return tables.find(normalise(replies), fact) is not None
    return bool(extract({fact: _FACTS[fact]}, fields))


# What shows that an unframed reply is a command's: one of these fields (`tells`).
_FIELDS: dict[str, set[str]] = {
    "geterrorcode": {"errorcode"},
    **dict.fromkeys(
        BOARDS, {source for _convert, sources in _BOARD.values() for source in sources}
    ),
    reads.POOLS: {source for _convert, sources in _POOL.values() for source in sources},
}
for _convert, _sources in _FACTS.values():
    for _source in _sources:
        _command, _dot, _field = _source.partition(".")
        _FIELDS.setdefault(_command, set()).add(_field)


def tells(command: str, reply: Reply) -> bool:
    """Whether *reply*, a `Reply` without any frame, has a field of those that *command* shows.

    An echo of the request hasn't, nor has the JSON of another kind of machine. A list of error codes has no
    fields.
    """
    if command == reads.ERRORS and isinstance(reply.body, list):
        return True
    fields = _FIELDS.get(FOLDED[command], set())
    return any(FOLDED[name] in fields for record in reply.records for name in record)


# --- Replies -> facts ---------------------------------------------------------------------------------------


def normalise(replies: Mapping[str, Reply | Exception]) -> Facts:
    """The facts in *replies*: a dict that JSON can hold, without keys for what isn't known. Never raises.

    *replies* maps the names of API commands to `Reply` objects, or to the exceptions that came instead,
    which count as not asked. Units are in the names; temperatures, hash rates, volts and amperes are floats,
    the other numbers ints. Besides the facts of the tables:

    - ``state`` (``on``, ``off``) is what `status` says. Without it, a miner that hashes is on. One whose
      firmware has no `status`, and that makes and takes nothing, is off. Else nothing is certain.
    - ``tuning`` (bool): not off, and still on the way to its frequency, so that it makes less than it will.
    - ``efficiency_j_per_th`` (float): watts by the real-time, else the average hash rate.
    - ``hashrate_ths.expected`` (float): see `derived`.
    - ``boards`` (list of dicts by slot), ``pools`` (list of dicts by priority, whose numbering may begin at 0
      or 1), ``errors`` (list of ``{"code": int, "component": str, "meaning": str, "remedy": str, "since":
      str, "reason": str}`` by code; ``since`` is the miner's own clock, ``reason`` its own words, and not all
      firmware has them): empty where the miner says that there are none.
    - ``raw``: command -> the whole reply as it was received.
    """
    answers = _answers(replies)
    fields = _fields(answers)
    facts = cast("Facts", nested(extract(_FACTS, fields)))
    boards = next((answers[command] for command in BOARDS if command in answers), None)
    if boards is not None:
        facts["boards"] = _boards(boards.records, facts.get("hashrate_ths", {}))
        derived.add_hottest(facts)
    if reads.POOLS in answers:
        facts["pools"] = _pools(answers[reads.POOLS].records)
    _add_errors(facts, fields, answers.get(reads.ERRORS))
    derived.add_current(facts)
    derived.add_state(
        facts,
        has_status=not isinstance(replies.get(reads.STATUS), CommandRefused),
        upfreq_complete=[
            board["upfreq_complete"] for board in facts.get("boards", ()) if "upfreq_complete" in board
        ],
    )
    derived.add_efficiency(facts)
    if answers:
        facts["raw"] = {command: reply.body for command, reply in answers.items()}
    return facts


def _answers(replies: Mapping[str, Reply | Exception]) -> dict[str, Reply]:
    """Those of *replies* that answer a command which shows facts."""
    return {
        command: reply
        for command, reply in replies.items()
        if (command in SEQUENCE or command in BOARDS) and not isinstance(reply, Exception) and reply.ok
    }


def _fields(answers: dict[str, Reply]) -> dict[str, Any]:
    """``command.field``, folded, -> value, of all commands whose answer is about the miner as a whole."""
    fields: dict[str, Any] = {}
    for command, reply in answers.items():
        if command in BOARDS or command == reads.POOLS:
            continue
        prefix = FOLDED[command] + "."
        for record in reply.records:
            for name, value in record.items():
                name = prefix + FOLDED[name]
                if fields.get(name) in (None, ""):
                    fields[name] = value
    version = answers.get(reads.VERSION)
    if version is not None and not version.records:  # firmware 1.3 answers with the API's version alone
        fields["getversion.apiver"] = version.text
    return fields


def _boards(records: list[dict[str, Any]], hashrate: HashrateFacts) -> list[BoardFacts]:
    """The boards by slot.

    Their rates are MH/s, and since 2024 TH/s under the same names: the miner's own rate tells.
    """
    rows = sorted(rows_of(_BOARD, records), key=lambda board: board.get("slot", math.inf))
    boards = cast("list[BoardFacts]", rows)
    total = sum(board.get("hashrate_ths", 0) for board in boards)
    divisor = _board_divisor(
        total, max((board.get("hashrate_ths", 0) for board in boards), default=0), hashrate.get("average")
    )
    for board in boards:
        if "hashrate_ths" in board:
            board["hashrate_ths"] = round(board["hashrate_ths"] / divisor, 3)
    return boards


_MHS_PER_THS = 1_000_000
_MOST_THS_OF_A_BOARD = 10_000  # none makes more than some hundreds


def _board_divisor(total: float, most: float, miner_ths: float | None) -> float:
    """By what to divide the boards' rates, which make *total* together and *most* alone, to have TH/s."""
    if total and miner_ths:
        return derived.likelier_divisor(_MHS_PER_THS, total, miner_ths)
    return _MHS_PER_THS if most > _MOST_THS_OF_A_BOARD else 1


def _pools(records: list[dict[str, Any]]) -> list[PoolFacts]:
    """The pools in use: an empty slot is a record without a URL."""
    pools = [pool for pool in rows_of(_POOL, records) if "url" in pool]
    return cast("list[PoolFacts]", sorted(pools, key=lambda pool: pool.get("priority", math.inf)))


# --- Errors -------------------------------------------------------------------------------------------------

_ERROR_CODE = "summary.errorcode"


def _add_errors(facts: Facts, fields: dict[str, Any], reply: Reply | None) -> None:
    """Error codes from summary, ``Error Code 0`` and so on (section 3.1), and from get_error_code, which adds
    times.
    """
    numbered = (
        name for name in fields if name.startswith(_ERROR_CODE) and name[len(_ERROR_CODE) :].isdecimal()
    )
    listed = _error_listing(fields, reply)
    entries = [(fields[name], None, None) for name in numbered] + reported_errors.entries_of(listed)
    errors = reported_errors.explained(entries)
    if errors or listed is not None or number(fields.get("summary.errorcodecount")) == 0:
        facts["errors"] = errors


def _error_listing(fields: dict[str, Any], reply: Reply | None) -> list[Any] | None:
    """What get_error_code answered with, under ``error_code``, ``Msg`` or nothing, as a list; None without
    one.
    """
    entries = fields.get("geterrorcode.errorcode")
    if entries is None and reply is not None:
        entries = reply.body.get("Msg") if isinstance(reply.body, dict) else reply.body
        entries = entries if isinstance(entries, list) else None
    return reported_errors.listing(entries)
