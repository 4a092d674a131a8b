# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judging a fleet is one task: variables are checked, holds are looked up, reports are written."""

from __future__ import annotations

import json
import pathlib
import time
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import health
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import POWER, Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import air

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "health"
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
MAC = "C4:11:22:00:00:05"


class Plugin(health.ActionModule):
    """The action plugin over miners that show the facts in *facts*; those without don't answer."""

    facts: dict = {}
    kept: dict = {}
    warned: list = []

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _serve(self, module, jobs, *, served, **more):
        for job in jobs:
            found = self.facts.get(job.host)
            outcome = {"unreachable": True, "msg": f"{job.host}: no answer"}
            if found is not None:
                outcome = {
                    "changed": False,
                    "warnings": self.warned,
                    "ansible_facts": {"whatsminer": found},
                }
            if job.problem is not None:
                outcome = {"failed": True, "msg": f"{job.host}: {job.problem}"}
            served(job.host, outcome)
            self.kept[job.host] = outcome
        return Tally(len(jobs))


@pytest.fixture
def run(tmp_path, monkeypatch, inventory):
    """run(facts by host, variables by host, variables of all): (the task's result, the lines shown)."""
    holds = tmp_path / "holds"
    holds.mkdir()
    lines = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: lines.append(text))

    def go(facts, host_variables=None, **variables):
        known = {**DEFAULTS, "inventory_hostname": "a", "ansible_play_hosts_all": list(facts), **variables}
        own = {host: {**known, **(host_variables or {}).get(host, {})} for host in facts}

        inventory(own, holds=variables.get("whatsminer_holds", str(holds)))
        task = mock.Mock(
            args={"role_path": str(ROLE)}, action="health", async_val=0, check_mode=False, no_log=False
        )
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.facts, plugin.kept = facts, {}
        result = plugin.run(task_vars=known)
        return result, lines, plugin

    return go


def verdicts(result):
    return {miner["host"]: miner["verdict"] for miner in result["report"]["miners"]}


def test_miners_are_judged_and_the_facts_let_go(run):
    facts = {"a": air(), "b": air(fans_rpm={"inlet": 0}), "c": None}
    result, lines, plugin = run(facts)
    assert verdicts(result) == {"b": "ill", "c": "unreachable", "a": "ok"}
    assert result["changed"] is False and not result.get("failed")
    assert result["problem"].startswith("Of all hosts together: of 3 miners, 1 ill, 1 unreachable.")
    assert result["ansible_stats"]["data"]["health"]["ill"] == 1
    assert lines[-1] == "3 miners: 1 ill, 1 unreachable, 1 ok"
    assert all("ansible_facts" not in outcome for outcome in plugin.kept.values())


def test_the_report_says_what_could_not_be_read(run, monkeypatch):
    monkeypatch.setattr(Plugin, "warned", ["pools: no answer"])
    result, _lines, _plugin = run({"a": air(pools=None)})
    (miner,) = json.loads(json.dumps(result["report"]))["miners"]
    assert (miner["verdict"], miner["warnings"]) == ("watch", ["pools: no answer"])


def test_the_verdicts_that_fail_a_run_are_those_declared(run):
    facts = {"a": air(fans_rpm={"inlet": 0})}
    assert run(facts, health_fail_on=["unreachable"])[0]["problem"] == ""
    assert run(facts, health_fail_on=["none"])[0]["problem"] == ""
    assert "which is ill" in run(facts, health_fail_on=["ill"])[0]["problem"]


def test_each_host_has_thresholds_and_a_cooling_of_its_own(run):
    still = {"inlet": 0, "outlet": 0, "psu": 0}
    facts = {name: air(fans_rpm=still, psu={"fan_rpm": 0}) for name in ("a", "b", "c")}
    own = {
        "b": {"health_cooling": "immersion"},
        "c": {"health_thresholds": dict.fromkeys(("fan_rpm", "fan_percent", "psu_fan_rpm"))},
    }
    assert verdicts(run(facts, own)[0]) == {"a": "ill", "b": "ok", "c": "ok"}


