# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles are made of: variables are checked in plain words, and tables are shown."""

from __future__ import annotations

import pathlib
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import check_variables, show

ROLES = pathlib.Path(__file__).resolve().parents[4] / "roles"


def action(module, variables=None, **arguments):
    """The action plugin of *module*, for a task with *arguments*."""
    task = mock.Mock(
        args=arguments, action=module.__name__, async_val=0, check_mode=False, diff=False, delegate_to=None
    )
    loader = DataLoader()
    return module.ActionModule(
        task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=variables or {}), mock.Mock()
    )


def trusted(value):
    """*value* with its templates, as they come from a file."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


def checked(role, entry_point="main", **variables):
    """What is wrong with *variables* of a role, besides its defaults."""
    known = {"groups": {"miners": ["a"]}, "inventory_hostname": "a"}
    for kind in ("defaults", "vars"):
        path = ROLES / role / kind / "main.yml"
        known.update(trusted(yaml.safe_load(path.read_text())) if path.exists() else {})
    known.update(variables)
    result = action(check_variables, known, role_path=str(ROLES / role), entry_point=entry_point).run(
        task_vars=known
    )
    assert result["changed"] is False
    return result["msg"] if result.get("failed") else None


# --- Variables
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"drift_table": "all"}, None),
        (
            {"drift_table": "some"},
            "value of drift_table must be one of: auto, all, problems, none, got: some",
        ),
        (
            {"drift_title_": "x"},
            "drift_title_ is no variable of minerops.whatsminer; the nearest is drift_title.",
        ),
    ],
)
def test_variables_of_the_drift_role_that_make_no_sense_are_named_in_plain_words(variables, complaint):
    said = checked("drift", **variables)
    assert said is None if complaint is None else said.startswith(complaint)


# --- Tables
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [["one", "two \x1b[2J"], "one\ntwo \x1b[2J\n"])
def test_a_table_is_displayed_by_the_action_itself_and_cannot_control_the_screen(lines, monkeypatch):
    displayed = []
    monkeypatch.setattr(show.Display, "display", lambda self, text, **more: displayed.append(text))
    result = action(show, lines=lines).run(task_vars={})
    assert displayed == ["one\ntwo \\x1b[2J"]
    assert (result["changed"], result["lines"]) == (False, ["one", "two \\x1b[2J"])
