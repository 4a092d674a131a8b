# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide by the price of electricity whether to curtail, to resume, or to leave all as it is.

What the price asks for:

=================================================  =========================================================
outside the hours                                  resume
at or above the strike price                       curtail; at once if also at or above the immediate price
below the resume price                             resume
between the two                                    nothing
=================================================  =========================================================

What is done then, by what stands:

========================  ================================  =================================================
it asks to                and what stands is                then
========================  ================================  =================================================
curtail                   nothing                           curtail
curtail                   a goal that wasn't reached        curtail: it goes on to the same goal
curtail                   a resume that isn't over          curtail
curtail                   a goal that was reached           nothing; curtail if the goal is a level of power:
                                                            that sheds what came back on, and no more
resume                    nothing                           nothing
resume                    anything                          resume, once it may be taken back
========================  ================================  =================================================

All of this is decided when it is done, and not when a price comes in: what stands may change while a price
waits for the run before.
"""

from __future__ import annotations

import datetime
import re
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import checked_reason
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import told

if TYPE_CHECKING:
    from collections.abc import Mapping

CURTAIL, RESUME, NOTHING = "curtail", "resume", ""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(?:(?P<days>[a-z,-]+) +)?(?P<start>\d\d:\d\d) *- *(?P<end>\d\d:\d\d)")
_MINUTES_OF_A_DAY = 24 * 60
_EXPECTED_HOURS = "such as 'mon-fri 14:00-20:00', 'sat,sun 00:00-24:00' or '22:00-06:00'"
# A moment that is so far ahead is a clock that goes wrong, or milliseconds.
_AHEAD_SECONDS = 300


@dataclass(frozen=True)
class Span:
    """Hours of a day: on *days*, 0 is Monday, from *start* to *end*, in minutes since midnight.

    Where *end* isn't after *start* they end on the next day.
    """

    days: frozenset[int]
    start: int
    end: int

    def holds(self, local: datetime.datetime) -> bool:
        """Whether the moment *local* is in it."""
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= minute < self.end
        yesterday = (today - 1) % len(_DAYS)
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.end)


@dataclass(frozen=True)
class Declared:
    """What is declared. *price*, *strike*, *resume* and *immediate* are of one unit, whichever it is.

    *price_at* is the moment of the price, *hours* those in which it counts: none are all. *zone* is theirs;
    None is that of the controller.
    """

    price: float
    price_at: float
    strike: float
    resume: float
    immediate: float | None
    hours: tuple[Span, ...]
    zone: zoneinfo.ZoneInfo | None
    max_age_seconds: float
    reason: str


@dataclass(frozen=True)
class Standing:
    """What stands of the curtailment for the price.

    *miners* are curtailed. *goal_open*: the goal wasn't reached; *is_level*: it is a level of power, so that
    the same curtailment again sheds no more; *resuming*: it is being taken back. It may not be taken back
    before *held_until*.
    """

    miners: int = 0
    goal_open: bool = False
    is_level: bool = False
    resuming: bool = False
    held_until: float | None = None


@dataclass(frozen=True)
class Decision:
    """What to *run*, one of CURTAIL, RESUME, NOTHING, and *why*. *at_once*: without ramp."""

    run: str
    why: str
    at_once: bool = False


def declared_of(options: Mapping[str, Any], now: float) -> Declared:
    """What *options*, the role's validated variables without their prefix, declare. Raises ValueError."""
    price, strike, resume = (_finite(options, name) for name in ("price", "strike_price", "resume_price"))
    immediate = None if options.get("immediate_price") is None else _finite(options, "immediate_price")
    if resume > strike:
        raise ValueError(
            f"dispatch_resume_price, {resume:g}, must be at most dispatch_strike_price, {strike:g}"
        )
    if immediate is not None and immediate < strike:
        raise ValueError(
            f"dispatch_immediate_price, {immediate:g}, must be at least dispatch_strike_price, {strike:g}"
        )
    price_at = options.get("price_at")
    price_at = now if price_at is None else _finite(options, "price_at")
    if price_at > now + _AHEAD_SECONDS:
        raise ValueError("dispatch_price_at must be a moment that is past, in seconds since 1970")
    return Declared(
        price=price,
        price_at=price_at,
        strike=strike,
        resume=resume,
        immediate=immediate,
        hours=tuple(_span(text) for text in options["hours"]),
        zone=_zone(options["timezone"]),
        max_age_seconds=options["max_age_seconds"],
        reason=_reason(options["reason"]),
    )


