# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The columns of playbooks' reports are those that are declared."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.filter import report_columns as module
from ansible_collections.minerops.whatsminer.plugins.filter.report_columns import report_columns

HOSTVARS = {"a": {"whatsminer_location": "hall 2", "rack": 7}, "b": {}}


def test_it_is_called_as_its_file():
    assert list(module.FilterModule().filters()) == ["report_columns"]
    assert yaml.safe_load(module.DOCUMENTATION)["name"] == "report_columns"


def test_each_host_has_the_columns_that_are_declared():
    assert report_columns(["a", "b"], HOSTVARS) == {
        "a": {"whatsminer_location": "hall 2"},
        "b": {"whatsminer_location": ""},
    }
    assert report_columns(["a"], HOSTVARS, ["rack"]) == {"a": {"rack": "7"}}
    assert report_columns([], HOSTVARS) == {}


def test_columns_that_no_host_fills_are_left_out_where_asked():
    found = report_columns(["a", "b"], HOSTVARS, ["rack", "owner"], only_filled=True)
    assert found == {"a": {"rack": "7"}, "b": {"rack": ""}}


def test_a_secret_is_refused():
    with pytest.raises(AnsibleFilterError, match="ansible_password may hold a secret"):
        report_columns(["a"], HOSTVARS, ["ansible_password"])
