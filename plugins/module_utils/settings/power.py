# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power: on or off, and the power mode (API document, 2.3, 2.4, 2.6)."""

from __future__ import annotations

from ..commands import POWER_MODES
from . import Setting, Unknown

OPTIONS = {
    "state": {"type": "str", "choices": ["on", "off"]},
    "mode": {"type": "str", "choices": list(POWER_MODES)},
}

WAIT_OPTIONS = {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "int", "default": 120}}


def declared(options):
    """The Settings in *options* (of the shape of OPTIONS)."""
    settings = []
    if options.get("mode") is not None:
        settings.append(Mode(options["mode"]))
    if options.get("state") is not None:
        settings.append(State(options["state"]))
    return settings


class State(Setting):
    """Whether btminer runs: ``on`` or ``off``."""

    name = "power.state"
    reads = ("status",)

    def current(self, facts):
        return facts.get("state") or Unknown("the miner doesn't show whether it is on")

    def orders(self, current):
        return [("power_off", {"respbefore": False}) if self.desired == "off" else ("power_on", {})]


class Mode(Setting):
    """The power mode, ``low``, ``normal`` or ``high``; changing it restarts btminer."""

    name = "power.mode"
    reads = ("summary", "status")

    def current(self, facts):
        return facts.get("power_mode") or Unknown("the miner doesn't show its power mode while powered off")

    def orders(self, current):
        return [(POWER_MODES[self.desired], {})]
