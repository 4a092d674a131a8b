# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
    DAY,
    Course,
    Remedy,
)

STATE = {
    "a": Course("C4:05:08:00:00:01", (Remedy("restart", 5.0, ("btminer_down",), "done", "x"),), 2.0, 9.0),
    "b": Course(),
}


def test_what_is_saved_is_what_is_read():
    text = json.dumps(saved_state.to_dict(STATE))
    assert saved_state.read(text, "/s.json") == STATE


def test_no_file_is_a_state_of_nothing_and_an_empty_one_is_not():
    assert saved_state.read(None, "/s.json") == {}
    with pytest.raises(ValueError, match="remediation_state_file: /s.json is empty"):
        saved_state.read("", "/s.json")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"version": 2, "miners": {}},
        {"version": 1, "miners": {"a": {"remedies": [{"name": "restart"}]}}},
        {"version": 1, "miners": {"a": {"remedies": [], "well_at": "noon"}}},
        {
            "version": 1,
            "miners": {"a": {"remedies": [{"name": "x", "at": 1, "reasons": [], "outcome": "?"}]}},
        },
        {"version": 1, "miners": []},
        {"version": 1, "goal": None, "curtailed": {}},
    ],
)
def test_a_file_that_holds_something_else_is_refused(content):
    with pytest.raises(ValueError, match="/s.json holds no remediation of version 1: move it away"):
        saved_state.read(json.dumps(content), "/s.json")


def test_remedies_of_long_ago_are_forgotten_but_for_those_of_the_present_illness():
    now, old = 100 * DAY, (Remedy("restart", DAY),)
    state = {
        "well": Course(remedies=old, well_at=2 * DAY),
        "ill": Course(remedies=old),
        "lately": Course(remedies=(*old, Remedy("reboot", 99 * DAY)), well_at=now),
    }
    kept = saved_state.pruned(state, now)
    assert set(kept) == {"ill", "lately"}
    assert [each.name for each in kept["lately"].remedies] == ["reboot"]


def test_a_miner_that_was_replaced_has_had_no_remedies():
    course = STATE["a"]
    assert saved_state.same_machine(course, "C4:05:08:00:00:02") == Course("C4:05:08:00:00:02")
    assert saved_state.same_machine(course, None) == course
