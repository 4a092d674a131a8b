# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only a miner that is well is to be flashed, and each other one says why it is not."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import batches
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    NEW,
    facts,
    flashed,
    look,
    lost,
    many,
    rules,
    statuses,
    surveyed,
)


@pytest.mark.parametrize(
    ("result", "status", "reason"),
    [
        (facts("a-01"), "left", None),
        (facts("a-01", version=NEW), "as declared", None),
        (facts("a-01", version=NEW, errors=[110], rate=1.0), "as declared", None),
        (lost("a-01"), "lost", "no connection"),
        (
            {"host": "a-01", "failed": True, "changed": False, "msg": "wrong password"},
            "lost",
            "wrong password",
        ),
        (facts("a-01", state="off", rate=0.0), "left out", "it is off"),
        (facts("a-01", state="off", model=None), "left out", "it is off"),
        (facts("a-01", model=None), "left out", "doesn't show its model"),
        (facts("a-01", model="M60"), "nothing declared", None),
        (facts("a-01", errors=[110]), "left out", "it has errors: 110"),
        (facts("a-01", rate=69.0), "left out", "69 % of the 100"),
        (facts("a-01", hashrate_ths=None), "left out", "it doesn't hash"),
        (facts("a-01", rate=0.0, tuning=True), "left out", "it is tuning"),
        (facts("a-01", rate=60.0, power_percent=62), "left", None),
        (facts("a-01", rate=60.0, power_mode="low"), "left", None),
        (
            facts("a-01", rate=40.0, power_percent=62),
            "left out",
            "65 % of the 62 expected",
        ),
    ],
)
def test_only_a_miner_that_is_well_is_to_be_flashed(result, status, reason):
    miner = look([result]).miners["a-01"]
    assert miner.status == status
    assert (reason in " ".join(miner.reasons)) if reason else miner.reasons == ()


def test_a_miner_that_shows_no_mac_is_left_out_as_it_could_not_be_recognised():
    result = facts("a-01")
    del result["ansible_facts"]["whatsminer"]["mac"]
    assert look([result]).miners["a-01"].reasons == ("it doesn't show its MAC",)


def test_errors_that_are_allowed_do_not_matter():
    assert statuses([facts("a-01", errors=[110])], allowed_errors=[110]) == {"a-01": "left"}


def test_a_miner_that_was_not_asked_is_lost():
    survey = surveyed([], rules(), hosts=["a-01"])
    assert survey.miners["a-01"].status == "lost"


def test_an_image_without_a_part_for_the_platform_is_a_problem_before_anything_is_begun():
    (problem,) = look([facts("a-01", platform="h3"), facts("a-02", platform="h3"), facts("a-03")]).problems
    assert "M30" in problem and "h3 of a-01, a-02" in problem and "h6os" in problem


def test_an_image_that_does_not_say_for_which_platforms_it_is_is_for_all():
    assert look([facts("a-01", model="M50", platform="zynq")]).problems == []


def test_a_survey_says_that_nobody_may_go_down_before_anything_is_planned():
    assert "10 % of the 9 miners of the fleet are 0" in batches.crowding(look(many(9)), {}, rules())
    assert batches.crowding(look(many(10)), {}, rules()) == batches.crowding(look([]), {}, rules()) == ""


def test_a_miner_that_was_out_of_reach_is_not_tried_again_in_the_same_run():
    state = flashed("a-01", verdict="unsent", sent=False, reasons=("no connection",))
    assert statuses([facts("a-01")], state=state) == {"a-01": "lost"}


def test_who_has_no_verdict_is_neither_flashed_nor_up():
    survey = look([facts("a-01", version=NEW), *many(3)[2:]], flashed("a-01"))
    assert survey.miners["a-01"].status == "not judged" and not survey.miners["a-01"].up
    assert batches.next_batch(survey, flashed("a-01"), rules(max_down_percent=100)) == ["a-02"]


def test_who_failed_is_tried_with_the_same_image_only_if_that_is_wanted():
    state = flashed("a-01", verdict="failed")
    assert statuses([facts("a-01", version=NEW, rate=40.0)], state=state) == {"a-01": "failed"}
    assert statuses([facts("a-01", version=NEW, rate=40.0)], state=state, retry_failed=True) == {
        "a-01": "failed, to be tried again"
    }
