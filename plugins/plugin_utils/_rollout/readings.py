# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout needs to know of a miner, from one result of whatsminer_facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

# How many characters of what a miner says of itself are taken: those of a version have 40 at most.
_LONGEST_TEXT = 80


@dataclass(frozen=True)
class Reading:
    """What a miner showed. *lost* says why it showed nothing; the rest is None where it didn't show it.

    *hashrate_ths* is what it hashes at, *expected_ths* what it should in its mode, and *errors* are the codes
    of recent errors.
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

    @property
    def hashes(self) -> bool:
        """Whether it is on and hashing."""
        return self.lost is None and self.state != "off" and bool(self.hashrate_ths)


NOT_ASKED = Reading(lost="it wasn't asked, as it failed earlier in this run")


def readings(results: Iterable[TaskResult]) -> dict[str, Reading]:
    """host -> its Reading, of the *results* of whatsminer_facts."""
    return {str(result["host"]): _reading(result) for result in results}


def _reading(result: TaskResult) -> Reading:
    if result.get("unreachable") or result.get("failed"):
        return Reading(lost=str(result.get("msg", "it doesn't answer")))
    facts = result["ansible_facts"]["whatsminer"]
    rate = facts.get("hashrate_ths", {})
    # What low mode makes of the factory rate, nobody knows.
    usual = None if facts.get("power_mode") == "low" else rate.get("factory")
    return Reading(
        model=_text(facts.get("model")),
        platform=_text(facts.get("platform")),
        mac=_text(facts.get("mac")),
        state=_text(facts.get("state")),
        version=_text(facts.get("firmware_version")),
        hashrate_ths=rate.get("realtime", rate.get("average")),
        expected_ths=rate.get("expected", usual),
        tuning=bool(facts.get("tuning", False)),
        errors=(
            tuple(sorted(error["code"] for error in recent(facts["errors"]))) if "errors" in facts else None
        ),
    )


def codes(errors: Iterable[int]) -> str:
    """The codes *errors* as text."""
    return ", ".join(map(str, errors))


def _text(value: object) -> str | None:
    return None if value is None else shown(value, _LONGEST_TEXT)
