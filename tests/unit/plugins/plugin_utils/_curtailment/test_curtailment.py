# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A curtailment takes no more than it must, remembers what it took, and a resumption gives back just that."""

from __future__ import annotations

import copy
import json
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.power import Percent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import curtailment
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.curtailment import (
    CurtailmentError,
)

GROUPS = {"all": ["m1", "m2", "m3", "m4"], "hall": ["m3", "m4"], "old": ["m2"]}


def shown(host, watts=3000, state="on", mode="normal", efficiency=30.0, mac=None, **facts):
    """A result of reading *host*."""
    facts = {
        "state": state,
        "power_watts": watts,
        "power_mode": mode,
        "efficiency_j_per_th": efficiency,
        "mac": mac,
        **facts,
    }
    return {
        "host": host,
        "ansible_facts": {"whatsminer": {name: value for name, value in facts.items() if value is not None}},
    }


def lost(host, msg="no answer"):
    return {"host": host, "unreachable": True, "msg": msg}


FLEET = (
    shown("m1", efficiency=20.0),
    shown("m2", efficiency=40.0),
    shown("m3", efficiency=30.0),
    shown("m4", efficiency=25.0),
)


def empty():
    return curtailment.recalled(None, "file")


def begin(options, fleet=FLEET, memory=None, percents=None, now=100.0):
    memory = empty() if memory is None else memory
    return curtailment.curtail(fleet, options, memory, GROUPS, percents or {}, begun=now, now=now)


def ordered(run):
    return [host for order in run["orders"] for host in order["hosts"]]


def taken(run):
    """The fleet's results when all took their orders."""
    return [{"host": host, "changed": True} for host in ordered(run)]


def followed(run, fleet=FLEET):
    """What the fleet shows when all were switched off as *run* ordered."""
    hosts = ordered(run)
    return [shown(item["host"], 0, "off") if item["host"] in hosts else item for item in fleet]


# --- Who, and how many --------------------------------------------------------------------------------------


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
    assert ordered(begin(options)) == hosts


def test_who_takes_power_and_hashes_nothing_goes_first():
    fleet = [*FLEET, shown("m5", efficiency=None)]
    assert ordered(begin({"shed_kw": 1}, fleet)) == ["m5"]


def test_miners_that_are_off_or_lost_are_neither_ordered_nor_remembered():
    fleet = [shown("m1", 0, "off"), lost("m2"), *FLEET[2:]]
    run = begin({"all": True}, fleet)
    assert ordered(run) == ["m3", "m4"] == list(run["memory"]["curtailed"])
    assert run["lost"] == {"m2": "no answer"} and run["off_before"] == ["m1"]


# --- Power that nobody knows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unmeasured",
    [shown("m2", None), shown("m2", -1), shown("m2", 0, tuning=True), shown("m2", 0, None, tuning=True)],
)
def test_power_that_is_not_known_is_neither_none_nor_less_than_none(unmeasured):
    run = begin({"shed_kw": 5}, [*FLEET[:1], unmeasured, *FLEET[2:]])
    assert run["watts"] == 9000 and ordered(run) == ["m3", "m4"]
    report = curtailment.curtail_report(run, GROUPS, 100.0)
    assert report["unmeasured"] == ["m2"] and report["before_kw"] == 9 and run["off_before"] == []
    assert "on without showing what is taken, so that no kW here hold it: 1 miner: m2" in report["text"]


def test_all_takes_miners_of_unknown_power_too_and_says_what_it_knows_of_them():
    fleet = [FLEET[0], shown("m2", None)]
    for options in ({"all": True, "by": "low"}, {"all": True, "by": "percent", "percent": 50}):
        planned = curtailment.curtail_report(begin(options, fleet), GROUPS, 100.0)
        assert {row["host"]: row["change_kw"] for row in planned["curtailed"]}["m2"] is None, planned
    run = begin({"all": True}, fleet)
    run = curtailment.curtail_on(run, taken(run), followed(run, fleet), 101.0)
    report = curtailment.curtail_report(run, GROUPS, 101.0)
    assert report["met"] and report["unmeasured"] == [] and report["shed_kw"] == 3
    assert {
        row["host"]: (row["before_kw"], row["after_kw"], row["change_kw"]) for row in report["curtailed"]
    }["m2"] == (None, 0, None)
    assert {row["group"]: row["change_kw"] for row in report["groups"]} == {"old": 0}


