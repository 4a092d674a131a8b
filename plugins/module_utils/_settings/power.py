# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Power: on, off or preheated; mode, limit, percentages, and how btminer starts and tunes.

API document V1.3.11, 2.3, 2.4, 2.6, 2.14 to 2.16, 2.22, 2.23, and what those of API 2.0.5 and 2.2.2 added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import BadParameter, UnknownCommand
from .._api.v3.commands import PARAM
from .base import RESTART_FACTS, Setting, SingleValue, Unknown, checked, reject, shown_of, with_value

if TYPE_CHECKING:

    from .._api.miner import Reply, Requests
    from .._engine.converge import Session
    from .._facts.shapes import Facts
    from .base import ByApi, Options

RESET = "reset"
_RESET_LIMIT = 99999  # what the commands take for "the machine's own"
_ENABLED = {True: "enable", False: "disable"}
_MODE_COMMANDS = {"low": "set_low_power", "normal": "set_normal_power", "high": "set_high_power"}
_SERVICE = "set.miner.service"
_RESTORE_PERCENT = "restore_power_pct"
_PERCENT_COMMANDS = {"fast": "set_power_pct", "normal": "set_power_pct_v2"}
FULL_PERCENT = 100
HEAT_MODES = ("anti-icing", "heating", "normal")

