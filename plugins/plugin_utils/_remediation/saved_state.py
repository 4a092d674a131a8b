# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation remembers of each miner, so that it outlives the run: the state file's content.

A remedy is saved as ``begun`` before it is done. If the controller dies in between, nobody knows whether it
was done, and it counts as if it had been.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files

VERSION = 1
VARIABLE = "remediation_state_file"

#: What became of a remedy. REFUSED: nothing was sent, since a password or a permission is missing.
BEGUN, DONE, FAILED, UNKNOWN, REFUSED = "begun", "done", "failed", "unknown", "refused"
OUTCOMES = (BEGUN, DONE, FAILED, UNKNOWN, REFUSED)

DAY = 86400
_KEPT_SECONDS = 30 * DAY


@dataclass(frozen=True)
class Remedy:
    """A remedy that a miner got at the moment *at*, for reasons of these codes, and what became of it."""

    name: str
    at: float
    reasons: tuple[str, ...] = ()
    outcome: str = BEGUN
    text: str = ""


@dataclass(frozen=True)
class Course:
    """The remedies of one miner, the oldest first.

    *well_at* is when it was last seen to be well: later remedies are those of its present illness.
    *given_up_at* is since when it has been given up.
    """

    mac: str | None = None
    remedies: tuple[Remedy, ...] = ()
    well_at: float | None = None
    given_up_at: float | None = None

    @property
    def present(self) -> tuple[Remedy, ...]:
        """The remedies of the present illness."""
        return tuple(each for each in self.remedies if self.well_at is None or each.at > self.well_at)

    def within(self, seconds: float, now: float) -> int:
        """How many remedies it got in the last *seconds*."""
        return sum(now - each.at < seconds for each in self.remedies)


#: What is saved, by host.
SavedState = dict[str, Course]


def read(text: str | None, path: str) -> SavedState:
    """The saved state in the *text* of the state file at *path*, None if there is no file.

    Raises ValueError.
    """
    found = state_files.read(text, path, VARIABLE)
    if found is None:
        return {}
    try:
        if found["version"] != VERSION:
            raise ValueError
        return {str(host): _course_from(saved) for host, saved in found["miners"].items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        raise ValueError(
            f"{VARIABLE}: {path} holds no remediation of version {VERSION}: move it away, or name another"
        ) from None


def to_dict(state: Mapping[str, Course]) -> dict[str, Any]:
    """*state* as the file has it."""
    return {"version": VERSION, "miners": {host: asdict(course) for host, course in state.items()}}


def _course_from(found: dict[str, Any]) -> Course:
    course = Course(**{**found, "remedies": tuple(map(_remedy_from, found["remedies"]))})
    moments = [course.well_at, course.given_up_at, *(remedy.at for remedy in course.remedies)]
    if any(not isinstance(moment, (int, float)) for moment in moments if moment is not None):
        raise ValueError
    return course


def _remedy_from(found: dict[str, Any]) -> Remedy:
    remedy = Remedy(**{**found, "reasons": tuple(found["reasons"])})
    if remedy.outcome not in OUTCOMES:
        raise ValueError
    return remedy


# --- What becomes of it -------------------------------------------------------------------------------------


def same_machine(course: Course, mac: str | None) -> Course:
    """*course* if it is of the machine with *mac*, or nobody knows; else an empty one, of a new miner."""
    if course.mac and mac and course.mac != mac:
        return Course(mac)
    return replace(course, mac=course.mac or mac)


def add(state: SavedState, host: str, remedy: Remedy, mac: str | None) -> None:
    """Change *state*: *host* is about to get *remedy*. One that had been given up begins anew."""
    course = same_machine(state.get(host, Course()), mac)
    if course.given_up_at is not None:
        course = replace(course, well_at=max(each.at for each in course.remedies))
    state[host] = replace(course, remedies=(*course.remedies, remedy), given_up_at=None)


def conclude(state: SavedState, host: str, outcome: str, text: str) -> None:
    """Change *state*: *outcome* is what became of the last remedy of *host*."""
    course = state[host]
    last = replace(course.remedies[-1], outcome=outcome, text=text)
    state[host] = replace(course, remedies=(*course.remedies[:-1], last))


def pruned(state: Mapping[str, Course], now: float) -> SavedState:
    """*state* without the remedies of past illnesses that are long ago, and miners without any."""
    kept = {}
    for host, course in state.items():
        present = course.present
        remedies = tuple(each for each in course.remedies if each in present or now - each.at < _KEPT_SECONDS)
        if remedies or course.given_up_at is not None:
            kept[host] = replace(course, remedies=remedies)
    return kept
