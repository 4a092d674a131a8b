# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locating, restarting and collecting logs are one task each, for all hosts of a play."""

from __future__ import annotations

import contextlib
import csv
import os
import stat
from unittest import mock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import collect_logs, locate, rolling_restart
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job, Tally
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import air

SHORT = {
    "whatsminer_facts": "read",
    "whatsminer_led": "led",
    "whatsminer_reboot": "restart",
    "whatsminer_logs": "logs",
}


class Miners:
    """What is asked of the miners, in place of what comes before any is, and of the fleet engine.

    *facts* by host; those with None don't answer. *asked* are (what, host, params). Those in *stubborn* fail
    at what isn't reading.
    """

    facts: dict = {}
    stubborn: tuple = ()
    asked: list = []
    limits: list = []

    def _prepare(self, task_vars):
        """There is nothing to prepare."""

    def _jobs(self, hosts, module, **more):
        return [Job(host, {"host": "192.0.2.1", "hold_as": host}) for host in hosts]

    def _serve(self, module, jobs, *, options, served, hosts):
        tally, what = Tally(len(jobs)), SHORT[module.__name__.rpartition(".")[2]]
        self.limits.append((what, options["concurrency"]))
        for job in jobs:
            self.asked.append((what, job.host, job.params))
            outcome = {"changed": what != "read"}
            if self.facts[job.host] is None:
                outcome = {"unreachable": True, "msg": f"{job.host}: no answer"}
            elif what == "read":
                outcome["ansible_facts"] = {"whatsminer": dict(self.facts[job.host])}
            elif job.host in self.stubborn:
                outcome = {"failed": True, "msg": f"{job.host}: it refused"}
            tally.add(job.host, outcome)
            served(job.host, outcome)
        return tally


class Locate(Miners, locate.ActionModule):
    """Without the process that waits for the end of this one."""

    later: list = []

    @contextlib.contextmanager
    def set_afterwards(self, leds):
        self.later.append(dict(leds))
        yield

    def pause(self, seconds):
        self.asked.append(("pause", "", seconds))


class Restart(Miners, rolling_restart.ActionModule):
    def pause(self, seconds):
        self.asked.append(("pause", "", seconds))


class Logs(Miners, collect_logs.ActionModule):
    """Of which whatsminer_logs writes nothing."""


