# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cooling: when fans turn, and the temperature that the miner aims at (document of API 2.0.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Setting, Unknown, checked, with_value

if TYPE_CHECKING:
    from .base import ByApi, Options

OPTIONS: Options = {
    "poweroff_cool": {"type": "bool"},
    "fan_zero_speed": {"type": "bool"},
    "temp_offset": {"type": "int"},
}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings = {"poweroff_cool": PoweroffCool, "fan_zero_speed": FanZeroSpeed, "temp_offset": TempOffset}
    return [setting(options[name]) for name, setting in settings.items() if options.get(name) is not None]


class PoweroffCool(Setting):
    """Whether cooling goes on when mining is stopped."""

    desired: bool
    name = fact = "cooling.poweroff_cool"

    def requests(self, current: object) -> ByApi:
        return {
            2: [("set_poweroff_cool", {"poweroff_cool": int(self.desired)})],
            3: [with_value("set.fan.poweroff_cool", int(self.desired))],
        }


class FanZeroSpeed(Setting):
    """Whether fans may stand still."""

    desired: bool
    name = fact = "cooling.fan_zero_speed"

    def requests(self, current: object) -> ByApi:
        return {
            2: [("set_fan_zero_speed", {"fan_zero_speed": int(self.desired)})],
            3: [with_value("set.fan.zero_speed", int(self.desired))],
        }


class TempOffset(Setting):
    """How many degrees Celsius below its own the target temperature is, from the miner's next start on."""

    desired: int
    name = fact = "cooling.temp_offset"
    deferred = True

    def __init__(self, desired: int) -> None:
        super().__init__(checked("set_temp_offset", "temp_offset", desired, option="temp_offset"))

    def awaits_start(self, current: object) -> bool:
        return isinstance(current, Unknown) or super().awaits_start(current)

    def requests(self, current: object) -> ByApi:
        return {
            2: [("set_temp_offset", {"temp_offset": self.desired})],
            3: [with_value("set.fan.temp_offset", self.desired)],
        }
