# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner whose gate failed gets back what it had, where its image is declared, and that is proved, too."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import report
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.fleets import (
    FakeFleet,
    keeper,
    roll_out,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    CHECKSUM,
    MENDED,
    NEW,
    OLD,
    declaration,
    declared,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import Killed

HOSTS = [f"a-{number:02d}" for number in range(10)]
PREVIOUS = {"M3*": [{"version": OLD, "src": "old.bin", "checksum": CHECKSUM}]}


@pytest.fixture
def place(tmp_path):
    """Where the holds and the state are."""
    (tmp_path / "holds").mkdir()
    return tmp_path


def harmed(host="a-02", **more):
    fleet = FakeFleet(HOSTS, **more)
    fleet.harm[host, NEW] = 40.0
    return fleet


def roll_out_and_back(fleet, place, previous=None, **more):
    known = declared(previous=PREVIOUS if previous is None else previous)
    given = {"known": known, "rollback": True, "gate_timeout": 40, **more}
    return roll_out(fleet, place, **given)


def reasons(run, host="a-02"):
    rows = report.make_report(run.surveyed, run.state)["miners"]
    return next(row for row in rows if row["host"] == host)["reasons"]


def test_a_miner_that_failed_is_flashed_back_and_the_run_fails_all_the_same(place):
    fleet = harmed()
    run = roll_out_and_back(fleet, place)
    assert fleet.flashed[-1] == ("a-02", OLD) and fleet.versions["a-02"] == OLD
    assert reasons(run) == ["it hashes at 40 TH/s, 40 % of the 100 before", f"it runs {OLD} again"]
    assert run.problem.startswith("the gate of batch 2 failed: a-02 (it hashes at 40 TH/s, ")
    assert f"it runs {OLD} again)" in run.problem
    assert "1 of 1 miner run again what they had, after 0 s" in fleet.lines
    # The others of the batch passed, and keep what they got.
    assert [fleet.versions[host] for host in HOSTS[:5] if host != "a-02"] == [NEW] * 4
    assert run.surveyed.miners["a-02"].up, "it mines, so it uses up the allowance of its site again"


def test_a_miner_that_is_back_still_stops_the_image_that_failed(place):
    fleet = harmed()
    roll_out_and_back(fleet, place)
    fleet.flashed.clear()
    again = roll_out_and_back(fleet, place)
    assert again.problem.startswith("the gate of batch 2 failed: a-02 ") and fleet.flashed == []
    assert reasons(again)[-1] == f"it runs {OLD} again"


def test_a_miner_that_is_back_gets_the_image_that_mends_it_first(place):
    fleet = harmed()
    roll_out_and_back(fleet, place)
    fleet.harm.clear()
    fleet.flashed.clear()
    run = roll_out_and_back(fleet, place, known=declared(declaration(MENDED, M30=NEW)))
    assert run.problem == "" and fleet.flashed[0] == ("a-02", NEW)
    assert run.state["a-02"].flashed_back is None


def test_a_miner_that_is_back_is_as_declared_once_that_is_declared_again(place):
    fleet = harmed()
    roll_out_and_back(fleet, place)
    run = roll_out_and_back(fleet, place, known=declared(declaration(M30=OLD)))
    assert run.problem == "" and fleet.flashed.count(("a-02", OLD)) == 1
    assert set(fleet.versions.values()) == {OLD}


def test_what_a_run_without_rollback_left_is_flashed_back_by_the_next_with_it(place):
    fleet = harmed()
    roll_out(fleet, place, gate_timeout=40)
    assert fleet.versions["a-02"] == NEW
    run = roll_out_and_back(fleet, place)
    assert fleet.versions["a-02"] == OLD and run.problem.startswith("the gate of batch 2 failed")


@pytest.mark.parametrize(
    "previous, why",
    [
        ({}, f"not flashed back: no image that brings {OLD} to a M30 of its platform is declared"),
        (
            {"M5*": PREVIOUS["M3*"]},
            f"not flashed back: no image that brings {OLD} to a M30 of its platform is declared",
        ),
    ],
)
def test_without_its_image_a_miner_stays_as_it_is_and_says_why(place, previous, why):
    fleet = harmed()
    run = roll_out_and_back(fleet, place, previous=previous)
    assert fleet.versions["a-02"] == NEW and reasons(run)[-1] == why


def test_a_miner_that_is_no_better_with_what_it_had_says_so(place):
    fleet = harmed()
    fleet.on_flash = lambda fleet: fleet.harm.update({("a-02", OLD): 10.0} if len(fleet.flashed) > 1 else {})
    run = roll_out_and_back(fleet, place)
    assert (
        reasons(run)[-1] == f"flashing it back to {OLD} failed: it hashes at 10 TH/s, 10 % of the 100 before"
    )


def test_a_miner_that_does_not_answer_is_not_flashed_back(place):
    fleet = harmed()
    roll_out(fleet, place, gate_timeout=40)
    fleet.lost.add("a-02")
    run = roll_out_and_back(fleet, place)
    assert reasons(run)[-1] == "not flashed back: a-02: no connection"


def test_check_mode_only_says_what_would_be_flashed_back(place):
    fleet = harmed()
    roll_out(fleet, place, gate_timeout=40)
    before = (place / "state.json").read_text()
    fleet.check_mode = True
    roll_out_and_back(fleet, place)
    assert fleet.versions["a-02"] == NEW and (place / "state.json").read_text() == before
    assert "1 miner to flash back: a-02" in fleet.lines


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_moment_the_next_run_flashes_back(place, after):
    dies_at = 0
    while True:
        dies_at += 1
        for path in place.glob("state.json"):
            path.unlink()
        fleet = harmed("a-00", dies_at=dies_at, after=after)
        try:
            roll_out_and_back(fleet, place)
        except Killed:
            pass
        else:
            break
        fleet.dies_at = None
        run = roll_out_and_back(fleet, place)
        assert run.problem.startswith("the gate of batch 1 failed: a-00 "), dies_at
        assert fleet.flashed == [("a-00", NEW), ("a-00", OLD)], dies_at
        assert run.state["a-00"].is_back and keeper(place).load() == run.state


def test_an_image_of_before_that_has_changed_is_not_sent_and_the_report_is_there_all_the_same(place):
    fleet = harmed()

    def image(entry):
        if entry.src == "old.bin":
            raise ValueError("the firmware image old.bin has changed")

    fleet.image = image
    run = roll_out_and_back(fleet, place)
    assert run.problem == "the firmware image old.bin has changed" and fleet.versions["a-02"] == NEW
    again = roll_out_and_back(fleet, place)
    assert again.problem == run.problem and again.surveyed is not None