def test_a_miner_that_ends_its_tuning_is_there_to_be_curtailed():
    run = begin({"shed_kw": 3, "first": {"hosts": ["m2"]}}, [shown("m1", 3000), shown("m2", 0, tuning=True)])
    assert ordered(run) == ["m1"]
    run = curtailment.curtail_on(run, [lost("m1")], [lost("m1"), shown("m2", 3000)], 101.0)
    assert ordered(run) == ["m2"]


def test_a_miner_that_is_tuning_after_a_resume_is_back():
    memory = curtailed({"shed_kw": 1})
    run = resume({}, memory, all_off(memory))
    run = curtailment.resume_on(run, [], taken(run), [shown("m2", 0, tuning=True)], 201.0)
    report = curtailment.resume_report(run, GROUPS, [shown("m2", 0, tuning=True)], 202.0)
    assert report["met"] and report["unmeasured"] == ["m2"] and report["restored"][0]["after_kw"] is None
    assert report["restored"][0]["change_kw"] is None


def test_low_mode_goes_by_the_declared_share_and_leaves_out_who_is_low():
    fleet = [shown("m1", mode="low"), *FLEET[1:]]
    run = begin({"shed_kw": 1.2, "by": "low", "low_percent": 80}, fleet)
    assert ordered(run) == ["m2", "m3"] and run["orders"][0]["params"]["mode"] == "low"


def test_percent_counts_from_the_percentage_that_is_known():
    run = begin({"shed_kw": 2.5, "by": "percent", "percent": 50}, percents={"m2": 60, "m3": 50})
    assert ordered(run) == ["m2", "m4", "m1"]  # 500 and 1500 and 1500 W; m3 has nothing to give
    assert run["orders"][0]["params"]["percent"] == 50


def test_a_percentage_that_a_miner_shows_is_better_than_a_record_of_it():
    fleet = [shown("m1", power_percent=50), shown("m2", power_percent=100)]
    run = begin({"shed_kw": 1, "by": "percent", "percent": 50}, fleet, percents={"m1": 100, "m2": 50})
    assert ordered(run) == ["m2"] and run["memory"]["curtailed"]["m2"]["before"]["percent"] == 100
    back = resume({}, run["memory"], [shown("m2", 1500, power_percent=50)])
    assert back["orders"][0]["params"]["percent"] == 100
    back = curtailment.resume_on(back, [], taken(back), [shown("m2", 1500, power_percent=50)], 201.0)
    assert back["memory"]["curtailed"] and "it took the order, and is on" in back["miners"]["m2"]["problem"]
    assert not resume({}, run["memory"], [shown("m2", 3000, power_percent=100)])["orders"], (
        "it is back already"
    )


