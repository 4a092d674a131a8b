# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make what a program sends to the webhook into what the rulebook curtail.yml acts on, or say what is wrong.

Nothing of what was sent goes on but what is checked here: the values end as variables of Ansible, which
takes text for templates. So numbers must be numbers, and text is of letters, digits and a few signs. What
names files or runs commands can't be set.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
---
short_description: Check the events that curtail, resume and tell prices
description:
  - An event filter of ansible-rulebook for the source eda.builtin.webhook, which puts what was sent, a JSON
    object, under the key payload.
  - The event is replaced by C(dispatch), with C(command), one of C(curtail), C(resume), C(price), C(refused)
    and C(repeated). The first three have C(target). C(curtail) and C(resume) have C(overrides), variables of
    the role minerops.whatsminer.curtailment. C(price) has C(price) and C(at). C(refused) has C(problem).
  - An event with an C(id) that was seen before is C(repeated). The last 1000 are remembered, until
    ansible-rulebook ends.
  - docs/dispatch.md says what an event may hold.
options:
  target:
    description: The hosts or groups that an event without a target is about.
    type: str
    default: miners
  reason:
    description: The reason of a curtailment whose event names none.
    type: str
    default: grid
  reserved_reasons:
    description: The reasons that no event may name, since people and the price curtail by them.
    type: list
    elements: str
    default: [curtailment, price]
"""

EXAMPLES = r"""
- eda.builtin.webhook:
    port: 5000
    token: "{{ webhook_token }}"
  filters:
    - minerops.whatsminer.dispatch_event:
        target: site_north