def decide(declared: Declared, standing: Standing, now: float) -> Decision:
    """What to do at the moment *now*, by the tables above."""
    age = now - declared.price_at
    if age > declared.max_age_seconds:
        return Decision(NOTHING, f"the price {declared.price:g} is {age:.0f} s old: it is left alone")
    wanted, why, at_once = _wanted(declared, now)
    if wanted == CURTAIL:
        return _curtail(standing, why, at_once)
    if wanted == RESUME:
        return _resume(standing, why, now)
    return Decision(NOTHING, why)


def _wanted(declared: Declared, now: float) -> tuple[str, str, bool]:
    price = f"the price {declared.price:g}"
    local = datetime.datetime.fromtimestamp(now, declared.zone)
    if declared.hours and not any(span.holds(local) for span in declared.hours):
        return RESUME, f"{local:%a %H:%M} is outside dispatch_hours", False
    if declared.immediate is not None and declared.price >= declared.immediate:
        return CURTAIL, f"{price} is at or above the immediate price {declared.immediate:g}", True
    if declared.price >= declared.strike:
        return CURTAIL, f"{price} is at or above the strike price {declared.strike:g}", False
    if declared.price < declared.resume:
        return RESUME, f"{price} is below the resume price {declared.resume:g}", False
    return NOTHING, f"{price} is between {declared.resume:g} and {declared.strike:g}", False


def _curtail(standing: Standing, why: str, at_once: bool) -> Decision:
    reached = standing.miners and not standing.goal_open and not standing.resuming
    if reached and not standing.is_level:
        return Decision(NOTHING, f"{why}, and the power is shed already")
    return Decision(CURTAIL, why, at_once)


def _resume(standing: Standing, why: str, now: float) -> Decision:
    if not standing.miners:
        return Decision(NOTHING, f"{why}, and nothing is curtailed")
    if standing.held_until is not None and standing.held_until > now:
        until = told(standing.held_until, now)
        return Decision(NOTHING, f"{why}, but the curtailment may not be taken back before {until}")
    return Decision(RESUME, why)


# --- As it is declared --------------------------------------------------------------------------------------


def _finite(options: Mapping[str, Any], name: str) -> float:
    value = float(options[name])
    if not abs(value) < float("inf"):
        raise ValueError(f"dispatch_{name} must be a number, and not {value}")
    return value


def _reason(text: str) -> str:
    try:
        return checked_reason(text, "dispatch_reason")
    except BadParameter as error:
        raise ValueError(f"{error.name} must be {error.expected}") from None


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"dispatch_timezone must be a time zone that this machine knows, such as America/Chicago, and "
            f"not {name!r}"
        ) from None


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"dispatch_hours must be a list of hours {_EXPECTED_HOURS}, and not {text!r}")
    start, end = (_minutes(found.group(name), text) for name in ("start", "end"))
    if start in (end, _MINUTES_OF_A_DAY):
        raise ValueError(f"dispatch_hours: {text!r} has no length: all day is 00:00-24:00")
    return Span(_days(found.group("days"), text), start, end)


def _minutes(clock: str, text: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    found = hours * 60 + minutes
    if minutes > 59 or found > _MINUTES_OF_A_DAY:
        raise ValueError(f"dispatch_hours: {clock} in {text!r} is no time of a day")
    return found


def _days(names: str | None, text: str) -> frozenset[int]:
    if names is None:
        return frozenset(range(len(_DAYS)))
    found: set[int] = set()
    for part in names.split(","):
        first, _dash, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"dispatch_hours: {part!r} in {text!r} is no day: {', '.join(_DAYS)}")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update(day % len(_DAYS) for day in range(start, end + (1 if end >= start else 8)))
    return frozenset(found)
