# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which verdict a miner gets, and who isn't judged."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import ALL, POWER, Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Lost, judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import seen_in
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    NOW,
    air,
    facts_of,
    judged,
    reasons,
)

MAC = "C4:11:22:00:00:05"


def hold(kind, until=None):
    return (Hold(kind, "ercot-4cp", NOW - 60, until),)


def verdict(facts, **how):
    return judged(facts, **how).verdict


def lost(**how):
    return judge(Lost("no_answer", "no route"), Thresholds(), now=NOW, **how)


def sick(**changes):
    return air(fans_rpm={"inlet": 0}, **changes)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (air(), "ok"),
        (air(fans_rpm={"inlet": 900, "outlet": 920}), "watch"),
        (sick(), "ill"),
        (sick(state="off"), "off"),
        (sick(elapsed_seconds=100), "not_judged"),
        (sick(tuning=True, elapsed_seconds=1200), "not_judged"),
    ],
)
def test_the_worst_reason_makes_the_verdict(facts, expected):
    assert verdict(facts) == expected


def test_a_curtailed_miner_is_held_and_neither_off_nor_ill():
    assert verdict(sick(), holds=hold(POWER)) == "held"
    found = judged(sick(state="off"), holds=hold(POWER))
    assert found.verdict == "held"
    assert found.reasons[0].text.startswith("curtailed since ") and "ercot-4cp" in found.reasons[0].text


def test_a_hold_that_is_over_holds_no_more():
    assert verdict(sick(), holds=hold(POWER, NOW - 1)) == "ill"


def test_a_miner_under_maintenance_may_be_away_and_a_curtailed_one_may_not():
    assert lost(holds=hold(ALL)).verdict == "held"
    assert lost(holds=hold(POWER)).verdict == "unreachable"
    assert [reason.code for reason in lost(holds=hold(POWER)).reasons] == ["no_answer", "held"]


def test_another_machine_at_the_address_is_not_judged():
    found = judged(sick(), declared_mac="c4-11-22-00-00-99")
    assert found.verdict == "unreachable" and [r.code for r in found.reasons] == ["wrong_machine"]
    assert verdict(sick(), declared_mac=MAC.lower()) == "ill"
    assert verdict(sick(mac=None), declared_mac="C4:11:22:00:00:99") == "ill"


def test_a_swapped_control_board_is_told_from_another_machine():
    pins = {"declared_mac": "c4-11-22-00-00-99", "declared_serial": "htm1"}
    swapped = judged(sick(serial="HTM1"), **pins)
    assert swapped.verdict == "unreachable" and "control board was swapped" in swapped.reasons[0].text
    assert "another machine" in judged(sick(serial="HTM2"), **pins).reasons[0].text
    moved = judged(sick(serial="HTM2"), declared_mac=MAC, declared_serial="HTM1")
    assert [r.code for r in moved.reasons] == ["wrong_machine"]
    assert "HTM2, and not HTM1" in moved.reasons[0].text
    assert verdict(sick(serial="HTM1"), declared_mac=MAC, declared_serial="htm1") == "ill"


def test_a_miner_that_has_just_started_is_not_judged():
    assert reasons(sick(elapsed_seconds=899)) == [("just_started", "note")]
    assert reasons(sick(elapsed_seconds=899), {"settle_seconds": 600}) == [("fan_stopped", "ill")]
    assert reasons(sick(elapsed_seconds=None, uptime_seconds=30)) == [("just_started", "note")]


def test_a_miner_that_tunes_for_hours_is_judged_and_that_is_said():
    """A broken board may never reach its frequency."""
    facts = sick(tuning=True, elapsed_seconds=7200)
    assert reasons(facts) == [("fan_stopped", "ill"), ("tuning_long", "watch")]


def test_a_miner_whose_power_limit_is_changed_is_not_judged_however_long_it_has_run():
    facts = facts_of(2, "api_2_2_restarting")
    facts["elapsed_seconds"] = 41250
    assert reasons(facts) == [("tuning", "note")]


def test_a_result_that_failed_says_why():
    found = seen_in("a", {"unreachable": True, "msg": "a (192.0.2.7): no answer. Check it"}, NOW)
    assert found == Lost("no_answer", "no answer. Check it")
    assert seen_in("a", {"failed": True}, NOW) == Lost("not_read", "no reason given")
    assert seen_in("a", {"ansible_facts": {"whatsminer": {"model": "M50"}}}, NOW).model == "M50"
