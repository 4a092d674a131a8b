# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A curtailment is one task: its variables are checked in plain words, and its results are one report."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import curtailment
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet_action, role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job, Tally

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "curtailment"
HOSTS = ["a", "b"]


def trusted(value):
    """*value* with its templates, as they come from a file."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    return trust_as_template(value) if isinstance(value, str) else value


class Plugin(curtailment.ActionModule):
    """The action plugin over miners that do as they are told, unless they are in *stubborn*."""

    stubborn = ()
    on: dict = {}

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _jobs(self, hosts, module, **more):
        return [Job(host, {"host": host}) for host in hosts]

    def _serve(self, module, jobs, **more):
        tally = Tally(len(jobs))
        for job in jobs:
            if "state" in job.params and job.host not in self.stubborn:
                self.on[job.host] = job.params["state"] == "on"
            on = self.on[job.host]
            facts = {"state": "on" if on else "off", "power_watts": 3000 if on else 0}
            read = {} if "state" in job.params else {"ansible_facts": {"whatsminer": facts}}
            tally.add(job.host, {"changed": False, **read})
        return tally


class HostVars(dict):
    """Ansible's variable of this name."""

    raw_get = dict.__getitem__


@pytest.fixture
def lines(monkeypatch):
    shown = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: shown.append(text))
    return shown


@pytest.fixture
def run(tmp_path, lines, monkeypatch):
    """run(entry point, check mode, variables): the task's result."""
    (tmp_path / "holds").mkdir()
    monkeypatch.setattr(Plugin, "on", dict.fromkeys(HOSTS, True))

    def go(entry_point="main", check_mode=False, stubborn=(), **variables):
        defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
        known = {
            **{name: trusted(value) for name, value in defaults.items()},
            "groups": {"miners": HOSTS},
            "hostvars": HostVars({host: {"whatsminer_location": f"hall {host}"} for host in HOSTS}),
            "inventory_hostname": "a",
            "ansible_play_hosts_all": HOSTS,
            "curtailment_state_file": str(tmp_path / "state.json"),
            "curtailment_recheck_seconds": 0,
            **variables,
        }
        arguments = {"role_path": str(ROLE), "entry_point": entry_point, "holds": str(tmp_path / "holds")}
        task = mock.Mock(
            args=arguments,
            action="curtailment",
            async_val=0,
            check_mode=check_mode,
            delegate_to=None,
            no_log=False,
        )
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.stubborn = stubborn
        return plugin.run(task_vars=known)

    return go


@pytest.mark.parametrize(
    ("entry_point", "variables", "complaint"),
    [
        ("main", {"curtailment_shed_kw": "much"}, "argument 'curtailment_shed_kw' is of type"),
        ("main", {"curtailment_shed_kw": 5, "curtailment_to_kw": 5}, "exactly one of curtailment_shed_kw, "),
        (
            "main",
            {"curtailment_shed_kw": 5, "curtailment_spare": ["c"]},
            "curtailment_spare names c, and the inventory has no such",
        ),
        (
            "main",
            {"curtailment_shed_kw": -5},
            "curtailment_shed_kw must be a number of 0 or more, and not ",
        ),
        (
            "main",
            {"curtailment_shed_kw": 5, "curtailment_by": "magic"},
            "value of curtailment_by must be one of",
        ),
        (
            "main",
            {"curtailment_shed_kw": 5, "curtailment_until": "soon"},
            "curtailment_until must be a moment",
        ),
        (
            "main",
            {"curtailment_all": True, "curtailment_state_file": " "},
            "curtailment_state_file must name",
        ),
        (
            "main",
            {"curtailment_overrides": {"curtailment_all": True, "target": "x", "curtailment_sped": 1}},
            "curtailment_overrides: curtailment_sped, target can't be set by it",
        ),
        (
            "main",
            {"curtailment_overrides": {"curtailment_overrides": {}}},
            "curtailment_overrides: curtailment_overrides can't be set by it",
        ),
        ("main", {"curtailment_overrides": [5]}, "curtailment_overrides must be a dictionary of variables"),
        (
            "resume",
            {"curtailment_step_kw": 5, "curtailment_step_miners": 5},
            "only one of curtailment_step_kw and",
        ),
    ],
)
def test_variables_that_make_no_sense_are_named_in_plain_words(run, entry_point, variables, complaint):
    result = run(entry_point, **variables)
    assert result["failed"] and result["msg"].startswith(f"of all hosts together: {complaint}")


def test_variables_that_are_handed_over_as_one_hold_instead_of_the_others(run, tmp_path):
    path = str(tmp_path / "state{{ '-' ~ curtailment_reason }}.json")
    given = {"curtailment_all": True, "curtailment_reason": "grid"}
    result = run(
        curtailment_shed_kw=3,
        curtailment_reason="curtailment",
        curtailment_state_file=trusted(path),
        curtailment_overrides=given,
    )
    assert result["report"]["summary"]["shed_kw"] == 6.0 and not result["problem"], result
    # Also where a template of another variable names them.
    state = json.loads((tmp_path / "state-grid.json").read_text())
    assert state["reason"] == "grid" and set(state["curtailed"]) == set(HOSTS)


