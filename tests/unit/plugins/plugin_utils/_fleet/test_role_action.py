# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role in one task: each host's parameters are its own, and a table can't control the screen."""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action, variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job, Tally

MODULE = SimpleNamespace(ARGUMENTS={"state": {"type": "str", "choices": ["on", "off"]}})


@pytest.fixture
def plugin(monkeypatch):
    """A role's plugin over the hosts a and b, and c which can't be reached; *served* are its jobs."""
    made = role_action.RoleAction.__new__(role_action.RoleAction)
    made._task = mock.Mock(no_log=False, check_mode=False)
    made._task_vars, made._shared, made._known, made._reader = {}, {}, {}, MODULE
    made.served, made.worked_out, made.outcomes = [], [], {}

    def jobs(hosts, module, **more):
        made.worked_out += hosts
        return [
            Job(host, problem="it is nowhere") if host == "c" else Job(host, {"host": f"10.0.0.{host}"})
            for host in hosts
        ]

    def serve(module, jobs, served, hosts, **more):
        made.served += jobs
        tally = Tally(len(hosts))
        for host in hosts:
            tally.add(host, made.outcomes.get(host, {"changed": False}))
        return tally

    monkeypatch.setattr(made, "_jobs", jobs)
    monkeypatch.setattr(made, "_serve", serve)
    return made


def test_each_host_gets_its_own_parameters_over_its_own_connection(plugin):
    results = plugin._results_of(MODULE, {"a": {"state": "on"}, "b": {"state": "off"}, "c": {"state": "on"}})
    assert [result["host"] for result in results] == ["a", "b", "c"]
    a, b, c = plugin.served
    assert (a.params["state"], a.params["host"]) == ("on", "10.0.0.a")
    assert (b.params["state"], b.params["host"]) == ("off", "10.0.0.b")
    assert c.problem == "it is nowhere"


def test_how_a_host_is_reached_is_worked_out_once(plugin):
    for _round in range(3):
        plugin._results(MODULE, ["a", "b"], {"state": "on"})
    assert plugin.worked_out == ["a", "b"]


def test_parameters_that_the_module_does_not_take_are_told(plugin):
    with pytest.raises(AnsibleActionFail, match="value of state must be one of"):
        plugin._results(MODULE, ["a"], {"state": "maybe"})


def test_what_was_applied_is_known_in_the_next_round(plugin):
    plugin.outcomes["a"] = {"changed": True, "ansible_facts": {"whatsminer_applied": {"power.mode": {}}}}
    with mock.patch.object(role_action, "Outcomes"):
        plugin._results(MODULE, ["a"], {"state": "on"})
    plugin._results(MODULE, ["a"], {"state": "on"})
    assert plugin.served[-1].params["applied"] == {"power.mode": {}}


def test_a_misspelt_variable_ends_it(plugin):
    plugin.outcomes["a"] = {"failed": True, "cause": variable_names.CAUSE, "msg": "no variable"}
    with pytest.raises(AnsibleActionFail, match="no variable"):
        plugin._results(MODULE, ["a"], {"state": "on"})


def test_a_table_is_shown_at_once_and_cannot_control_the_screen(plugin, monkeypatch):
    displayed = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: displayed.append(text))
    plugin.show(["one", "two \x1b[2J", "{{ three }}"])
    assert displayed == ["one\ntwo \\x1b[2J\n{{ three }}"]


def test_what_is_not_quiet_is_summed_up_for_all_hosts_together(plugin, monkeypatch):
    displayed = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: displayed.append(text))
    plugin._results(MODULE, ["a", "b"], {"state": "on"})
    assert displayed == []
    plugin._results(MODULE, ["a", "b"], {"state": "on"}, quiet=False)
    assert displayed == ["of all hosts together: 2 total, 2 done, 0 changed, 0 failed, 0 unreachable"]
