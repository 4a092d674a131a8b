# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of a curtailment and of the way back: the role's variables, checked once.

Power is in watts inside and in kW where people write it; moments are epoch seconds.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import checked_reason
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Params

UNLIMITED = sys.float_info.max  # infinity is no number here, nor in JSON
#: Percent: what a miner runs at unless told otherwise.
FULL = 100

_GOALS = ("shed_kw", "shed_percent", "to_kw", "all")
_WAYS = ("off", "low", "percent", "limit")
# The options of whatsminer_power that a way needs beside its name, and their ranges.
_NEEDS = {"percent": (0, 99), "limit_watts": (1, 99998)}
_NEEDED = {"percent": "percent", "limit": "limit_watts"}


class CurtailmentError(ValueError):
    """What was declared makes no sense, or can't be done now; the text says what to do."""


@dataclass(frozen=True)
class Demand:
    """How much power is to be shed, and how: *amount* is kW, percent or, for ``all``, nothing.

    *by* is ``off``, ``low``, ``percent`` or ``limit``; *at* is the percentage or the limit in watts.
    """

    goal: str
    amount: float
    by: str
    at: int | None = None

    @property
    def of_all(self) -> bool:
        """Whether all miners are to be curtailed, however much that sheds."""
        return self.goal == "all"

    @property
    def params(self) -> dict[str, Any]:
        """The options of whatsminer_power that curtail a miner."""
        if self.at is not None:
            return {_NEEDED[self.by]: self.at}
        return {"mode": "low"} if self.by == "low" else {"state": "off"}

    def level_watts(self, total: float, of_miners: float) -> float:
        """The watts to get down to from *total*, *of_miners* of which the miners take."""
        if self.goal == "shed_kw":
            return total - self.amount * 1000
        if self.goal == "shed_percent":
            return total - of_miners * self.amount / 100
        return self.amount * 1000 if self.goal == "to_kw" else 0

    def to_dict(self) -> dict[str, Any]:
        """It as JSON: ``{"shed_kw": 500.0, "by": "off"}``."""
        needed = _NEEDED.get(self.by)
        return {
            self.goal: True if self.of_all else self.amount,
            "by": self.by,
            **({needed: self.at} if needed else {}),
        }


@dataclass(frozen=True)
class Curtailing:
    """What is declared of a curtailment.

    *first* are names of hosts and groups, of the *first_kind*; *ramp_watts* is the most that is shed before a
    pause of *ramp_pause_seconds*; *until* and *hold_seconds* say how long it holds, *measured* what tells the
    site's power: kW, or a command that prints them.
    """

    demand: Demand
    reason: str
    first_kind: str
    first: tuple[str, ...]
    rest: str
    spare: tuple[str, ...]
    deadline_seconds: float
    wait_timeout: float
    settle_seconds: int
    low_percent: float
    ramp_watts: float
    ramp_pause_seconds: int
    recheck_seconds: int
    until: float | None
    hold_seconds: float
    measured: str | None


@dataclass(frozen=True)
class Resuming:
    """What is declared of the way back. *hold_seconds*: None unless it is given, which overrides the saved
    one.
    """

    reason: str
    step_watts: float
    step_miners: float
    pause_seconds: int
    preheat: bool
    preheat_timeout: float
    deadline_seconds: float | None
    wait_timeout: float
    hold_seconds: float | None


def curtailing(options: Params, now: float) -> Curtailing:
    """What *options* declare, the role's variables without ``curtailment_``. Raises CurtailmentError."""
    demand = _demand(options)
    kind, first = _first(_given(options, "first") or "efficiency")
    rest = _given(options, "rest") or "efficiency"
    if rest not in ("efficiency", "untouched"):
        raise CurtailmentError(f"curtailment_rest must be efficiency or untouched, and not {rest!r}")
    measured = _given(options, "measured_kw")
    settles = demand.by != "off" or (measured is not None and as_number(measured) is None)
    until = _given(options, "until")
    ramp_kw = _number(options, "ramp_kw", 0.001)
    try:
        return Curtailing(
            demand=demand,
            reason=reason(options),
            first_kind=kind,
            first=first,
            rest=rest,
            spare=tuple(_names(options.get("spare"), "spare")),
            deadline_seconds=_number(options, "deadline_seconds", 1) or 300,
            wait_timeout=_number(options, "wait_timeout", 1) or 120,
            settle_seconds=int(_number(options, "settle_seconds", 0) or 0) if settles else 0,
            low_percent=_number(options, "low_percent", 1, most=100) or 80,
            ramp_watts=UNLIMITED if ramp_kw is None else ramp_kw * 1000,
            ramp_pause_seconds=int(_number(options, "ramp_pause_seconds", 0) or 0),
            recheck_seconds=int(_number(options, "recheck_seconds", 0) or 0),
            until=None if until is None else moment(until, now, "curtailment_until"),
            hold_seconds=_number(options, "hold_seconds", 0) or 0,
            measured=None if measured is None else str(measured),
        )
    except BadParameter as error:
        raise CurtailmentError(f"{error.name} must be {error.expected}") from None


