# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power: on, off or preheated; mode, limit, percentages, and how btminer starts and tunes.

API document V1.3.11, 2.3, 2.4, 2.6, 2.14 to 2.16, 2.22, 2.23, and what those of API 2.0.5 and 2.2.2 added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import BadParameter, UnknownCommand
from .._api.v2.commands import POWER_MODES
from .base import Setting, Unknown, checked, reject

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._api.v2.replies import Reply
    from .._engine.converge import Session
    from .._facts.shapes import Facts
    from .base import Options, Orders

RESET = "reset"
_RESET_LIMIT = 99999  # what adjust_power_limit takes for "the machine's own"
_PERCENT_COMMANDS = {"fast": "set_power_pct", "normal": "set_power_pct_v2"}
FULL_PERCENT = 100
HEAT_MODES = ("anti-icing", "heating")

OPTIONS: Options = {
    "state": {"type": "str", "choices": ["on", "off", "preheated"]},
    "mode": {"type": "str", "choices": list(POWER_MODES)},
    "limit_watts": {"type": "str"},
    "target_watts": {"type": "int"},
    "percent": {"type": "int"},
    "percent_mode": {"type": "str", "choices": list(_PERCENT_COMMANDS), "default": "fast"},
    "frequency_percent": {"type": "int"},
    "fast_boot": {"type": "bool"},
    "upfreq_speed": {"type": "int"},
    "fast_hash": {"type": "bool"},
    "autostart": {"type": "bool"},
    "heat_mode": {"type": "str", "choices": list(HEAT_MODES)},
    "respond_before": {"type": "bool", "default": False},
}

WAIT_OPTIONS = {"wait": {"type": "bool", "default": True}, "wait_timeout": {"type": "int", "default": 120}}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings: list[Setting] = [
        setting(options[name]) for name, setting in _PLAIN.items() if options.get(name) is not None
    ]
    if options.get("state") is not None:
        settings.append(State(options["state"], options.get("respond_before") or False))
    if options.get("percent") is not None:
        settings.append(Percent(options["percent"], options.get("percent_mode") or "fast"))
    if options.get("percent") is not None and options.get("target_watts") is not None:
        reject("target_watts", "left out where percent is given, since each undoes the other")
    if options.get("fast_boot") and options.get("upfreq_speed"):
        reject("upfreq_speed", "0 or left out where fast_boot is on, since the firmware doesn't take both")
    return settings


class State(Setting):
    """Whether btminer runs: ``on``, ``off``, or ``preheated``, which is off and warm.

    With *respond_before* the miner answers power_off before it does the work. Whether a powered-off miner is
    preheated only pre_power_on itself can tell, and that starts preheating: so it's a matter of record.
    """

    desired: str
    name = "power.state"
    reads = ("status",)  # and summary, where firmware has no status: see converge.Session

    def __init__(self, desired: str, respond_before: bool = False) -> None:
        super().__init__(desired)
        self.respond_before = respond_before

    def current(self, facts: Facts) -> object:
        if "state" not in facts:
            # A miner that tunes mines nothing yet, but power_on is no answer to that.
            return "on" if facts.get("tuning") else Unknown("the miner doesn't show whether it is on")
        if facts["state"] == "off" and self.desired == "preheated":
            return Unknown("off, and the API has no command that shows whether it is preheated")
        return facts["state"]

    def orders(self, current: object) -> Orders:
        if self.desired == "on":
            return [("power_on", {})]
        off = ("power_off", {"respbefore": self.respond_before})
        if self.desired == "off":
            return [off]
        preheat = ("pre_power_on", {"complete": False, "msg": "wait for adjust temp"})
        return [off, preheat] if current == "on" else [preheat]

    async def apply(self, session: Session, current: object) -> None:
        orders = self.orders(current)
        for command, params in orders:
            if command != "pre_power_on":
                await session.send(self, command, params)
        if self.desired == "preheated":
            if len(orders) > 1:
                await session.settle(State("off"))
            await session.repeat(self, *orders[-1], until=_is_preheated)


