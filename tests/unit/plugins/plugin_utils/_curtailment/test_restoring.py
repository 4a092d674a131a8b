# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back gives back just what a curtailment took, step by step."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
    Before,
    Entry,
    State,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    FLEET,
    all_off,
    begin,
    curtailed,
    go_back,
    hosts_of,
    lost,
    resume,
    shown,
    taken,
)


def test_steps_are_of_so_many_miners_the_most_efficient_first():
    state = curtailed({"all": True})
    assert resume({"step_miners": 3}, state, all_off(state)).steps == [["m1", "m4", "m3"], ["m2"]]


def test_steps_add_no_more_than_so_many_kw():
    state = curtailed({"all": True})
    assert resume({"step_kw": 6.5}, state, all_off(state)).steps == [["m1", "m4"], ["m3", "m2"]]


def test_a_miner_of_unknown_power_fills_a_step():
    state = curtailed({"all": True}, [FLEET[0], shown("m2", watts=None), FLEET[2]])
    assert resume({"step_kw": 9}, state, all_off(state)).steps == [["m1"], ["m2"], ["m3"]]


def test_a_step_smaller_than_a_miner_is_refused():
    state = curtailed({"all": True})
    with pytest.raises(CurtailmentError, match="curtailment_step_kw .* m. takes 3 kW"):
        resume({"step_kw": 2}, state, all_off(state))


def test_a_miner_is_struck_once_it_is_seen_to_be_back():
    state = curtailed({"shed_kw": 4})
    run = resume({"step_miners": 1}, state, all_off(state))
    assert hosts_of(run) == ["m3"]
    go_back(run, taken(run), [shown("m3", 100)])
    assert list(state.curtailed) == ["m2"] == hosts_of(run) and state.resuming and run.ended == ["m3"]
    go_back(run, taken(run), [shown("m2", 100)], now=202.0)
    assert not state.curtailed and not run.changes and state.resuming is None and run.ended == ["m2"]


def test_a_miner_that_is_tuning_after_it_was_switched_on_is_back():
    state = curtailed({"shed_kw": 1})
    run = resume({}, state, all_off(state))
    go_back(run, taken(run), [shown("m2", 0, tuning=True)])
    assert not state.curtailed


def test_mode_and_percentage_are_set_again_where_they_differ():
    state = curtailed({"shed_kw": 1}, percents={"m2": 80})
    run = resume({}, state, all_off(state))
    assert run.changes[0].params["state"] == "on"
    go_back(run, taken(run), [shown("m2", 100, mode="low")])
    assert {"mode": "normal", "percent": 80}.items() <= run.changes[0].params.items()
    go_back(run, taken(run), [shown("m2", 100)], now=202.0)
    assert not run.changes and not state.curtailed


def test_a_percentage_that_is_shown_is_set_until_it_shows():
    fleet = [shown("m2", power_percent=100)]
    state = begin({"shed_kw": 1, "by": "percent", "percent": 50}, fleet).state
    back = resume({}, copy.deepcopy(state), [shown("m2", 1500, power_percent=50)])
    assert back.changes[0].params["percent"] == 100
    go_back(back, taken(back), [shown("m2", 1500, power_percent=50)])
    assert back.state.curtailed and "it took the change, and is on" in back.miners["m2"].problem
    assert not resume({}, state, [shown("m2", 3000, power_percent=100)]).changes, "it is back already"


def test_a_miner_that_was_curtailed_by_percent_gets_all_of_it_back_if_nothing_else_is_known():
    state = begin({"shed_kw": 1, "by": "percent", "percent": 50}).state
    run = resume({}, state, [shown("m2", 1500)])
    assert run.changes[0].params["percent"] == 100
    go_back(run, taken(run), [shown("m2", 1500)])
    assert not state.curtailed


@pytest.mark.parametrize(
    "before, curtailed_at, params",
    [(3600, 2000, {"limit_watts": "3600"}), (None, None, {"limit_watts": "reset"})],
)
def test_a_power_limit_is_what_it_was(before, curtailed_at, params):
    fleet = [shown("m2", power_limit_watts=before)]
    state = begin({"shed_kw": 1, "by": "limit", "limit_watts": 2000}, fleet).state
    run = resume({}, state, [shown("m2", 2000, power_limit_watts=curtailed_at)])
    assert params.items() <= run.changes[0].params.items()
    go_back(run, taken(run), [shown("m2", 2000, power_limit_watts=before)])
    assert not run.changes and not state.curtailed


def test_a_miner_that_was_never_told_is_struck_without_a_change():
    state = begin({"shed_kw": 1}).state  # killed before
    run = resume({}, state, [FLEET[1]])
    assert not run.changes and not state.curtailed and run.ended == ["m2"] and not run.on_already


