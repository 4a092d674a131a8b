# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.outcomes import (
    of_command,
    of_result,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.report import (
    make_report,
    table_lines,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._remediation.sick_fleets import (
    FakeFleet,
    dead,
    miner,
    names,
    run,
)


def report_of(fleet, place, **changes):
    _found, done = run(fleet, place, **changes)
    return make_report(done, "2026-11-28T19:05:11Z", check=fleet.check_mode)


def test_the_report_says_what_was_done_and_why_and_what_was_done_before(tmp_path):
    fleet = FakeFleet(names(10), dead("m001", needs=None))
    report_of(fleet, tmp_path)
    fleet.time += 1800
    report = report_of(fleet, tmp_path)
    (row,) = report["miners"]
    assert (row["host"], row["status"], row["remedy"], row["site"]) == ("m001", "done", "reboot", "miners")
    assert [each["name"] for each in row["remedies"]] == ["restart", "reboot"]
    assert report["counts"]["done"] == 1 and report["counts"]["miners"] == 10 and report["problems"] == []
    assert json.loads(json.dumps(report)) == report
    lines = table_lines(report, fleet.now())
    assert lines[1].split() == ["done", "m001", "192.0.2.1", "ill", "reboot", "btminer_down"]
    assert lines[2].startswith("    so far: restart ") and lines[-1] == "10 miners: 1 done"


def test_a_storm_a_failure_and_a_miner_that_is_given_up_fail_the_run(tmp_path):
    fleet = FakeFleet(names(10), dead("m001", "m002", needs=None))
    fleet.results["m002"] = {"failed": True, "msg": "refused"}
    assert report_of(fleet, tmp_path)["problems"] == ["1 miner got a remedy that failed: m002"]
    for _again in range(2):
        fleet.time += 1800
        report = report_of(fleet, tmp_path)
    assert report["problems"] == ["2 miners given up: m001, m002"]
    assert report_of(fleet, tmp_path)["problems"] == []  # they were before
    fleet.ill.update(dead(*names(10)[3:]))
    report = report_of(fleet, tmp_path)
    assert "miners: 7 of the 10 miners that should mine are ill" in report["problems"][0]
    assert report["problems"][0] in table_lines(report, fleet.now())


def test_the_table_of_a_fleet_that_is_well_is_one_line(tmp_path):
    report = report_of(FakeFleet(names(3)), tmp_path)
    assert table_lines(report, 0) == ["3 miners: nothing to remedy"]


def test_columns_of_a_sites_own_are_in_report_and_table(tmp_path):
    seen = miner("m1", "ill", "btminer_down", columns={"whatsminer_location": "rack 7"})
    _found, done = run(FakeFleet(["m1"], {"m1": (seen, None)}), tmp_path)
    report = make_report(done, "", check=False, names=["whatsminer_location", "owner"])
    assert report["miners"][0]["columns"] == {"whatsminer_location": "rack 7"}
    head, row = table_lines(report, 0)[:2]
    assert "location" in head and "owner" not in head and "rack 7" in row


def test_the_table_of_a_storm_stays_short(tmp_path):
    report = report_of(FakeFleet(names(999), dead(*names(999))), tmp_path)
    lines = table_lines(report, 0)
    assert len(lines) < 500 and "and 799 more: remediation_json_file holds all" in lines


def test_what_a_miner_says_controls_no_terminal(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1"))
    fleet.results["m1"] = {"failed": True, "msg": "\x1b[31mred\nline"}
    lines = table_lines(report_of(fleet, tmp_path), 0)
    assert not any("\x1b" in line or "\n" in line for line in lines)


@pytest.mark.parametrize(
    ("result", "status", "saved_as", "sent"),
    [
        ({"changed": True}, "done", "done", True),
        ({"unreachable": True, "msg": "m1: away"}, "failed", "failed", False),
        (
            {"failed": True, "cause": "not_converged", "commands": ["reboot"], "msg": ""},
            "failed",
            "failed",
            True,
        ),
        ({"failed": True, "cause": "outcome_unknown", "msg": "?"}, "unknown", "unknown", True),
        ({"failed": True, "cause": "access_denied", "msg": "no"}, "failed", "refused", False),
        ({"failed": True, "cause": "command_refused", "msg": "no"}, "failed", "failed", False),
        ({"changed": False, "held": {"reboot": "held by ann"}}, "left", "refused", False),
    ],
)
def test_each_outcome_is_told_from_the_others(result, status, saved_as, sent):
    found = of_result({"host": "m1", **result})
    assert (found.status, found.saved_as, found.sent) == (status, saved_as, sent)


def test_a_command_that_failed_may_have_switched_something():
    assert of_command("status 1").sent and of_command(None).saved_as == "done"


def test_miners_that_are_mended_come_last(tmp_path):
    fleet = FakeFleet(names(10), {**dead("m001"), "m002": (miner("m002", "ill", "chip_hot"), None)})
    report_of(fleet, tmp_path)
    report = report_of(fleet, tmp_path)
    assert [(row["host"], row["status"]) for row in report["miners"]] == [
        ("m002", "left"),
        ("m001", "mended"),
    ]
