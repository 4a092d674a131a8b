# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task says of its hosts, and hands to the tasks after it."""

from __future__ import annotations

import asyncio
import os
import stat
import types

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_fleet as action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import applied_handover, direct
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally

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
    assert result["counts"] == {"total": 4, "done": 3, "changed": 2, "failed": 0, "unreachable": 1}
    assert result["changed_hosts"] == ["a", "d"]
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
def test_a_task_fails_if_a_host_failed_or_none_is_there_unless_a_share_may_be_lost(
    outcomes, most_lost, fails
):
    result = action._summary(tally(outcomes), HOSTS, most_lost)
    # Both are said in so many words: ansible-core would else look for them in the results.
    assert (result["failed"], result["unreachable"]) == (fails, False)


def test_a_task_that_stopped_fails_and_names_those_it_left():
    result = action._summary(
        tally({"b": FAILED}, stopped="more than 1 % failed or were unreachable"), HOSTS, 1
    )
    assert result["failed"] is True
    assert result["not_done_hosts"] == ["a", "c", "d"]
    assert result["msg"].startswith("of all hosts together: stopped: more than 1 %")
    assert result["msg"].endswith("; not done: a, c, d; lost: b; the first: b: no")


def test_a_failure_is_said_to_be_of_all_hosts_and_names_the_lost_ones_and_whom_ansible_books_it_for():
    outcomes = {"a": OK, "b": FAILED, "c": FAILED, "d": CHANGED}
    text = action._summary(tally(outcomes), HOSTS, None, own="a")["msg"]
    assert text.startswith(
        "of all hosts together: 4 total, 2 done, 1 changed, 2 failed, 0 unreachable; lost: b, c; the first: "
        "b: no"
    )
    assert text.endswith("; Ansible books this for a, which is done")
    assert "books" not in action._summary(tally(outcomes), HOSTS, None, own="b")["msg"]


def test_a_change_that_ansible_books_for_a_host_that_was_not_changed_is_said_to_be_none_of_it():
    outcomes = {"a": OK, "b": OK, "c": OK, "d": CHANGED}
    assert action._summary(tally(outcomes), HOSTS, None, own="a")["msg"].endswith(
        "; Ansible books this for a, which was not changed"
    )
    assert "books" not in action._summary(tally(outcomes), HOSTS, None, own="d")["msg"]
    assert "books" not in action._summary(tally({"a": OK}), ["a"], None, own="a")["msg"]


@pytest.mark.parametrize("most_lost", [None, 5, 100])
def test_a_misspelt_variable_fails_the_task_whatever_may_be_lost(most_lost):
    misspelt = {
        "changed": False,
        "failed": True,
        "cause": "unknown_variable",
        "msg": "c: whatsminer_pool is no variable",
    }
    result = action._summary(tally({"a": OK, "b": FAILED, "c": misspelt, "d": OK}), HOSTS, most_lost)
    assert result["failed"] and "; lost: c; the first: c: whatsminer_pool is no variable" in result["msg"]


# --- What is shown ------------------------------------------------------------------------------------------


@pytest.fixture
def screen(monkeypatch):
    """What is displayed: (lines, warnings)."""
    lines, warnings = [], []
    monkeypatch.setattr(action.display, "display", lambda text, color=None: lines.extend(text.split("\n")))
    monkeypatch.setattr(action.display, "warning", warnings.append)
    return lines, warnings


def show(outcomes, quiet=False, own="a", check_mode=False, **summary):
    """Show *outcomes* as a task does that Ansible books for the host *own*."""

    async def serve():
        shown = action.Outcomes(types.SimpleNamespace(no_log=False, check_mode=check_mode), quiet, own)
        for host, outcome in outcomes.items():
            shown.add(host, outcome)
        shown.show(action._summary(tally(outcomes), HOSTS, summary.get("most_lost", 100), own))

    asyncio.run(serve())


def test_the_host_for_which_ansible_shows_the_change_is_not_shown_twice(screen):
    show({"a": CHANGED, "b": FAILED, "d": CHANGED})
    assert screen[0] == [
        "failed: [b] b: no",
        "changed: [d]",
        "of all hosts together: 4 total, 2 done, 2 changed, 1 failed, 0 unreachable",
    ]


def test_it_is_shown_where_ansible_shows_a_failure_instead(screen):
    show({"b": FAILED, "a": CHANGED}, most_lost=None)
    assert screen[0] == ["failed: [b] b: no", "changed: [a]"]


def test_a_warning_is_shown_once_with_how_many_miners_it_is_about(screen):
    warned = {**CHANGED, "warnings": ["no fact cache"]}
    show({"a": warned, "b": {**warned, "warnings": ["no fact cache", "it is old"]}, "c": warned, "d": OK})
    assert screen[1] == ["3 miners (a, b, c): no fact cache", "b: it is old"]


def test_a_quiet_task_shows_its_sum_only_if_it_changed_something(screen):
    show({"a": OK, "b": FAILED}, quiet=True)
    show({"a": OK, "b": CHANGED}, quiet=True, check_mode=True)
    assert screen == ([], [])
    show({"a": CHANGED}, quiet=True)
    assert screen[0] == ["of all hosts together: 4 total, 1 done, 1 changed, 0 failed, 0 unreachable"]


def test_text_of_a_miner_cannot_control_the_screen(screen):
    show({"b": {**FAILED, "msg": "b: \x1b[2J\u202e" + "x" * 1000}})
    assert screen[0][0].startswith("failed: [b] b: \\x1b[2J\\u202exx") and len(screen[0][0]) < 600
    assert direct.headed({"before": {"mode": "\x1b[2J"}, "after": {}}, "b") == {
        "before_header": "b",
        "after_header": "b",
        "before": {"mode": "\\x1b[2J"},
        "after": {},
    }


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


@pytest.mark.parametrize(
    "name", ["whatsminer_fleet", "ping", "ansible.builtin.command", "", "../power", "whatsminer_power.x"]
)
def test_only_modules_of_the_collection_that_manage_a_miner_are_run(name):
    with pytest.raises(AnsibleActionFail, match="module must be one of this collection"):
        action._module(name)


@pytest.mark.parametrize("name", ["whatsminer_power", "minerops.whatsminer.whatsminer_power"])
def test_a_module_is_found_by_either_name(name):
    assert action._module(name).__name__.endswith(".whatsminer_power")


# --- Records for the next task ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(applied_handover.C, "DEFAULT_LOCAL_TMP", str(tmp_path))


def test_records_are_found_until_they_are_dropped():
    assert applied_handover.find("m/../1") is None
    applied_handover.leave("m/../1", {"power.percent": {"value": "x"}})
    applied_handover.leave("m/../1", {"power.percent": {"value": "y"}})
    assert applied_handover.find("m/../1") == {"power.percent": {"value": "y"}}
    assert applied_handover.find("m2") is None
    applied_handover.drop("m/../1")
    applied_handover.drop("m/../1")
    assert applied_handover.find("m/../1") is None


def test_records_lie_in_one_file_that_only_its_owner_reads(tmp_path):
    applied_handover.leave("m1", {})
    (file,) = tmp_path.glob("*/*")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert applied_handover.find("m1") == {}


def test_records_that_a_fleet_task_left_win_over_older_facts_also_if_there_are_none():
    variables = {"ansible_facts": {"whatsminer_applied": {"old": {}}}}
    assert direct.records_of(variables)["applied"] == {"old": {}}
    assert direct.records_of(variables, {"new": {}})["applied"] == {"new": {}}
    assert direct.records_of(variables, {})["applied"] == {}