def test_miners_that_fail_or_are_lost_stay_in_the_state():
    state = curtailed({"shed_kw": 7})
    run = resume({}, state, [lost("m2"), shown("m3", 0, "off"), shown("m4", 0, "off")])
    assert hosts_of(run) == ["m4", "m3"]
    go_back(run, {"m4": "refused", "m3": None}, [shown("m4", 0, "off"), shown("m3", 0, "off")])
    assert not run.changes and set(state.curtailed) == {"m2", "m3", "m4"} and run.ended == []
    assert {host: miner.problem for host, miner in run.miners.items()} == {
        "m2": "no answer",
        "m4": "refused",
        "m3": "it took the change, and is off in mode normal",
    }


def test_another_machine_is_left_alone():
    state = curtailed({"shed_kw": 1}, [shown("m2", mac="A")])
    run = resume({}, state, [shown("m2", 0, "off", mac="B")])
    assert not run.changes and "B instead of the A" in run.miners["m2"].problem


def test_hosts_outside_the_play_stay_in_the_state():
    state = curtailed({"shed_kw": 7})
    run = resume({}, state, [shown("m2", 0, "off")], hosts=["m1", "m2"])
    go_back(run, taken(run), [shown("m2")])
    assert set(state.curtailed) == {"m3", "m4"} == set(run.elsewhere)


def test_no_step_is_begun_after_the_deadline():
    state = curtailed({"all": True})
    run = resume({"step_miners": 1, "deadline_seconds": 60, "step_pause_seconds": 30}, state, all_off(state))
    go_back(run, taken(run), [FLEET[0]], now=231.0)
    assert run.late and not run.changes and set(state.curtailed) == {"m2", "m3", "m4"} and state.resuming


def test_after_an_interrupted_run_the_first_step_waits():
    state = curtailed({"all": True})
    assert not resume({}, copy.deepcopy(state), all_off(state)).wait_first
    state.resuming = 150.0
    assert resume({}, state, all_off(state)).wait_first


def test_only_miners_that_are_off_are_preheated():
    state = begin({"shed_kw": 7}).state
    fleet = [shown("m2", 0, "off"), FLEET[2], shown("m4", mode="low")]
    run = resume({"preheat": True, "preheat_timeout": 700}, copy.deepcopy(state), fleet)
    assert run.to_preheat.hosts == ["m2"]
    assert run.to_preheat.params == {"state": "preheated", "wait_timeout": 700}
    go_back(run, taken(run), [shown("m2"), FLEET[3]], preheated={"m2": "no heat"})
    assert run.cold == {"m2": "no heat"} and run.miners["m2"].restored
    assert resume({"preheat": "false"}, state, fleet).to_preheat is None


@pytest.mark.parametrize(
    "facts, how, since",
    [
        ({"uptime_seconds": 60, "elapsed_seconds": 50}, "by itself", 150.0),
        ({"uptime_seconds": 9000, "elapsed_seconds": 50}, "switched on", 150.0),
        ({"uptime_seconds": 9000, "elapsed_seconds": 8000}, "unknown", -7800.0),  # a clock that tells nothing
        ({}, "unknown", None),
    ],
)
def test_a_miner_that_was_on_already_is_told_with_how_and_since_when(facts, how, since):
    state = curtailed({"shed_kw": 1})
    run = resume({}, state, [shown("m2", 3000, **facts)])
    (came,) = run.on_already
    assert (came.host, came.how, came.since) == ("m2", how, since)
    assert not state.curtailed and not run.changes


# --- Other reasons ------------------------------------------------------------------------------------------


def held_by_another(**order):
    entry = Entry(50.0, order, Before("on", "normal", 100, 3000, 30.0), watts=3000)
    return {"m2": [entry.hold("price", None)]}


def test_a_miner_that_another_curtailment_keeps_off_is_struck_and_stays_off():
    state = curtailed({"shed_kw": 4})
    run = resume({}, state, all_off(state), shared=held_by_another(state="off"))
    assert hosts_of(run) == ["m3"] and run.ended == ["m2"] and "price" in run.miners["m2"].held_by
    assert set(state.curtailed) == {"m3"}


def test_a_miner_that_another_curtailment_keeps_low_comes_back_low():
    state = curtailed({"shed_kw": 1})
    run = resume({}, state, all_off(state), shared=held_by_another(mode="low"))
    assert run.changes[0].params["state"] == "on"
    go_back(run, taken(run), [shown("m2", 3000)])
    assert run.changes[0].params["mode"] == "low"
    go_back(run, taken(run), [shown("m2", 2400, mode="low")])
    assert not state.curtailed


def test_a_miner_that_is_held_by_hand_waits_for_the_next_resume():
    state = curtailed({"shed_kw": 1})
    run = resume({}, state, all_off(state), blocked={"m2": "it is held since 14:50 by maintenance"})
    assert not run.changes and set(state.curtailed) == {"m2"}
    assert run.miners["m2"].problem == "it is held since 14:50 by maintenance"


def test_nothing_curtailed_may_be_taken_back_at_any_time():
    assert not resume({}, State("curtailment", held_until=9999.0), []).changes
