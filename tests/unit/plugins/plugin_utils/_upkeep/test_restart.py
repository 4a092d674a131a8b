# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Miners are restarted batch by batch, and no further batch is begun once too many failed."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep.restart import batch_size, restart
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._upkeep.fleets import (
    Fleet,
    Interrupted,
)

HOSTS = list("abcdef")
ON = {host: {"state": "on"} for host in HOSTS}


def run(fleet, *, size=2, pause_seconds=30, max_failures=0):
    return restart(fleet, HOSTS, size=size, pause_seconds=pause_seconds, max_failures=max_failures)


def test_batches_follow_one_another_with_a_pause_between():
    fleet = Fleet(ON)
    found = run(fleet)
    assert fleet.restarted == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert found.restarted == HOSTS and fleet.paused == [30, 30]
    assert fleet.lines[0] == "batch 1 of 3: restarting 2 miners: a, b"


def test_no_batch_is_begun_once_more_than_so_many_failed():
    found = run(Fleet(ON, stubborn=("b", "c")), max_failures=1)
    assert found.failed == {"b": "it refused", "c": "it refused"}
    assert (found.restarted, found.left) == (["a", "d"], ["e", "f"])
    assert run(Fleet(ON, stubborn=("b", "c")), max_failures=2).left == []


def test_held_miners_and_those_that_are_off_are_left_alone():
    fleet = Fleet({**ON, "c": {"state": "off"}}, held=("a",))
    found = run(fleet)
    assert found.held == {"a": "held by repair"} and found.off == ["c"]
    assert found.restarted == ["b", "d", "e", "f"] and ["c"] not in fleet.restarted


def test_a_miner_that_was_away_before_is_no_failure():
    found = run(Fleet(ON, away=("a", "b", "e")))
    assert found.lost == dict.fromkeys(["a", "b", "e"], "no route") and found.left == []
    assert found.restarted == ["c", "d", "f"]


def test_nobody_waits_after_a_batch_in_which_nothing_was_restarted():
    fleet = Fleet(ON, away=("a", "b"))
    run(fleet)
    assert fleet.paused == [30]


def test_an_interruption_says_what_stands():
    fleet = Fleet(ON, ended=2)
    with pytest.raises(Interrupted):
        run(fleet)
    assert fleet.standing == "4 miners had been restarted"


def test_check_mode_pauses_for_nothing():
    fleet = Fleet(ON, check_mode=True)
    run(fleet)
    assert fleet.paused == [] and "would restart" in fleet.lines[0]


@pytest.mark.parametrize(("text", "size"), [("10", 10), ("5%", 3), ("1 %", 1), (" 100% ", 50)])
def test_a_batch_is_a_number_or_a_share(text, size):
    assert batch_size(text, 50) == size


@pytest.mark.parametrize("text", ["0", "0%", "101%", "-1", "many", "", "5%%", "1.5"])
def test_a_batch_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="batch must be a number of miners or a percentage"):
        batch_size(text, 50)