def test_an_order_has_no_more_time_than_the_deadline():
    assert (
        begin({"shed_kw": 1, "deadline_seconds": 30, "wait_timeout": 60})["orders"][0]["params"][
            "wait_timeout"
        ]
        == 30
    )


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "exactly one"),
        ({"shed_kw": 1, "to_kw": 1}, "curtailment_shed_kw, curtailment_to_kw"),
        ({"shed_kw": "much"}, "curtailment_shed_kw must be a number of 0 or more"),
        ({"shed_kw": True}, "curtailment_shed_kw"),
        ({"shed_kw": float("nan")}, "curtailment_shed_kw"),
        ({"shed_percent": 101}, "from 0 to 100"),
        ({"shed_kw": 1, "by": "magic"}, "curtailment_by"),
        ({"shed_kw": 1, "by": "percent"}, "curtailment_percent"),
        ({"shed_kw": 1, "percent": 50}, "curtailment_percent"),
        ({"shed_kw": 1, "first": "worst"}, "curtailment_first"),
        ({"shed_kw": 1, "first": {"groups": ["nowhere"]}}, "curtailment_first names nowhere"),
        ({"shed_kw": 1, "spare": ["misspelt"]}, "curtailment_spare names misspelt"),
        ({"shed_kw": 1, "rest": "sleep"}, "curtailment_rest"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_name_of_the_variable(options, words):
    with pytest.raises(CurtailmentError, match=words):
        begin(options)


# --- Rounds -------------------------------------------------------------------------------------------------


def test_it_is_over_once_the_power_is_seen_to_be_shed():
    run = begin({"shed_kw": 3})
    run = curtailment.curtail_on(run, taken(run), followed(run), 101.0)
    assert run["verdict"] == "met" and not run["orders"] and run["memory"]["goal"] is None
    assert run["memory"]["curtailed"]["m2"]["done"]


def test_who_fails_is_replaced_by_the_next_and_counts_as_it_is():
    run = begin({"shed_kw": 3})
    run = curtailment.curtail_on(
        run, [{"host": "m2", "failed": True, "msg": "m2: refused {{ x }}"}], FLEET, 101.0
    )
    assert ordered(run) == ["m3"] and run["miners"]["m2"]["problem"] == "refused (( x ))"


def test_who_is_lost_counts_with_what_it_took_last():
    run = begin({"shed_kw": 3})
    run = curtailment.curtail_on(
        run, [lost("m2")], [lost("m2"), *[item for item in FLEET if item["host"] != "m2"]], 101.0
    )
    assert run["watts"] == 12000 and ordered(run) == ["m3"]


def test_a_miner_that_just_restarted_in_low_mode_counts_with_what_is_expected():
    run = begin({"shed_kw": 0.6, "by": "low"})
    read = [shown("m2", 100, mode="low"), *[item for item in FLEET if item["host"] != "m2"]]
    run = curtailment.curtail_on(run, taken(run), read, 101.0)
    assert run["miners"]["m2"]["watts"] == 2400


def test_what_low_mode_saves_less_than_expected_is_taken_from_the_next():
    run = begin({"shed_kw": 0.6, "by": "low"})
    read = [shown("m2", 2800, mode="low"), *[item for item in FLEET if item["host"] != "m2"]]
    run = curtailment.curtail_on(run, taken(run), read, 101.0)
    assert ordered(run) == ["m3"] and not run["verdict"]


def test_a_miner_that_failed_is_tried_again_once_no_other_is_left():
    run = begin({"shed_kw": 3, "first": {"hosts": ["m2"]}, "rest": "untouched"})
    for _time in range(curtailment.TRIES):
        assert ordered(run) == ["m2"]
        run = curtailment.curtail_on(run, [{"host": "m2", "failed": True, "msg": "busy"}], FLEET, 101.0)
    assert run["verdict"] == "exhausted" and run["missing_watts"] == 3000


def test_after_the_deadline_nobody_is_ordered():
    run = begin({"shed_kw": 3, "deadline_seconds": 10})
    run = curtailment.curtail_on(run, [lost("m2")], FLEET, 111.0)
    assert run["verdict"] == "deadline" and not run["orders"] and run["memory"]["goal"]


def test_all_is_met_only_when_each_has_followed():
    run = begin({"all": True})
    read = [FLEET[0], *[shown(host, 0, "off") for host in ("m2", "m3", "m4")]]
    run = curtailment.curtail_on(
        run, [{"host": "m1", "failed": True, "msg": "no"}, *taken(run)[:3]], read, 101.0
    )
    assert ordered(run) == ["m1"] and run["verdict"] == ""


@pytest.mark.parametrize("spare, verdict", [([], "unreached"), (["old"], "met")])
def test_all_is_not_met_while_a_miner_that_is_to_be_curtailed_is_unreachable(spare, verdict):
    fleet = [FLEET[0], lost("m2", "{{ no }} answer")]
    run = begin({"all": True, "spare": spare}, fleet)
    run = curtailment.curtail_on(run, taken(run), [shown("m1", 0, "off")], 101.0)
    report = curtailment.curtail_report(run, GROUPS, 101.0)
    assert report["verdict"] == verdict and report["met"] == (verdict == "met") and not run["orders"]
    if verdict == "unreached":
        assert (
            report["why"]
            == "1 miner couldn't be reached, and nobody knows what power is still taken there: m2"
        )
        assert report["unreached"] == ["m2"] and report["summary"]["unreached"] == 1 and run["memory"]["goal"]
    else:
        assert report["why"] == "" and run["memory"]["goal"] is None


def test_a_declared_power_is_met_without_those_that_do_not_answer():
    run = begin({"shed_kw": 3}, [FLEET[0], lost("m2")])
    run = curtailment.curtail_on(run, taken(run), [shown("m1", 0, "off")], 101.0)
    assert run["verdict"] == "met" and run["unreached"] == []


# --- The memory ---------------------------------------------------------------------------------------------


def test_a_killed_curtailment_run_again_goes_on_to_the_same_level():
    run = begin({"shed_kw": 6})
    memory = json.loads(json.dumps(run["memory"]))  # as the file has it: written before the orders
    half = [shown("m2", 0, "off"), *[item for item in FLEET if item["host"] != "m2"]]
    again = begin({"shed_kw": 6}, half, memory)
    assert again["continued"] and ordered(again) == ["m3"] and set(memory["curtailed"]) == {"m2", "m3"}


@pytest.mark.parametrize("options, fleet", [({"shed_kw": 5}, FLEET), ({"shed_kw": 6}, FLEET[:3])])
def test_another_curtailment_has_a_goal_of_its_own(options, fleet):
    memory = begin({"shed_kw": 6})["memory"]
    assert not begin(options, fleet, memory)["continued"]


def test_what_a_miner_was_first_is_never_overwritten():
    run = begin({"shed_kw": 0.6, "by": "low"})
    read = [shown("m2", 2400, mode="low"), *[item for item in FLEET if item["host"] != "m2"]]
    memory = curtailment.curtail_on(run, taken(run), read, 101.0)["memory"]
    entry = begin({"shed_kw": 2, "first": {"hosts": ["m2"]}}, read, memory)["memory"]["curtailed"]["m2"]
    assert entry["before"]["mode"] == "normal" and entry["before"]["watts"] == 3000
    assert entry["order"] == {"state": "off"} and entry["watts"] == 2400


def test_another_machine_at_the_same_name_is_remembered_as_it_is():
    memory = begin({"shed_kw": 1}, [shown("m2", 3000, mac="A")])["memory"]
    memory = begin({"shed_kw": 2}, [shown("m2", 2000, mac="B")], memory)["memory"]
    assert memory["curtailed"]["m2"]["mac"] == "B" and memory["curtailed"]["m2"]["before"]["watts"] == 2000


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n", "null", "{{ memory }}", "[]", "{", "7", "{}", [], {}, '{"version": 1, "curtailed": {}}'),
        '{"version": 2, "goal": null, "resuming": null, "curtailed": {}}',
        '{"version": 1, "goal": null, "resuming": null, "curtailed": {"m1": {}}}',
        '{"version": 1, "goal": null, "resuming": null, "curtailed": []}',
    ],
)
def test_a_file_that_is_no_memory_is_refused_by_name_and_an_empty_one_is_none(text):
    with pytest.raises(CurtailmentError, match="curtailment_state_file.* /some/file"):
        curtailment.recalled(text, "/some/file")


