# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner showed at a moment, as far as its health is judged by it: made of its facts."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.derived import as_set
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import folded
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.tables import find
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    AIR,
    HYDRO,
    IMMERSION,
    UNKNOWN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts


@dataclass(frozen=True)
class Board:
    """A hash board. *average_ths* is its rate since btminer started; None is what isn't shown."""

    slot: int
    average_ths: float | None = None
    factory_ths: float | None = None
    chips: float | None = None


@dataclass(frozen=True)
class Pool:
    """A pool that is set. *is_alive* and *is_active* are None where the miner doesn't say."""

    priority: int
    url: str
    is_alive: bool | None = None
    is_active: bool | None = None
    rejected_percent: float | None = None
    shares: float | None = None


@dataclass(frozen=True)
class Error:
    """An error that the miner reports, and that is recent."""

    code: int
    component: str
    meaning: str
    since: str = ""


@dataclass(frozen=True)
class Reading:
    """What a miner showed; None is what it didn't show.

    *rate_ths* is the present hash rate, or the average where that isn't shown. *factory_ths* is the rate that
    the factory promises, and *as_set_ths* what frequency, power percentage and limit leave of that in normal
    mode. *mining_seconds* is how long its btminer has been running, and *machine_seconds* how long the
    machine has. *is_restarting_power* says that a new power limit is coming into effect.
    """

    model: str = ""
    mac: str | None = None
    serial: str = ""
    firmware_version: str = ""
    state: str | None = None
    is_tuning: bool | None = None
    is_restarting_power: bool = False
    mode: str | None = None
    watts: float | None = None
    rate_ths: float | None = None
    factory_ths: float | None = None
    as_set_ths: float | None = None
    mining_seconds: float | None = None
    machine_seconds: float | None = None
    chip_c: float | None = None
    board_c: float | None = None
    environment_c: float | None = None
    liquid_c: float | None = None
    inlet_rpm: float | None = None
    outlet_rpm: float | None = None
    may_stand_still: bool = False
    psu_c: float | None = None
    psu_fan_rpm: float | None = None
    input_volts: float | None = None
    boards: tuple[Board, ...] | None = None
    pools: tuple[Pool, ...] | None = None
    errors: tuple[Error, ...] | None = None


def reading_of(facts: Mapping[str, Any], now: float) -> Reading:
    """The Reading that *facts*, the fact ``whatsminer``, hold; *now* is the moment of it, epoch seconds."""

    def value(name: str) -> float | None:
        return number(find(facts, name))

    def text(name: str) -> str:
        return str(find(facts, name) or "")

    rate, factory = value("hashrate_ths.realtime"), value("hashrate_ths.factory")
    state = text("state") or ("on" if facts.get("tuning") else None)
    tuning = facts.get("tuning")
    psu_fan = value("psu.fan_rpm")
    return Reading(
        model=text("model"),
        mac=text("mac") or None,
        serial=text("serial"),
        firmware_version=text("firmware_version"),
        state=state,
        is_tuning=None if tuning is None else bool(tuning),
        is_restarting_power=bool(tuning) and value("power_limit_effective_watts") == 0,
        mode=text("power_mode") or None,
        watts=value("power_watts"),
        rate_ths=value("hashrate_ths.average") if rate is None else rate,
        factory_ths=factory,
        as_set_ths=as_set(factory, cast("Facts", facts)) if factory else None,
        mining_seconds=value("elapsed_seconds"),
        machine_seconds=value("uptime_seconds"),
        chip_c=value("temperature_c.chip_max"),
        board_c=value("temperature_c.board_max"),
        environment_c=value("temperature_c.environment"),
        liquid_c=value("temperature_c.liquid") or None,  # an air-cooled one may show 0
        inlet_rpm=value("fans_rpm.inlet"),
        outlet_rpm=value("fans_rpm.outlet"),
        may_stand_still=find(facts, "cooling.fan_zero_speed") is True,
        psu_c=value("psu.temperature_c"),
        psu_fan_rpm=value("fans_rpm.psu") if psu_fan is None else psu_fan,
        input_volts=value("psu.input_voltage_volts"),
        boards=_boards(facts.get("boards")),
        pools=_pools(facts.get("pools")),
        errors=_errors(facts.get("errors"), now),
    )


def _boards(rows: Any) -> tuple[Board, ...] | None:
    if not isinstance(rows, list):
        return None
    return tuple(
        Board(
            slot=int(number(row.get("slot")) or 0) if "slot" in row else position,
            average_ths=number(row.get("hashrate_ths")),
            factory_ths=number(row.get("hashrate_factory_ths")),
            chips=number(row.get("chips")),
        )
        for position, row in enumerate(rows)
    )


def _pools(rows: Any) -> tuple[Pool, ...] | None:
    if not isinstance(rows, list):
        return None
    return tuple(_pool(row, position) for position, row in enumerate(rows))


def _pool(row: Mapping[str, Any], position: int) -> Pool:
    status, active = row.get("status"), row.get("active")
    priority = number(row.get("priority"))
    counts = [number(row.get(name)) for name in ("accepted", "rejected")]
    known = [count for count in counts if count is not None]
    return Pool(
        priority=position if priority is None else int(priority),
        url=str(row.get("url") or ""),
        is_alive=None if status is None else str(status).lower() == "alive",
        is_active=None if active is None else bool(active),
        rejected_percent=number(row.get("rejected_percent")),
        shares=sum(known) if len(known) == len(counts) else None,
    )


def _errors(rows: Any, now: float) -> tuple[Error, ...] | None:
    if not isinstance(rows, list):
        return None
    moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).replace(tzinfo=None)
    return tuple(
        Error(
            code=int(number(row.get("code")) or 0),
            component=str(row.get("component") or ""),
            meaning=str(row.get("meaning") or ""),
            since=str(row.get("since") or ""),
        )
        for row in recent(rows, moment)
    )


# The second digit of a model's name tells how it is cooled: M50S, M53S and M56S are of one series.
_SERIES = re.compile(r"M[2-9]([0-9])")
_COOLING_OF_DIGIT = {"0": AIR, "1": AIR, "2": AIR, "3": HYDRO, "6": IMMERSION}


def cooling_of(reading: Reading) -> str:
    """How the miner is cooled: by its model, or else by what it shows of liquid and fans.

    Fans that stand still say nothing: on a miner that needs them, that is a fault.
    """
    series = _SERIES.match(folded(reading.model))
    cooling = _COOLING_OF_DIGIT.get(series.group(1), UNKNOWN) if series else UNKNOWN
    if reading.liquid_c is not None and cooling != IMMERSION:
        return HYDRO
    if cooling == UNKNOWN and any((reading.inlet_rpm, reading.outlet_rpm)):
        return AIR
    return cooling
