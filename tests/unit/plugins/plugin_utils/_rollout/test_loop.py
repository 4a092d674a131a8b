# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout goes batch by batch, stops at a gate, and whenever it is killed, another run goes on."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.run_lock import Busy
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.fleets import (
    FakeFleet,
    keeper,
    roll_out,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    MENDED,
    NEW,
    OLD,
    declaration,
    declared,
    flashed,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import Killed

HOSTS = [f"a-{number:02d}" for number in range(10)]


@pytest.fixture
def place(tmp_path):
    """Where the holds and the state are."""
    (tmp_path / "holds").mkdir()
    return tmp_path


def hold(place, *hosts, kind="power", until=None):
    """Take a hold on *hosts*."""
    HoldStore(str(place / "holds")).change(
        [(host, None) for host in hosts], lambda held: held.with_hold(Hold(kind, "grid", 900, until))
    )


def release(place, *hosts):
    HoldStore(str(place / "holds")).change(
        [(host, None) for host in hosts], lambda held: held.without("grid")
    )


def counts(run):
    return report.make_report(run.surveyed, run.state)["counts"]


def test_all_miners_get_the_image_after_the_canary_in_batches_that_grow(place):
    fleet = FakeFleet(HOSTS)
    run = roll_out(fleet, place)
    assert run.problem == "" and run.changed and counts(run) == {"passed": 10}
    assert fleet.flashed == [(host, NEW) for host in HOSTS]
    assert [saved.batch for saved in run.state.values()] == [1] + [2] * 4 + [3] * 5
    assert [
        line for line in fleet.lines if line.startswith("batch") and line.endswith(("miner", "miners"))
    ] == [
        "batch 1: 1 miner",
        "batch 2: 4 miners",
        "batch 3: 5 miners",
    ]
    assert keeper(place).load() == run.state
    # Before each batch, the images are verified again.
    assert fleet.verified == ["M30.bin"] * 3
    again = roll_out(FakeFleet([]), place, hosts=[])
    assert not again.changed and again.problem == ""


def test_a_second_run_changes_nothing_and_still_tells_who_passed(place):
    fleet = FakeFleet(HOSTS)
    roll_out(fleet, place)
    fleet.flashed.clear()
    run = roll_out(fleet, place)
    assert (fleet.flashed, run.changed, run.problem, counts(run)) == ([], False, "", {"passed": 10})
    assert any(line.startswith("0 of 10 miners to flash, in 0 batches") for line in fleet.lines)


def test_check_mode_shows_the_plan_and_changes_nothing(place):
    fleet = FakeFleet(HOSTS)
    fleet.check_mode = True
    run = roll_out(fleet, place)
    assert not run.changed and fleet.flashed == [] and run.problem == ""
    assert fleet.lines[0] == "10 of 10 miners to flash, in 3 batches, never more than 50 % down"
    assert f"batch 1    a-00                     M30              {OLD} -> {NEW}" in fleet.lines
    assert not (place / "state.json").exists() and list((place / "holds").iterdir()) == []


def test_a_gate_that_fails_stops_it_and_nobody_else_is_touched_in_this_run_or_the_next(place):
    fleet = FakeFleet(HOSTS)
    fleet.harm["a-02", NEW] = 40.0
    run = roll_out(fleet, place)
    assert run.problem.startswith(
        "the gate of batch 2 failed: a-02 (it hashes at 40 TH/s, 40 % of the 100 before). No miner outside"
    )
    assert [host for host, _version in fleet.flashed] == HOSTS[:5]
    assert counts(run) == {"passed": 4, "failed": 1, "left": 5}
    assert fleet.time > 1000 + 1800, "the gate was given its time"
    again = roll_out(fleet, place)
    assert again.problem.startswith("the gate of batch 2 failed: a-02 ") and not again.changed
    assert not any("to flash" in line for line in fleet.lines[-3:])


def test_an_image_that_mends_it_goes_to_the_miner_that_failed_first(place):
    fleet = FakeFleet(HOSTS)
    fleet.harm["a-02", NEW] = 40.0
    roll_out(fleet, place)
    fleet.flashed.clear()
    fleet.on_flash = lambda fleet: fleet.harm.clear()
    run = roll_out(fleet, place, known=declared(declaration(MENDED, M30=NEW)))
    assert run.problem == "" and fleet.flashed[0] == ("a-02", NEW) and len(fleet.flashed) == 6


def test_a_miner_that_is_gone_when_its_image_is_to_be_sent_stops_nobody(place):
    fleet = FakeFleet(HOSTS)
    fleet.on_flash = lambda fleet: fleet.lost.add("a-00")
    run = roll_out(fleet, place)
    assert run.problem == "" and counts(run) == {"lost": 1, "passed": 9}
    assert run.state["a-00"].verdict == "unsent"


def test_hosts_that_failed_earlier_in_the_play_are_neither_read_nor_flashed(place):
    fleet = FakeFleet(HOSTS)
    run = roll_out(fleet, place, asked=HOSTS[1:])
    assert counts(run) == {"lost": 1, "passed": 9} and fleet.versions["a-00"] == OLD


def test_a_site_where_no_more_may_go_down_stops_it_with_the_share_that_would_do(place):
    run = roll_out(FakeFleet(HOSTS), place, max_down_percent=5)
    assert "20 % would do" not in run.problem and "10 % would do" in run.problem and not run.changed


def test_an_image_that_was_changed_meanwhile_stops_it_with_a_report(place):
    fleet = FakeFleet(HOSTS)

    def image(entry):
        if fleet.flashed:
            raise ValueError("the firmware image has changed")

    fleet.image = image
    run = roll_out(fleet, place)
    assert run.problem == "the firmware image has changed" and counts(run) == {"passed": 1, "left": 9}


# --- Killed, and two at once --------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_moment_another_run_goes_on_and_flashes_nobody_twice(place, after):
    dies_at = 0
    while True:
        dies_at += 1
        for path in place.glob("state.json"):
            path.unlink()
        fleet = FakeFleet(HOSTS, dies_at, after)
        try:
            roll_out(fleet, place)
        except Killed:
            pass
        else:
            break
        fleet.dies_at = None
        run = roll_out(fleet, place)
        assert run.problem == "" and counts(run) == {"passed": 10}, dies_at
        assert sorted(fleet.flashed) == [(host, NEW) for host in HOSTS], dies_at
    assert dies_at > 6


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_moment_a_gate_that_fails_still_fails(place, after):
    dies_at = 0
    while True:
        dies_at += 1
        for path in place.glob("state.json"):
            path.unlink()
        fleet = FakeFleet(HOSTS, dies_at, after)
        fleet.harm["a-00", NEW] = 40.0
        try:
            roll_out(fleet, place, gate_timeout=40)
        except Killed:
            pass
        else:
            break
        fleet.dies_at = None
        run = roll_out(fleet, place, gate_timeout=40)
        assert run.problem.startswith("the gate of batch 1 failed: a-00 "), dies_at
        assert fleet.flashed == [("a-00", NEW)], dies_at


def test_a_second_run_with_the_same_state_file_is_refused_and_told_who_has_it(place):
    fleet = FakeFleet(HOSTS)

    def second(fleet):
        with pytest.raises(Busy, match="state.json: a rollout of firmware since .*, process "):
            roll_out(FakeFleet(HOSTS), place)

    fleet.on_flash = second
    assert roll_out(fleet, place).problem == ""


def test_it_says_what_stands_if_it_is_interrupted(place):
    fleet = FakeFleet(HOSTS, dies_at=2)
    with pytest.raises(Killed):
        roll_out(fleet, place)
    assert fleet.standing == ""
    fleet = FakeFleet(HOSTS, dies_at=4)
    with pytest.raises(Killed):
        roll_out(fleet, place)
    assert fleet.standing.startswith("batch 1 was flashed, or in part.")


# --- Holds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, word", [("power", "curtailed"), ("all", "held")])
def test_held_miners_are_left_out_and_named_with_who_has_the_say(place, kind, word):
    hold(place, "a-00", "a-03", kind=kind)
    hold(place, "a-05", kind=kind, until=950)  # that is over
    fleet = FakeFleet(HOSTS)
    run = roll_out(fleet, place, max_down_percent=100)
    assert run.problem == "" and counts(run) == {"held": 2, "passed": 8}
    assert fleet.versions["a-00"] == fleet.versions["a-03"] == OLD
    rows = {row["host"]: row for row in report.make_report(run.surveyed, run.state)["miners"]}
    (reason,) = rows["a-03"]["reasons"]
    assert reason.startswith(f"it is {word} since ") and reason.endswith(" by grid")
    assert any(line.startswith("held       a-00 ") for line in fleet.lines)


def test_a_miner_that_is_held_while_its_gate_is_waited_at_keeps_its_verdict_for_later(place):
    fleet = FakeFleet(HOSTS)
    fleet.harm["a-00", NEW] = 0.0
    fleet.pause = lambda seconds: (hold(place, "a-00"), setattr(fleet, "time", fleet.time + seconds))
    run = roll_out(fleet, place)
    # Another miner has to be the canary then.
    assert run.problem == "" and fleet.flashed[1] == ("a-01", NEW)
    assert run.state["a-00"].verdict == "pending"
    assert run.surveyed.miners["a-00"].reasons[-1] == "it has no verdict yet"
    release(place, "a-00")
    del fleet.pause
    run = roll_out(fleet, place)
    assert run.problem.startswith("the gate of batch 1 failed: a-00 ")


def test_a_miner_whose_hold_ends_meanwhile_is_judged_in_the_same_run(place):
    hold(place, "a-00")
    fleet = FakeFleet(HOSTS)
    kept = keeper(place)
    kept.save(flashed("a-00"))
    fleet.versions["a-00"] = NEW
    fleet.on_flash = lambda fleet: release(place, "a-00")
    run = roll_out(fleet, place)
    assert run.problem == "" and counts(run) == {"passed": 10} and ("a-00", NEW) not in fleet.flashed


def test_a_failure_is_not_forgotten_because_the_miner_is_curtailed_since(place):
    fleet = FakeFleet(HOSTS)
    fleet.harm["a-00", NEW] = 40.0
    roll_out(fleet, place)
    hold(place, "a-00")
    assert roll_out(fleet, place).problem.startswith("the gate of batch 1 failed")


def test_holds_that_cannot_be_read_are_never_taken_for_none(place):
    fleet = FakeFleet(HOSTS)
    (place / "holds").rmdir()
    with pytest.raises(HoldStoreFault):
        roll_out(fleet, place)
    assert fleet.flashed == []


def test_a_hold_that_was_taken_after_the_miners_were_read_leaves_the_miner_out_too(place):
    fleet = FakeFleet(HOSTS)
    flash = fleet.flash

    def held_meanwhile(options):
        fleet.flash = flash
        (host,) = options
        return [{"host": host, "changed": False, "held": {"firmware": "curtailed since 14:50 by grid"}}]

    fleet.flash = held_meanwhile
    run = roll_out(fleet, place)
    assert run.problem == "" and counts(run) == {"lost": 1, "passed": 9}
    assert run.state["a-00"].reasons == ("it is curtailed since 14:50 by grid",)
