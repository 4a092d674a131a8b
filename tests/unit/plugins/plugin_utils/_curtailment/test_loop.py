# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whenever a curtailment or the way back ends, what was saved is enough to go on."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import loop
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
    curtailing,
    resuming,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    FakeSite,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import Killed

HOSTS = [f"m{number}" for number in range(6)]
GROUPS = {"all": HOSTS}


@pytest.fixture
def place(tmp_path):
    """Where the holds and the state are."""
    (tmp_path / "holds").mkdir()
    return tmp_path


def keeper(place, reason="curtailment", check_mode=False):
    return Keeper(
        HoldStore(str(place / "holds")), str(place / f"{reason}.json"), reason, check_mode=check_mode
    )


def curtail(site, place, hosts=HOSTS, **options):
    wanted = curtailing({"recheck_seconds": 0, **options}, site.now())
    kept = keeper(place, wanted.reason, site.check_mode)
    return loop.curtail(site, kept, wanted, hosts=hosts, groups=GROUPS, applied={})


def resume(site, place, hosts=HOSTS, **options):
    wanted = resuming({"step_pause_seconds": 5, **options})
    return loop.resume(site, keeper(place, wanted.reason, site.check_mode), wanted, hosts=hosts)


def held(place, reason="curtailment"):
    """The hosts with a hold of *reason*."""
    return {miner.host for miner in HoldStore(str(place / "holds")).all() if miner.by(reason)}


def saved(place, reason="curtailment"):
    """The hosts in the saved state."""
    path = place / f"{reason}.json"
    return set(json.loads(path.read_text())["curtailed"]) if path.exists() else set()


def test_a_curtailment_holds_and_remembers_what_it_switches_off_and_the_way_back_gives_it_back(place):
    site = FakeSite(HOSTS)
    site.miners["m0"]["mode"] = "high"
    before = {host: dict(miner) for host, miner in site.miners.items()}
    run = curtail(site, place, shed_kw=9, first={"hosts": ["m0", "m1", "m2"]})
    assert run.verdict == "met" and site.off() == {"m0", "m1", "m2"} == held(place) == saved(place)
    hold = HoldStore(str(place / "holds")).find("m0").by("curtailment")
    assert hold.kind == "power" and hold.before["mode"] == "high" and hold.until is None
    resume(site, place, step_miners=2)
    assert site.miners == before and held(place) == set() == saved(place)
    assert site.pauses == [5] and site.lines[-2:] == ["step 1 of 2: 2 miners", "step 2 of 2: 1 miner"]
    assert resume(site, place) is None


def test_check_mode_changes_nothing(place):
    site = FakeSite(HOSTS)
    site.check_mode = True
    assert curtail(site, place, shed_kw=9).changes
    assert not site.journal and [path.name for path in place.iterdir()] == ["holds"]
    assert not list((place / "holds").iterdir())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 6))
@pytest.mark.parametrize("then", ["curtail", "resume"])
def test_a_curtailment_killed_at_any_call_is_finished_or_taken_back_by_the_next_run(
    place, dies_at, after, then
):
    site = FakeSite(HOSTS, dies_at, after)
    declared = {"shed_kw": 9, "ramp_kw": 6, "ramp_pause_seconds": 1, "first": {"hosts": HOSTS}}
    with pytest.raises(Killed):
        curtail(site, place, **declared)
    assert site.off() <= held(place) <= saved(place)
    if then == "curtail":
        assert curtail(site, place, **declared).verdict == "met"
        assert site.off() == {"m0", "m1", "m2"} == held(place) == saved(place)
    resume(site, place)
    assert site.off() == set() == held(place) == saved(place)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 9))
def test_a_way_back_killed_at_any_call_is_finished_by_the_next(place, dies_at, after):
    curtail(site := FakeSite(HOSTS), place, all=True)
    site.dies_at, site.after, site.calls = dies_at, after, 0
    with pytest.raises(Killed):
        resume(site, place, step_miners=2)
    assert site.off() <= held(place) <= saved(place)
    resume(site, place, step_miners=2)
    assert site.off() == set() == held(place) == saved(place)


def test_with_the_state_file_lost_the_holds_say_what_was_curtailed(place):
    site = FakeSite(HOSTS)
    curtail(site, place, shed_kw=9, by="percent", percent=50)
    (place / "curtailment.json").unlink()
    assert {miner["percent"] for miner in site.miners.values()} == {50}
    resume(site, place)
    assert {miner["percent"] for miner in site.miners.values()} == {100} and held(place) == set()


def test_with_the_holds_lost_the_state_file_says_what_was_curtailed(place):
    site = FakeSite(HOSTS)
    curtail(site, place, shed_kw=9)
    for path in (place / "holds").glob("*.json"):
        path.unlink()
    resume(site, place)
    assert site.off() == set() == saved(place)


