# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner says of itself over API 3, as the same facts that API 2 gives.

`normalise` turns replies into facts, `reads_for` tells which requests to send for them. There is one rule: a
value that the firmware doesn't give, or gives in a form that makes no sense, has no key. Nothing is guessed.
Where each fact comes from stands in the tables below (reference on API 3, 3.1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ..._facts import derived, reported_errors
from ..._facts.tables import FOLDED, Table, extract, find, nested, rows_of, table
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
    on_if,
    one_of,
    percent,
    scaled,
    slot,
    tamed,
    text,
    ths,
    url,
    volts,
    watts,
    whole,
    words,
)
from ..commands import CUSTOM_KEYS
from . import values
from .commands import INFO_SECTIONS, STATUS_SECTIONS
from .reads import (
    BOARDS,
    CUSTOM_DATA,
    FAN_SETTING,
    INFO,
    MINER_SETTING,
    POOLS,
    STATUS,
    SUMMARY,
    SYSTEM_SETTING,
    Read,
    reads_of,
)
from .replies import Reply

if TYPE_CHECKING:
    from ..._facts.shapes import BoardFacts, Facts, PoolFacts

GENERATION = 3

# --- Where each fact comes from -----------------------------------------------------------------------------

# What the replies without sections are called in the table.
_PLACES = {
    MINER_SETTING: "miner-setting",
    SYSTEM_SETTING: "system-setting",
    FAN_SETTING: "fan-setting",
    CUSTOM_DATA: "custom-data",
}

# fact: (converter, "section.field" in order of preference). The sections are those of get.device.info, the
# summary of the status, and the places above.
_FACTS = table(
    {
        "mac": (mac_address, "network.mac"),
        "model": (text, "miner.type"),
        "serial": (text, "miner.miner-sn"),
        "firmware_version": (firmware_version, "system.fwversion"),
        "api_version": (api_version, "system.api"),
        "api.version": (api_version, "system.api"),
        "api.writable": (flag, "system.apiswitch"),
        "platform": (lower, "system.platform"),
        "hostname": (text, "network.hostname", "system-setting.hostname"),
        "state": (on_if, "miner.working"),
        "power_mode": (one_of("low", "normal", "high"), "miner-setting.power-mode"),
        "power_watts": (watts, "summary.power-realtime", "summary.power-5min"),
        "power_limit_watts": (asked_limit, "miner.power-limit-set"),
        "power_limit_effective_watts": (limit, "summary.power-limit"),
        "power_target_watts": (asked_limit, "miner-setting.power"),
        "power_percent": (values.percent, "miner-setting.power-percent"),
        "frequency_percent": (
            percent,
            "miner-setting.target-freq",
            "summary.target-freq",
            "miner.hash-percent",
        ),
        "upfreq_speed": (count, "miner-setting.upfreq-speed", "miner.UpfreqSpeed"),
        "fast_hash": (flag, "miner-setting.fast-hash", "miner-setting.fast-mining"),
        "fast_boot": (flag, "miner-setting.fast-boot", "miner.fast-boot"),
        "heat_mode": (values.heat_mode, "miner-setting.heat-mode", "miner.heatmode"),
        "coin_type": (text, "miner.cointype"),
        "hashrate_ths.average": (ths, "summary.hash-average"),
        "hashrate_ths.realtime": (ths, "summary.hash-realtime", "summary.hash-1min"),
        "hashrate_ths.factory": (ths, "summary.factory-hash"),
        "uptime_seconds": (count, "summary.bootup-time"),
        "elapsed_seconds": (count, "summary.elapsed"),
        "temperature_c.environment": (celsius, "summary.environment-temperature"),
        "temperature_c.board_max": (values.hottest, "summary.board-temperature"),
        "temperature_c.chip_max": (celsius, "summary.chip-temp-max"),
        "temperature_c.liquid": (celsius, "power.liquid-temperature"),
        "fans_rpm.inlet": (count, "summary.fan-speed-in"),
        "fans_rpm.outlet": (count, "summary.fan-speed-out"),
        "fans_rpm.psu": (count, "power.fanspeed"),
        "cooling.poweroff_cool": (flag, "fan-setting.fan-poweroff-cool"),
        "cooling.fan_zero_speed": (flag, "fan-setting.fan-zero-speed"),
        "cooling.temp_offset": (whole, "fan-setting.fan-temp-offset"),
        "psu.model": (text, "power.model", "power.type"),
        "psu.serial": (text, "power.sn"),
        "psu.vendor": (text, "power.vendor"),
        "psu.firmware": (text, "power.swversion"),
        "psu.hardware": (text, "power.hwversion"),
        "psu.temperature_c": (measure, "power.temp0"),
        "psu.input_voltage_volts": (volts, "power.vin"),
        "psu.input_current_amperes": (known(number), "power.iin"),  # derived.add_current tells the unit
        "psu.input_power_watts": (watts, "power.pin"),
        "psu.fan_rpm": (count, "power.fanspeed"),
        "network.address": (text, "network.ip"),
        "network.netmask": (text, "network.netmask"),
        "network.gateway": (text, "network.gateway"),
        "network.dns": (words, "network.dns"),
        "network.proto": (one_of("dhcp", "static"), "network.proto"),
        "network.hostname": (text, "network.hostname"),
        "network.mac": (mac_address, "network.mac"),
        "network.ntp_servers": (words, "system-setting.ntp-server"),
        "led": (led, "system.ledstatus"),
        "web_access": (flag, "system-setting.web-pool", "miner.web-pool"),
        "timezone": (text, "system-setting.timezone"),
        "zonename": (text, "system-setting.zonename"),
        "permissions": (values.permissions, "miner.permission"),
    }
)

