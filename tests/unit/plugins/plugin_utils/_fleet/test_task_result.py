# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task says of its hosts."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import (
    interrupted_text,
    task_result,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._fleet.fleet_outcomes import (
    CHANGED,
    FAILED,
    GONE,
    HOSTS,
    OK,
    tally,
)


def test_results_and_differences_are_in_the_order_of_the_hosts_whatever_the_order_in_which_they_came():
    result = task_result(tally({"d": CHANGED, "c": GONE, "a": CHANGED, "b": OK}), HOSTS, most_lost=None)
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
    result = task_result(tally(outcomes), HOSTS, most_lost=most_lost)
    # Both are said in so many words: ansible-core would else look for them in the results.
    assert (result["failed"], result["unreachable"]) == (fails, False)


def test_a_task_that_stopped_fails_and_names_those_it_left():
    result = task_result(
        tally({"b": FAILED}, stopped="more than 1 % failed or were unreachable"), HOSTS, most_lost=1
    )
    assert result["failed"] is True
    assert result["not_done_hosts"] == ["a", "c", "d"]
    assert result["msg"].startswith("of all hosts together: stopped: more than 1 %")
    assert result["msg"].endswith("; not done: a, c, d; lost: b; the first: b: no")


def test_a_failure_is_said_to_be_of_all_hosts_and_names_the_lost_ones_and_whom_ansible_books_it_for():
    outcomes = {"a": OK, "b": FAILED, "c": FAILED, "d": CHANGED}
    text = task_result(tally(outcomes), HOSTS, most_lost=None, own="a")["msg"]
    assert text.startswith(
        "of all hosts together: 4 total, 2 done, 1 changed, 2 failed, 0 unreachable; lost: b, c; the first: "
        "b: no"
    )
    assert text.endswith("; Ansible books this for a, which is done")
    assert "books" not in task_result(tally(outcomes), HOSTS, most_lost=None, own="b")["msg"]


def test_a_change_that_ansible_books_for_a_host_that_was_not_changed_is_said_to_be_none_of_it():
    outcomes = {"a": OK, "b": OK, "c": OK, "d": CHANGED}
    assert task_result(tally(outcomes), HOSTS, most_lost=None, own="a")["msg"].endswith(
        "; Ansible books this for a, which was not changed"
    )
    assert "books" not in task_result(tally(outcomes), HOSTS, most_lost=None, own="d")["msg"]
    assert "books" not in task_result(tally({"a": OK}), ["a"], most_lost=None, own="a")["msg"]


@pytest.mark.parametrize("most_lost", [None, 5, 100])
def test_a_misspelt_variable_fails_the_task_whatever_may_be_lost(most_lost):
    misspelt = {
        "changed": False,
        "failed": True,
        "cause": "unknown_variable",
        "msg": "c: whatsminer_pool is no variable",
    }
    result = task_result(tally({"a": OK, "b": FAILED, "c": misspelt, "d": OK}), HOSTS, most_lost=most_lost)
    assert result["failed"] and "; lost: c; the first: c: whatsminer_pool is no variable" in result["msg"]


def test_no_hosts_are_no_failure():
    assert task_result(Tally(0), [], most_lost=None)["failed"] is False


def test_an_interrupted_task_names_each_host_once_where_it_belongs():
    interrupted = tally({"c": OK, "a": CHANGED}, stopped="interrupted", begun={"d"})
    assert interrupted_text(interrupted, HOSTS).splitlines() == [
        "interrupted",
        "  2 done: a, c",
        "  1 halfway (a command that was just sent may have been taken): d",
        "  1 not begun: b",
    ]
