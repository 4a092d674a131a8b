# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decision by the price is one task: it reads what stands, and hands variables to the curtailment."""

from __future__ import annotations

import json
import pathlib
import time
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import dispatch
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action

ROLES = pathlib.Path(__file__).resolve().parents[4] / "roles"
ENTRY = {"at": 1, "order": {"state": "off"}, "before": {"state": "on"}, "done": True}


class Plugin(dispatch.ActionModule):
    def _prepare(self, task_vars):
        """There is nothing to prepare."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(the curtailment's saved state, variables): the task's result."""
    (tmp_path / "holds").mkdir()
    lines = []
    monkeypatch.setattr(role_action.display, "display", lambda text, **more: lines.append(text))

    def go(state=None, **variables):
        path = tmp_path / "price.json"
        if state is not None:
            saved = {"version": 1, "reason": "price", "goal": None, "resuming": None, "held_until": None}
            path.write_text(json.dumps({**saved, **state}))
        known = {
            **yaml.safe_load((ROLES / "dispatch/defaults/main.yml").read_text()),
            "inventory_hostname": "a",
            "ansible_play_hosts_all": ["a"],
            "curtailment_state_file": str(path),
            "dispatch_strike_price": 150,
            "dispatch_resume_price": 80,
            **variables,
        }
        arguments = {"role_path": str(ROLES / "dispatch"), "holds": str(tmp_path / "holds")}
        task = mock.Mock(args=arguments, action="dispatch", async_val=0, check_mode=False, no_log=False)
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        return plugin.run(task_vars=known)

    go.lines = lines
    return go


def test_the_curtailment_gets_the_declared_goal_and_the_reason_of_the_price(run):
    result = run(dispatch_price="200", dispatch_curtailment={"curtailment_shed_kw": 500})
    assert result["run"] == "curtail" and not result["changed"]
    assert result["overrides"] == {"curtailment_shed_kw": 500, "curtailment_reason": "price"}
    assert run.lines == ["The price 200 is at or above the strike price 150: curtail"]


def test_what_is_shed_at_once_has_no_ramp(run):
    result = run(dispatch_price=200, dispatch_immediate_price=200)
    assert result["overrides"]["curtailment_ramp_kw"] is None and result["overrides"]["curtailment_all"]


def test_what_is_shed_already_is_not_shed_once_more(run):
    shed = {"curtailed": {"a": ENTRY}}
    assert run(shed, dispatch_price=200, dispatch_curtailment={"curtailment_shed_kw": 500})["run"] == ""
    assert run(shed, dispatch_price=200)["run"] == "curtail"


def test_a_low_price_takes_back_what_the_price_shed_unless_it_may_not_be_yet(run):
    shed = {"curtailed": {"a": ENTRY}}
    assert run(dispatch_price=10)["run"] == ""
    assert run({**shed, "held_until": time.time() + 60}, dispatch_price=10)["run"] == ""
    assert run(shed, dispatch_price=10)["overrides"] == {"curtailment_reason": "price"}


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, "missing required arguments: dispatch_price"),
        ({"dispatch_price": "high"}, "argument 'dispatch_price' is of type"),
        ({"dispatch_price": 1, "dispatch_resume_price": 151}, "dispatch_resume_price, 151, must be at most"),
        ({"dispatch_price": 1, "dispatch_reason": "x" * 101}, "dispatch_reason must be"),
        (
            {"dispatch_price": 1, "dispatch_curtailment": {"shed_kw": 5}},
            "dispatch_curtailment: shed_kw can't be set by it",
        ),
    ],
)
def test_variables_that_make_no_sense_are_named(run, variables, complaint):
    result = run(**variables)
    assert result["failed"] and complaint in result["msg"], result["msg"]
