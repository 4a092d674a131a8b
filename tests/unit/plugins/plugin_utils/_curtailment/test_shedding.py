# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A curtailment takes no more than it must, and saves what it takes."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import shedding
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import readings
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
    Before,
    Entry,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    FLEET,
    begin,
    but,
    followed,
    go_on,
    hosts_of,
    lost,
    resume,
    shown,
    taken,
)

# --- Which, and how many ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, hosts",
    [
        ({"shed_kw": 3}, ["m2"]),
        ({"shed_kw": "3.1"}, ["m2", "m3"]),
        ({"shed_percent": 75}, ["m2", "m3", "m4"]),
        ({"to_kw": 12}, []),
        ({"to_kw": 11.9}, ["m2"]),
        ({"to_kw": 0}, ["m2", "m3", "m4", "m1"]),
        ({"all": True}, ["m2", "m3", "m4", "m1"]),
        ({"all": "true", "spare": ["hall"]}, ["m2", "m1"]),
        ({"shed_kw": 7, "first": {"groups": ["hall"]}}, ["m3", "m4", "m2"]),
        ({"shed_kw": 7, "first": {"hosts": ["m4", "m1"]}, "rest": "untouched"}, ["m4", "m1"]),
        ({"shed_kw": 0}, []),
    ],
)
def test_as_many_as_are_needed_are_chosen_in_the_declared_order(options, hosts):
    assert hosts_of(begin(options)) == hosts


def test_a_miner_that_takes_power_and_hashes_nothing_goes_first():
    assert hosts_of(begin({"shed_kw": 1}, [*FLEET, shown("m5", efficiency=None)])) == ["m5"]


def test_miners_that_are_off_or_lost_are_neither_changed_nor_remembered():
    run = begin({"all": True}, but(shown("m1", 0, "off"), lost("m2")))
    assert sorted(hosts_of(run)) == ["m3", "m4"] == sorted(run.state.curtailed)
    assert run.lost == {"m2": "no answer"} and run.off_before == ["m1"]


def test_low_mode_goes_by_the_declared_share_and_leaves_out_what_is_low():
    run = begin({"shed_kw": 1.2, "by": "low", "low_percent": 80}, but(shown("m1", mode="low")))
    assert hosts_of(run) == ["m2", "m3"] and run.changes[0].params["mode"] == "low"


def test_percent_counts_from_the_percentage_that_is_known():
    run = begin({"shed_kw": 2.5, "by": "percent", "percent": 50}, percents={"m2": 60, "m3": 50})
    assert hosts_of(run) == ["m2", "m4", "m1"]  # 500 and 1500 and 1500 W; m3 has nothing to give
    assert run.changes[0].params["percent"] == 50


def test_a_percentage_that_a_miner_shows_is_better_than_a_record_of_it():
    fleet = [shown("m1", power_percent=50), shown("m2", power_percent=100)]
    run = begin({"shed_kw": 1, "by": "percent", "percent": 50}, fleet, percents={"m1": 100, "m2": 50})
    assert hosts_of(run) == ["m2"] and run.state.curtailed["m2"].before.percent == 100


def test_a_limit_lessens_what_takes_more_and_has_none_as_low():
    fleet = [
        shown("m1", 1900),
        shown("m2", 3000, power_limit_watts=3600),
        shown("m3", 2500, power_limit_watts=2000),  # it is on its way
        shown("m4", 3000),
    ]
    run = begin({"shed_kw": 2, "by": "limit", "limit_watts": 2000}, fleet)
    assert sorted(hosts_of(run)) == ["m2", "m4"] and run.changes[0].params["limit_watts"] == 2000
    assert run.state.curtailed["m2"].before.limit_watts == 3600 and run.miners["m2"].expected == 2000
    read = but(
        shown("m2", 2100, power_limit_watts=2000), shown("m4", 3000, power_limit_watts=3600), fleet=fleet
    )
    go_on(run, taken(run), read)
    assert (
        run.miners["m2"].done and run.miners["m4"].problem == "it took the change, and is on in mode normal"
    )


