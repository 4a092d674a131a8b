# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""LEDs flash for a while, and are then as they were."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep.locate import AUTO, locate
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._upkeep.fleets import (
    Fleet,
    Interrupted,
)

RED = {"color": "red", "period": 500, "duration": 250}
GREEN = {"color": "green"}
FACTS = {"a": {"led": "auto"}, "b": {"led": "manual"}, "c": {}}


def test_leds_flash_for_so_long_and_are_then_as_they_were():
    fleet = Fleet(FACTS)
    fleet.declared = {"b": GREEN, "a": GREEN}
    found = locate(fleet, ["a", "b", "c"], RED, 60)
    assert found.flashed == ["a", "b", "c"] and fleet.paused == [60]
    assert fleet.leds == {"a": AUTO, "b": GREEN, "c": AUTO}
    assert fleet.lines == ["flashing 3 LEDs for 60 s: a, b, c"]
    assert fleet.afterwards == [{"a": AUTO, "b": GREEN, "c": AUTO}, "called off"]


def test_one_that_flashed_before_nobody_knows_how_is_left_to_the_miner_and_told():
    fleet = Fleet(FACTS)
    found = locate(fleet, ["a", "b"], RED, 60)
    assert found.taken_over == ["b"] and fleet.leds["b"] == AUTO


def test_held_miners_are_left_alone():
    fleet = Fleet(FACTS, held=("a",))
    found = locate(fleet, ["a", "c"], RED, 60)
    assert found.held == {"a": "held by repair"} and found.flashed == ["c"]
    assert "a" not in fleet.leds


def test_one_that_does_not_answer_keeps_no_other_dark():
    fleet = Fleet(FACTS, away=("a",))
    found = locate(fleet, ["a", "c"], RED, 60)
    assert found.failed == {"a": "no route"} and found.flashed == ["c"]
    assert locate(Fleet(FACTS, away=("a",)), ["a"], RED, 60).flashed == []


def test_one_that_failed_is_given_back_too_and_nobody_waits_for_none():
    fleet = Fleet(FACTS, stubborn=("a",))
    found = locate(fleet, ["a"], RED, 60)
    assert found.failed == {"a": "it refused"} and found.not_back == {"a": "it refused"}
    assert fleet.paused == []


def test_an_interruption_gives_them_back():
    fleet = Fleet(FACTS, ended=1)
    with pytest.raises(Interrupted):
        locate(fleet, ["a"], RED, 60)
    assert fleet.leds == {"a": AUTO}
    # The process that does it once more wasn't called off: it may have been killed halfway.
    assert fleet.afterwards == [{"a": AUTO}]
    assert fleet.standing == "the LEDs are given back now"


def test_check_mode_waits_for_nothing_and_gives_nothing_back():
    fleet = Fleet(FACTS, check_mode=True)
    assert locate(fleet, ["a"], RED, 60).flashed == ["a"]
    assert fleet.paused == [] and fleet.afterwards == []
