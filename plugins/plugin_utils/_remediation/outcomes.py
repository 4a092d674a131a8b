# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remedy came to, by the result of whatsminer_reboot or of the command of a power cycle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import without_host
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
    DONE,
    FAILED,
    REFUSED,
    UNKNOWN,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

# Causes that are no fault of the miner: nothing was sent, and a stronger remedy would meet the same.
_NOT_THE_MINER = (
    "wrong_password", "access_denied", "token_rejected", "token_limit", "missing_library", "bad_parameter",
    "wrong_machine",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a remedy came to: *status* as it is shown, *saved_as* one of saved_state.OUTCOMES, and *text*.

    *sent* says whether the miner may have got it.
    """

    status: str
    saved_as: str
    text: str = ""
    sent: bool = True


def of_result(result: TaskResult) -> Outcome:
    """What *result*, of whatsminer_reboot, says."""
    text = shown(without_host(str(result["host"]), str(result.get("msg") or "it gave no reason")))
    if result.get("held"):
        holders = ", ".join(map(str, result["held"].values()))
        return Outcome("left", REFUSED, f"it is {shown(holders)}", sent=False)
    if not (result.get("failed") or result.get("unreachable")):
        return Outcome(DONE, DONE)
    if result.get("cause") == "outcome_unknown":
        return Outcome(UNKNOWN, UNKNOWN, text)
    if result.get("cause") in _NOT_THE_MINER and not result.get("commands"):
        return Outcome(FAILED, REFUSED, text, sent=False)
    return Outcome(FAILED, FAILED, text, sent=bool(result.get("commands")))


def of_command(problem: str | None) -> Outcome:
    """What the command of a power cycle came to, by the *problem* that it had, or None."""
    return Outcome(DONE, DONE) if problem is None else Outcome(FAILED, FAILED, problem)
