# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner is judged as the comparison came out: nothing hidden, nothing made up."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import make_report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import VERDICTS
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    AT,
    compared,
    one,
    read,
    report,
)


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (compared("a"), "as_declared"),
        (compared("a", drifted=[("power.mode", "high", "low")]), "drifted"),
        (compared("a", unknown={"timezone": "no command shows it"}), "unknown"),
        (compared("a", drifted=[("power.mode", "high", "low")], unknown={"timezone": "why"}), "drifted"),
        (compared("a", held={"power.state": "curtailed since 14:50 by grid"}), "held"),
        (compared("a", held={"power.state": "curtailed"}, unknown={"timezone": "why"}), "held"),
        (compared("a", held={"power.state": "curtailed"}, drifted=[("pools", "a", "b")]), "drifted"),
        (compared("a", declared=[]), "undeclared"),
        (
            {"host": "a", "changed": False, "unreachable": True, "msg": "a: silent", "cause": "timed_out"},
            "no_answer",
        ),
        ({"host": "a", "changed": False, "failed": True, "msg": "a: refused"}, "failed"),
        (compared("a", drifted=[("power.mode", "high", "low")], failed=True, msg="a: refused"), "failed"),
    ],
)
def test_each_outcome_has_its_verdict(result, verdict):
    shown = report([result])
    assert shown["miners"][0]["verdict"] == verdict
    assert {name: shown["fleet"][name] for name in VERDICTS} == {
        **dict.fromkeys(VERDICTS, 0),
        verdict: 1,
    }


def test_a_host_without_a_result_failed_and_says_so():
    (miner,) = report([], hosts=["a"])["miners"]
    assert miner["verdict"] == "failed" and "wasn't compared" in miner["message"]


def test_what_check_mode_would_send_again_for_want_of_a_record_is_no_drift():
    planned = compared(
        "a", drifted=[("timezone", "unknown: no command", "UTC")], unknown={"timezone": "no command"}
    )
    miner = one({**planned, "drifted": []})
    assert (miner["verdict"], miner["drift"]) == ("unknown", [])


def test_a_message_does_not_repeat_whose_it_is():
    result = {
        "host": "a",
        "changed": False,
        "failed": True,
        "msg": "a (10.0.0.1:4028): power_off: refused: by a: no. Do this.",
    }
    assert one(result)["message"] == "power_off: refused: by a: no. Do this."


FIRMWARE = {"M50*": {"version": "20240101.1.REL", "src": "m50.bin", "checksum": "sha256:" + "0" * 64}}


@pytest.mark.parametrize(
    ("facts", "verdict", "drifted"),
    [
        ({"model": "M50S", "firmware_version": "20240101.1.REL"}, "as_declared", []),
        ({"model": "M50S", "firmware_version": "20230101.1.REL"}, "drifted", ["firmware.version"]),
        ({"model": "M30S", "firmware_version": "20230101.1.REL"}, "as_declared", []),
        ({"model": "M50S"}, "unknown", []),
        ({}, "unknown", []),
    ],
)
def test_firmware_is_compared_where_it_is_declared(facts, verdict, drifted):
    (miner,) = make_report(
        [compared("a")], [read("a", **facts)], addresses={"a": None}, groups={}, at=AT, firmware=FIRMWARE
    )["miners"]
    assert (miner["verdict"], [entry["setting"] for entry in miner["drift"]]) == (verdict, drifted)
    undeclared = make_report(
        [compared("a", declared=[])],
        [read("a", model="M30S")],
        addresses={"a": None},
        groups={},
        at=AT,
        firmware=FIRMWARE,
    )
    assert undeclared["miners"][0]["verdict"] == "undeclared"


@pytest.mark.parametrize("declared", ["M50VH84", "M50_VH84", "M50_VH84.H616", "M50_*"])
@pytest.mark.parametrize("model", ["M50VH84", "M50_VH84", "M50_VH84.H616"])
def test_firmware_is_compared_however_the_model_is_spelt(declared, model):
    facts = read("a", model=model, firmware_version="20230101.1.REL")
    (miner,) = make_report(
        [compared("a")],
        [facts],
        addresses={"a": None},
        groups={},
        at=AT,
        firmware={declared: FIRMWARE["M50*"]},
    )["miners"]
    assert miner["verdict"] == "drifted"