"""

_REMEMBERED = 1000
_LONGEST_SHOWN = 80
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Hosts and groups, and what joins them in a pattern of Ansible. None of these signs begins a template.
_TARGET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:,&!*-]{0,199}")
_UNTIL = re.compile(
    r"\+?(?:\d{1,9}[dhms]){1,4}|\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?"
)
# A moment that is before 2001 or after 2286 isn't in seconds.
_MOMENTS = (1e9, 1e10)

#: What checks a value: the value as it goes on. Raises ValueError with what was expected.
Check = Callable[[Any], Any]


class Refused(ValueError):
    """The event makes no sense; the text says why."""


def _number(least: float, most: float, *, whole: bool = False) -> Check:
    expected = f"a {'whole ' if whole else ''}number from {least:g} to {most:g}"

    def check(value: Any) -> Any:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:  # as isn't what is no number, nor infinity
            raise ValueError(expected)
        if whole and value != int(value):
            raise ValueError(expected)
        return int(value) if whole else value

    return check


def _matches(pattern: re.Pattern[str], expected: str) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(expected)
        return value

    return check


def _one_of(*choices: Any) -> Check:
    def check(value: Any) -> Any:
        # To Python, 1 is True.
        if not any(type(each) is type(value) and each == value for each in choices):
            raise ValueError(" or ".join(str(each).lower() for each in choices))
        return value

    return check


_KILOWATTS = _number(0, 10_000_000)
_SECONDS = _number(0, 604_800, whole=True)
_WORD = _matches(_NAME, "1 to 64 letters, digits, dots, dashes and underscores")

_OF_ALL: dict[str, Check] = {
    "event": _one_of("curtail", "resume", "price"),
    "id": _WORD,
    "target": _matches(_TARGET, "hosts or groups, as Ansible's --limit takes them"),
}
#: The goals of a curtailment, of which an event has exactly one.
_GOALS: dict[str, Check] = {
    "shed_kw": _KILOWATTS,
    "shed_percent": _number(0, 100),
    "to_kw": _KILOWATTS,
    "all": _one_of(True),
}
#: command -> the variables of the role, without curtailment_, that its event may set.
_VARIABLES: dict[str, dict[str, Check]] = {
    "curtail": {
        **_GOALS,
        "by": _one_of("off", "low", "percent", "limit"),
        "percent": _number(0, 99, whole=True),
        "limit_watts": _number(1, 99_998, whole=True),
        "reason": _WORD,
        "until": _matches(_UNTIL, "a moment such as 2026-12-01T18:00 or 18:00, or a span such as +2h"),
        "hold_seconds": _SECONDS,
        "deadline_seconds": _number(1, 86_400, whole=True),
        "ramp_kw": _number(0.001, 10_000_000),
        "ramp_pause_seconds": _SECONDS,
    },
    "resume": {
        "reason": _WORD,
        "hold_seconds": _SECONDS,
        "deadline_seconds": _number(1, 86_400, whole=True),
        "step_kw": _number(0.001, 10_000_000),
        "step_miners": _number(1, 1_000_000, whole=True),
        "step_pause_seconds": _SECONDS,
        "preheat": _one_of(True, False),
    },
    "price": {"price": _number(-1e9, 1e9), "at": _number(*_MOMENTS)},
}

# The ids that were seen, the oldest first. ansible-rulebook loads this file once for each source.
_seen: dict[str, None] = {}


def main(
    event: Mapping[str, Any],
    target: str = "miners",
    reason: str = "grid",
    reserved_reasons: tuple[str, ...] | list[str] = ("curtailment", "price"),
) -> dict[str, Any]:
    """The event that the rulebook sees for *event*: ``{"dispatch": {"command": ...}}``."""
    payload = event.get("payload")
    try:
        found = checked(payload, target=target, reason=reason, reserved=reserved_reasons, now=time.time())
    except Refused as error:
        return {"dispatch": {"command": "refused", "problem": str(error)}}
    if isinstance(payload, Mapping) and "id" in payload:
        if _was_seen(payload["id"]):
            return {"dispatch": {"command": "repeated", "id": payload["id"]}}
        found["id"] = payload["id"]
    return {"dispatch": found}


def checked(
    payload: Any, *, target: str, reason: str, reserved: tuple[str, ...] | list[str], now: float
) -> dict[str, Any]:
    """*payload* as the rulebook acts on it. Raises Refused."""
    if not isinstance(payload, Mapping):
        raise Refused("the event is no JSON object")
    command = _value(payload, "event", _OF_ALL["event"])
    variables = _VARIABLES[command]
    known = {**_OF_ALL, **variables}
    unknown = [_shown(name) for name in payload if name not in known]
    if unknown:
        raise Refused(f"{command} doesn't know {', '.join(unknown[:5])}: it has {', '.join(known)}")
    values = {name: _value(payload, name, check) for name, check in known.items() if name in payload}
    found = {"command": command, "target": values.get("target", target)}
    if command == "price":
        if "price" not in values:
            raise Refused("price needs price")
        return {**found, "price": values["price"], "at": values.get("at", now)}
    given = {name: value for name, value in values.items() if name in variables}
    if given.setdefault("reason", reason) in reserved:
        raise Refused(f"reason: {given['reason']} is not for events: people or the price curtail by it")
    if command == "curtail":
        goals = [name for name in _GOALS if name in given]
        if len(goals) != 1:
            raise Refused(f"curtail needs exactly one of {', '.join(_GOALS)}")
    return {**found, "overrides": {f"curtailment_{name}": value for name, value in given.items()}}


def _value(payload: Mapping[str, Any], name: str, check: Check) -> Any:
    try:
        return check(payload.get(name))
    except ValueError as error:
        raise Refused(f"{name} must be {error}, and not {_shown(payload.get(name))}") from None


def _shown(value: Any) -> str:
    """*value* as it may stand in a log: on one line, short, and nothing that controls a terminal."""
    text = ascii(value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def _was_seen(identifier: str) -> bool:
    if identifier in _seen:
        return True
    _seen[identifier] = None
    if len(_seen) > _REMEMBERED:
        del _seen[next(iter(_seen))]
    return False
