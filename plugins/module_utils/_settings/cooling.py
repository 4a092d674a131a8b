# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cooling: when fans turn, and the temperature that the miner aims at (document of API 2.0.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.v3.commands import PARAM
from .base import Setting, SingleValue, Unknown, shown_of

if TYPE_CHECKING:
    from .._facts.shapes import Facts
    from .base import Options

OPTIONS: Options = {
    "poweroff_cool": {"type": "bool"},
    "fan_zero_speed": {"type": "bool"},
    "temp_offset": {"type": "int"},
}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings = {"poweroff_cool": PoweroffCool, "fan_zero_speed": FanZeroSpeed, "temp_offset": TempOffset}
    return [setting(options[name]) for name, setting in settings.items() if options.get(name) is not None]


_FACT_OF = {name: f"cooling.{name}" for name in OPTIONS}
#: The facts that `observed` goes by.
OBSERVED = tuple(_FACT_OF.values())


def observed(facts: Facts) -> list[Options]:
    """The options, one setting's at a time, that declare what *facts* show."""
    return shown_of(facts, _FACT_OF)


class PoweroffCool(SingleValue):
    """Whether cooling goes on when mining is stopped."""

    desired: bool
    name = fact = "cooling.poweroff_cool"
    ways = {2: ("set_poweroff_cool", "poweroff_cool"), 3: ("set.fan.poweroff_cool", PARAM)}

    def sent(self) -> int:
        return int(self.desired)


class FanZeroSpeed(SingleValue):
    """Whether fans may stand still."""

    desired: bool
    name = fact = "cooling.fan_zero_speed"
    ways = {2: ("set_fan_zero_speed", "fan_zero_speed"), 3: ("set.fan.zero_speed", PARAM)}

    def sent(self) -> int:
        return int(self.desired)


class TempOffset(SingleValue):
    """How many degrees Celsius below its own the target temperature is, from the miner's next start on."""

    desired: int
    name = fact = "cooling.temp_offset"
    deferred = True
    ways = {2: ("set_temp_offset", "temp_offset"), 3: ("set.fan.temp_offset", PARAM)}

    def awaits_start(self, current: object) -> bool:
        return isinstance(current, Unknown) or super().awaits_start(current)