@pytest.fixture
def run(tmp_path, monkeypatch, inventory):
    """run(class, facts by host, options, ...): (the task's result, lines shown, the plugin)."""
    (tmp_path / "holds").mkdir()
    lines = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: lines.append(text))

    def go(kind, facts, own=None, *, stubborn=(), check_mode=False, of_all=None, **options):
        variables = {
            host: {"whatsminer_location": f"hall {host}", **(own or {}).get(host, {})} for host in facts
        }
        known = {"inventory_hostname": "a", "ansible_play_hosts_all": list(facts), "hostvars": variables}
        known.update(of_all or {})
        inventory(variables, holds=str(tmp_path / "holds"))
        task = mock.Mock(
            args={"holds": str(tmp_path / "holds"), **options},
            action="x",
            async_val=0,
            check_mode=check_mode,
            no_log=False,
        )
        loader = DataLoader()
        plugin = kind(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        plugin.facts, plugin.stubborn, plugin.asked, plugin.limits = facts, stubborn, [], []
        plugin.later = []
        return plugin.run(task_vars=known), lines, plugin

    return go


def asked(plugin, what):
    return [(host, params) for kind, host, params in plugin.asked if kind == what]


def test_leds_flash_and_are_as_they_were_and_it_is_told_where(run):
    facts = {"a": {"led": "auto"}, "b": {"led": "manual"}}
    own = {"b": {"whatsminer_led": {"color": "green", "period": 1000}}}
    result, lines, plugin = run(Locate, facts, own, seconds=60, color="red")
    assert result["changed"] and result["report"]["flashed"] == ["a", "b"] and not result.get("failed")
    leds = [(host, params.get("color"), params.get("mode")) for host, params in asked(plugin, "led")]
    assert leds == [("a", "red", None), ("b", "red", None), ("a", None, "auto"), ("b", "green", None)]
    assert ("pause", "", 60) in plugin.asked
    assert "flashed: a (hall a)" in lines
    assert plugin.later == [{"a": {"mode": "auto"}, "b": {"color": "green", "period": 1000}}]


def test_a_declaration_that_makes_no_sense_leaves_the_led_to_the_miner(run):
    own = {"a": {"whatsminer_led": {"period": -1, "duration": 5}}}
    result, _lines, plugin = run(Locate, {"a": {"led": "manual"}}, own)
    assert result["report"]["taken_over"] == ["a"]
    assert asked(plugin, "led")[-1][1]["mode"] == "auto"


def test_miners_that_cannot_be_located_fail_the_task_by_name(run):
    result, _lines, _plugin = run(Locate, {"a": {"led": "auto"}, "b": None}, stubborn=("a",))
    assert result["failed"] and "a: it refused" in result["msg"] and "b: no answer" in result["msg"]
    assert "a still flashes: it refused" in result["msg"]


def test_miners_are_restarted_batch_by_batch(run):
    facts = dict.fromkeys("abc", {"state": "on"})
    result, lines, plugin = run(Restart, facts, scope="miner", batch="2", pause=7)
    assert result["report"]["restarted"] == ["a", "b", "c"] and result["changed"]
    assert [params["scope"] for _host, params in asked(plugin, "restart")] == ["miner"] * 3
    assert [seconds for kind, _host, seconds in plugin.asked if kind == "pause"] == [7]
    assert lines[-1] == "3 restarted"


def test_too_many_failures_stop_the_restarts_and_fail_the_task(run):
    facts = dict.fromkeys("abcd", {"state": "on"})
    result, lines, _plugin = run(Restart, facts, stubborn=("a",), batch="2", max_failures=0)
    assert result["failed"] and "1 miner failed: a: it refused. Left as they are: c, d" in result["msg"]
    assert lines[-1] == "1 restarted, 1 failed, 2 left"


def test_check_mode_restarts_without_a_lock(run, tmp_path):
    result, lines, plugin = run(Restart, {"a": {"state": "on"}}, check_mode=True)
    assert lines[-1] == "1 would be restarted" and not (tmp_path / "holds" / "runs").exists()
    assert result["changed"] and len(asked(plugin, "restart")) == 1


def test_a_folder_holds_what_sick_miners_say_for_their_owner_alone(run, tmp_path):
    facts = {"ok": air(), "sick": air(fans_rpm={"inlet": 0}, errors=[{"code": 110}]), "gone": None}
    dest = tmp_path / "cases" / "one"
    result, lines, plugin = run(Logs, facts, dest=str(dest), concurrency=3)
    assert result["report"]["counts"] == {"miners": 2, "archives": 1, "failed": 0} and result["changed"]
    assert [(host, params["dest"]) for host, params in asked(plugin, "logs")] == [
        ("sick", str(dest / "sick" / "logs.tgz"))
    ]
    assert ("logs", 3) in plugin.limits
    rows = {row["host"]: row for row in csv.DictReader((dest / "index.csv").read_text().splitlines())}
    assert (rows["sick"]["archive"], rows["sick"]["errors"], rows["sick"]["whatsminer_location"]) == (
        "logs.tgz",
        "110",
        "hall sick",
    )
    assert (rows["gone"]["verdict"], rows["gone"]["archive"]) == ("unreachable", "")
    assert sorted(os.listdir(dest / "sick")) == ["facts.json", "health.json"]
    for path in (dest, *dest.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert lines[-1] == f"2 of 3 miners collected in {dest}, 1 with logs"


def test_logs_that_do_not_come_are_told_and_the_rest_is_there(run, tmp_path):
    facts = {"a": air(), "b": air()}
    result, _lines, _plugin = run(Logs, facts, dest=str(tmp_path / "case"), verdicts=["all"], stubborn=("a",))
    assert result["failed"] and "a: logs: it refused" in result["msg"]
    assert result["report"]["counts"] == {"miners": 2, "archives": 1, "failed": 1}
    assert (tmp_path / "case" / "index.txt").read_text().endswith("a: logs: it refused\n")


def test_without_archives_none_is_fetched(run, tmp_path):
    _result, _lines, plugin = run(
        Logs, {"a": air()}, dest=str(tmp_path / "case"), verdicts=["all"], archives=False
    )
    assert asked(plugin, "logs") == []


def test_check_mode_collects_nothing(run, tmp_path):
    result, _lines, plugin = run(Logs, {"a": None}, dest=str(tmp_path / "case"), check_mode=True)
    assert result["changed"] and not (tmp_path / "case").exists() and asked(plugin, "logs") == []


def test_error_codes_count_as_the_health_role_takes_them(run, tmp_path):
    facts = {"a": air(errors=[{"code": 110}])}
    dest = str(tmp_path / "case")
    assert run(Logs, facts, dest=dest)[0]["report"]["miners"] == []
    result, _lines, _plugin = run(Logs, facts, of_all={"health_ill_errors": [110]}, dest=dest)
    assert result["report"]["miners"][0]["reasons"] == "error"


@pytest.mark.parametrize(
    ("kind", "options", "complaint"),
    [
        (Locate, {"seconds": 0}, "seconds must be at least 1"),
        (Locate, {"period": 100, "duration": 200}, "duration"),
        (Locate, {"color": "a;reboot"}, "color"),
        (Restart, {"batch": "many"}, "batch must be a number of miners or a percentage"),
        (Restart, {"pause": -1}, "pause must be at least 0"),
        (Restart, {"scope": "all"}, "value of scope must be one of"),
        (Logs, {}, "missing required arguments: dest"),
        (Logs, {"dest": "x", "verdicts": ["sick"]}, "verdicts must be a list of"),
        (Logs, {"dest": "x", "concurrency": 0}, "concurrency must be at least 1"),
        (Logs, {"dest": "/proc/x", "verdicts": ["all"]}, "dest: /proc/x can't be made"),
    ],
)
def test_options_that_make_no_sense_are_named_in_plain_words(run, kind, options, complaint):
    result, _lines, plugin = run(kind, {"a": {"state": "on", "led": "auto"}}, **options)
    assert result["failed"] and complaint in result["msg"]
    assert [what for what, _host, _params in plugin.asked if what != "read"] == []