@pytest.mark.parametrize("path", ["", " ", "/srv/{{ site }}.json", "{% if x %}"])
@pytest.mark.parametrize("text", [None, "{}"])
def test_a_path_that_is_none_is_refused_with_the_name_of_its_variable(path, text):
    with pytest.raises(CurtailmentError, match="curtailment_state_file must name a file"):
        curtailment.recalled(text, path)


def test_a_file_that_is_not_there_is_the_memory_of_nothing():
    assert curtailment.recalled(None, "/some/file")["curtailed"] == {}
    memory = curtailed({"shed_kw": 4})
    assert (
        curtailment.recalled(json.dumps(memory), "/some/file")
        == curtailment.recalled(memory, "/some/file")
        == memory
    )


def test_a_percentage_is_known_from_its_record_as_long_as_that_holds():
    facts = shown("m1", uptime_seconds=5000, elapsed_seconds=4000)["ansible_facts"]["whatsminer"]
    applied = {"m1": {"power.percent": applied_records.made(Percent(80), facts)}}
    assert curtailment.known_percents(
        [shown("m1", uptime_seconds=5000, elapsed_seconds=4000)], applied, age=0
    ) == {"m1": 80}
    # The whole fleet took a while to be read.
    assert curtailment.known_percents(
        [shown("m1", uptime_seconds=4940, elapsed_seconds=3940)], applied, age=60
    ) == {"m1": 80}
    applied["m1"]["power.percent"]["at"] = int(time.time()) - 1000
    assert (
        curtailment.known_percents([shown("m1", uptime_seconds=5000, elapsed_seconds=10)], applied, age=60)
        == {}
    )


# --- Resume -------------------------------------------------------------------------------------------------


def curtailed(options, fleet=FLEET, percents=None):
    """The memory of a whole curtailment by *options*."""
    run = begin(options, fleet, percents=percents)
    return curtailment.curtail_on(run, taken(run), followed(run, fleet), 101.0)["memory"]


def resume(options, memory, fleet, now=200.0):
    return curtailment.resume(fleet, options, copy.deepcopy(memory), begun=now, now=now)


def all_off(memory):
    return [shown(host, 0, "off") for host in memory["curtailed"]]