def test_a_change_has_no_more_time_than_the_deadline():
    run = begin({"shed_kw": 1, "deadline_seconds": 30, "wait_timeout": 60})
    assert run.changes[0].params["wait_timeout"] == 30


# --- Power that nobody knows --------------------------------------------------------------------------------


@pytest.mark.parametrize("unmeasured", [shown("m2", None), shown("m2", 0, None, tuning=True)])
def test_power_that_is_not_known_does_not_count(unmeasured):
    run = begin({"shed_kw": 5}, but(unmeasured))
    assert run.watts == 9000 and hosts_of(run) == ["m3", "m4"] and run.off_before == []


def test_all_takes_miners_of_unknown_power_too():
    fleet = [FLEET[0], shown("m2", None)]
    for options in ({"all": True, "by": "low"}, {"all": True, "by": "percent", "percent": 50}):
        assert sorted(hosts_of(begin(options, fleet))) == ["m1", "m2"]


def test_a_miner_that_ends_its_tuning_is_there_to_be_curtailed():
    run = begin({"shed_kw": 3, "first": {"hosts": ["m2"]}}, [shown("m1", 3000), shown("m2", 0, tuning=True)])
    assert hosts_of(run) == ["m1"]
    go_on(run, {"m1": "no answer"}, [lost("m1"), shown("m2", 3000)])
    assert hosts_of(run) == ["m2"]


# --- The site's meter ---------------------------------------------------------------------------------------


def test_a_level_is_of_what_the_meter_shows_and_a_share_of_what_the_miners_take():
    assert hosts_of(begin({"to_kw": 20}, meter_watts=23_000.0)) == ["m2"]
    assert hosts_of(begin({"to_kw": 20}, meter_watts=20_000.0)) == []
    assert hosts_of(begin({"shed_percent": 50}, meter_watts=100_000.0)) == ["m2", "m3"]


def test_the_meter_decides_what_is_still_too_much():
    run = begin({"shed_kw": 3}, meter_watts=20_000.0)
    run.follow(taken(run), readings(followed(run)), 101.0, meter_watts=18_500.0)
    assert run.missing_watts == 1500 and hosts_of(run) == ["m3"]
    run.follow(
        taken(run),
        readings([shown(f"m{n}", 0, "off") for n in (2, 3)] + [FLEET[0], FLEET[3]]),
        102.0,
        meter_watts=16_000.0,
    )
    assert run.verdict == "met"


# --- Ramp ---------------------------------------------------------------------------------------------------


def test_no_more_than_the_ramp_is_shed_at_once():
    run = begin({"shed_kw": 9, "ramp_kw": 6})
    assert hosts_of(run) == ["m2", "m3"]
    off = [shown("m2", 0, "off"), shown("m3", 0, "off")]
    go_on(run, taken(run), but(*off))
    assert hosts_of(run) == ["m4"]
    assert go_on(run, taken(run), but(*off, shown("m4", 0, "off"))).verdict == "met"


def test_all_are_curtailed_step_by_step_and_one_of_unknown_power_is_a_step_of_its_own():
    run = begin({"all": True, "ramp_kw": 7}, but(shown("m3", None)))
    steps, fleet = [], but(shown("m3", None))
    while run.changes:
        steps.append(hosts_of(run))
        fleet = followed(run, fleet)
        go_on(run, taken(run), fleet)
    assert steps == [["m2"], ["m3"], ["m4", "m1"]] and run.verdict == "met"


def test_a_ramp_smaller_than_a_miner_is_refused():
    with pytest.raises(CurtailmentError, match="curtailment_ramp_kw .* m2 sheds 3 kW"):
        begin({"shed_kw": 5, "ramp_kw": 2})


# --- Rounds -------------------------------------------------------------------------------------------------


def test_it_is_over_once_the_power_is_seen_to_be_shed():
    run = begin({"shed_kw": 3})
    go_on(run, taken(run), followed(run))
    assert run.verdict == "met" and not run.changes and run.state.goal is None
    assert run.state.curtailed["m2"].done


