# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout never passes over a gate, in the run that flashed or in a later one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import findings
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    Levels,
    Thresholds,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import gate
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    NEW,
    OLD,
    facts,
    flashed,
    lost,
    rules,
    statuses,
)


def verdict(result, final=False, settled=False, allowed_errors=(), **saved):
    chosen, before = rules(allowed_errors=allowed_errors), flashed("a-01", **saved)
    state = gate.judge(before, readings([result]), chosen, final=final, settled=settled)
    return (state["a-01"].verdict, " ".join(state["a-01"].reasons)) if "a-01" in state else None


def test_a_miner_that_is_as_good_as_before_with_the_version_passes():
    assert verdict(facts("a-01", version=NEW, rate=90.0)) == ("passed", "")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (lost("a-01"), "no connection"),
        (facts("a-01"), f"it runs {OLD} and not {NEW}"),
        (facts("a-01", version=NEW, rate=89.9), "it hashes at 89.9 TH/s, 90 % of the 100 before"),
        (facts("a-01", version=NEW, state="off", hashrate_ths=None), "it hashes at 0 TH/s"),
        (facts("a-01", version=NEW, errors=[110, 530137]), "it has new errors: 110, 530137"),
        (facts("a-01", version=None), f"it runs None and not {NEW}"),
    ],
)
def test_who_is_not_as_good_waits_until_the_time_is_up_and_fails_then(result, reason):
    assert verdict(result)[0] == "pending"
    final, reasons = verdict(result, final=True)
    assert final == "failed" and reason in reasons


def test_errors_that_it_had_before_or_that_are_allowed_do_not_keep_a_miner_from_passing():
    before = replace(flashed("a-01")["a-01"].before, errors=(110,))
    assert verdict(facts("a-01", version=NEW, errors=[110]), before=before)[0] == "passed"
    assert verdict(facts("a-01", version=NEW, errors=[111]), allowed_errors=[111])[0] == "passed"
    assert (
        verdict(facts("a-01", version=NEW, errors=[112]), before=before, allowed_errors=[111])[0] == "pending"
    )


@pytest.mark.parametrize(
    ("fact", "reason"),
    [("mac", "it doesn't show its MAC"), ("errors", "it doesn't show whether it has errors")],
)
def test_who_does_not_show_yet_what_the_gate_needs_waits(fact, reason):
    result = facts("a-01", version=NEW)
    del result["ansible_facts"]["whatsminer"][fact]
    assert verdict(result) == ("pending", reason)


def test_another_machine_fails_at_once():
    assert verdict(facts("a-01", version=NEW, mac="C4:05:08:00:00:99")) == (
        "failed",
        "another machine is at its address: C4:05:08:00:00:99, and not C4:05:08:00:00:01",
    )


def test_who_may_have_got_the_image_is_given_time_to_restart_and_is_flashed_if_it_has_not():
    assert verdict(facts("a-01"), sent=None)[0] == "pending"
    assert verdict(facts("a-01"), sent=None, settled=True) is None
    assert verdict(facts("a-01"), sent=None, final=True) is None
    assert verdict(facts("a-01", rate=10.0), sent=None, settled=True)[0] == "pending"
    assert verdict(facts("a-01", rate=10.0), sent=None, final=True)[0] == "failed"
    assert verdict(facts("a-01", version=NEW), sent=None)[0] == "passed"
    assert verdict(facts("a-01"), sent=True, settled=True)[0] == "pending"


def resumed(result, **saved):
    """(status, what is state) of a miner when another run begins."""
    state = gate.resume(flashed("a-01", **saved), readings([result]), rules())
    return statuses([result], state=state)["a-01"], state.get("a-01")


def test_who_failed_stays_failed_until_it_is_as_good_as_before():
    assert resumed(facts("a-01", version=NEW, rate=40.0), verdict="failed")[0] == "failed"
    assert resumed(facts("a-01", rate=100.0), verdict="failed")[0] == "failed"
    assert resumed(lost("a-01"), verdict="failed")[0] == "failed"
    status, saved = resumed(facts("a-01", version=NEW, rate=99.0), verdict="failed")
    assert (status, saved.verdict) == ("as declared", "passed")


@pytest.mark.parametrize("verdict", ["failed", "unsent"])
def test_who_failed_and_got_nothing_is_as_any_other_in_the_next_run(verdict):
    assert resumed(facts("a-01"), verdict=verdict, sent=False) == ("left", None)
    assert resumed(lost("a-01"), verdict=verdict, sent=False) == ("lost", None)


def test_who_seemed_to_have_got_nothing_and_runs_the_version_has_to_pass_the_gate():
    assert resumed(facts("a-01", version=NEW, rate=40.0), verdict="failed", sent=False)[0] == "failed"
    assert resumed(facts("a-01", version=NEW), verdict="failed", sent=False)[0] == "as declared"


def test_a_machine_that_replaces_one_that_failed_begins_anew():
    assert resumed(facts("a-01", mac="C4:05:08:00:00:99"), verdict="failed") == ("left", None)


def test_the_gate_and_the_role_health_call_the_same_hash_rate_too_low():
    for rate in (89.9, 89.94, 90.0):
        reading = readings([facts("a-01", version=NEW, rate=rate)])["a-01"].health
        limits = Thresholds(hashrate_percent=Levels(None, 90), expected_ths=100.0)
        ill = any(reason.code == "hashrate_low" for reason in findings(reading, limits))
        assert (verdict(facts("a-01", version=NEW, rate=rate))[0] == "pending") is ill


def test_a_gate_of_0_percent_lets_miners_pass_whatever_they_make():
    chosen = rules(hashrate_percent=0)
    for result in (facts("a-01", version=NEW, rate=0.0), facts("a-01", version=NEW, hashrate_ths=None)):
        assert gate.judge(flashed("a-01"), readings([result]), chosen)["a-01"].verdict == "passed"


def test_a_number_that_is_none_fails_no_rollout():
    odd = {"realtime": float("nan"), "average": "much", "factory": None}
    assert verdict(facts("a-01", version=NEW, hashrate_ths=odd))[0] == "pending"
