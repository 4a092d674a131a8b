# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout remembers of each miner, so that it outlives the controller: the state file's content.

Host -> what is saved of the miner::

    {"verdict": "pending" | "passed" | "failed" | "unsent", "reasons": [...], "batch": 3,
     "sent": True | False | None,
     "target": {"version": "20240419.22.REL", "checksum": "sha256:..."},
     "before": {"version": ..., "mac": ..., "hashrate_ths": 98.1, "errors": [...]},
     "earlier": the same of an earlier image that failed, or None}

A miner is saved as ``pending`` before an image is sent. ``sent`` is None until the outcome of sending is
known: if the controller dies in between, nobody knows whether the miner got the image. Hash rates are in
TH/s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Survey
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

    #: What is saved of one miner, and of all by host; see above.
    SavedMiner = dict[str, Any]
    SavedState = dict[str, SavedMiner]

_REQUIRED = {"verdict", "target", "before"}


def read_saved_state(text: str | None, path: str) -> SavedState:
    """The saved state in the *text* of the state file at *path*, None if there is no file.

    Raises ValueError.
    """
    state = state_files.read(text, path, "firmware_state_file") or {}
    if not all(isinstance(saved, dict) and set(saved) >= _REQUIRED for saved in state.values()):
        raise ValueError(
            f"firmware_state_file: {path} holds something else than a rollout: name another file"
        )
    return state


def begin_batch(survey: Survey, state: SavedState, batch: list[str]) -> SavedState:
    """*state* with the miners of *batch* pending, their levels of before, and the number of the batch: one
    more than the last.
    """
    miners = survey["miners"]
    batches = [
        saved["batch"]
        for host, saved in state.items()
        if host in miners and saved["target"] == miners[host]["target"]
    ]
    begun = {}
    for host in batch:
        miner, earlier = miners[host], state[host] if miners[host]["standing"] == "retry" else None
        # What a miner did after an image that failed is no measure.
        before = (
            earlier["before"]
            if earlier
            else {name: miner[name] for name in ("version", "mac", "hashrate_ths", "errors")}
        )
        begun[host] = {
            "verdict": "pending",
            "reasons": [],
            "batch": max(batches, default=0) + 1,
            "sent": None,
            "target": miner["target"],
            "before": before,
            "earlier": earlier and {**earlier, "earlier": None},
        }
    return {**state, **begun}


def record_sent(state: SavedState, results: list[TaskResult]) -> SavedState:
    """*state* after the *results* of whatsminer_firmware are in: which miners got the image, and which failed
    over it.
    """
    after = dict(state)
    for result in results:
        saved = {**state[result["host"]], "sent": result.get("changed", False)}
        if result.get("unreachable") or result.get("failed"):
            # The image isn't to blame where no miner was there to get it: the rollout goes on without it.
            spared = not saved["sent"] and (
                result.get("unreachable") or result.get("cause") == "wrong_machine"
            )
            saved.update(verdict="unsent" if spared else "failed", reasons=[result["msg"]])
        after[result["host"]] = saved
    return after


def forget_batch(state: SavedState, host: str) -> None:
    """Change *state*: forget the batch in which *host* got nothing."""
    earlier = state.pop(host)["earlier"]
    if earlier:
        state[host] = earlier


def pending(state: SavedState, hosts: list[str]) -> list[str]:
    """Those of *hosts* that wait for their verdict."""
    return [host for host in hosts if host in state and state[host]["verdict"] == "pending"]
