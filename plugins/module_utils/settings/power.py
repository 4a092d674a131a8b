# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power: on, off or preheated; mode, percentages, fast boot (API document, 2.3, 2.4, 2.6, 2.14 to 2.16, 2.22, 2.23)."""

from __future__ import annotations

from ..commands import POWER_MODES
from .base import Setting, Unknown, checked

OPTIONS = {
    "state": {"type": "str", "choices": ["on", "off", "preheated"]},
    "mode": {"type": "str", "choices": list(POWER_MODES)},
    "percent": {"type": "int"},
    "frequency_percent": {"type": "int"},
    "fast_boot": {"type": "bool"},
    "respond_before": {"type": "bool", "default": False},
}

WAIT_OPTIONS = {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "int", "default": 120}}


def declared(options):
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings = []
    for name, setting in (("fast_boot", FastBoot), ("frequency_percent", FrequencyPercent), ("mode", Mode)):
        if options.get(name) is not None:
            settings.append(setting(options[name]))
    if options.get("state") is not None:
        settings.append(State(options["state"], options.get("respond_before") or False))
    if options.get("percent") is not None:
        settings.append(Percent(options["percent"]))
    return settings


class State(Setting):
    """Whether btminer runs: ``on``, ``off``, or ``preheated``, which is off and warm.

    With *respond_before* the miner answers power_off before it does the work. Whether a powered-off miner is preheated
    only pre_power_on itself can tell, and that starts preheating: so it's a matter of record.
    """

    name = "power.state"
    reads = ("status",)

    def __init__(self, desired, respond_before=False):
        super().__init__(desired)
        self.respond_before = respond_before

    def current(self, facts):
        if "state" not in facts:
            return Unknown("the miner doesn't show whether it is on")
        if facts["state"] == "off" and self.desired == "preheated":
            return Unknown("off, and the API has no command that shows whether it is preheated")
        return facts["state"]

    def orders(self, current):
        if self.desired == "on":
            return [("power_on", {})]
        off = ("power_off", {"respbefore": self.respond_before})
        if self.desired == "off":
            return [off]
        preheat = ("pre_power_on", {"complete": False, "msg": "wait for adjust temp"})
        return [off, preheat] if current == "on" else [preheat]

    async def apply(self, session, current):
        orders = self.orders(current)
        for command, params in orders:
            if command != "pre_power_on":
                await session.send(self, command, params)
        if self.desired == "preheated":
            if len(orders) > 1:
                await session.settle(State("off"))
            await session.repeat(self, *orders[-1], until=_is_preheated)


def _is_preheated(reply):
    """Whether *reply*, the answer to pre_power_on, says that preheating is complete (field notes)."""
    shown = {**(reply.body if isinstance(reply.body, dict) else {}), **reply.data}
    complete, message = (str(shown.get(name, "")).strip().lower() for name in ("complete", "msg"))
    return complete == "true" or "adjust complete" in (message, reply.text.strip().lower())


class Mode(Setting):
    """The power mode, ``low``, ``normal`` or ``high``; changing it restarts btminer."""

    name = "power.mode"
    reads = ("summary", "status")
    starts_btminer = True

    def current(self, facts):
        return facts.get("power_mode") or Unknown("the miner doesn't show its power mode while powered off")

    def orders(self, current):
        return [(POWER_MODES[self.desired], {})]


class Percent(Setting):
    """Power in percent of the mode's: quick, approximate, and lost when btminer restarts."""

    name = "power.percent"
    reads = ("summary", "status")
    ephemeral = True

    def __init__(self, desired):
        super().__init__(checked("set_power_pct", "percent", desired, "percent"))

    def orders(self, current):
        return [("set_power_pct", {"percent": self.desired})]


class FrequencyPercent(Setting):
    """The target frequency, in percent above or below the mode's."""

    name = "power.frequency_percent"
    reads = ("summary",)

    def __init__(self, desired):
        super().__init__(checked("set_target_freq", "percent", desired, "frequency_percent"))

    def orders(self, current):
        return [("set_target_freq", {"percent": self.desired})]


class FastBoot(Setting):
    """Whether btminer starts fast; firmware 2.0 shows it."""

    name = "power.fast_boot"
    reads = ("summary",)

    def current(self, facts):
        return facts.get("fast_boot", Unknown("this firmware doesn't show whether fast boot is on"))

    def orders(self, current):
        return [("enable_btminer_fast_boot" if self.desired else "disable_btminer_fast_boot", {})]