def test_reports_have_the_columns_that_are_declared(run, tmp_path):
    own = {"a": {"whatsminer_location": "hall-2", "rack": 7}, "b": {}}
    names = {"whatsminer_report_columns": ["whatsminer_location", "rack", "owner"]}
    csv_file = tmp_path / "h.csv"
    facts = {"a": air(), "b": None}
    result, lines, _plugin = run(facts, own, **names, health_csv_file=str(csv_file))
    found = {miner["host"]: miner["columns"] for miner in result["report"]["miners"]}
    assert found["a"] == {"whatsminer_location": "hall-2", "rack": "7", "owner": ""}
    assert lines[0].split()[:5] == ["verdict", "miner", "address", "location", "rack"]
    assert "owner" not in lines[0] and "hall-2" in lines[-2]
    assert csv_file.read_text().splitlines()[0].endswith(",whatsminer_location,rack,owner,reasons,text")


def test_holds_are_found_by_name_and_by_mac(run, tmp_path):
    HoldStore(str(tmp_path / "holds")).change(
        [("a", None), ("renamed", MAC)], lambda held: held.with_hold(Hold(POWER, "price", time.time() - 5))
    )
    facts = {"a": air(mac="C4:11:22:00:00:01"), "b": air(mac=MAC), "c": air(mac="C4:11:22:00:00:03")}
    assert verdicts(run(facts)[0]) == {"a": "held", "b": "held", "c": "ok"}


def test_reports_are_written_whole_and_for_all_to_read(run, tmp_path):
    paths = {"health_json_file": str(tmp_path / "h.json"), "health_csv_file": str(tmp_path / "h.csv")}
    result, _lines, _plugin = run({"a": air()}, **paths)
    assert json.loads((tmp_path / "h.json").read_text()) == result["report"]
    assert (tmp_path / "h.csv").read_text().splitlines()[1].startswith("ok,a,192.0.2.1,M50_VH84")
    assert all(pathlib.Path(path).stat().st_mode & 0o777 == 0o644 for path in paths.values())


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"health_fail_on": ["sick"]}, "health_fail_on must be a list of ill, unreachable, "),
        ({"health_table": "some"}, "value of health_table must be one of: "),
        ({"health_thresholds": {"chips": 1}}, "a: health_thresholds.chips is no threshold"),
        ({"health_cooling": "oil"}, "value of health_cooling must be one of: auto, air, "),
        ({"whatsminer_holds": "/nonexistent"}, "the directory of the holds, /nonexistent"),
        (
            {"health_json_file": "/nonexistent/h.json"},
            "health_json_file: /nonexistent/h.json can't be written",
        ),
        ({"whatsminer_report_columns": ["ansible_password"]}, "whatsminer_report_columns: ansible_password"),
        ({"health_ignored_errors": ["many"]}, "Elements value for option 'health_ignored_errors'"),
    ],
)
def test_variables_that_make_no_sense_are_named_in_plain_words(run, variables, complaint):
    result, _lines, _plugin = run({"a": air()}, **variables)
    assert result["failed"] and result["msg"].startswith(f"of all hosts together: {complaint}")


def test_a_misspelt_variable_of_a_host_is_refused_before_a_miner_is_asked(run):
    own = {"b": {"problem": "health_x is no variable", "cause": "unknown_variable"}}
    result, _lines, plugin = run({"a": air(), "b": air()}, own)
    assert result["failed"] and "b: health_x is no variable" in result["msg"]
    assert plugin.kept == {}


def test_a_host_whose_variables_cannot_be_worked_out_is_not_read(run):
    result, _lines, _plugin = run({"a": air(), "b": air()}, {"b": {"problem": "its connection is ssh"}})
    assert verdicts(result) == {"b": "unreachable", "a": "ok"}
    assert result["report"]["miners"][0]["reasons"][0]["code"] == "not_read"