def _is_preheated(reply: Reply) -> bool:
    """Whether *reply*, the answer to pre_power_on, says that preheating is complete (field notes)."""
    shown = {**(reply.body if isinstance(reply.body, dict) else {}), **reply.data}
    complete, message = (str(shown.get(name, "")).strip().lower() for name in ("complete", "msg"))
    return complete == "true" or "adjust complete" in (message, reply.text.strip().lower())


class Mode(Setting):
    """The power mode, ``low``, ``normal`` or ``high``; changing it restarts btminer."""

    desired: str
    name = "power.mode"
    reads = ("summary", "status")
    starts_mining = True

    def current(self, facts: Facts) -> object:
        return facts.get("power_mode") or Unknown("the miner doesn't show its power mode while powered off")

    def orders(self, current: object) -> Orders:
        return [(POWER_MODES[self.desired], {})]


class LimitWatts(Setting):
    """The most power the miner may take, in watts, or ``reset``: back to the machine's own limit.

    Each adjust_power_limit restarts mining, also with an unchanged value, and the miner tunes for minutes.
    """

    desired: int | str
    name = "power.limit_watts"
    reads = ("summary", "status")
    fact = "power_limit_watts"
    starts_mining = True
    tunes = True

    def __init__(self, desired: str) -> None:
        watts: int | str | None = desired
        if desired == "0":
            reject(
                "limit_watts", "above 0: firmware takes 0 as 'no limit' and mines on; state off stops a miner"
            )
        if desired != RESET:
            try:
                checked("adjust_power_limit", "power_limit", desired, "limit_watts")
            except BadParameter:
                watts = None
            if watts is None or int(watts) >= _RESET_LIMIT:
                reject("limit_watts", f"a whole number of watts, 1 to {_RESET_LIMIT - 1}, or {RESET}")
            watts = int(watts)
        super().__init__(watts)

    def current(self, facts: Facts) -> object:
        if self.desired == RESET:
            return Unknown("the API has no command that shows the machine's own limit")
        return super().current(facts)

    def orders(self, current: object) -> Orders:
        return [
            ("adjust_power_limit", {"power_limit": _RESET_LIMIT if self.desired == RESET else self.desired})
        ]


class TargetWatts(Setting):
    """The power that the miner aims at, in watts.

    Sources differ: it's kept, and sent while the miner tunes it waits for the next start; or either loses it,
    as they do the percentage. Sent once tuning has ended, and again after a restart, it is right in both
    cases.
    """

    desired: int
    name = "power.target_watts"
    reads = ("summary", "status")
    ephemeral = True
    needs_tuned = True

    def __init__(self, desired: int) -> None:
        if desired == 0:
            reject("target_watts", "above 0: state off stops a miner")
        super().__init__(checked("set_power", "power", desired, "target_watts"))

    def orders(self, current: object) -> Orders:
        return [("set_power", {"power": self.desired})]


class Percent(Setting):
    """Power in percent of the mode's, lost when btminer restarts.

    Reached in the mode ``fast`` (a second, approximate) or ``normal`` (minutes). More than 100 goes with
    liquid-cooled miners only, and only in the mode ``normal``.
    """

    desired: int
    name = "power.percent"
    reads = ("summary", "status")
    fact = "power_percent"
    ephemeral = True
    needs_tuned = True

    def __init__(self, desired: int, mode: str = "fast") -> None:
        self._command = _PERCENT_COMMANDS[mode]
        if mode == "fast" and FULL_PERCENT < desired <= 2 * FULL_PERCENT:
            reject(
                "percent", "0 to 100 with percent_mode fast; normal takes up to 200 on liquid-cooled miners"
            )
        super().__init__(checked(self._command, "percent", desired, "percent"))

    def restored_by_restart(self) -> bool:
        return self.desired == FULL_PERCENT

    def completed(self, facts: Facts) -> Percent:
        if self.desired > FULL_PERCENT and _is_air_cooled(facts):
            reject("percent", "0 to 100: this miner is air-cooled, and more is for liquid-cooled ones only")
        return self

    def orders(self, current: object) -> Orders:
        # Firmware that shows the percentage has the command that undoes it; a number is for that which
        # doesn't.
        if self.desired == FULL_PERCENT and not isinstance(current, Unknown):
            return [("restore_power_pct", {})]
        return [(self._command, {"percent": self.desired})]

    async def apply(self, session: Session, current: object) -> None:
        try:
            await super().apply(session, current)
        except UnknownCommand as error:
            if error.command != "restore_power_pct":
                raise
            await session.send(self, self._command, {"percent": self.desired})