# What stands in the sections of a section.
_DETAILS = {
    "remote_log": (
        "system-setting.log-upload",
        table({"address": (text, "ip"), "port": (count, "port"), "proto": (lower, "proto")}),
    ),
    "delay_seconds": (
        "system-setting.time-randomized",
        table({"start": (count, "start"), "stop": (count, "stop")}),
    ),
}

# Only where the firmware has no better place for it.
_FALLBACKS = (
    ("power_limit_watts", "miner.power-limit-set", asked_limit, "miner-setting.power-limit"),
    ("power_mode", "miner-setting.power-mode", values.power_mode_number, "power.mode"),
)

_BOARD = table(
    {
        "slot": (slot, "slot", "id"),
        "chip_temperature_max_c": (celsius, "chip-temp-max"),
        "frequency_mhz": (whole, "freq"),
        "hashrate_ths": (ths, "hash-average"),
        "hashrate_factory_ths": (ths, "factory-hash"),
        "chips": (count, "effective-chips"),
    }
)

_POOL = table(
    {
        "url": (url, "url"),
        "user": (text, "account"),
        "status": (values.pool_status, "status"),
        "priority": (whole, "pool-priority"),
        "id": (whole, "id"),
        "active": (flag, "stratum-active"),
        "accepted": (whole, "accepted"),
        "rejected": (whole, "rejected"),
        # Sources disagree about the name, and none tells that the unit differs.
        "rejected_percent": (scaled(1, 4), "reject-percent", "reject-rate"),
        "difficulty": (decimal, "stratum-diff"),
        "last_share_epoch": (whole, "last-share-time"),
    }
)

# --- Which requests show a fact -----------------------------------------------------------------------------

_PLACE_OF = {FOLDED[place]: command for command, place in _PLACES.items()}
_STATUS_SECTIONS = {FOLDED[SUMMARY]: SUMMARY}

