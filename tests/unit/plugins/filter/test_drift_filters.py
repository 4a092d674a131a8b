# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role drift say what is wrong in plain words, and the role documents its variables."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError, AnsibleUndefinedVariable
from ansible_collections.minerops.whatsminer.plugins.filter import (
    drift_addresses,
    drift_page,
    drift_report,
    drift_table,
)
from ansible_collections.minerops.whatsminer.plugins.modules.whatsminer_config import ARGUMENTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.table import TABLES
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    AT,
    ROLES,
    fleet_of,
)


def test_each_filter_is_called_as_its_file():
    for module in (drift_addresses, drift_report, drift_table, drift_page):
        (name,) = module.FilterModule().filters()
        assert name == module.__name__.rpartition(".")[2] == yaml.safe_load(module.DOCUMENTATION)["name"]


def test_firmware_that_is_declared_without_sense_is_refused():
    with pytest.raises(AnsibleFilterError, match="must have version, src and checksum"):
        drift_report.drift_report([], [], {}, {}, AT, {"M50*": {"version": "1"}})


def test_without_a_table_there_is_none_and_another_word_is_refused():
    assert drift_table.drift_table(fleet_of(1), "none") == []
    with pytest.raises(
        AnsibleFilterError, match="drift_table must be one of auto, all, problems, none, and not some"
    ):
        drift_table.drift_table(fleet_of(1), "some")


def test_an_address_that_cannot_be_worked_out_loses_no_report():
    class Variables(dict):
        def get(self, name, default=None):
            raise AnsibleUndefinedVariable("rack is undefined")

    hostvars = {"a": Variables(), "b": {"ansible_host": "10.0.0.2"}, "c": {}}
    assert drift_addresses.drift_addresses(list(hostvars), hostvars) == {"a": None, "b": "10.0.0.2", "c": "c"}


def test_every_way_of_the_baseline_declares_the_same():
    declared = yaml.safe_load((ROLES / "baseline/vars/main.yml").read_text())["baseline_declared"]
    (task,) = yaml.safe_load((ROLES / "baseline/tasks/main.yml").read_text())
    assert declared == task["minerops.whatsminer.whatsminer_config"] and set(declared) == set(ARGUMENTS)
    for name in ("fleet", "compare"):
        (task,) = yaml.safe_load((ROLES / f"baseline/tasks/{name}.yml").read_text())
        assert task["minerops.whatsminer.whatsminer_fleet"]["params"] == "{{ baseline_declared }}"


def test_the_variables_of_the_role_are_documented_with_their_defaults():
    options = yaml.safe_load((ROLES / "drift/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    defaults = yaml.safe_load((ROLES / "drift/defaults/main.yml").read_text())
    assert {
        name: option.get("default") for name, option in options.items() if "default" in option
    } == defaults
    readme = (ROLES / "drift/README.md").read_text()
    assert [name for name in options if f"`{name}`" not in readme] == []
    assert tuple(options["drift_table"]["choices"]) == TABLES
