# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The LED, by which a machine is found on its rack (API document, 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Setting, Unknown, checked, reject, with_value

if TYPE_CHECKING:
    from typing import Any

    from .._facts.shapes import Facts
    from .base import ByApi, Options

_PATTERN = ("color", "period", "duration", "start")

OPTIONS: Options = {
    "mode": {"type": "str", "choices": ["auto", "manual"]},
    "color": {"type": "str"},
    "period": {"type": "int"},
    "duration": {"type": "int"},
    "start": {"type": "int"},
}

_DEFAULTS = {"color": "red", "period": 1000, "duration": 500, "start": 0}
_SET = "set_led"


def declared(options: Options) -> list[Setting]:
    """The Setting in *options* (of the shape of OPTIONS), if there is one. Raises BadParameter."""
    pattern = {name: options[name] for name in _PATTERN if options.get(name) is not None}
    mode = options.get("mode") or ("manual" if pattern else None)
    if mode == "auto" and pattern:
        reject("mode", f"manual where {', '.join(pattern)} is given")
    if mode is None:
        return []
    return [Led({"mode": mode, **({**_DEFAULTS, **pattern} if mode == "manual" else {})})]


#: The facts that `observed` goes by.
OBSERVED = ("led",)


def observed(facts: Facts) -> list[Options]:
    """The options that declare what *facts* show, which of a LED that flashes isn't enough."""
    return [{"mode": "auto"}] if facts.get("led") == "auto" else []


class Led(Setting):
    """``{"mode": "auto"}``, or manual with colour and, in ms, period, duration and start of the flashing."""

    desired: dict[str, Any]
    name = fact = "led"

    def __init__(self, desired: dict[str, Any]) -> None:
        for name in _PATTERN:
            if name in desired:
                checked(_SET, name, desired[name], option=name)
        if desired["mode"] == "manual":
            for name in ("duration", "start"):
                if desired[name] > desired["period"]:
                    reject(name, f"at most the period, {desired['period']} ms")
        super().__init__(desired)

    def current(self, facts: Facts) -> object:
        mode = facts.get("led")
        if mode is None:
            return Unknown("this firmware doesn't show its LED")
        if mode == "manual" == self.desired["mode"]:
            return Unknown("manual, and the API has no command that shows how the LED flashes")
        return {"mode": mode}

    def requests(self, current: object) -> ByApi:
        pattern = {name: self.desired[name] for name in _PATTERN if name in self.desired}
        return {
            2: [(_SET, pattern or {"param": "auto"})],
            3: [with_value("set.system.led", [pattern] if pattern else "auto")],
        }
