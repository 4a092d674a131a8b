# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flash back what miners had before, where their image is declared: for those that failed their gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
    FAILED,
    IMPOSSIBLE,
    PENDING,
    FlashedBack,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Declared,
        Entry,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import (
        Survey,
        SurveyedMiner,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def begin(
    failed: Iterable[str], survey: Survey, state: SavedState, *, declared: Declared
) -> tuple[SavedState, dict[str, Entry]]:
    """(*state* with what becomes of the miners that *failed*, host -> what is to be sent to it).

    A miner for which that is impossible is left as it is, with the reason.
    """
    after, chosen = dict(state), {}
    for host in failed:
        miner, saved = survey.miners[host], state[host]
        if saved.is_back:
            continue
        entry = declared.image_of(miner.reading.model, saved.before.version, miner.reading.platform)
        problem = _problem(miner, saved, entry)
        if problem is not None:
            after[host] = replace(saved, flashed_back=FlashedBack(IMPOSSIBLE, (problem,)))
            continue
        after[host] = replace(saved, flashed_back=FlashedBack(PENDING))
        # One that came back with the version that it had, or wasn't sent another, only has to show it.
        if entry is not None and miner.reading.version != saved.before.version:
            chosen[host] = entry
    return after, chosen


def _problem(miner: SurveyedMiner, saved: SavedMiner, entry: Entry | None) -> str | None:
    """Why *miner*, of which *saved* is saved, can't be flashed back to *entry*; None if it can."""
    reading, before = miner.reading, saved.before
    if miner.held is not None:
        return f"it is {miner.held}"
    if reading.lost is not None:
        return reading.lost
    if reading.mac != before.mac:
        return "it doesn't show that it is the same machine"
    if before.version == saved.target.version:
        return f"it had {before.version} before, too"
    if entry is None and reading.version != before.version:
        return f"no image that brings {before.version} to a {reading.model} of its platform is declared"
    return None


def record_sent(state: SavedState, results: Iterable[TaskResult]) -> SavedState:
    """*state* after the *results* of whatsminer_firmware are in, by which images were flashed back."""
    after = dict(state)
    for result in results:
        host, saved = str(result["host"]), state[str(result["host"])]
        problem = None
        if result.get("unreachable") or result.get("failed"):
            problem = str(result["msg"])
        elif result.get("held"):
            problem = ", ".join(f"it is {by}" for by in result["held"].values())
        if problem is not None:
            after[host] = replace(saved, flashed_back=FlashedBack(FAILED, (problem,)))
    return after


def being_flashed_back(state: SavedState, hosts: Iterable[str]) -> list[str]:
    """Those of *hosts* that are being flashed back, and aren't seen to be as before yet."""
    return [
        host
        for host in hosts
        if host in state and (back := state[host].flashed_back) is not None and back.status == PENDING
    ]
