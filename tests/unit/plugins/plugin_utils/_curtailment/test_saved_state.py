# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a curtailment remembers is read as it was written, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
    Before,
    Entry,
    Goal,
    State,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    begin,
    but,
    curtailed,
    go_on,
    shown,
    taken,
)

ENTRY = Entry(100.0, {"state": "off"}, Before("on", "normal", 100, 3000, 30.0), watts=3000, mac="A")


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n", "null", "{{ memory }}", "[]", "{", "7", "{}", '{"version": 1, "curtailed": {}}'),
        '{"version": 2, "goal": null, "resuming": null, "curtailed": {}}',
        '{"version": 1, "goal": null, "resuming": null, "curtailed": {"m1": {}}}',
        '{"version": 1, "goal": null, "resuming": null, "curtailed": []}',
        '{"version": 1, "goal": {}, "resuming": null, "curtailed": {}}',
        '{"version": 1, "goal": null, "resuming": null, "curtailed": {}, "more": 1}',
    ],
)
def test_a_file_that_is_no_saved_state_is_refused_by_name(text):
    with pytest.raises(CurtailmentError, match="curtailment_state_file.* /some/file"):
        saved_state.read(text, "/some/file", "curtailment")


@pytest.mark.parametrize("path", ["", " ", "/srv/{{ site }}.json", "{% if x %}"])
@pytest.mark.parametrize("text", [None, "{}"])
def test_a_path_that_is_none_is_refused_with_the_name_of_its_variable(path, text):
    with pytest.raises(CurtailmentError, match="curtailment_state_file must name a file"):
        saved_state.read(text, path, "curtailment")


def test_a_state_is_read_as_it_was_written_and_no_file_is_an_empty_one():
    assert saved_state.read(None, "/some/file", "grid") == State("grid")
    state = curtailed({"shed_kw": 4})
    assert state.curtailed and saved_state.read(json.dumps(state.to_dict()), "f", "curtailment") == state
    state = begin({"shed_kw": 4, "hold_seconds": 60}).state
    assert state.goal and state.held_until
    assert saved_state.read(json.dumps(state.to_dict()), "f", "curtailment") == state


@pytest.mark.parametrize(
    "damage",
    [
        *({"resuming": "now"}, {"held_until": [1]}, {"resuming": float("nan")}, {"goal": {"at": "x"}}),
        *({"goal": {"level_watts": 1e300}}, {"m1": {"at": None, "order": 5}}, {"m1": {"watts": {}}}),
        *({"m1": {"order": {"percent": "70"}}}, {"m1": {"before": {"state": "on", "watts": "3000"}}}),
    ],
)
def test_a_file_in_which_something_else_stands_for_a_number_is_refused(damage):
    found = State("grid", Goal({}, 1.0, 2.0, 1.0), curtailed={"m1": ENTRY}).to_dict()
    found["goal"].update(damage.pop("goal", {}))
    found["curtailed"]["m1"].update(damage.pop("m1", {}))
    with pytest.raises(CurtailmentError, match="/some/file is no saved state"):
        saved_state.read(json.dumps({**found, **damage}), "/some/file", "grid")


def test_a_file_from_before_there_were_reasons_is_read():
    before = {"state": "on", "mode": "normal", "percent": None, "watts": 3000, "efficiency": 30.0}
    entry = {"at": 1.0, "order": {"state": "off"}, "done": True, "percent_set": False, "watts": 3000}
    entries = {"m1": {**entry, "mac": None, "before": before}}
    text = json.dumps({"version": 1, "goal": None, "resuming": None, "curtailed": entries})
    assert saved_state.read(text, "f", "curtailment").curtailed["m1"].before.watts == 3000


def test_a_file_of_another_reason_is_refused_unless_it_is_empty():
    text = json.dumps(State("grid", curtailed={"m1": ENTRY}).to_dict())
    with pytest.raises(CurtailmentError, match="is of the curtailment by grid, .* file of its own"):
        saved_state.read(text, "f", "price")
    assert saved_state.read(json.dumps(State("grid").to_dict()), "f", "price") == State("price")


def test_what_a_miner_was_first_is_never_overwritten():
    run = begin({"shed_kw": 0.6, "by": "low"})
    read = but(shown("m2", 2400, mode="low"))
    state = go_on(run, taken(run), read).state
    entry = begin({"shed_kw": 2, "first": {"hosts": ["m2"]}}, read, state).state.curtailed["m2"]
    assert entry.before.mode == "normal" and entry.before.watts == 3000
    assert entry.order == {"state": "off"} and entry.watts == 2400


def test_another_machine_at_the_same_name_is_remembered_as_it_is():
    state = begin({"shed_kw": 1}, [shown("m2", 3000, mac="A")]).state
    state = begin({"shed_kw": 2}, [shown("m2", 2000, mac="B")], state).state
    assert state.curtailed["m2"].mac == "B" and state.curtailed["m2"].before.watts == 2000


# --- Holds --------------------------------------------------------------------------------------------------


def test_what_a_miner_was_is_in_its_hold_too():
    hold = ENTRY.hold("grid", until=500.0)
    assert (hold.kind, hold.reason, hold.since, hold.until) == ("power", "grid", 100, 500.0)
    found = saved_state.entry_of(hold, "A")
    assert (found.order, found.before, found.mac, found.done) == (ENTRY.order, ENTRY.before, "A", True)


@pytest.mark.parametrize(
    "hold",
    [
        Hold("power", "by hand", 100.0),
        Hold("all", "repair", 100.0, before=ENTRY.hold("grid", None).before),
        Hold("power", "of another program", 100.0, before={"order": {"state": "off"}, "colour": "red"}),
        Hold("power", "damaged", 100.0, before={"order": {"state": "off"}, "state": "on", "watts": "3 kW"}),
        Hold("power", "damaged", 100.0, before={"order": {"percent": [50]}, "state": "on"}),
    ],
)
def test_a_hold_that_is_no_curtailment_s_tells_of_no_miner(hold):
    assert saved_state.entry_of(hold, None) is None


def other(**order):
    return Entry(50.0, order, Before("on", "normal", 100, 3000, 30.0)).hold("price", None)


def test_beside_other_curtailments_a_miner_goes_back_to_what_they_told_it():
    assert saved_state.beside(ENTRY, []) == ENTRY
    assert saved_state.beside(ENTRY, [other(state="off")]).before.state == "off"
    assert saved_state.beside(ENTRY, [other(mode="low")]).before.mode == "low"
    assert saved_state.beside(ENTRY, [other(percent=70), other(percent=50)]).before.percent == 50
    assert saved_state.beside(ENTRY, [other(limit_watts=2000)]).before.limit_watts == 2000