def resuming(options: Params) -> Resuming:
    """What *options* declare of the way back, as for `curtailing`. Raises CurtailmentError."""
    step_kw = _number(options, "step_kw", 0.001)
    step_miners = _number(options, "step_miners", 1)
    if step_kw is not None and step_miners is not None:
        raise CurtailmentError(
            "only one of curtailment_step_kw and curtailment_step_miners can say how big a step is"
        )
    if step_kw is None and step_miners is None:
        step_miners = 50
    try:
        return Resuming(
            reason=reason(options),
            step_watts=UNLIMITED if step_kw is None else step_kw * 1000,
            step_miners=UNLIMITED if step_miners is None else step_miners,
            pause_seconds=int(_number(options, "step_pause_seconds", 0) or 0),
            preheat=is_true(options.get("preheat")),
            preheat_timeout=_number(options, "preheat_timeout", 1) or 600,
            deadline_seconds=_number(options, "deadline_seconds", 1),
            wait_timeout=_number(options, "wait_timeout", 1) or 120,
            hold_seconds=_number(options, "hold_seconds", 0),
        )
    except BadParameter as error:
        raise CurtailmentError(f"{error.name} must be {error.expected}") from None


def reason(options: Params) -> str:
    """The reason that *options* declare. Raises BadParameter."""
    return checked_reason(_given(options, "reason") or "curtailment", "curtailment_reason")


def with_one_goal(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """*overrides*, variables of the role, so that a goal among them holds instead of all others."""
    goals: dict[str, Any] = {f"curtailment_{name}": None for name in _GOALS}
    if not goals.keys() & overrides.keys():
        return dict(overrides)
    return {**goals, "curtailment_all": False, **overrides}


def _demand(options: Params) -> Demand:
    amounts: dict[str, float | None] = {
        name: _number(options, name, 0, most=100 if name == "shed_percent" else UNLIMITED)
        for name in _GOALS[:-1]
    }
    amounts["all"] = 0 if is_true(options.get("all")) else None
    given = {name: amount for name, amount in amounts.items() if amount is not None}
    if len(given) != 1:
        names = ", ".join(f"curtailment_{name}" for name in _GOALS)
        said = ", ".join(f"curtailment_{name}" for name in given) or "none"
        raise CurtailmentError(f"exactly one of {names} must say what to shed, and given was: {said}")
    way = options.get("by") or "off"  # YAML reads a bare off as false
    if way not in _WAYS:
        raise CurtailmentError(f"curtailment_by must be one of {', '.join(_WAYS)}, and not {way!r}")
    ((goal, amount),) = given.items()
    return Demand(goal, amount, way, _at(options, way))


def _at(options: Params, way: str) -> int | None:
    """The percentage or the limit that *way* needs. Raises CurtailmentError, also for one that it doesn't."""
    for name, (least, most) in _NEEDS.items():
        value = _number(options, name, least, most=most)
        if (_NEEDED.get(way) == name) != (value is not None):
            needing = next(each for each, needed in _NEEDED.items() if needed == name)
            raise CurtailmentError(
                f"curtailment_{name}, from {least} to {most}, goes with curtailment_by: {needing}, and only "
                "with that"
            )
    needed = _NEEDED.get(way)
    if needed is None:
        return None
    least, most = _NEEDS[needed]
    return int(_number(options, needed, least, most=most) or 0)


def _first(value: Any) -> tuple[str, tuple[str, ...]]:
    """(``efficiency``, ``hosts`` or ``groups``, the names) of curtailment_first. Raises CurtailmentError."""
    if isinstance(value, dict) and set(value) <= {"groups", "hosts"} and len(value) == 1:
        ((kind, names),) = value.items()
        return kind, tuple(_names(names, "first"))
    if value != "efficiency":
        raise CurtailmentError(
            "curtailment_first must be efficiency, or groups or hosts with a list of names"
        )
    return "efficiency", ()


def _given(options: Params, name: str) -> Any:
    value = options.get(name)
    return None if value is None or value == "" else value


def as_number(value: Any) -> float | None:
    """*value* as a number, or None; as -e gives it, it may be text."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _number(options: Params, name: str, least: float, *, most: float = UNLIMITED) -> float | None:
    value = _given(options, name)
    if value is None:
        return None
    number = as_number(value)
    if number is None or not least <= number <= most:
        bounds = f"of {least:g} or more" if most == UNLIMITED else f"from {least:g} to {most:g}"
        raise CurtailmentError(f"curtailment_{name} must be a number {bounds}, and not {value!r}")
    return number


def _names(value: Any, name: str) -> list[str]:
    if value is None or value == "":
        return []
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CurtailmentError(f"curtailment_{name} must be a list of names")
    return value


def is_true(value: object) -> bool:
    """Whether *value* means yes; as -e gives it, it may be text."""
    return value is True or str(value).lower() in ("true", "yes", "on", "1")
