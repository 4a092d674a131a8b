# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts that follow from other facts, whichever API those came from. Each function adds to those given."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from .models import most_j_per_th

if TYPE_CHECKING:
    from .shapes import Facts, HashrateFacts


def likelier_divisor(unit: float, value: float, expected: float) -> float:
    """1 or *unit*: that by which *value*, divided, comes closer to *expected*. Both are positive."""
    distance = math.log(value) - math.log(expected)
    return 1 if abs(distance) <= abs(distance - math.log(unit)) else unit


def add_hottest(facts: Facts) -> None:
    """The boards themselves know best which of them, and which chip, is hottest."""
    boards = facts["boards"]
    of_boards = [board["temperature_c"] for board in boards if "temperature_c" in board]
    of_chips = [board["chip_temperature_max_c"] for board in boards if "chip_temperature_max_c" in board]
    if of_boards:
        facts.setdefault("temperature_c", {})["board_max"] = max(of_boards)
    if of_chips:
        facts.setdefault("temperature_c", {})["chip_max"] = max(of_chips)


_MOST_AMPERES = 200  # none takes more than some dozens
_LEAST_AMPERES = 0.01


def add_current(facts: Facts) -> None:
    """Power supplies give milliamperes or amperes: which of both, their power tells, else the size."""
    psu = facts.get("psu", {})
    current = psu.get("input_current_amperes")
    if current is None:
        return
    volts, watts = psu.get("input_voltage_volts"), psu.get("input_power_watts") or facts.get("power_watts")
    if current and volts and watts:
        divisor = likelier_divisor(1000, current, max(watts / volts, _LEAST_AMPERES))
    else:
        divisor = 1000 if current > _MOST_AMPERES else 1
    psu["input_current_amperes"] = round(current / divisor, 3)


def add_state(facts: Facts, *, has_status: bool, upfreq_complete: Collection[bool]) -> None:
    """Whether it's on, and whether it's on the way to its frequency.

    Mining that begins anew, after a start or another power limit, shows rates and limit of 0 for minutes, on
    a miner that is on. While powered off, firmware since 2022 shows zeros, too. *has_status*: whether the
    firmware has a command that shows the state. *upfreq_complete*: whether the frequency is reached, of all
    the parts that say.
    """
    rates = [rate for name, rate in facts.get("hashrate_ths", {}).items() if name in ("average", "realtime")]
    idle = bool(rates) and not any(rates)
    if rates and not idle:
        facts.setdefault("state", "on")
    elif idle and not has_status and facts.get("power_watts") == 0:
        facts.setdefault("state", "off")
    if facts.get("state") == "off":
        facts["tuning"] = False
    elif (idle and facts.get("power_limit_effective_watts") == 0) or (
        upfreq_complete and not all(upfreq_complete)
    ):
        facts["tuning"] = True
    elif upfreq_complete:
        facts["tuning"] = False


def add_efficiency(facts: Facts) -> None:
    """``efficiency_j_per_th`` and ``hashrate_ths.expected``."""
    hashrate = facts.get("hashrate_ths", {})
    ths = hashrate.get("realtime", hashrate.get("average", 0))
    if ths > 0 and facts.get("power_watts", 0) > 0:
        facts["efficiency_j_per_th"] = round(facts["power_watts"] / ths, 2)
    _add_expected(facts, hashrate)


def _add_expected(facts: Facts, hashrate: HashrateFacts) -> None:
    """The hash rate that a healthy miner makes as it is set, as far as that is known.

    It's the factory rate, less what target frequency, power percentage and power limit take away. What low
    and high mode do to it, no source says: there is no such fact then.
    """
    factory = hashrate.get("factory")
    if not factory or facts.get("state") == "off" or facts.get("power_mode", "normal") != "normal":
        return
    hashrate["expected"] = round(as_set(factory, facts), 3)


def as_set(factory: float, facts: Facts) -> float:
    """What is left of the *factory* hash rate as the miner is set: less what target frequency, power
    percentage and power limit take away.

    What a power limit leaves depends on the efficiency. That of a miner that is ill is worse than any healthy
    one's, and must not make it expected to do as badly as it does.
    """
    frequency = max(100 + facts.get("frequency_percent", 0), 0) / 100
    expected = factory * frequency * min(facts.get("power_percent", 100), 100) / 100
    efficiency = facts.get("efficiency_j_per_th")
    if efficiency and facts.get("power_limit_watts"):
        healthy = min(efficiency, most_j_per_th(facts.get("model", "")) or efficiency)
        expected = min(expected, facts["power_limit_watts"] / healthy)
    return float(expected)
