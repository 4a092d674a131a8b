# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout needs to know of a miner, from one result of whatsminer_facts."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health import mining, pools
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Lost
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import seen_in
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading as Shown
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    Levels,
    Thresholds,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

# How many characters of what a miner says of itself are taken: those of a version have 40 at most.
_LONGEST_TEXT = 80


@dataclass(frozen=True)
class Reading:
    """What a miner showed. *lost* says why it showed nothing; the rest is None where it didn't show it.

    *hashrate_ths* is what it hashes at, *expected_ths* what it should in its mode, and *errors* are the codes
    of recent errors. *health* is what its health is judged by (_health/judge.py).
    """

    lost: str | None = None
    model: str | None = None
    platform: str | None = None
    mac: str | None = None
    state: str | None = None
    version: str | None = None
    hashrate_ths: float | None = None
    expected_ths: float | None = None
    tuning: bool = False
    errors: tuple[int, ...] | None = None
    health: Shown = Shown()

    @property
    def hashes(self) -> bool:
        """Whether it is on and hashing."""
        return self.lost is None and self.state != "off" and bool(self.hashrate_ths)


NOT_ASKED = Reading(lost="it wasn't asked, as it failed earlier in this run")


def readings(results: Iterable[TaskResult], now: float | None = None) -> dict[str, Reading]:
    """host -> its Reading, of the *results* of whatsminer_facts; *now* is this moment unless it is given."""
    moment = time.time() if now is None else now
    return {str(result["host"]): _reading(result, moment) for result in results}


# What low mode makes of the factory rate, nobody knows: nothing is expected of it then.
_EXPECTING = Thresholds(low_mode_percent=0)


def _reading(result: TaskResult, now: float) -> Reading:
    shown_now = seen_in(str(result["host"]), result, now)
    if isinstance(shown_now, Lost):
        return Reading(lost=str(result.get("msg", "it doesn't answer")))
    facts = result["ansible_facts"]["whatsminer"]
    errors = shown_now.errors
    return Reading(
        model=_text(facts.get("model")),
        platform=_text(facts.get("platform")),
        mac=_text(facts.get("mac")),
        state=_text(facts.get("state")),
        version=_text(facts.get("firmware_version")),
        hashrate_ths=shown_now.rate_ths,
        expected_ths=mining.expected_ths(shown_now, _EXPECTING) or None,
        tuning=bool(shown_now.is_tuning),
        errors=None if errors is None else tuple(sorted(error.code for error in errors)),
        health=shown_now,
    )


def hashes_too_little(reading: Reading, least_percent: float, expected: float | None = None) -> bool:
    """Whether the hash rate of *reading* is less than *least_percent* of the *expected* one, or isn't shown.

    Without *expected* it is what a healthy miner makes as this one is set. With 0 percent nothing is too
    little.
    """
    if not least_percent:
        return False
    limits = replace(_EXPECTING, hashrate_percent=Levels(None, least_percent), expected_ths=expected)
    return any(mining.hash_rate(reading.health, limits))


def errors_but(reading: Reading, known: Iterable[int]) -> list[int]:
    """The codes of the errors of *reading* that aren't *known*."""
    found = pools.errors(reading.health, ignored=frozenset(known), ill=())
    return sorted(int(reason.value or 0) for reason in found)


def codes(errors: Iterable[int]) -> str:
    """The codes *errors* as text."""
    return ", ".join(map(str, errors))


def _text(value: object) -> str | None:
    return None if value is None else shown(value, _LONGEST_TEXT)
