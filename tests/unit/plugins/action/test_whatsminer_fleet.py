# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task says of its hosts, and hands to the tasks after it."""

from __future__ import annotations

import os
import stat

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_fleet as action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils import direct, handover
from ansible_collections.minerops.whatsminer.plugins.plugin_utils.fleet import Tally

HOSTS = ["a", "b", "c", "d"]
OK = {"changed": False, "commands": []}
CHANGED = {"changed": True, "commands": ["power_off"], "diff": {"before": {"x": 1}, "after": {"x": 2}}}
FAILED = {"changed": False, "failed": True, "commands": [], "msg": "b: no"}
GONE = {"changed": False, "unreachable": True, "commands": [], "msg": "c: gone"}


def tally(outcomes, **more):
    made = Tally(len(HOSTS), **more)
    for host, outcome in outcomes.items():
        made.add(host, outcome)
    return made


def test_results_and_differences_are_in_the_order_of_the_hosts_whatever_the_order_in_which_they_came():
    result = action._summary(tally({"d": CHANGED, "c": GONE, "a": CHANGED, "b": OK}), HOSTS, None)
    assert [outcome["host"] for outcome in result["results"]] == HOSTS
    assert [diff["before_header"] for diff in result["diff"]] == ["a", "d"]
    assert result["counts"] == {"total": 4, "done": 4, "changed": 2, "failed": 0, "unreachable": 1}
    assert (result["changed"], result["unreachable_hosts"], result["not_done_hosts"]) == (True, ["c"], [])


@pytest.mark.parametrize(
    ("outcomes", "most_lost", "fails"),
    [
        ({"a": OK, "b": OK, "c": OK, "d": OK}, None, False),
        ({"a": OK, "b": FAILED, "c": OK, "d": OK}, None, True),
        ({"a": OK, "b": OK, "c": GONE, "d": OK}, None, False),  # it's missing, and the others are done
        ({"a": GONE, "b": GONE, "c": GONE, "d": GONE}, None, True),
        ({"a": FAILED, "b": FAILED, "c": GONE, "d": GONE}, 100, False),
    ],
)
def test_a_task_fails_if_a_host_failed_or_none_is_there_unless_a_share_may_be_lost(outcomes, most_lost, fails):
    result = action._summary(tally(outcomes), HOSTS, most_lost)
    # Both are said in so many words: ansible-core would else look for them in the results.
    assert (result["failed"], result["unreachable"]) == (fails, False)


def test_a_task_that_stopped_fails_and_names_those_it_left():
    result = action._summary(tally({"b": FAILED}, stopped="more than 1 % failed or were unreachable"), HOSTS, 1)
    assert result["failed"] is True
    assert result["not_done_hosts"] == ["a", "c", "d"]
    assert "stopped: more than 1 %" in result["msg"] and result["msg"].endswith("not done: a, c, d")


def test_no_hosts_are_no_failure():
    assert action._summary(Tally(0), [], None)["failed"] is False


def test_an_interrupted_task_names_each_host_once_where_it_belongs():
    interrupted = tally({"c": OK, "a": CHANGED}, stopped="interrupted", begun={"d"})
    assert action._report(interrupted, HOSTS).splitlines() == [
        "interrupted",
        "  2 done: a, c",
        "  1 halfway (a command that was just sent may have been taken): d",
        "  1 not begun: b",
    ]


def test_what_is_omitted_is_left_out_however_deep_it_stands():
    given = {"a": "omit-1", "b": {"c": "omit-1", "d": [1, "omit-1", {"e": "omit-1"}]}, "f": ""}
    assert action._without_omitted(given, "omit-1") == {"b": {"d": [1, {}]}, "f": ""}
    assert action._without_omitted({"a": None}, None) == {"a": None}


@pytest.mark.parametrize("name", ["whatsminer_fleet", "ping", "ansible.builtin.command", "", "../power", "whatsminer_power.x"])
def test_only_modules_of_the_collection_that_manage_a_miner_are_run(name):
    with pytest.raises(AnsibleActionFail, match="module must be one of this collection"):
        action._module(name)


@pytest.mark.parametrize("name", ["whatsminer_power", "minerops.whatsminer.whatsminer_power"])
def test_a_module_is_found_by_either_name(name):
    assert action._module(name).__name__.endswith(".whatsminer_power")


# --- Records for the next task ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(handover.C, "DEFAULT_LOCAL_TMP", str(tmp_path))


def test_records_are_found_until_they_are_dropped():
    assert handover.find("m/../1") is None
    handover.leave("m/../1", {"power.percent": {"value": "x"}})
    handover.leave("m/../1", {"power.percent": {"value": "y"}})
    assert handover.find("m/../1") == {"power.percent": {"value": "y"}}
    assert handover.find("m2") is None
    handover.drop("m/../1")
    handover.drop("m/../1")
    assert handover.find("m/../1") is None


def test_records_lie_in_one_file_that_only_its_owner_reads(tmp_path):
    handover.leave("m1", {})
    (file,) = tmp_path.glob("*/*")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert handover.find("m1") == {}


def test_records_that_a_fleet_task_left_win_over_older_facts_also_if_there_are_none():
    variables = {"ansible_facts": {"whatsminer_applied": {"old": {}}}}
    assert direct.records_of(variables)["applied"] == {"old": {}}
    assert direct.records_of(variables, {"new": {}})["applied"] == {"new": {}}
    assert direct.records_of(variables, {})["applied"] == {}
