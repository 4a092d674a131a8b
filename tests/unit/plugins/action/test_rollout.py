# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout is one task: its variables are checked in plain words, and its results are one report."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import rollout
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job, Tally

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "firmware"
HOSTS = ["a", "b"]
OLD, NEW = "20230101.1.REL", "20240101.1.REL"
CHECKSUM = "sha256:" + hashlib.sha256(b"image").hexdigest()


def trusted(value):
    """*value* with its templates, as they come from a file."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    return trust_as_template(value) if isinstance(value, str) else value


class Plugin(rollout.ActionModule):
    """The action plugin over miners that run what is flashed, slowly if they're *slow*."""

    slow = ()
    versions: dict = {}

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _jobs(self, hosts, module, **more):
        return [Job(host, {"host": host}) for host in hosts]

    def _serve(self, module, jobs, served, **more):
        tally = Tally(len(jobs))
        for job in jobs:
            if "src" in job.params:
                assert pathlib.Path(job.params["src"]).read_bytes() == b"image"
                self.versions[job.host] = job.params["version"]
                tally.add(job.host, {"changed": True})
                continue
            facts = {
                "model": "M50SVH50",
                "platform": "h616",
                "mac": f"C4:05:08:00:00:0{job.host.upper()}",
                "state": "on",
                "firmware_version": self.versions[job.host],
                "errors": [],
                "hashrate_ths": {"realtime": 40 if job.host in self.slow and self._is_new(job) else 100},
            }
            tally.add(job.host, {"changed": False, "ansible_facts": {"whatsminer": facts}})
        return tally

    def _is_new(self, job):
        return self.versions[job.host] == NEW

    def clock(self):
        return self._seconds

    def pause(self, seconds):
        self._seconds += seconds

    _seconds = 0.0


@pytest.fixture
def lines(monkeypatch):
    shown = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: shown.extend(text.split("\n")))
    return shown


@pytest.fixture
def run(tmp_path, lines, monkeypatch):
    """run(check mode, slow miners, variables): the task's result."""
    (tmp_path / "holds").mkdir()
    (tmp_path / "image.bin").write_bytes(b"image")
    monkeypatch.setattr(Plugin, "versions", dict.fromkeys(HOSTS, OLD))

    def go(check_mode=False, slow=(), **variables):
        defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
        known = {
            **{name: trusted(value) for name, value in defaults.items()},
            "groups": {"miners": HOSTS},
            "hostvars": {host: {"whatsminer_location": f"hall-{host}"} for host in HOSTS},
            "inventory_hostname": "a",
            "ansible_play_hosts_all": HOSTS,
            "ansible_play_hosts": HOSTS,
            "firmware_declared": {
                "M50*": {"version": NEW, "src": str(tmp_path / "image.bin"), "checksum": CHECKSUM}
            },
            "firmware_max_down_percent": 50,
            "firmware_state_file": str(tmp_path / "state.json"),
            **variables,
        }
        task = mock.Mock(
            args={"role_path": str(ROLE), "holds": str(tmp_path / "holds")},
            action="minerops.whatsminer.rollout",
            async_val=0,
            check_mode=check_mode,
            delegate_to=None,
            no_log=False,
        )
        task.get_search_path.return_value = [str(tmp_path)]
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.slow = slow
        return plugin.run(task_vars=known)

    return go


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"firmware_declared": {}}, "firmware_declared must say which firmware"),
        ({"firmware_declared": "M50"}, "argument 'firmware_declared' is of type"),
        ({"firmware_batches": [5, 50]}, "firmware_batches must be growing shares"),
        ({"firmware_max_down_percent": 0}, "firmware_max_down_percent must be above 0"),
        (
            {"firmware_sites": ["nowhere"]},
            "firmware_sites must be groups of the inventory, and there is no nowhere",
        ),
        ({"firmware_state_file": " "}, "firmware_state_file must name a file, and is empty"),
        (
            {"firmware_previous": {"M50": {"version": OLD}}},
            "firmware_previous['M50'] must be a list, each item with version, src and checksum",
        ),
    ],
)
def test_variables_that_make_no_sense_are_named_in_plain_words(run, changes, complaint):
    result = run(**changes)
    assert result["failed"] and result["msg"].startswith(f"of all hosts together: {complaint}")


