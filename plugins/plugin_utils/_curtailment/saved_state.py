# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a curtailment remembers: its goal, and what each curtailed miner was.

It outlives the run in a file, which is written before anything is sent to a miner. A miner's hold has the
same of that miner, so that either can be lost.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import POWER, Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    FULL,
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading

VERSION = 1
_VARIABLE = "curtailment_state_file"
# What a file has at least.
_OF_A_STATE = {"version", "goal", "resuming", "curtailed"}
#: The key in a hold's *before* that says what the miner was told.
ORDER = "order"
# More than any moment, or any amount of power.
_MOST = 1e15


def _require_numbers(*values: object) -> None:
    """Raise TypeError unless each of *values*, as a file has them, is a number or None."""
    for value in values:
        if value is not None and (not isinstance(value, (int, float)) or not -_MOST < value < _MOST):
            raise TypeError


@dataclass(frozen=True)
class Before:
    """What a miner was when it was first curtailed."""

    state: str
    mode: str | None = None
    percent: float | None = None
    watts: float | None = None
    efficiency: float | None = None
    limit_watts: float | None = None

    def __post_init__(self) -> None:
        _require_numbers(self.percent, self.watts, self.efficiency, self.limit_watts)


@dataclass(frozen=True)
class Entry:
    """A curtailed miner.

    *before* is what it was when it was first curtailed, and is never overwritten. *order* (options of
    whatsminer_power), *at* and *watts* are of the last time that it was told something, and *done* says that
    it was seen to have followed. *percent_set* and *limit_set*: whether it ever got a percentage or a limit.
    """

    at: float
    order: dict[str, Any]
    before: Before
    done: bool = False
    percent_set: bool = False
    limit_set: bool = False
    watts: float | None = None
    mac: str | None = None

    def __post_init__(self) -> None:
        _require_numbers(self.at, self.watts, self.order.get("percent"), self.order.get("limit_watts"))

    def hold(self, reason: str, until: float | None, since: float | None = None) -> Hold:
        """The hold of *reason* on the miner, from *since* on, or from when it was told something."""
        before = {**asdict(self.before), ORDER: self.order}
        return Hold(POWER, reason, int(self.at if since is None else since), until, "", before)


@dataclass(frozen=True)
class Goal:
    """What a curtailment has to reach: *before_watts* were taken before it, *level_watts* is where to get to.

    It is saved as long as it isn't met. So the same curtailment, run again, goes on to the same level of
    power, instead of shedding as much once more. *request* is the demand as JSON, with the hosts it's about.
    """

    request: dict[str, Any]
    at: float
    before_watts: float
    level_watts: float

    def __post_init__(self) -> None:
        _require_numbers(self.at, self.before_watts, self.level_watts)


@dataclass
class State:
    """What a curtailment of *reason* remembers, by host. *resuming* is since when it is being taken back,
    *held_until* the moment before which it may not be.
    """

    reason: str
    goal: Goal | None = None
    resuming: float | None = None
    held_until: float | None = None
    curtailed: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_numbers(self.resuming, self.held_until)

    def to_dict(self) -> dict[str, Any]:
        """It as the file has it."""
        return {"version": VERSION, **asdict(self)}


def read(text: str | None, path: str, reason: str) -> State:
    """The State in *text*, what the file at *path* holds; an empty one of *reason* where *text* is None,
    since there is no file.

    Raises CurtailmentError, also for a file that is empty: that it should be so says nothing of what was
    curtailed.
    """
    try:
        found = state_files.read(text, path, _VARIABLE)
    except ValueError as error:
        raise CurtailmentError(str(error)) from None
    if found is None:
        return State(reason)
    try:
        state = _state_from(found, reason)
    except (TypeError, AttributeError, KeyError):
        raise CurtailmentError(
            f"{_VARIABLE} {path} is no saved state of a curtailment of version {VERSION}: move it away, or "
            "name another"
        ) from None
    if state.reason != reason and (state.curtailed or state.goal):
        raise CurtailmentError(
            f"{_VARIABLE} {path} is of the curtailment by {state.reason}, and curtailment_reason is "
            f"{reason}: each reason needs a file of its own"
        )
    state.reason = reason
    return state


def _state_from(found: dict[str, Any], reason: str) -> State:
    if not set(found) >= _OF_A_STATE or found["version"] != VERSION:
        raise TypeError
    known = {name: value for name, value in found.items() if name != "version"}
    entries = {host: _entry_from(entry) for host, entry in known.pop("curtailed").items()}
    goal = known.pop("goal")
    return State(
        **{"reason": reason, **known}, goal=None if goal is None else Goal(**goal), curtailed=entries
    )


def _entry_from(found: dict[str, Any]) -> Entry:
    return Entry(**{**found, "before": Before(**found["before"])})


def entry_of(hold: Hold, mac: str | None) -> Entry | None:
    """The Entry that *hold* of a curtailment tells of, for a state file that is lost; None for another's."""
    known = dict(hold.before)
    order = known.pop(ORDER, None)
    if hold.kind != POWER or not isinstance(order, dict):
        return None
    try:
        return Entry(
            hold.since,
            order,
            Before(**known),
            done=True,
            percent_set="percent" in order,
            limit_set="limit_watts" in order,
            mac=mac,
        )
    except TypeError:
        return None


def entry_for(old: Entry | None, reading: Reading, order: dict[str, Any], *, now: float) -> Entry:
    """The Entry of a miner that is about to be told *order*; what *old* says it was stays."""
    if old and old.mac and reading.mac and old.mac != reading.mac:
        old = None  # another machine stands there now
    before = Before(
        reading.state, reading.mode, reading.percent, reading.watts, reading.efficiency, reading.limit_watts
    )
    return Entry(
        at=now,
        order=order,
        before=old.before if old else before,
        percent_set="percent" in order or bool(old and old.percent_set),
        limit_set="limit_watts" in order or bool(old and old.limit_set),
        watts=reading.watts,
        mac=(old and old.mac) or reading.mac,
    )


def beside(entry: Entry, others: list[Hold]) -> Entry:
    """*entry* as it is to be taken back while *others*, holds of other reasons, go on: to what they told the
    miner.
    """
    orders = [order for hold in others if isinstance(order := hold.before.get(ORDER), dict)]
    before = entry.before
    if any(order.get("state") == "off" for order in orders):
        before = replace(before, state="off")
    if any("mode" in order for order in orders):
        before = replace(before, mode="low")
    percents = [order["percent"] for order in orders if "percent" in order]
    if percents:
        before = replace(before, percent=min([*percents, before.percent or FULL]))
    limits = [order["limit_watts"] for order in orders if "limit_watts" in order]
    if limits:
        before = replace(before, limit_watts=min([*limits, before.limit_watts or limits[0]]))
    return replace(entry, before=before)