def test_a_miner_that_fails_is_replaced_by_the_next_and_counts_as_it_is():
    run = begin({"shed_kw": 3})
    go_on(run, {"m2": "refused"}, FLEET)
    assert hosts_of(run) == ["m3"] and run.miners["m2"].problem == "refused"


def test_a_miner_that_is_lost_counts_with_what_it_took_last():
    run = begin({"shed_kw": 3})
    go_on(run, {"m2": "no answer"}, but(lost("m2")))
    assert run.watts == 12000 and hosts_of(run) == ["m3"]


def test_a_miner_that_just_restarted_in_low_mode_counts_with_what_is_expected():
    run = begin({"shed_kw": 0.6, "by": "low"})
    go_on(run, taken(run), but(shown("m2", 100, mode="low")))
    assert run.miners["m2"].now.watts == 2400


def test_what_low_mode_saves_less_than_expected_is_taken_from_the_next():
    run = begin({"shed_kw": 0.6, "by": "low"})
    go_on(run, taken(run), but(shown("m2", 2800, mode="low")))
    assert hosts_of(run) == ["m3"] and not run.verdict


def test_a_miner_that_failed_is_tried_again_once_no_other_is_left():
    run = begin({"shed_kw": 3, "first": {"hosts": ["m2"]}, "rest": "untouched"})
    for _time in range(shedding.TRIES):
        assert hosts_of(run) == ["m2"]
        go_on(run, {"m2": "busy"}, FLEET)
    assert run.verdict == "exhausted" and run.missing_watts == 3000


def test_after_the_deadline_nothing_is_changed():
    run = begin({"shed_kw": 3, "deadline_seconds": 10})
    go_on(run, {"m2": "no answer"}, FLEET, now=111.0)
    assert run.verdict == "deadline" and not run.changes and run.state.goal


def test_all_is_met_only_when_each_has_followed():
    run = begin({"all": True})
    read = [FLEET[0], *[shown(host, 0, "off") for host in ("m2", "m3", "m4")]]
    go_on(run, {**taken(run), "m1": "no"}, read)
    assert hosts_of(run) == ["m1"] and run.verdict == ""


@pytest.mark.parametrize("spare, verdict", [([], "unreached"), (["old"], "met")])
def test_all_is_not_met_while_a_miner_that_is_to_be_curtailed_is_unreachable(spare, verdict):
    run = begin({"all": True, "spare": spare}, [FLEET[0], lost("m2")])
    go_on(run, taken(run), [shown("m1", 0, "off")])
    assert run.verdict == verdict and not run.changes
    assert (run.state.goal is None) == (verdict == "met")


def test_a_declared_power_is_met_without_the_miners_that_do_not_answer():
    run = begin({"shed_kw": 3}, [FLEET[0], lost("m2")])
    go_on(run, taken(run), [shown("m1", 0, "off")])
    assert run.verdict == "met" and run.unreached == []


def test_a_killed_curtailment_run_again_goes_on_to_the_same_level():
    state = begin({"shed_kw": 6}).state  # as the file has it: saved before the changes
    again = begin({"shed_kw": 6}, but(shown("m2", 0, "off")), copy.deepcopy(state))
    assert again.continued and hosts_of(again) == ["m3"] and set(again.state.curtailed) == {"m2", "m3"}


@pytest.mark.parametrize("options, fleet", [({"shed_kw": 5}, FLEET), ({"shed_kw": 6}, FLEET[:3])])
def test_another_curtailment_has_a_goal_of_its_own(options, fleet):
    assert not begin(options, fleet, begin({"shed_kw": 6}).state).continued


# --- After the goal -----------------------------------------------------------------------------------------


def met(options):
    run = begin(options)
    go_on(run, taken(run), followed(run))
    assert run.verdict == "met"
    return run


@pytest.mark.parametrize(
    "facts, how",
    [
        ({"uptime_seconds": 60, "elapsed_seconds": 50}, "by itself"),
        ({"uptime_seconds": 90_000, "elapsed_seconds": 50}, "switched on"),
        ({}, "unknown"),
    ],
)
def test_a_miner_that_came_back_is_told_with_how_and_shed_again(facts, how):
    run = met({"shed_kw": 3})
    run.look_again(readings(but(shown("m2", 3000, **facts))), 400.0)
    assert hosts_of(run) == ["m2"] and run.verdict == "" and run.state.goal
    (came,) = run.came_back
    assert (came.host, came.how) == ("m2", how) and came.since == (350.0 if facts else None)
    go_on(run, taken(run), followed(run), now=401.0)
    assert run.verdict == "met" and run.state.goal is None