# Fact -> the commands, or sections of the status, that may show it, in order of preference.
_SHOWN_BY: dict[str, tuple[str, ...]] = {
    fact: tuple(
        dict.fromkeys(
            _PLACE_OF.get(section) or _STATUS_SECTIONS.get(section, INFO)
            for section in (source.partition(".")[0] for source in sources)
        )
    )
    for fact, (_convert, sources) in _FACTS.items()
}
_SHOWN_BY.update(
    {
        "power_mode": (MINER_SETTING, INFO),
        "power_limit_watts": (INFO, MINER_SETTING),
        "remote_log": (SYSTEM_SETTING,),
        "delay_seconds": (SYSTEM_SETTING,),
        "custom_data": (CUSTOM_DATA,),
        "tuning": (SUMMARY,),
        "boards": (BOARDS,),
        "pools": (POOLS,),
        "errors": (INFO,),
    }
)


def reads_that_show(facts: Iterable[str], replies: Mapping[str, Reply | Exception]) -> tuple[Read, ...]:
    """The requests to send next, so that *facts* (``power_mode``) show, beside *replies*.

    Each fact that *replies* don't show is asked for at the next place where it may stand. get.device.info is
    asked in any case. Empty where nothing is left to ask.
    """
    known_by_now = normalise(replies) if replies else {}
    wanted = set() if INFO in replies else {INFO}
    for fact in facts:
        if find(known_by_now, fact) is None:
            place = next((it for it in _SHOWN_BY.get(fact, ()) if not _is_asked(it, replies)), None)
            wanted.update([place] if place else [])
    return reads_of(wanted)


def _is_asked(place: str, replies: Mapping[str, Reply | Exception]) -> bool:
    if place not in STATUS_SECTIONS:
        return place in replies
    # One refusal of the status is enough; and what it leaves out, it leaves out when it is asked alone, too.
    return STATUS in replies


# --- Replies -> facts ---------------------------------------------------------------------------------------


def normalise(replies: Mapping[str, Reply | Exception]) -> Facts:
    """The facts in *replies*: a dict that JSON can hold, without keys for what isn't known. Never raises.

    *replies* maps the names of API commands to `Reply` objects, or to the exceptions that came instead, which
    count as not asked. Facts and units are those of API 2 (v2/readings.py). Beside those:

    - ``api``: ``{"generation": 3, "version": str, "writable": bool}``; *writable* is the API switch.
    - ``cooling``: ``{"poweroff_cool": bool, "fan_zero_speed": bool, "temp_offset": int}``.
    - ``power_target_watts``, ``heat_mode``, ``coin_type``, ``web_access``, ``timezone``, ``zonename``.
    - ``remote_log``: ``{"address": str, "port": int, "proto": str}``, and ``delay_seconds``: ``{"start",
    "stop"}``. - ``permissions``: account -> its rights as a number. ``custom_data``: key -> text, empty ones
    included. - ``raw``: command -> the whole reply as it was received, without the salt.
    """
    answers = {
        command: reply for command, reply in replies.items() if not isinstance(reply, Exception) and reply.ok
    }
    fields = _fields(answers)
    plain = nested(extract(_FACTS, fields))
    _add_settings(plain, fields)
    facts = cast("Facts", plain)
    _add_boards(facts, fields, _section(answers, STATUS, BOARDS))
    pools = _section(answers, STATUS, POOLS)
    if isinstance(pools, list):
        facts["pools"] = _pools(pools)
    _add_errors(facts, _section(answers, INFO, "error-code"))
    derived.add_current(facts)
    complete = flag(fields.get("summary.upfreqfinish"))
    derived.add_state(facts, has_status=True, upfreq_complete=[] if complete is None else [complete])
    derived.add_efficiency(facts)
    if answers:
        facts.setdefault("api", {})["generation"] = GENERATION
        facts["raw"] = {command: _without_salt(reply.body) for command, reply in answers.items()}
    return facts


def _section(answers: Mapping[str, Reply], command: str, section: str) -> Any:
    """What *command* answered under the name *section*; None where it didn't."""
    return answers[command].data.get(section) if command in answers else None