def test_steps_are_of_so_many_miners_the_most_efficient_first():
    memory = curtailed({"all": True})
    assert resume({"step_miners": 3}, memory, all_off(memory))["steps"] == [["m1", "m4", "m3"], ["m2"]]


def test_steps_add_no_more_than_so_many_kw():
    memory = curtailed({"all": True})
    assert resume({"step_kw": 6.5}, memory, all_off(memory))["steps"] == [["m1", "m4"], ["m3", "m2"]]


def test_a_miner_of_unknown_power_fills_a_step():
    memory = curtailed({"all": True}, [FLEET[0], shown("m2", watts=None), FLEET[2]])
    assert resume({"step_kw": 9}, memory, all_off(memory))["steps"] == [["m1"], ["m2"], ["m3"]]


def test_a_step_smaller_than_a_miner_is_refused():
    memory = curtailed({"all": True})
    with pytest.raises(CurtailmentError, match="curtailment_step_kw .* m. takes 3 kW"):
        resume({"step_kw": 2}, memory, all_off(memory))


def test_two_sizes_of_a_step_are_refused():
    with pytest.raises(CurtailmentError, match="only one"):
        resume({"step_kw": 2, "step_miners": 2}, empty(), [])


def test_a_miner_is_struck_once_it_is_seen_to_be_back():
    memory = curtailed({"shed_kw": 4})
    run = resume({"step_miners": 1}, memory, all_off(memory))
    assert ordered(run) == ["m3"]
    run = curtailment.resume_on(run, [], taken(run), [shown("m3", 100)], 201.0)
    assert list(run["memory"]["curtailed"]) == ["m2"] == ordered(run) and run["memory"]["resuming"]
    run = curtailment.resume_on(run, [], taken(run), [shown("m2", 100)], 202.0)
    assert not run["memory"]["curtailed"] and not run["orders"] and run["memory"]["resuming"] is None


def test_mode_and_percentage_are_set_again_where_they_differ():
    memory = curtailed({"shed_kw": 1}, percents={"m2": 80})
    run = resume({}, memory, all_off(memory))
    assert run["orders"][0]["params"]["state"] == "on"
    run = curtailment.resume_on(run, [], taken(run), [shown("m2", 100, mode="low")], 201.0)
    assert {"mode": "normal", "percent": 80}.items() <= run["orders"][0]["params"].items()
    run = curtailment.resume_on(run, [], taken(run), [shown("m2", 100)], 202.0)
    assert not run["orders"] and not run["memory"]["curtailed"]


def test_who_was_curtailed_by_percent_gets_all_of_it_back_if_nothing_else_is_known():
    memory = begin({"shed_kw": 1, "by": "percent", "percent": 50})["memory"]
    run = resume({}, memory, [shown("m2", 1500)])
    assert run["orders"][0]["params"]["percent"] == 100
    run = curtailment.resume_on(run, [], taken(run), [shown("m2", 1500)], 201.0)
    assert not run["memory"]["curtailed"]


def test_who_never_got_the_order_is_struck_without_one():
    memory = begin({"shed_kw": 1})["memory"]  # killed before the order
    run = resume({}, memory, [FLEET[1]])
    assert not run["orders"] and not run["memory"]["curtailed"]


def test_who_fails_or_is_lost_stays_in_the_memory():
    memory = curtailed({"shed_kw": 7})
    run = resume({}, memory, [lost("m2"), shown("m3", 0, "off"), shown("m4", 0, "off")])
    assert ordered(run) == ["m4", "m3"]
    results = [{"host": "m4", "failed": True, "msg": "refused"}, {"host": "m3", "changed": True}]
    run = curtailment.resume_on(run, [], results, [shown("m4", 0, "off"), shown("m3", 0, "off")], 201.0)
    assert not run["orders"] and set(run["memory"]["curtailed"]) == {"m2", "m3", "m4"}
    report = curtailment.resume_report(run, GROUPS, [], 202.0)
    assert not report["met"] and {row["host"]: row["problem"] for row in report["failed"]} == {
        "m2": "no answer",
        "m4": "refused",
        "m3": "it took the order, and is off in mode normal",
    }


def test_another_machine_is_left_alone():
    memory = curtailed({"shed_kw": 1}, [shown("m2", mac="A")])
    run = resume({}, memory, [shown("m2", 0, "off", mac="B")])
    assert not run["orders"] and "B instead of the A" in run["miners"]["m2"]["problem"]


