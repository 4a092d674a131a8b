# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import stat
import sys
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import remediation
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_facts
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import air

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "remediate"
DEFAULTS = {
    **yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()),
    "remediation_confirm_seconds": 0,
}
IDLE = {"hashrate_ths": {"realtime": 0, "average": 0}}


class Plugin(remediation.ActionModule):
    """The action plugin over miners that show the facts in *facts*; those without don't answer."""

    facts: dict = {}
    restarted: list = []

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _serve(self, module, jobs, *, served, **more):
        tally = Tally(len(list(jobs)))
        for job in jobs:
            if module is not whatsminer_facts:
                self.restarted.append((job.host, job.params["scope"]))
                outcome = {"changed": True, "commands": ["reboot"]}
            elif self.facts.get(job.host) is None:
                outcome = {"unreachable": True, "msg": f"{job.host}: no answer"}
            else:
                outcome = {"changed": False, "ansible_facts": {"whatsminer": self.facts[job.host]}}
            served(job.host, outcome)
            tally.outcomes[job.host] = outcome
        return tally


@pytest.fixture
def run(tmp_path, monkeypatch, inventory):
    """run(facts by host, variables by host, variables of all): (the task's result, the lines, the plugin)."""
    holds = tmp_path / "holds"
    holds.mkdir()
    lines = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: lines.append(text))

    def go(facts, host_variables=None, check=False, **variables):
        known = {
            **DEFAULTS,
            "inventory_hostname": "a",
            "ansible_play_hosts_all": list(facts),
            "groups": {"miners": list(facts)},
            "remediation_state_file": str(tmp_path / "state.json"),
            **variables,
        }
        own = {host: {**known, **(host_variables or {}).get(host, {})} for host in facts}

        inventory(own, holds=str(holds))
        args = {"role_path": str(ROLE), "holds": str(holds)}
        task = mock.Mock(args=args, action="remediation", async_val=0, check_mode=check, no_log=False)
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.facts, plugin.restarted = facts, []
        return plugin.run(task_vars=known), "\n".join(lines), plugin

    return go


def test_an_ill_miner_is_restarted_and_the_state_kept(run, tmp_path):
    result, text, plugin = run({"a": air(), "b": air(**IDLE)}, remediation_json_file=str(tmp_path / "r.json"))
    assert plugin.restarted == [("b", "btminer")]
    assert result["changed"] is True and result["problem"] == "" and "1 done" in text
    assert result["ansible_stats"]["data"]["remediation"]["done"] == 1
    assert json.loads((tmp_path / "r.json").read_text())["miners"] == result["report"]["miners"]
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    result, _text, plugin = run({"a": air(), "b": air(**IDLE)})
    assert plugin.restarted == [] and result["changed"] is False


def test_check_mode_restarts_nothing(run, tmp_path):
    result, text, plugin = run({"a": air(**IDLE)}, check=True)
    assert plugin.restarted == [] and result["changed"] is True and "1 planned" in text
    assert not (tmp_path / "state.json").exists()


def test_miners_are_judged_by_the_variables_of_the_role_health(run):
    hot = {"health_thresholds": {"hashrate_percent": None, "board_percent": None, "chips_percent": None}}
    facts = {"a": air(hashrate_ths={"realtime": 50}), "b": air(hashrate_ths={"realtime": 50})}
    _result, _text, plugin = run(facts, {"a": hot})
    assert plugin.restarted == [("b", "btminer")]
    facts = {"a": air(errors=[{"code": 530, "component": "x", "meaning": "y"}])}
    policy = {"error": ["reboot"]}
    assert run(facts, health_ill_errors=[530], health_ignored_errors=[530])[0]["report"]["miners"] == []
    _result, _text, plugin = run(facts, health_ill_errors=[530], remediation_policy=policy)
    assert plugin.restarted == [("a", "miner")]


def test_each_miner_is_power_cycled_by_its_own_command_without_a_shell(run, tmp_path):
    def command(outlet):
        code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
        return [sys.executable, "-c", code, str(tmp_path / f"outlet-{outlet}"), f"$(id) {outlet}"]

    own = {"a": {"remediation_power_cycle": command(1)}, "b": {"remediation_power_cycle": command(2)}}
    result, _text, _plugin = run({"a": None, "b": None}, own)
    assert result["report"]["counts"]["done"] == 1  # one of two may always be, and not two
    assert [path.read_text() for path in tmp_path.glob("outlet-*")] == ["$(id) 1"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["/nonexistent/pdu"], "the command can't be run: No such file or directory"),
        (["false"], "the command failed with status 1"),
        ([sys.executable, "-c", "raise SystemExit('first\\nno such \\x1b outlet')"], "no such \\x1b outlet"),
        (["pdu\0"], "the command can't be run: "),
    ],
)
def test_a_command_that_fails_fails_the_run_and_says_why(run, command, words):
    result, text, _plugin = run({"a": None}, remediation_power_cycle=command)
    assert result["report"]["miners"][0]["status"] == "failed" and words in text
    assert result["problem"] == "Of all hosts together: 1 miner got a remedy that failed: a"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"remediation_policy": {"no_answer": ["pray"]}}, "a: remediation_policy.no_answer must be a list"),
        ({"remediation_site_percent": 0}, "remediation_site_percent must be between 0.1 and 100"),
        ({"remediation_wait_minutes": "soon"}, "remediation_wait_minutes"),
        ({"remediation_state_file": " "}, "remediation_state_file must name a file"),
        ({"remediation_sites": ["x"]}, "there is no x"),
        ({"health_ill_errors": ["many"]}, "health_ill_errors"),
    ],
)
def test_what_makes_no_sense_is_refused_before_a_miner_is_asked(run, variables, words):
    result, _text, _plugin = run({"a": air(**IDLE)}, **variables)
    assert result["failed"] and words in result["msg"]