def _is_air_cooled(facts: Facts) -> bool:
    """Whether *facts* show that fans cool the miner: they turn, and no temperature of a liquid is shown."""
    fans = facts.get("fans_rpm", {})
    turning = any(fans.get(name, 0) > 0 for name in ("inlet", "outlet"))
    return turning and "liquid" not in facts.get("temperature_c", {})


class FrequencyPercent(Setting):
    """The target frequency, in percent above or below the mode's."""

    desired: int
    name = "power.frequency_percent"
    reads: tuple[str, ...] = ("summary", "status")
    fact = "frequency_percent"
    starts_mining = True

    def __init__(self, desired: int) -> None:
        super().__init__(self._checked(desired))
        try:
            self._checked(desired, api="1.")
        except BadParameter:
            self.reads = (*self.reads, "get_version")  # whether it may be sent, the API version tells

    @staticmethod
    def _checked(desired: int, api: str | None = None) -> int:
        return checked("set_target_freq", "percent", desired, "frequency_percent", api)

    def completed(self, facts: Facts) -> FrequencyPercent:
        self._checked(self.desired, facts.get("api_version"))
        return self

    def orders(self, current: object) -> Orders:
        return [("set_target_freq", {"percent": self.desired})]


class FastBoot(Setting):
    """Whether btminer starts fast the next time."""

    desired: bool
    name = "power.fast_boot"
    reads = ("summary",)
    fact = "fast_boot"
    deferred = True

    def orders(self, current: object) -> Orders:
        return [("enable_btminer_fast_boot" if self.desired else "disable_btminer_fast_boot", {})]


class UpfreqSpeed(Setting):
    """How fast btminer tunes its frequencies: 0 is normal, 10 the fastest, and the least exact."""

    desired: int
    name = "power.upfreq_speed"
    reads = ("summary", "get_miner_info")
    fact = "upfreq_speed"

    def __init__(self, desired: int) -> None:
        super().__init__(checked("adjust_upfreq_speed", "upfreq_speed", desired, "upfreq_speed"))

    def orders(self, current: object) -> Orders:
        return [("adjust_upfreq_speed", {"upfreq_speed": self.desired})]


class FastHash(Setting):
    """Whether the miner reaches its hash rate faster, with some models."""

    desired: bool
    name = "power.fast_hash"
    reads = ("summary", "status")
    fact = "fast_hash"

    def orders(self, current: object) -> Orders:
        return [("set_fast_hash", {"fast_hash": int(self.desired)})]


class Autostart(Setting):
    """Whether mining starts when the machine starts."""

    desired: bool
    name = "power.autostart"
    reads = ("summary", "status")
    fact = "autostart"

    def orders(self, current: object) -> Orders:
        return [("enable_btminer_init" if self.desired else "disable_btminer_init", {})]


class HeatMode(Setting):
    """What a liquid-cooled miner heats for."""

    desired: str
    name = "power.heat_mode"
    reads = ("summary",)

    def orders(self, current: object) -> Orders:
        return [("set_heat_mode", {"mode": self.desired})]


# Option -> the setting that takes its value as it is.
_PLAIN: dict[str, Callable[[Any], Setting]] = {
    "fast_boot": FastBoot,
    "upfreq_speed": UpfreqSpeed,
    "fast_hash": FastHash,
    "autostart": Autostart,
    "heat_mode": HeatMode,
    "target_watts": TargetWatts,
    "frequency_percent": FrequencyPercent,
    "mode": Mode,
    "limit_watts": LimitWatts,
}