def test_a_memory_of_hosts_outside_the_play_is_not_met_and_names_them():
    memory = curtailed({"shed_kw": 7})
    run = curtailment.resume(
        [shown("m2", 0, "off")], {}, copy.deepcopy(memory), 200.0, 200.0, hosts=["m1", "m2"]
    )
    run = curtailment.resume_on(run, [], taken(run), [shown("m2")], 201.0)
    report = curtailment.resume_report(run, GROUPS, [], 202.0)
    assert set(run["memory"]["curtailed"]) == {"m3", "m4"} and not report["failed"] and not report["met"]
    assert (
        report["why"] == "not in this play, by its limit or its inventory, but remembered: 2 miners: m3, m4"
    )
    none = curtailment.resume([], {}, copy.deepcopy(memory), 200.0, 200.0, hosts=["other"])
    assert "but remembered: 3 miners" in curtailment.resume_report(none, GROUPS, [], 202.0)["why"]
    assert set(none["memory"]["curtailed"]) == set(memory["curtailed"])


def test_names_in_a_memory_are_no_templates():
    memory = {**empty(), "curtailed": {"{{ 7*7 }}": curtailed({"shed_kw": 1})["curtailed"]["m2"]}}
    report = curtailment.resume_report(
        curtailment.resume([], {}, memory, 200.0, 200.0, hosts=["m1"]), {}, [], 201.0
    )
    assert not set("{}") & set(report["why"] + "".join(report["text"]))


def test_no_step_is_begun_after_the_deadline():
    memory = curtailed({"all": True})
    run = resume(
        {"step_miners": 1, "deadline_seconds": 60, "step_pause_seconds": 30}, memory, all_off(memory)
    )
    run = curtailment.resume_on(run, [], taken(run), [FLEET[0]], 231.0)
    assert run["late"] and not run["orders"] and set(run["memory"]["curtailed"]) == {"m2", "m3", "m4"}
    report = curtailment.resume_report(run, GROUPS, [], 232.0)
    assert not report["met"] and set(report["waiting"]) == {"m2", "m3", "m4"}


def test_after_an_interrupted_resume_the_first_step_waits():
    memory = curtailed({"all": True})
    assert not resume({}, memory, all_off(memory))["wait_first"]
    assert resume({}, {**memory, "resuming": 150.0}, all_off(memory))["wait_first"]


def test_only_miners_that_are_off_are_preheated():
    memory = begin({"shed_kw": 7})["memory"]
    fleet = [shown("m2", 0, "off"), FLEET[2], shown("m4", mode="low")]
    assert resume({"preheat": True}, memory, fleet)["preheat_hosts"] == ["m2"]
    assert resume({"preheat": "false"}, memory, fleet)["preheat_hosts"] == []


# --- Report -------------------------------------------------------------------------------------------------


def test_the_report_says_who_shed_what_and_for_which_group():
    run = begin({"shed_kw": 4})
    run = curtailment.curtail_on(run, taken(run), followed(run), 103.0)
    report = curtailment.curtail_report(run, GROUPS, 103.0)
    assert (report["before_kw"], report["after_kw"], report["shed_kw"], report["missing_kw"]) == (12, 6, 6, 0)
    assert report["met"] and {row["host"]: row["change_kw"] for row in report["curtailed"]} == {
        "m2": -3,
        "m3": -3,
    }
    assert report["groups"] == [
        {"group": "hall", "miners": 1, "change_kw": -3},
        {"group": "old", "miners": 1, "change_kw": -3},
    ]
    assert report["summary"]["curtailed"] == 2 and json.loads(json.dumps(report)) == report


def test_a_plan_is_reported_as_what_would_be():
    report = curtailment.curtail_report(begin({"shed_kw": 4}), GROUPS, 100.0)
    assert report["planned"] and (report["after_kw"], report["shed_kw"], report["missing_kw"]) == (6, 6, 0)
    assert "would be" in report["text"][0]


def test_a_plan_says_what_will_be_missing():
    assert curtailment.curtail_report(begin({"shed_kw": 40}), GROUPS, 100.0)["missing_kw"] == 28


def test_tables_of_large_fleets_are_cut():
    fleet = [shown(f"m{number}") for number in range(1, 500)]
    report = curtailment.curtail_report(begin({"all": True}, fleet), GROUPS, 100.0)
    assert (
        len(report["curtailed"]) == 499
        and len(report["text"]) < 50
        and report["text"][-1] == "  and 479 more"
    )