def _fields(answers: Mapping[str, Reply]) -> dict[str, Any]:
    """``section.field``, folded, -> value, of all that is about the miner as a whole."""
    places: list[tuple[str, Any]] = [(section, _section(answers, INFO, section)) for section in INFO_SECTIONS]
    places.append((SUMMARY, _section(answers, STATUS, SUMMARY)))
    places += [(place, answers[command].data) for command, place in _PLACES.items() if command in answers]
    return {
        f"{FOLDED[place]}.{FOLDED[name]}": value
        for place, holder in places
        if isinstance(holder, dict)
        for name, value in holder.items()
    }


def _add_settings(facts: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for fact, better, convert, source in _FALLBACKS:
        if fact not in facts and FOLDED[better] not in fields:
            value = convert(fields.get(FOLDED[source]))
            if value is not None:
                facts[fact] = value
    for fact, (source, rules) in _DETAILS.items():
        details = _details(rules, fields.get(FOLDED[source]))
        if details:
            facts[fact] = details
    custom = {key: value for key in CUSTOM_KEYS for value in [_custom_text(fields, key)] if value is not None}
    if custom:
        facts["custom_data"] = custom


def _details(rules: Table, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    return extract(rules, {FOLDED[name]: inner for name, inner in value.items()})


def _custom_text(fields: Mapping[str, Any], key: str) -> str | None:
    """The owner's text by *key*; one source calls the serial number ``custom-sn``."""
    names = (key, "custom-sn") if key == CUSTOM_KEYS[0] else (key,)
    values = (fields.get(FOLDED[f"custom-data.{name}"]) for name in names)
    return next((tamed(value) for value in values if isinstance(value, str)), None)


def _add_boards(facts: Facts, fields: Mapping[str, Any], records: Any) -> None:
    """The boards by slot. Summary has their temperatures, and the device's data their serial numbers."""
    if not isinstance(records, list):
        return
    shown = fields.get("summary.boardtemperature")
    temperatures = shown if isinstance(shown, list) else []
    boards: list[BoardFacts] = []
    for place, record in enumerate(record for record in records if isinstance(record, dict)):
        rows = rows_of(_BOARD, [record])
        if not rows:
            continue
        board = {"slot": place, **rows[0]}
        told = {
            "temperature_c": celsius(temperatures[place]) if place < len(temperatures) else None,
            "serial": text(fields.get(f"miner.pcbsn{board['slot']}")),
        }
        board.update({name: value for name, value in told.items() if value is not None})
        boards.append(cast("BoardFacts", board))
    facts["boards"] = sorted(boards, key=lambda board: board["slot"])
    derived.add_hottest(facts)


def _pools(records: list[Any]) -> list[PoolFacts]:
    """The pools in use by priority, 0 first: what numbers them begins at 0 or 1, as firmware likes."""
    rows = rows_of(_POOL, (record for record in records if isinstance(record, dict)))
    pools = [pool for pool in rows if "url" in pool]
    first = 0 if any(pool.get("id") == 0 for pool in rows) else 1
    for pool in pools:
        number_shown = pool.pop("id", None)
        if number_shown is not None:
            pool.setdefault("priority", number_shown - first)
    return cast("list[PoolFacts]", sorted(pools, key=lambda pool: pool.get("priority", math.inf)))


def _add_errors(facts: Facts, shown: Any) -> None:
    listed = reported_errors.listing(shown)
    if listed is not None:
        facts["errors"] = reported_errors.explained(reported_errors.entries_of(listed))


def _without_salt(body: dict[str, Any]) -> dict[str, Any]:
    """*body* without what signatures are made with."""
    message = body.get("msg")
    if not isinstance(message, dict) or "salt" not in message:
        return body
    return {**body, "msg": {name: value for name, value in message.items() if name != "salt"}}
