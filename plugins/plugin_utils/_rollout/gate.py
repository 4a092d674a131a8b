# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate of a rollout: judge by new readings whether the miners of a batch are as good as before.

What is too low a hash rate, an error that counts and another machine, plugin_utils/_health decides, as it
does for the role ``health``. The thresholds are what a miner was before, and the rules of the rollout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import another_machine
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import (
    codes,
    errors_but,
    hashes_too_little,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
    DONE,
    FAILED,
    PASSED,
    PENDING,
    UNSENT,
    FlashedBack,
    forget_batch,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import percentage

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )


def judge(
    state: SavedState,
    seen: Mapping[str, Reading],
    rules: Rules,
    *,
    final: bool = False,
    settled: bool = False,
) -> SavedState:
    """*state* with the verdicts that *seen*, the newest Readings, allows on miners that have none.

    A miner passes once it runs its target's version, is the same machine, has no error code that it didn't
    have, and hashes at ``rules.hashrate_percent`` of the level before. With *final*, a miner that doesn't
    pass fails. With *settled*, a miner of which nobody knows whether it got the image, and which is as it was
    before, hasn't got it.
    """
    after = dict(state)
    for host, reading in seen.items():
        saved = state.get(host)
        if saved is None or saved.verdict != PENDING:
            continue
        reasons, permanent = _shortcomings(saved, reading, rules)
        if not reasons:
            after[host] = replace(saved, verdict=PASSED, reasons=())
        elif saved.sent is None and (settled or final) and is_as_before(saved, reading, rules):
            forget_batch(after, host)
        elif final or permanent:
            after[host] = replace(saved, verdict=FAILED, reasons=reasons, sent=True)
        else:
            after[host] = replace(saved, reasons=reasons)
    return after


def resume(state: SavedState, seen: Mapping[str, Reading], rules: Rules) -> SavedState:
    """*state* of an earlier run as this one is to begin with: a miner that failed may have recovered, and one
    that got nothing is as any other.
    """
    after = judge(state, seen, rules)
    for host, saved in state.items():
        if saved.verdict == UNSENT:
            forget_batch(after, host)
        elif saved.verdict == FAILED and host in seen:
            reading = seen[host]
            reasons, permanent = _shortcomings(saved, reading, rules)
            if permanent:  # another machine has taken its place since
                del after[host]
            elif not reasons:
                after[host] = replace(saved, verdict=PASSED, reasons=(), flashed_back=None)
            elif saved.flashed_back is not None:
                continue  # why it failed stays worth knowing
            elif saved.sent or reading.version == saved.target.version:
                after[host] = replace(saved, reasons=reasons, sent=True)
            else:
                forget_batch(after, host)
    return after


def judge_flashed_back(
    state: SavedState, seen: Mapping[str, Reading], rules: Rules, *, final: bool = False
) -> SavedState:
    """*state* with what *seen* says of miners that are being flashed back: such a miner is DONE once it is as
    it was before. With *final*, any other is FAILED.
    """
    after = dict(state)
    for host, reading in seen.items():
        saved = state.get(host)
        if saved is None or saved.flashed_back is None or saved.flashed_back.status != PENDING:
            continue
        reasons = _shortcomings_of_before(saved, reading, rules)
        if not reasons:
            after[host] = replace(saved, flashed_back=FlashedBack(DONE))
        elif final:
            after[host] = replace(saved, flashed_back=FlashedBack(FAILED, reasons))
    return after


def is_as_before(saved: SavedMiner, reading: Reading, rules: Rules) -> bool:
    """Whether a miner is what it was before it got the image."""
    return not _shortcomings_of_before(saved, reading, rules)


def _shortcomings_of_before(saved: SavedMiner, reading: Reading, rules: Rules) -> tuple[str, ...]:
    before = replace(saved.target, version=saved.before.version)
    return _shortcomings(replace(saved, target=before), reading, rules)[0]


def _shortcomings(saved: SavedMiner, reading: Reading, rules: Rules) -> tuple[tuple[str, ...], bool]:
    """(what keeps a miner from passing its gate, whether that is permanent)."""
    if reading.lost is not None:
        return (reading.lost,), False
    before, target = saved.before, saved.target
    another = another_machine(reading.health, before.mac)
    if another is not None:
        return (another.text,), True
    reasons = []
    if not reading.mac:
        reasons.append("it doesn't show its MAC")
    if reading.version != target.version:
        reasons.append(f"it runs {reading.version} and not {target.version}")
    if reading.errors is None and before.errors is not None:
        reasons.append("it doesn't show whether it has errors")
    new = errors_but(reading, {*(before.errors or ()), *rules.allowed_errors})
    if new:
        reasons.append(f"it has new errors: {codes(new)}")
    level = before.hashrate_ths
    if level and hashes_too_little(reading, rules.hashrate_percent, level):
        rate = reading.hashrate_ths or 0
        reasons.append(f"it hashes at {rate:g} TH/s, {percentage(rate, level)} of the {level:g} before")
    return tuple(reasons), False