def test_a_report_is_returned_shown_written_and_handed_to_workflows(run, lines, tmp_path):
    result = run(
        curtailment_shed_kw="3",
        curtailment_report_file=str(tmp_path / "report.json"),
        curtailment_offer_file=str(tmp_path / "offer.json"),
    )
    report = result["report"]
    assert result["changed"] and result["problem"] == "" and report["shed_kw"] == 3
    assert json.loads((tmp_path / "report.json").read_text()) == report
    assert json.loads((tmp_path / "offer.json").read_text())["available_kw"] == 3
    assert result["ansible_stats"]["data"] == {"curtailment": report["summary"]}
    assert lines[0].startswith("round 1: 6.00 kW are taken, 3.00 kW too much; 1 miner by off")
    assert lines[1] == report["text"][0]
    (row,) = report["curtailed"]
    assert row["columns"] == {"whatsminer_location": f"hall {row['host']}"}
    assert any(line.endswith(f" kW (hall {row['host']})") for line in lines)
    assert len(HoldStore(str(tmp_path / "holds")).all()) == 1


def test_columns_that_make_no_sense_are_refused_before_a_miner_is_asked(run, lines):
    result = run(curtailment_shed_kw=3, whatsminer_report_columns=["ansible_password"])
    assert result["failed"] and "ansible_password may hold a secret" in result["msg"]
    assert lines == [] and all(Plugin.on.values())


def test_what_could_not_be_shed_is_a_problem_and_no_failure_of_the_task(run):
    result = run(curtailment_shed_kw=5, stubborn=("a",))
    assert "failed" not in result and result["ansible_stats"]["data"]["curtailment"]["met"] is False
    assert result["problem"].startswith("Of all hosts together: 2.0 kW are missing: there are no more miners")


def test_check_mode_shows_a_plan_and_writes_the_offer_only(run, tmp_path):
    result = run(
        check_mode=True,
        curtailment_shed_kw=3,
        curtailment_report_file=str(tmp_path / "report.json"),
        curtailment_offer_file=str(tmp_path / "offer.json"),
    )
    assert result["changed"] and result["problem"] == "" and result["report"]["planned"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holds", "offer.json"]


def test_nothing_to_resume_is_no_problem_and_names_other_saved_states(run, lines, tmp_path):
    (tmp_path / "other.json").touch()
    assert run("resume") == {"changed": False, "report": {}, "problem": "", **run("resume")}
    assert lines[-1].startswith("Nothing to resume: ") and lines[-1].endswith("other.json")


def test_a_way_back_is_reported_too(run, tmp_path):
    run(curtailment_all=True)
    result = run("resume", curtailment_step_pause_seconds=0)
    assert result["report"]["met"] and result["problem"] == "" and len(result["report"]["restored"]) == 2
    assert HoldStore(str(tmp_path / "holds")).all() == []


# --- The meter ----------------------------------------------------------------------------------------------


@pytest.fixture
def plugin():
    return Plugin.__new__(Plugin)


def test_the_meter_is_a_number_or_a_command_that_prints_one(plugin):
    assert plugin.meter_watts("512.5") == 512_500
    assert plugin.meter_watts(f"{sys.executable} -c 'print(3.25)'") == 3250


@pytest.mark.parametrize(
    "measured, words",
    [
        ("no-such-program --kw", "the command failed: .*No such file"),
        (f"{sys.executable} -c 'raise SystemExit(\"dead\")'", "failed with status 1: dead"),
        (f"{sys.executable} -c 'print(\"3 kW\")'", "a command that prints one and nothing else"),
        (f"{sys.executable} -c 'print(\"nan\")'", "must be a number of kW"),
        ("-5", "must be a number of kW"),
        ('"', "the command failed"),
    ],
)
def test_a_meter_that_tells_nothing_is_told(plugin, measured, words):
    with pytest.raises(curtailment.CurtailmentError, match=words):
        plugin.meter_watts(measured)


# --- Interruption -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_what_stands_and_ends_at_once(plugin, monkeypatch, number):
    said = []
    monkeypatch.setattr(fleet_action, "say", said.append)
    monkeypatch.setattr(role_action.os, "_exit", said.append)
    plugin._task = mock.Mock(action="minerops.whatsminer.curtailment")
    plugin._loader = mock.Mock()
    handlers = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with plugin._interrupts():
        plugin.stands("2 miners stay so")
        os.kill(os.getpid(), number)
        plugin.pause(0.01)
    assert said == ["\ncurtailment was interrupted\n2 miners stay so\n", 1]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == handlers
