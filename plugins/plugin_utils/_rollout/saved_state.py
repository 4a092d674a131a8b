# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout remembers of each miner, so that it outlives the controller: the state file's content.

The file is one object: host -> what is saved of the miner, with the fields of SavedMiner. Hash rates are in
TH/s.

A miner is saved as ``pending`` before an image is sent. ``sent`` is None until the outcome of sending is
known: if the controller dies in between, nobody knows whether the miner got the image.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import Target
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Survey
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

VARIABLE = "firmware_state_file"

#: The verdicts. A miner that is UNSENT wasn't there to get the image.
PENDING, PASSED, FAILED, UNSENT = "pending", "passed", "failed", "unsent"
#: What became of flashing a miner back, beside PENDING and FAILED.
DONE, IMPOSSIBLE = "done", "impossible"


@dataclass(frozen=True)
class Before:
    """What a miner was like before it got an image: the measure at its gate."""

    version: str | None
    mac: str | None
    hashrate_ths: float
    errors: tuple[int, ...] | None


@dataclass(frozen=True)
class FlashedBack:
    """Whether a miner that failed got what it had before: PENDING, DONE, FAILED or IMPOSSIBLE, and why."""

    status: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedMiner:
    """A miner that gets the image of *target*, or got it, in the batch of this number.

    *earlier* is what was saved for an earlier image that failed.
    """

    verdict: str
    target: Target
    before: Before
    reasons: tuple[str, ...] = ()
    batch: int = 0
    sent: bool | None = None
    earlier: SavedMiner | None = None
    flashed_back: FlashedBack | None = None

    @property
    def is_back(self) -> bool:
        """Whether it was flashed back and is as good as before."""
        return self.flashed_back is not None and self.flashed_back.status == DONE


#: What is saved, by host.
SavedState = dict[str, SavedMiner]


# --- As JSON ------------------------------------------------------------------------------------------------


def read_saved_state(text: str | None, path: str) -> SavedState:
    """The saved state in the *text* of the state file at *path*, None if there is no file.

    Raises ValueError.
    """
    found = state_files.read(text, path, VARIABLE) or {}
    try:
        return {host: _miner_from(saved) for host, saved in found.items()}
    except (TypeError, KeyError, ValueError):
        raise ValueError(
            f"{VARIABLE}: {path} holds something else than a rollout: name another file"
        ) from None


def to_dict(state: SavedState) -> dict[str, Any]:
    """*state* as the file has it."""
    return {host: asdict(saved) for host, saved in state.items()}


def _miner_from(found: dict[str, Any]) -> SavedMiner:
    target, before = dict(found["target"]), dict(found["before"])
    errors = before.pop("errors")
    earlier, flashed_back = found.get("earlier"), found.get("flashed_back")
    saved = SavedMiner(
        **{
            **found,
            "target": Target(**target),
            "before": Before(**before, errors=None if errors is None else tuple(errors)),
            "reasons": tuple(found.get("reasons", ())),
            "earlier": _miner_from(earlier) if earlier else None,
            "flashed_back": (
                FlashedBack(flashed_back["status"], tuple(flashed_back["reasons"])) if flashed_back else None
            ),
        }
    )
    levels = (saved.batch, saved.before.hashrate_ths, *(saved.before.errors or ()))
    texts = (saved.verdict, *saved.reasons)
    if not all(isinstance(level, (int, float)) for level in levels) or not all(
        isinstance(text, str) for text in texts
    ):
        raise ValueError
    return saved


# --- What becomes of it -------------------------------------------------------------------------------------


def begin_batch(survey: Survey, state: SavedState, batch: list[str]) -> SavedState:
    """*state* with the miners of *batch* pending, their levels of before, and the number of the batch: one
    more than the last.
    """
    miners = survey.miners
    batches = [
        saved.batch for host, saved in state.items() if host in miners and saved.target == miners[host].target
    ]
    begun = {}
    for host in batch:
        miner, reading = miners[host], miners[host].reading
        earlier = state[host] if miner.is_retry else None
        if miner.target is None:
            raise ValueError(f"{host} has no target")
        begun[host] = SavedMiner(
            PENDING,
            miner.target,
            # What a miner did after an image that failed is no measure.
            earlier.before
            if earlier
            else Before(reading.version, reading.mac, reading.hashrate_ths or 0, reading.errors),
            batch=max(batches, default=0) + 1,
            earlier=replace(earlier, earlier=None) if earlier else None,
        )
    return {**state, **begun}


def record_sent(state: SavedState, results: Iterable[TaskResult]) -> SavedState:
    """*state* after the *results* of whatsminer_firmware are in: which miners got the image, and which failed
    over it.
    """
    after = dict(state)
    for result in results:
        host = str(result["host"])
        saved = replace(state[host], sent=bool(result.get("changed", False)))
        if result.get("unreachable") or result.get("failed"):
            # The image isn't to blame where no miner was there to get it: the rollout goes on without it.
            spared = not saved.sent and (result.get("unreachable") or result.get("cause") == "wrong_machine")
            saved = replace(saved, verdict=UNSENT if spared else FAILED, reasons=(str(result["msg"]),))
        elif result.get("held") and not saved.sent:
            # Somebody took the hold since the miners were read.
            reasons = tuple(f"it is {by}" for by in result["held"].values())
            saved = replace(saved, verdict=UNSENT, reasons=reasons)
        after[host] = saved
    return after


def forget_batch(state: SavedState, host: str) -> None:
    """Change *state*: forget the batch in which *host* got nothing."""
    earlier = state.pop(host).earlier
    if earlier:
        state[host] = earlier


def pending(state: SavedState, hosts: Iterable[str]) -> list[str]:
    """Those of *hosts* that wait for their verdict."""
    return [host for host in hosts if host in state and state[host].verdict == PENDING]
