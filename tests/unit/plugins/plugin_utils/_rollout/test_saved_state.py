# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is saved of a miner tells who got an image, and survives the controller."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import gate, saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    MENDED,
    NEW,
    OLD,
    declaration,
    declared,
    facts,
    flashed,
    look,
    many,
    rules,
)


@pytest.mark.parametrize(
    ("result", "expected", "was_sent"),
    [
        ({"changed": True}, "pending", True),
        ({"changed": True, "failed": True, "msg": "it came back with the old version"}, "failed", True),
        (
            {"changed": False, "failed": True, "msg": "the transfer broke off", "cause": "transfer_failed"},
            "failed",
            False,
        ),
        (
            {"changed": False, "failed": True, "msg": "another machine", "cause": "wrong_machine"},
            "unsent",
            False,
        ),
        (
            {"changed": False, "unreachable": True, "msg": "no connection", "cause": "unreachable"},
            "unsent",
            False,
        ),
    ],
)
def test_who_got_the_image_is_told_from_who_did_not(result, expected, was_sent):
    saved = saved_state.record_sent(flashed("a-01", sent=None), [{"host": "a-01", **result}])["a-01"]
    assert (saved.verdict, saved.sent) == (expected, was_sent)
    assert saved.reasons == ((result["msg"],) if "msg" in result else ())


def test_the_level_before_the_image_that_failed_stays_the_measure():
    known = declared(declaration(MENDED, M30=NEW))
    earlier = flashed("a-01", verdict="failed")
    results = [facts("a-01", version=NEW, rate=40.0, errors=[110])]
    survey = look(results, earlier, known)
    state = saved_state.begin_batch(survey, earlier, ["a-01"])
    assert state["a-01"].before == earlier["a-01"].before
    state = saved_state.record_sent(
        state, [{"host": "a-01", "unreachable": True, "changed": False, "msg": "no connection"}]
    )
    assert gate.resume(state, readings(results), rules()) == earlier


def test_what_is_saved_survives_json():
    state = saved_state.begin_batch(look(many(3)), {}, ["a-00"])
    assert saved_state.read_saved_state(json.dumps(saved_state.to_dict(state)), "/srv/state.json") == state


def test_a_state_file_of_an_earlier_release_is_read():
    before = {"version": OLD, "mac": "C4:05:08:00:00:01", "hashrate_ths": 100.0, "errors": None}
    entry = {
        "verdict": "failed",
        "reasons": ["it is slow"],
        "batch": 2,
        "sent": True,
        "target": {"version": NEW, "checksum": MENDED},
        "before": before,
        "earlier": None,
    }
    earlier = {**entry, "sent": None, "before": {**before, "errors": [110]}}
    text = json.dumps({"a-01": {**entry, "earlier": earlier}})
    saved = saved_state.read_saved_state(text, "/srv/state.json")["a-01"]
    assert (saved.verdict, saved.reasons, saved.batch, saved.target.version) == (
        "failed",
        ("it is slow",),
        2,
        NEW,
    )
    assert saved.before.errors is None and saved.flashed_back is None
    assert saved.earlier.before.errors == (110,) and saved.earlier.sent is None


@pytest.mark.parametrize(
    "damage",
    [{"batch": "2"}, {"verdict": None}, {"reasons": [1]}, {"hashrate_ths": "90"}, {"errors": ["x"]}],
)
def test_a_state_file_in_which_something_else_stands_for_a_level_is_refused(damage):
    found = saved_state.to_dict(flashed("a-01"))
    for place in (found["a-01"], found["a-01"]["before"]):
        place.update((name, value) for name, value in damage.items() if name in place)
    with pytest.raises(ValueError, match="/srv/state.json holds something else than a rollout"):
        saved_state.read_saved_state(json.dumps(found), "/srv/state.json")


def test_what_became_of_flashing_back_survives_json():
    state = flashed(
        "a-01",
        flashed_back=saved_state.FlashedBack("failed", ("it is slow",)),
        earlier=flashed("a-01")["a-01"],
    )
    text = json.dumps(saved_state.to_dict(state))
    assert saved_state.read_saved_state(text, "/srv/state.json") == state


@pytest.mark.parametrize("text", [None, "{}"])
def test_without_a_state_file_nothing_is_saved(text):
    assert saved_state.read_saved_state(text, "/srv/state.json") == {}


@pytest.mark.parametrize("path", ["", "  ", "/srv/{{ site }}.json", "{% raw %}/srv/state.json"])
def test_a_path_that_is_none_is_not_taken_for_a_file_that_is_not_there(path):
    with pytest.raises(ValueError, match="firmware_state_file must name a file"):
        saved_state.read_saved_state(None, path)
