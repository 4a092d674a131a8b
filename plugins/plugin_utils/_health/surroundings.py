# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge how hot a miner is, what cools it, and what it is fed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason, above, below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds

# Less than this is no mains, but a power supply that doesn't measure it; more is three-phase.
_LEAST_MAINS_VOLTS = 50
_THREE_PHASE_VOLTS = 300


def temperatures(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """Chips, boards, power supply, and what cools them."""
    for levels, value, code, what in (
        (thresholds.chip_c, reading.chip_c, "chip_hot", "the hottest chip"),
        (thresholds.board_c, reading.board_c, "board_hot", "the hottest hash board"),
        (thresholds.psu_c, reading.psu_c, "psu_hot", "the power supply"),
        (thresholds.environment_c, reading.environment_c, "environment_hot", "the air around it"),
        (thresholds.liquid_c, reading.liquid_c, "liquid_hot", "the cooling liquid"),
    ):
        yield from above(levels, value, code, text=f"{what} has {value or 0:.1f} °C", unit=" °C")


def fans(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """The fans, where the miner has any: the thresholds of another one have no levels.

    They may stand still while nothing is mined: then there is nothing to cool.
    """
    if not reading.rate_ths:
        return
    speeds = {"inlet": reading.inlet_rpm, "outlet": reading.outlet_rpm}
    known = {name: speed for name, speed in speeds.items() if speed is not None}
    if not reading.may_stand_still:
        slow = False
        for name, speed in known.items():
            state = "stands still" if speed == 0 else f"turns at {speed:.0f} rpm"
            code = "fan_stopped" if speed == 0 else "fan_slow"
            for reason in below(thresholds.fan_rpm, speed, code, text=f"the {name} fan {state}", unit=" rpm"):
                slow = True
                yield reason
        if len(known) == len(speeds) and not slow:
            yield from _unlike_fans(known, thresholds)
    yield from below(
        thresholds.psu_fan_rpm,
        reading.psu_fan_rpm,
        "psu_fan_stopped",
        text="the power supply's fan stands still",
    )


def _unlike_fans(speeds: dict[str, float], thresholds: Thresholds) -> Iterator[Reason]:
    slower, faster = sorted(speeds, key=lambda name: speeds[name])
    yield from below(
        thresholds.fan_percent,
        round(speeds[slower] * 100 / speeds[faster], 1) if speeds[faster] else None,
        "fan_slow",
        text=f"the {slower} fan turns at {speeds[slower]:.0f} rpm, "
        f"and the {faster} fan at {speeds[faster]:.0f}",
        unit=" %",
    )


def mains(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """The voltage that the power supply gets."""
    volts = reading.input_volts
    if volts is None or volts < _LEAST_MAINS_VOLTS:
        return
    is_three_phase = volts > _THREE_PHASE_VOLTS
    levels = thresholds.input_volts_three_phase if is_three_phase else thresholds.input_volts
    yield from below(
        levels, volts, "input_voltage_low", text=f"the power supply gets {volts:.0f} V", unit=" V"
    )
