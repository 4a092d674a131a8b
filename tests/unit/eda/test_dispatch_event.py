# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes by the webhook: known variables of the right type go on, and nothing else does."""

from __future__ import annotations

import importlib.util
import json
import pathlib
import time

import pytest
import yaml

COLLECTION = pathlib.Path(__file__).resolve().parents[3]
FILTER = COLLECTION / "extensions" / "eda" / "plugins" / "event_filter" / "dispatch_event.py"


def loaded():
    """The filter, loaded anew, as ansible-rulebook does for each source."""
    spec = importlib.util.spec_from_file_location("dispatch_event", FILTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CURTAIL = {"event": "curtail", "shed_kw": 500}


@pytest.fixture
def sent():
    """sent(payload, **arguments): what the rulebook sees."""
    main = loaded().main

    def send(payload, **arguments):
        headers = {"headers": {"Cookie": "a secret"}}
        return main({"payload": payload, "meta": headers}, **arguments)["dispatch"]

    return send


def test_an_event_becomes_variables_of_the_role(sent):
    given = {
        **CURTAIL,
        "by": "limit",
        "limit_watts": 2000,
        "reason": "ercot-4cp",
        "until": "2026-12-01T18:00-06:00",
        "target": "north:!immersion",
    }
    assert sent(given) == {
        "command": "curtail",
        "target": "north:!immersion",
        "overrides": {
            "curtailment_shed_kw": 500,
            "curtailment_by": "limit",
            "curtailment_limit_watts": 2000,
            "curtailment_reason": "ercot-4cp",
            "curtailment_until": "2026-12-01T18:00-06:00",
        },
    }
    assert sent({"event": "resume", "step_kw": 200.5, "preheat": False})["overrides"] == {
        "curtailment_step_kw": 200.5,
        "curtailment_preheat": False,
        "curtailment_reason": "grid",
    }


def test_every_variable_that_an_event_may_set_is_one_of_the_role():
    known = yaml.safe_load((COLLECTION / "roles/curtailment/meta/argument_specs.yml").read_text())
    variables = loaded()._VARIABLES
    for command, entry_point in (("curtail", "main"), ("resume", "resume")):
        options = known["argument_specs"][entry_point]["options"]
        assert {f"curtailment_{name}" for name in variables[command]} <= options.keys()


@pytest.mark.parametrize(
    "name", ["measured_kw", "state_file", "report_file", "offer_file", "spare", "overrides"]
)
def test_what_runs_a_command_or_names_a_file_cannot_be_set(sent, name):
    found = sent({**CURTAIL, name: "x"})
    assert found["command"] == "refused" and f"curtail doesn't know '{name}'" in found["problem"]


def test_a_price_has_a_moment(sent):
    before = time.time()
    found = sent({"event": "price", "price": -12.5})
    assert found["price"] == -12.5 and before <= found["at"] <= time.time()
    assert sent({"event": "price", "price": 3, "at": 1795903762})["at"] == 1795903762


@pytest.mark.parametrize(
    "payload, words",
    [
        (None, "no JSON object"),
        ("curtail", "no JSON object"),
        ([CURTAIL], "no JSON object"),
        ({}, "event must be curtail or resume or price, and not None"),
        ({"event": ["curtail"]}, "event must be curtail or resume or price"),
        ({"event": "price"}, "price needs price"),
        ({"event": "price", "price": "100"}, "price must be a number"),
        ({"event": "price", "price": float("nan")}, "price must be a number"),
        ({"event": "price", "price": float("inf")}, "price must be a number"),
        ({"event": "price", "price": True}, "price must be a number"),
        ({"event": "price", "price": 10**400}, "price must be a number"),
        ({"event": "price", "price": 1, "at": 1795903762000}, "at must be a number"),
        ({"event": "curtail"}, "exactly one of shed_kw, shed_percent, to_kw, all"),
        ({**CURTAIL, "all": True}, "exactly one of"),
        ({"event": "curtail", "all": False}, "all must be true"),
        ({"event": "curtail", "all": 1}, "all must be true"),
        ({"event": "curtail", "shed_percent": 101}, "shed_percent must be a number from 0 to 100"),
        ({**CURTAIL, "shed_kw": -1}, "shed_kw must be a number"),
        ({**CURTAIL, "percent": 50.5}, "percent must be a whole number from 0 to 99"),
        ({**CURTAIL, "by": False}, "by must be off or low or percent or limit"),
        ({**CURTAIL, "reason": "a b"}, "reason must be 1 to 64 letters"),
        ({**CURTAIL, "reason": "grid\n"}, "reason must be 1 to 64 letters"),
        ({**CURTAIL, "reason": "{{ 7 * 7 }}"}, "reason must be 1 to 64 letters"),
        ({**CURTAIL, "reason": "price"}, "reason: price is not for events"),
        ({"event": "resume", "reason": "curtailment"}, "reason: curtailment is not for events"),
        ({**CURTAIL, "until": "{% raw %}"}, "until must be a moment"),
        ({**CURTAIL, "target": "@/etc/passwd"}, "target must be hosts or groups"),
        ({**CURTAIL, "target": "{{ lookup('pipe', 'id') }}"}, "target must be hosts or groups"),
        ({**CURTAIL, "target": "-e"}, "target must be hosts or groups"),
        ({**CURTAIL, "id": {}}, "id must be 1 to 64 letters"),
        ({"event": "resume", "preheat": 0}, "preheat must be true or false"),
        ({"event": "resume", "shed_kw": 3}, "resume doesn't know 'shed_kw'"),
    ],
)
def test_what_makes_no_sense_is_refused(sent, payload, words):
    found = sent(payload)
    assert found["command"] == "refused" and words in found["problem"], found


def test_a_refusal_is_short_and_on_one_line_whatever_was_sent(sent):
    problem = sent({**CURTAIL, "reason": "\x1b[2J\u202e" + "x" * 5000, "target": "a"})["problem"]
    assert problem.isascii() and problem.isprintable() and len(problem) < 300
    problem = sent({**CURTAIL, **{f"\x1b{number}": 1 for number in range(1000)}})["problem"]
    assert problem.isascii() and problem.isprintable() and len(problem) < 500


def test_nothing_else_of_what_was_sent_goes_on(sent):
    for payload in (CURTAIL, {"event": "price", "price": 1}, {"event": "resume"}):
        assert "secret" not in json.dumps(sent(payload))


def test_an_event_with_an_id_that_was_seen_is_repeated(sent):
    assert sent({**CURTAIL, "id": "ev-1"})["command"] == "curtail"
    assert sent({**CURTAIL, "id": "ev-1"}) == {"command": "repeated", "id": "ev-1"}
    assert sent({**CURTAIL, "id": "ev-2"})["command"] == "curtail"


def test_an_event_that_was_refused_may_come_again_in_order(sent):
    assert sent({"event": "curtail", "id": "ev-1"})["command"] == "refused"
    assert sent({**CURTAIL, "id": "ev-1"})["command"] == "curtail"


def test_the_ids_that_are_remembered_are_bounded(sent):
    for number in range(1001):
        sent({**CURTAIL, "id": f"ev-{number}"})
    assert sent({**CURTAIL, "id": "ev-1000"})["command"] == "repeated"
    assert sent({**CURTAIL, "id": "ev-0"})["command"] == "curtail"


def test_the_rulebook_sets_what_events_are_about_without_a_target_of_their_own(sent):
    found = sent(CURTAIL, target="site_north", reason="ercot")
    assert found["target"] == "site_north" and found["overrides"]["curtailment_reason"] == "ercot"