OPTIONS: Options = {
    "state": {"type": "str", "choices": ["on", "off", "preheated"]},
    "mode": {"type": "str", "choices": list(_MODE_COMMANDS)},
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
    fact = "state"
    besides = ()

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

    def requests(self, current: object) -> ByApi:
        off = ("power_off", {"respbefore": self.respond_before})
        if self.desired == "preheated":
            preheat = ("pre_power_on", {"complete": False, "msg": "wait for adjust temp"})
            return {2: [off, preheat] if current == "on" else [preheat]}
        is_on = self.desired == "on"
        return {
            2: [("power_on", {}) if is_on else off],
            3: [with_value(_SERVICE, "start" if is_on else "stop")],
        }

    async def apply(self, session: Session, requests: Requests) -> None:
        if self.desired != "preheated":
            await super().apply(session, requests)
            return
        *off, preheat = requests
        for command, params in off:
            await session.send(self, command, params)
            await session.wait_until_shown(State("off"))
        await session.repeat(self, *preheat, until=_is_preheated)


def _is_preheated(reply: Reply) -> bool:
    """Whether *reply*, the answer to pre_power_on, says that preheating is complete (field notes)."""
    shown = {**(reply.body if isinstance(reply.body, dict) else {}), **reply.data}
    complete, message = (str(shown.get(name, "")).strip().lower() for name in ("complete", "msg"))
    return complete == "true" or "adjust complete" in (message, reply.text.strip().lower())


class Mode(Setting):
    """The power mode, ``low``, ``normal`` or ``high``; changing it restarts btminer."""

    desired: str
    name = "power.mode"
    fact = "power_mode"
    besides = ("state", *RESTART_FACTS)
    starts_mining = True

    def current(self, facts: Facts) -> object:
        return facts.get("power_mode") or Unknown("the miner doesn't show its power mode while powered off")

    def requests(self, current: object) -> ByApi:
        return {
            2: [(_MODE_COMMANDS[self.desired], {})],
            3: [with_value("set.miner.power_mode", self.desired)],
        }


class LimitWatts(SingleValue):
    """The most power the miner may take, in watts, or ``reset``: back to the machine's own limit.

    Each adjust_power_limit restarts mining, also with an unchanged value, and the miner tunes for minutes.
    """

    desired: int | str
    name = "power.limit_watts"
    fact = "power_limit_watts"
    besides = ("state", *RESTART_FACTS)
    starts_mining = True
    tunes = True
    ways = {2: ("adjust_power_limit", "power_limit"), 3: ("set.miner.power_limit", PARAM)}

    def __init__(self, desired: str) -> None:
        if desired == "0":
            reject(
                "limit_watts", "above 0: firmware takes 0 as 'no limit' and mines on; state off stops a miner"
            )
        is_number = desired.isascii() and desired.isdigit() and 0 < int(desired) < _RESET_LIMIT
        if not is_number and desired != RESET:
            reject("limit_watts", f"a whole number of watts, 1 to {_RESET_LIMIT - 1}, or {RESET}")
        super().__init__(int(desired) if is_number else RESET)

    def current(self, facts: Facts) -> object:
        if self.desired == RESET:
            return Unknown("the API has no command that shows the machine's own limit")
        return super().current(facts)

    def sent(self) -> int | str:
        return _RESET_LIMIT if self.desired == RESET else self.desired


class TargetWatts(SingleValue):
    """The power that the miner aims at, in watts.

    Sources differ: it's kept, and sent while the miner tunes it waits for the next start; or either loses it,
    as they do the percentage. Sent once tuning has ended, and again after a restart, it is right in both
    cases.
    """

    desired: int
    name = "power.target_watts"
    fact = "power_target_watts"
    besides = ("state", *RESTART_FACTS)
    ephemeral = True
    needs_tuned = True
    ways = {2: ("set_power", "power"), 3: ("set.miner.power", PARAM)}

    def __init__(self, desired: int) -> None:
        if desired == 0:
            reject("target_watts", "above 0: state off stops a miner")
        super().__init__(desired)


class Percent(Setting):
    """Power in percent of the mode's, lost when btminer restarts.

    Reached in the mode ``fast`` (a second, approximate) or ``normal`` (minutes). More than 100 goes with
    liquid-cooled miners only, and only in the mode ``normal``.
    """

    desired: int
    name = "power.percent"
    fact = "power_percent"
    besides = ("state", *RESTART_FACTS)
    ephemeral = True
    needs_tuned = True

    def __init__(self, desired: int, mode: str = "fast") -> None:
        self._mode = mode
        self._command = _PERCENT_COMMANDS[mode]
        if mode == "fast" and FULL_PERCENT < desired <= 2 * FULL_PERCENT:
            reject(
                "percent", "0 to 100 with percent_mode fast; normal takes up to 200 on liquid-cooled miners"
            )
        super().__init__(checked(self._command, "percent", desired, option="percent"))

    def current(self, facts: Facts) -> object:
        if self.desired == 0 and facts.get("api", {}).get("generation") == 3:
            return Unknown("API 3 has 0 for no percentage too")
        return super().current(facts)

    def restored_by_restart(self) -> bool:
        return self.desired == FULL_PERCENT

    def completed(self, facts: Facts) -> Percent:
        if self.desired > FULL_PERCENT and _is_air_cooled(facts):
            reject("percent", "0 to 100: this miner is air-cooled, and more is for liquid-cooled ones only")
        return self

    def requests(self, current: object) -> ByApi:
        by_number = (self._command, {"percent": self.desired})
        # Firmware that shows the percentage has the command that undoes it; a number is for that which
        # doesn't.
        undone = self.desired == FULL_PERCENT and not isinstance(current, Unknown)
        return {
            2: [(_RESTORE_PERCENT, {}) if undone else by_number],
            3: [("set.miner.power_percent", {"percent": self.desired, "mode": self._mode})],
        }

    async def apply(self, session: Session, requests: Requests) -> None:
        try:
            await super().apply(session, requests)
        except UnknownCommand as error:
            if error.command != _RESTORE_PERCENT:
                raise
            await session.send(self, self._command, {"percent": self.desired})


def _is_air_cooled(facts: Facts) -> bool:
    """Whether *facts* show that fans cool the miner: they turn, and no temperature of a liquid is shown."""
    fans = facts.get("fans_rpm", {})
    turning = max(fans.get("inlet", 0), fans.get("outlet", 0)) > 0
    return turning and "liquid" not in facts.get("temperature_c", {})


class FrequencyPercent(SingleValue):
    """The target frequency, in percent above or below the mode's."""

    desired: int
    name = "power.frequency_percent"
    fact = "frequency_percent"
    besides = ("state", *RESTART_FACTS)
    starts_mining = True
    ways = {2: ("set_target_freq", "percent"), 3: ("set.miner.target_freq", PARAM)}

    def __init__(self, desired: int) -> None:
        super().__init__(desired)
        try:
            self.check(api="1.")
        except BadParameter:
            self.besides = (*self.besides, "api_version")  # which tells whether it may be sent

    def completed(self, facts: Facts) -> FrequencyPercent:
        self.check(facts.get("api_version"))
        if self.desired > 0 and facts.get("api", {}).get("generation") == 3 and _is_air_cooled(facts):
            reject(
                "frequency_percent",
                "-100 to 0: this miner is air-cooled, and API 3 takes more for liquid-cooled ones only",
            )
        return self


class FastBoot(Setting):
    """Whether btminer starts fast the next time."""

    desired: bool
    name = "power.fast_boot"
    fact = "fast_boot"
    deferred = True

    def requests(self, current: object) -> ByApi:
        command = "enable_btminer_fast_boot" if self.desired else "disable_btminer_fast_boot"
        return {2: [(command, {})], 3: [with_value("set.miner.fastboot", _ENABLED[self.desired])]}


class UpfreqSpeed(SingleValue):
    """How fast btminer tunes its frequencies: 0 is normal, 10 the fastest, and the least exact."""

    desired: int
    name = "power.upfreq_speed"
    fact = "upfreq_speed"
    ways = {2: ("adjust_upfreq_speed", "upfreq_speed"), 3: ("set.miner.upfreq_speed", PARAM)}


class FastHash(SingleValue):
    """Whether the miner reaches its hash rate faster, with some models."""

    desired: bool
    name = "power.fast_hash"
    fact = "fast_hash"
    ways = {2: ("set_fast_hash", "fast_hash"), 3: ("set.miner.fast_hash", PARAM)}

    def sent(self) -> int:
        return int(self.desired)


class Autostart(Setting):
    """Whether mining starts when the machine starts."""

    desired: bool
    name = "power.autostart"

    def requests(self, current: object) -> ByApi:
        command = "enable_btminer_init" if self.desired else "disable_btminer_init"
        return {2: [(command, {})], 3: [with_value(_SERVICE, _ENABLED[self.desired])]}


class HeatMode(Setting):
    """What a liquid-cooled miner heats for."""

    desired: str
    name = "power.heat_mode"
    fact = "heat_mode"

    def requests(self, current: object) -> ByApi:
        word = "anti-freezing" if self.desired == "anti-icing" else self.desired
        by_api: ByApi = {3: [with_value("set.miner.heat_mode", word)]}
        if self.desired != "normal":
            by_api[2] = [("set_heat_mode", {"mode": self.desired})]
        return by_api


# Option -> the setting that takes its value as it is.
_PLAIN: dict[str, type[Setting]] = {
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

_FACT_OF = {
    "state": State.fact,
    **{option: setting.fact for option, setting in _PLAIN.items() if setting.fact},
    "percent": Percent.fact,
}
#: The facts that `observed` goes by.
OBSERVED = tuple(_FACT_OF.values())


def observed(facts: Facts) -> list[Options]:
    """The options, one setting's at a time, that declare what *facts* show."""
    # A limit is text, since it may be `RESET` as well.
    found = [
        {option: str(value) if option == "limit_watts" else value for option, value in it.items()}
        for it in shown_of(facts, _FACT_OF)
    ]
    percent = facts.get("power_percent")
    if percent is not None and percent > FULL_PERCENT:
        found = [{**it, "percent_mode": "normal"} if "percent" in it else it for it in found]
    if percent == FULL_PERCENT and "power_target_watts" in facts:  # each undoes the other, and 100 is none
        found = [it for it in found if "percent" not in it]
    return found
