# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on drift judges the health of miners as the role health does, where that is asked for."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.minerops.whatsminer.plugins.filter.drift_health_variables import (
    drift_health_variables,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import by_urgency, make_report
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    AT,
    HOSTILE,
    compared,
    page,
    read,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    NOW,
    air,
    judged,
)


def report_of(facts, declared=None, holds=(), lost=()):
    """The report on the miners of *facts*, by host, of which those *lost* don't answer."""
    results = [compared(host) for host in facts]
    results += [{"host": host, "unreachable": True, "msg": f"{host}: no connection"} for host in lost]
    hosts = [*facts, *lost]
    health = {host: (declared or {}).get(host, {}) for host in hosts}
    return make_report(
        results,
        [read(host, **known) for host, known in facts.items()],
        addresses=dict.fromkeys(hosts, "10.0.0.1"),
        groups={},
        at=AT,
        health=health,
        holds=holds,
        now=NOW,
    )


def verdicts(report):
    return {miner["host"]: miner["health"]["verdict"] for miner in report["miners"]}


def test_each_miner_is_judged_as_the_role_health_judges_it():
    ill = air(fans_rpm={"inlet": 0}, temperature_c={"chip_max": 120})
    report = report_of({"a": air(), "b": ill}, lost=["c"])
    assert verdicts(report) == {"a": "ok", "b": "ill", "c": "unreachable"}
    codes = [reason["code"] for reason in report["miners"][1]["health"]["reasons"]]
    assert codes == [reason.code for reason in judged(ill).reasons]
    assert report["miners"][2]["health"]["reasons"][0]["text"] == "no connection"
    assert report["health"]["ill"] == report["health"]["ok"] == report["health"]["unreachable"] == 1


def test_it_is_judged_by_the_hosts_own_variables():
    hot, declared = air(temperature_c={"chip_max": 120}), {}
    declared["b"] = {"health_thresholds": {"chip_c": {"watch": 125, "ill": 130}}}
    declared["c"] = {"whatsminer_mac": "C4:11:22:33:44:55"}
    errors = [{"code": 530, "component": "fan", "meaning": "x"}]
    declared["d"] = {"health_ill_errors": [530]}
    facts = {"a": hot, "b": hot, "c": air(), "d": air(errors=errors), "e": air(errors=errors)}
    assert verdicts(report_of(facts, declared)) == {
        "a": "ill", "b": "ok", "c": "unreachable", "d": "ill", "e": "watch",
    }  # fmt: skip


def test_a_held_miner_is_held():
    hold = {"kind": "power", "reason": "grid", "over": False, "told": "curtailed since 14:50 by grid"}
    holds = [{"host": "a", **hold}, {"host": "b", **hold, "over": True}]
    off = air(state="off")
    report = report_of({"a": off, "b": off}, holds=holds)
    assert verdicts(report) == {"a": "held", "b": "off"}
    assert report["miners"][0]["health"]["reasons"][0]["text"] == "curtailed since 14:50 by grid"


def test_where_it_is_not_asked_for_there_is_no_column():
    report = make_report([compared("a")], [read("a", **air())], addresses={"a": None}, groups={}, at=AT)
    assert report["health"] is None and report["miners"][0]["health"] is None
    assert "health</th>" not in page(report) and 'class="health' not in page(report)


def test_the_page_has_the_verdict_and_the_reasons_and_runs_nothing_of_them():
    errors = [{"code": 530, "component": "fan", "meaning": HOSTILE}]
    text = page(report_of({"a": air(errors=errors), "b": air(fans_rpm={"inlet": 0}), "c": air()}))
    assert '<th scope="col">health</th>' in text and HOSTILE not in text
    rows = {host: row for row in text.split("<tr ") for host in "abc" if f'<th scope="row">{host}' in row}
    cell = rows["b"].partition('<td class="health bad"')[2]
    assert 'title="the inlet fan stands still' in cell and ">ill <small>fan_stopped</small></td>" in cell
    assert "data-ill" in rows["b"] and "data-ill" not in rows["a"]
    assert re.search(r'class="health good"[^>]*>ok</td>', rows["c"])
    assert 'data-filter="ill"><dt>Ill</dt><dd>1</dd>' in text and "2 of 3 miners need a look" in text


def test_the_ill_come_before_those_with_errors_only():
    errors = [{"code": 530, "component": "fan", "meaning": "x"}]
    report = report_of({"a": air(), "b": air(errors=errors), "c": air(fans_rpm={"inlet": 0})})
    assert [miner["host"] for miner in by_urgency(report["miners"])] == ["c", "b", "a"]


def test_a_threshold_that_makes_no_sense_names_the_host():
    with pytest.raises(ValueError, match="a: health_thresholds.chips is no threshold"):
        report_of({"a": air()}, {"a": {"health_thresholds": {"chips": 1}}})
    with pytest.raises(ValueError, match="a: health_ill_errors must be a list of error codes"):
        report_of({"a": air()}, {"a": {"health_ill_errors": ["many"]}})


def test_a_variable_that_cannot_be_worked_out_loses_no_report():
    class Variables(dict):
        def get(self, name, default=None):
            if name == "health_cooling":
                raise AnsibleUndefinedVariable("rack is undefined")
            return super().get(name, default)

    hostvars = {"a": Variables(whatsminer_mac="C4:11:22:33:44:55"), "b": {}}
    assert drift_health_variables(["a", "b"], hostvars) == {
        "a": {"whatsminer_mac": "C4:11:22:33:44:55"},
        "b": {},
    }