@pytest.mark.parametrize("damage", ["", "{"])
def test_a_damaged_hold_or_state_stops_the_run_before_anything_is_changed(place, damage):
    site = FakeSite(HOSTS)
    (place / "holds" / "m3.json").write_text(damage)
    with pytest.raises(HoldStoreFault, match=r"m3\.json"):
        curtail(site, place, shed_kw=9)
    (place / "holds" / "m3.json").unlink()
    (place / "curtailment.json").write_text(damage)
    for run in (lambda: curtail(site, place, shed_kw=9), lambda: resume(site, place)):
        with pytest.raises(CurtailmentError, match=r"curtailment\.json"):
            run()
    assert not site.journal and site.off() == set()


def test_holds_end_when_declared_and_a_later_end_counts(place):
    site = FakeSite(HOSTS)
    curtail(site, place, shed_kw=3, until="+1h")
    until = {miner.by("curtailment").until for miner in HoldStore(str(place / "holds")).all()}
    assert until == {site.time + 3600}
    curtail(site, place, shed_kw=0, until="+2h")
    until = {miner.by("curtailment").until for miner in HoldStore(str(place / "holds")).all()}
    assert until == {site.time + 7200}


def test_what_was_enforced_after_the_end_of_its_hold_is_nothing_to_tell(place):
    site = FakeSite(HOSTS)
    curtail(site, place, shed_kw=3, first={"hosts": ["m0"]}, until="+1h")
    site.time += 7200
    site.miners["m0"].update(state="on", uptime=9000, elapsed=60)
    run, _seen = resume(site, place)
    assert not run.on_already and held(place) == set() == saved(place)


# --- Several reasons ----------------------------------------------------------------------------------------


def test_a_miner_comes_back_when_the_last_reason_is_over(place):
    site = FakeSite(HOSTS)
    curtail(site, place, shed_kw=6, reason="price")
    off = site.off()
    run = curtail(site, place, shed_kw=9, reason="grid")
    assert run.verdict == "met" and len(site.off()) == 3 and off < site.off() == held(place, "grid")
    resume(site, place, reason="price")
    assert len(site.off()) == 3 and held(place, "price") == set() == saved(place, "price")
    resume(site, place, reason="grid")
    assert site.off() == set() == held(place, "grid") == saved(place, "grid")


def test_a_miner_that_is_held_by_hand_is_neither_curtailed_nor_brought_back(place):
    site, store = FakeSite(HOSTS), HoldStore(str(place / "holds"))
    repair = Hold("all", "repair", 1.0)
    store.change([("m0", None)], lambda miner: miner.with_hold(repair))
    run = curtail(site, place, all=True)
    assert site.off() == set(HOSTS) - {"m0"} and set(run.blocked) == {"m0"}
    store.change([("m0", None)], lambda miner: miner.without("repair"))
    store.change([("m1", None)], lambda miner: miner.with_hold(repair))
    resume(site, place)
    assert site.off() == {"m1"} == saved(place) and held(place) == {"m1"}


# --- Two runs at once ---------------------------------------------------------------------------------------


def test_a_second_run_on_the_same_miners_is_refused_and_one_on_others_is_not(place):
    site = FakeSite(HOSTS)
    store = HoldStore(str(place / "holds"))
    with run_lock.alone(store, "curtail by price", ["m0"], path="/some/file"):
        with pytest.raises(run_lock.Busy, match="works on m0: curtail by price since .*process"):
            curtail(site, place, shed_kw=3)
        assert not site.journal
        assert curtail(site, place, HOSTS[1:], shed_kw=3).verdict == "met"
    resume(site, place)


# --- After the goal -----------------------------------------------------------------------------------------


def test_what_came_back_by_itself_is_shed_again(place):
    site = FakeSite(HOSTS)

    def restart(site):
        site.miners["m0"].update(state="on", uptime=20, elapsed=10)
        site.on_pause = lambda site: None

    site.on_pause = restart
    run = curtail(site, place, shed_kw=3, first={"hosts": ["m0"]}, recheck_seconds=180)
    assert site.off() == {"m0"} and [came.how for came in run.came_back] == ["by itself"]
    assert 180 in site.pauses and any("m0 was on already since" in line for line in site.lines)


def test_what_somebody_resumed_meanwhile_is_not_shed_again(place):
    site = FakeSite(HOSTS)

    def go_back(site):
        site.on_pause = lambda site: None
        resume(site, place)

    site.on_pause = go_back
    curtail(site, place, shed_kw=3, recheck_seconds=180)
    assert site.off() == set() == held(place)
    assert site.lines[-1] == "not looked again: another run has changed the curtailment since"


def test_the_ramp_pauses_and_the_meter_is_asked_in_each_round(place):
    site = FakeSite(HOSTS)
    site.meter = [30_000.0, 27_000.0, 24_000.0, 21_000.0]
    run = curtail(site, place, to_kw=21, ramp_kw=3, ramp_pause_seconds=7, measured_kw="meter")
    assert run.verdict == "met" and len(site.off()) == 3 and site.pauses == [7, 7] and not site.meter


def test_what_stands_is_known_before_anything_is_changed(place):
    site = FakeSite(HOSTS, dies_at=2)
    with pytest.raises(Killed):
        curtail(site, place, shed_kw=6)
    assert site.standing.startswith("2 miners curtailed by curtailment stay so, and are saved")
