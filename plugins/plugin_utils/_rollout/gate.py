# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate of a rollout: judge by new readings whether the miners of a batch are as good as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import codes, reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import forget_batch
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import percentage

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def judge(
    state: SavedState,
    results: list[TaskResult],
    rules: Rules,
    *,
    final: bool = False,
    settled: bool = False,
) -> SavedState:
    """*state* with the verdicts that the *results* of whatsminer_facts allow on miners that have none.

    A miner passes once it runs its target's version, is the same machine, has no error code that it didn't
    have, and hashes at ``rules.hashrate_percent`` of the level before. With *final*, a miner that doesn't
    pass fails. With *settled*, a miner of which nobody knows whether it got the image, and which is as it was
    before, hasn't got it.
    """
    after = dict(state)
    for result in results:
        host, saved = result["host"], state.get(result["host"])
        if saved is None or saved["verdict"] != "pending":
            continue
        reasons, permanent = _shortcomings(saved, reading_of(result), rules)
        if not reasons:
            after[host] = {**saved, "verdict": "passed", "reasons": []}
        elif saved["sent"] is None and (settled or final) and _is_as_before(saved, result, rules):
            forget_batch(after, host)
        elif final or permanent:
            after[host] = {**saved, "verdict": "failed", "reasons": reasons, "sent": True}
        else:
            after[host] = {**saved, "reasons": reasons}
    return after


def resume(state: SavedState, results: list[TaskResult], rules: Rules) -> SavedState:
    """*state* of an earlier run as this one is to begin with: a miner that failed may have recovered, and one
    that got nothing is as any other.
    """
    after = judge(state, results, rules)
    answers = {result["host"]: result for result in results}
    for host, saved in state.items():
        reading = reading_of(answers.get(host))
        if saved["verdict"] == "unsent":
            forget_batch(after, host)
        elif saved["verdict"] == "failed":
            reasons, permanent = _shortcomings(saved, reading, rules)
            runs_target = not isinstance(reading, str) and reading["version"] == saved["target"]["version"]
            if permanent:  # another machine has taken its place since
                del after[host]
            elif not reasons:
                after[host] = {**saved, "verdict": "passed", "reasons": []}
            elif saved["sent"] or runs_target:
                after[host] = {**saved, "reasons": reasons, "sent": True}
            else:
                forget_batch(after, host)
    return after


def _is_as_before(saved: SavedMiner, result: TaskResult, rules: Rules) -> bool:
    return not _shortcomings({**saved, "target": saved["before"]}, reading_of(result), rules)[0]


def _shortcomings(saved: SavedMiner, reading: Reading, rules: Rules) -> tuple[list[str], bool]:
    """(what keeps a miner from passing its gate, whether that is permanent)."""
    if isinstance(reading, str):
        return [reading], False
    before, target = saved["before"], saved["target"]
    reasons = []
    if reading["mac"] and reading["mac"] != before["mac"]:
        return [f"another machine is at its address: {reading['mac']} and not {before['mac']}"], True
    if not reading["mac"]:
        reasons.append("it doesn't show its MAC")
    if reading["version"] != target["version"]:
        reasons.append(f"it runs {reading['version']} and not {target['version']}")
    if reading["errors"] is None and before["errors"] is not None:
        reasons.append("it doesn't show whether it has errors")
    new = [
        code
        for code in reading["errors"] or ()
        if code not in (before["errors"] or ()) and code not in rules.allowed_errors
    ]
    if new:
        reasons.append(f"it has new errors: {codes(new)}")
    rate, level = reading["hashrate_ths"] or 0, before["hashrate_ths"]
    if rate * 100 < rules.hashrate_percent * level:
        reasons.append(f"it hashes at {rate:g} TH/s, {percentage(rate, level)} of the {level:g} before")
    return reasons, False
