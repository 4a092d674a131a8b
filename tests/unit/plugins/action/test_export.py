# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exporting a fleet is one task: miners are read once, and files for other tools are written whole."""

from __future__ import annotations

import csv
import pathlib
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import export
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import air

ROLE = pathlib.Path(__file__).resolve().parents[4] / "roles" / "export"
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
MAC = "C4:11:22:00:00:05"


class Plugin(export.ActionModule):
    """The action plugin over miners that show the facts in *facts*; those without don't answer."""

    facts: dict = {}
    asked: list = []

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _serve(self, module, jobs, *, served, **more):
        for job in jobs:
            self.asked.append(job.host)
            found = self.facts[job.host]
            outcome = {"unreachable": True, "msg": f"{job.host}: no answer"}
            if found is not None:
                outcome = {"changed": False, "ansible_facts": {"whatsminer": found}}
            served(job.host, outcome)
        return Tally(len(jobs))


@pytest.fixture
def run(tmp_path, monkeypatch, inventory):
    """run(facts by host, variables by host, variables of all): (the task's result, lines shown, plugin)."""
    (tmp_path / "holds").mkdir()
    lines = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: lines.append(text))

    def go(facts, host_variables=None, **variables):
        known = {**DEFAULTS, "inventory_hostname": "a", "ansible_play_hosts_all": list(facts), **variables}
        own = {host: {**known, **(host_variables or {}).get(host, {})} for host in facts}
        known["hostvars"] = mock.Mock(raw_get=own.get)

        inventory(own, holds=str(tmp_path / "holds"))
        task = mock.Mock(
            args={"role_path": str(ROLE)}, action="export", async_val=0, check_mode=False, no_log=False
        )
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.facts, plugin.asked = facts, []
        return plugin.run(task_vars=known), lines, plugin

    return go


def rows_of(path):
    return list(csv.DictReader(pathlib.Path(path).read_text().splitlines()))


@pytest.fixture
def files(tmp_path):
    return {
        "export_metrics_file": str(tmp_path / "north.prom"),
        "export_csv_file": str(tmp_path / "assets.csv"),
    }


def test_miners_are_read_once_and_both_files_are_written_for_all_to_read(run, files):
    result, lines, plugin = run({"a": air(), "b": None}, **files)
    assert result["changed"] is False and not result.get("failed")
    assert plugin.asked == ["a", "b"]
    paths = [pathlib.Path(path) for path in files.values()]
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in paths)
    metrics, rows = paths[0].read_text(), rows_of(paths[1])
    assert 'whatsminer_export_miners{export="north"} 2' in metrics
    assert 'whatsminer_up{host="b"} 0' in metrics
    assert [(row["host"], row["answered"]) for row in rows] == [("a", "yes"), ("b", "no")]
    samples = sum(not line.startswith("#") for line in metrics.splitlines())
    assert result["report"] == {"miners": 2, "samples": samples, "assets": 2}
    assert lines[-1].startswith(f"2 miners read, {samples} samples written to ")


def test_one_file_alone_is_written_alone(run, files, tmp_path):
    files["export_csv_file"] = ""
    assert run({"a": air()}, **files)[0]["report"]["assets"] == 0
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["north.prom"]


def test_site_location_and_columns_are_those_of_each_host(run, files):
    own = {"a": {"whatsminer_site": "north", "whatsminer_location": "hall 2", "owner": "we"}}
    run({"a": air(), "b": air()}, own, whatsminer_report_columns=["owner"], **files)
    metrics = pathlib.Path(files["export_metrics_file"]).read_text()
    rows = rows_of(files["export_csv_file"])
    assert 'whatsminer_up{host="a",model="M50_VH84",site="north"} 1' in metrics
    assert ',location="hall 2"} 1' in metrics and 'whatsminer_up{host="b",model="M50_VH84"} 1' in metrics
    assert [(row["site"], row["owner"]) for row in rows] == [("north", "we"), ("", "")]
    assert "whatsminer_location" not in rows[0]


def test_a_miner_that_is_away_keeps_the_model_that_was_known(run, files):
    own = {
        "a": {"ansible_facts": {"whatsminer": {"model": "M50_VH84"}}},
        "b": {"whatsminer": {"model": "M60S"}},
        "c": {"whatsminer": "somebody's own"},
    }
    run(dict.fromkeys("abc"), own, **files)
    metrics = pathlib.Path(files["export_metrics_file"]).read_text()
    assert 'up{host="a",model="M50_VH84"} 0' in metrics and 'up{host="b",model="M60S"} 0' in metrics
    assert 'up{host="c"} 0' in metrics


def test_what_another_machine_shows_is_not_exported_as_the_miner(run, files):
    own = {"a": {"whatsminer_mac": "C4:11:22:FF:FF:FE"}}
    run({"a": air(mac=MAC, serial="OTHER")}, own, **files)
    metrics = pathlib.Path(files["export_metrics_file"]).read_text()
    assert 'whatsminer_up{host="a"} 0' in metrics and 'code="wrong_machine"' in metrics
    (row,) = rows_of(files["export_csv_file"])
    assert (row["answered"], row["mac"], row["serial"]) == ("no", "C4:11:22:FF:FF:FE", "")


def test_verdicts_go_by_the_variables_of_the_health_role(run, files):
    still = {"inlet": 0, "outlet": 0, "psu": 0}
    facts = {name: air(fans_rpm=still, psu={"fan_rpm": 0}) for name in ("a", "b")}
    run(facts, {"b": {"health_cooling": "immersion"}}, **files)
    metrics = pathlib.Path(files["export_metrics_file"]).read_text()
    assert 'verdict{host="a",model="M50_VH84",verdict="ill"} 1' in metrics
    assert 'verdict{host="b",model="M50_VH84",verdict="ok"} 1' in metrics


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "there is nothing to write: set export_metrics_file, export_csv_file, or both"),
        ({"export_metrics_file": "/tmp/metrics"}, "export_metrics_file must end in .prom"),
        ({"export_metrics_file": "/nonexistent/w.prom"}, "export_metrics_file: /nonexistent/w.prom can't be"),
        ({"export_csv_file": "/nonexistent/a.csv"}, "export_csv_file: /nonexistent/a.csv can't be written"),
        ({"export_csv_file": "a.csv", "health_cooling": "oil"}, "value of health_cooling must be one of: "),
        (
            {"export_csv_file": "a.csv", "whatsminer_report_columns": ["whatsminer_password"]},
            "whatsminer_report_columns: whatsminer_password may hold a secret",
        ),
    ],
)
def test_variables_that_make_no_sense_are_named_in_plain_words(run, variables, complaint):
    result, _lines, _plugin = run({"a": air()}, **variables)
    assert result["failed"] and complaint in result["msg"]


def test_a_failure_leaves_the_last_file(run, files, monkeypatch):
    path = pathlib.Path(files["export_metrics_file"])
    path.write_text("before\n")
    monkeypatch.setattr(export.Exposition, "text", mock.Mock(side_effect=ValueError("no space")))
    assert run({"a": air()}, **files)[0]["failed"]
    assert path.read_text() == "before\n"


def test_the_role_documents_its_variables():
    options = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    assert set(DEFAULTS) == {name for name in options if name.startswith("export_")}
    assert {name: options[name]["default"] for name in DEFAULTS} == DEFAULTS
    readme = (ROLE / "README.md").read_text()
    assert [name for name in options if f"`{name}`" not in readme] == []