@pytest.mark.parametrize(
    "changes, complaint",
    [
        ({"src": "nowhere.bin"}, "there is no firmware image nowhere.bin"),
        (
            {"checksum": "sha256:" + "2" * 64},
            "the firmware image /.*/image.bin: checksum must be that of the file at src",
        ),
    ],
)
def test_an_image_that_is_missing_or_another_is_named_in_plain_words(run, tmp_path, changes, complaint):
    entry = {"version": NEW, "src": str(tmp_path / "image.bin"), "checksum": CHECKSUM, **changes}
    result = run(firmware_declared={"M50": entry})
    assert result["failed"] and re.match(f"of all hosts together: {complaint}", result["msg"])


def test_images_of_earlier_firmware_are_needed_only_where_miners_are_flashed_back(run):
    previous = {"M50*": [{"version": OLD, "src": "gone.bin", "checksum": CHECKSUM}]}
    assert run(check_mode=True, firmware_previous=previous)["problem"] == ""
    result = run(check_mode=True, firmware_previous=previous, firmware_rollback=True)
    assert result["msg"] == "of all hosts together: there is no firmware image gone.bin"


@pytest.mark.parametrize(
    "text", ["", " \n", "{", "[]", "null", '{"a-01": {}}', '{"version": 1, "curtailed": {}}']
)
def test_a_state_file_that_holds_no_rollout_is_refused_and_left_as_it_is(run, tmp_path, text):
    (tmp_path / "state.json").write_text(text)
    result = run()
    assert result["failed"] and f"firmware_state_file: {tmp_path}/state.json " in result["msg"]
    assert (tmp_path / "state.json").read_text() == text


def test_a_report_is_returned_shown_written_and_handed_to_workflows(run, lines, tmp_path):
    result = run()
    report = result["report"]
    assert result["changed"] and result["problem"] == "" and report["counts"] == {"passed": 2}
    assert json.loads((tmp_path / "state-report.json").read_text()) == report
    assert result["ansible_stats"]["data"] == {"firmware_counts": {"passed": 2}}
    assert lines[0].startswith("2 of 2 miners to flash, in 2 batches")
    assert "batch 1: 1 miner" in lines and "1 of 1 miner passed the gate, after 0 s" in lines
    assert lines[-4].split() == [
        *("miner", "location", "model", "before", "now", "declared", "batch", "verdict")
    ]
    assert report["miners"][0]["columns"] == {"whatsminer_location": "hall-a"}
    assert lines[-3].split() == ["a", "hall-a", "M50SVH50", OLD, NEW, NEW, "1", "passed"]
    assert lines[-1] == "passed: 2"
    assert run()["changed"] is False


def test_a_gate_that_failed_is_a_problem_and_no_failure_of_the_task(run):
    result = run(slow=("a",), firmware_gate_timeout=20)
    assert "failed" not in result and result["report"]["counts"] == {"failed": 1, "left": 1}
    assert result["problem"].startswith(
        "Of all hosts together: the gate of batch 1 failed: a (it hashes at 40 "
    )
    assert result["ansible_stats"]["data"]["firmware_counts"]["failed"] == 1


def test_check_mode_shows_the_plan_and_writes_nothing(run, lines, tmp_path):
    result = run(check_mode=True)
    assert (result["changed"], result["report"], result["problem"]) == (False, {}, "")
    assert f"batch 2    b                        M50SVH50         {OLD} -> {NEW}" in lines
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holds", "image.bin"]


def test_what_a_miner_says_cannot_control_the_screen(run, lines, monkeypatch):
    monkeypatch.setattr(Plugin, "versions", {"a": "1\x1b[2J", "b": "{{ 6 * 7 }}"})
    run(check_mode=True)
    assert any("1\\x1b[2J -> " in line for line in lines) and any("{{ 6 * 7 }} -> " in line for line in lines)