def test_where_all_have_stayed_nothing_is_changed():
    run = met({"shed_kw": 3})
    run.look_again(readings(but(shown("m2", 0, "off"))), 400.0)
    assert run.verdict == "met" and not run.changes and not run.came_back


def test_a_percentage_that_a_miner_lost_is_set_again():
    run = begin({"shed_kw": 1, "by": "percent", "percent": 50})
    go_on(run, taken(run), but(shown("m2", 1500, power_percent=50)))
    assert run.verdict == "met"
    run.look_again(readings(but(shown("m2", 3000, power_percent=100))), 400.0)
    assert hosts_of(run) == ["m2"] and [came.host for came in run.came_back] == ["m2"]


# --- Other reasons ------------------------------------------------------------------------------------------


def hold_of_another(host="m2", mode="normal", **order):
    entry = Entry(50.0, order or {"state": "off"}, Before("on", mode, 100, 3000, 30.0), watts=3000)
    return {host: [entry.hold("price", None)]}


def test_what_others_have_shed_counts_and_is_held_as_well():
    fleet = but(shown("m2", 0, "off"))
    run = begin({"shed_kw": 3}, fleet, shared=hold_of_another())
    assert run.verdict == "met" and not run.changes and run.adopted == ["m2"]
    assert run.goal.before_watts == 12000 and run.state.curtailed["m2"].before.watts == 3000
    run = begin({"shed_kw": 5}, fleet, shared=hold_of_another())
    assert run.adopted == ["m2"] and hosts_of(run) == ["m3"]
    run = begin({"to_kw": 12}, fleet, shared=hold_of_another())
    assert not run.adopted and not run.changes and run.off_before == []
    run = begin({"all": True}, fleet, shared=hold_of_another())
    assert run.adopted == ["m2"] and hosts_of(run) == ["m3", "m4", "m1"]


def test_what_others_only_lessened_can_be_switched_off():
    fleet = but(shown("m2", 2400, mode="low"))
    run = begin({"shed_kw": 3}, fleet, shared=hold_of_another(mode="high"))
    assert not run.adopted and hosts_of(run) == ["m2"]
    assert run.state.curtailed["m2"].before.mode == "high" and run.state.curtailed["m2"].before.watts == 3000


def test_what_is_spared_or_held_by_hand_is_left_alone_and_counts():
    fleet = but(shown("m2", 0, "off"))
    run = begin({"shed_kw": 3, "spare": ["m2"]}, fleet, shared=hold_of_another())
    assert not run.adopted and hosts_of(run) == ["m3"]
    run = begin({"all": True}, blocked={"m1": "it is held"})
    assert "m1" not in hosts_of(run) and run.blocked == {"m1": "it is held"} and run.watts == 12000


def test_a_curtailment_may_not_be_taken_back_before_its_time():
    state = begin({"shed_kw": 3, "hold_seconds": 600}).state
    with pytest.raises(CurtailmentError, match="may not be taken back before .*curtailment_hold_seconds=0"):
        resume({}, state, [shown("m2", 0, "off")], now=699.0)
    assert hosts_of(resume({}, copy.deepcopy(state), [shown("m2", 0, "off")], now=700.0)) == ["m2"]
    assert hosts_of(resume({"hold_seconds": 0}, state, [shown("m2", 0, "off")], now=101.0)) == ["m2"]


def test_the_time_of_an_earlier_curtailment_counts_only_while_that_lasts():
    state = begin({"shed_kw": 3, "hold_seconds": 600}).state
    assert begin({"shed_kw": 1}, but(shown("m2", 0, "off")), copy.deepcopy(state)).state.held_until == 700.0
    state.curtailed.clear()
    assert begin({"shed_kw": 3}, state=state).state.held_until is None
