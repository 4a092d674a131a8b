# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds: who has the say over a miner for a while.

A hold of kind ``power`` covers the settings ``power.*`` of a miner, and one of kind ``all`` everything that
can be written to it. A miner may have several holds, each of another reason. A hold past its end no longer
covers anything, and stays until somebody ends it, so that it can be reported.

This file says what a hold is, and reads and writes it as JSON. Where holds are kept: hold_store.py.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from .._api.errors import BadParameter
from .moments import told

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

VERSION = 1
POWER, ALL = "power", "all"
KINDS = (POWER, ALL)

#: What the kinds are called where people read it.
_CALLED = {POWER: "curtailed", ALL: "held"}
_LONGEST_REASON = 100
_LONGEST_COMMENT = 500
_YEAR_9999 = 253370764800


@dataclass(frozen=True)
class Hold:
    """Of *kind* (KINDS), by *reason*, from the moment *since* on, to the moment *until* (epoch seconds; None:
    until it is ended).

    *before* is what the miner was when it was taken, where the holder wants to know.
    """

    kind: str
    reason: str
    since: float
    until: float | None = None
    comment: str = ""
    before: dict[str, Any] = field(default_factory=dict)

    def is_over(self, now: float) -> bool:
        """Whether it no longer holds."""
        return self.until is not None and self.until <= now

    def covers(self, setting: str) -> bool:
        """Whether the setting of this name, such as ``power.state``, is left alone by it."""
        return self.kind == ALL or setting.startswith(f"{POWER}.")

    def told(self, now: float) -> str:
        """It as people read it: ``curtailed since 14:50 by ercot-4cp until 18:00``."""
        end = "" if self.until is None else f" until {told(self.until, now)}"
        return f"{_CALLED[self.kind]} since {told(self.since, now)} by {self.reason}{end}"


@dataclass(frozen=True)
class Held:
    """A miner and its holds: *host* is its name in the inventory, *mac* its MAC address, where known.

    No two of its *holds* have the same reason.
    """

    host: str
    mac: str | None = None
    holds: tuple[Hold, ...] = ()

    def by(self, reason: str) -> Hold | None:
        """The hold of *reason*, also if it is over."""
        return next((hold for hold in self.holds if hold.reason == reason), None)

    def holding(self, now: float) -> list[Hold]:
        """The holds that aren't over."""
        return [hold for hold in self.holds if not hold.is_over(now)]

    def over(self, now: float) -> list[Hold]:
        """The holds that are over, and weren't ended by anybody."""
        return [hold for hold in self.holds if hold.is_over(now)]

    def covering(self, setting: str, now: float) -> Hold | None:
        """The hold by which the setting of this name is left alone: of several, the one that ends last."""
        return longest(hold for hold in self.holding(now) if hold.covers(setting))

    def with_hold(self, hold: Hold) -> Held:
        """The same miner with *hold* instead of what it had of that reason."""
        return replace(self, holds=(*self.without(hold.reason).holds, hold))

    def without(self, reason: str) -> Held:
        """The same miner without the hold of *reason*."""
        return replace(self, holds=tuple(hold for hold in self.holds if hold.reason != reason))


def longest(holds: Iterable[Hold]) -> Hold | None:
    """Of *holds* the one that ends last; None of none."""
    return max(holds, key=lambda hold: (hold.until is None, hold.until or 0), default=None)


def checked_reason(reason: str | None, option: str = "reason") -> str:
    """*reason*, if it is one. Raises BadParameter, which names *option*."""
    return _checked(reason, option, 1, most=_LONGEST_REASON)


def checked_comment(comment: str | None, option: str = "comment") -> str:
    """*comment*, if it is one. Raises BadParameter, which names *option*."""
    return _checked(comment or "", option, 0, most=_LONGEST_COMMENT)


def _checked(text: str | None, option: str, least: int, *, most: int) -> str:
    text = (text or "").strip()
    if not least <= len(text) <= most or not _is_harmless(text):
        raise BadParameter(
            option, f"{least} to {most} printable characters on one line, without {{{{ and {{%"
        )
    return text


def _is_harmless(text: str) -> bool:
    # Shown on screens, and as a value that a template may hold: neither may take it for its own.
    return text.isprintable() and "{{" not in text and "{%" not in text


# --- As JSON ------------------------------------------------------------------------------------------------


def encode(held: Held) -> str:
    """*held* as the text of a file."""
    return json.dumps({"version": VERSION, **asdict(held)}) + "\n"


def decode(text: str) -> Held:
    """What `encode` made of a Held. Raises ValueError for anything else, an empty text too."""
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise ValueError(f"it holds no holds of version {VERSION}")
    holds = tuple(map(hold_from, _listed(found.get("holds"))))
    host, mac = found.get("host"), found.get("mac")
    if not isinstance(host, str) or not isinstance(mac, (str, type(None))):
        raise ValueError("it doesn't say of which miner it is")
    host.encode()  # half of a surrogate pair isn't in any name
    if len({hold.reason for hold in holds}) != len(holds):
        raise ValueError("it has two holds of one reason")
    return Held(host, mac, holds)


def hold_from(found: Any) -> Hold:
    """The Hold that *found*, JSON's types, stands for. Raises ValueError."""
    if not isinstance(found, dict):
        raise ValueError("a hold in it is no object")
    try:
        hold = Hold(**found)
    except TypeError:
        raise ValueError("a hold in it lacks a field, or has one that is unknown") from None
    if not (
        hold.kind in KINDS
        and isinstance(hold.reason, str)
        and isinstance(hold.comment, str)
        and _is_harmless(hold.reason + hold.comment)
        and isinstance(hold.before, dict)
        and _is_moment(hold.since)
        and (hold.until is None or _is_moment(hold.until))
    ):
        raise ValueError("a hold in it has a field of the wrong type")
    return hold


def _is_moment(value: object) -> bool:
    """Whether *value* is a moment that a calendar has."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _YEAR_9999


def _listed(value: object) -> Iterable[Any]:
    if not isinstance(value, list):
        raise ValueError("it has no list of holds")
    return value
