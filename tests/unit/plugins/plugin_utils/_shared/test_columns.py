# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports have the columns that a site declares: variables of its hosts, and no secrets."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns


class Broken(dict):
    """Variables of a host, one of which can't be worked out."""

    def get(self, name, default=None):
        if name == "rack":
            raise AnsibleError("no such variable")
        return super().get(name, default)


def test_the_location_is_a_column_where_nothing_is_declared():
    assert columns.declared_columns(None) == ("whatsminer_location",)
    assert columns.declared_columns([]) == ()


def test_names_are_a_list_and_each_counts_once():
    assert columns.declared_columns("rack") == ("rack",)
    assert columns.declared_columns(["rack", "owner", "rack"]) == ("rack", "owner")


@pytest.mark.parametrize("value", [{"rack": 1}, 7, ["a b"], [1], "{{ rack }}"])
def test_what_is_no_list_of_names_is_refused(value):
    with pytest.raises(ValueError, match="whatsminer_report_columns must be a list of names of variables"):
        columns.declared_columns(value)


@pytest.mark.parametrize("name", ["ansible_password", "vault_miner_passwd1", "api_token"])
def test_no_secret_is_a_column(name):
    with pytest.raises(ValueError, match=f"whatsminer_report_columns: {name} may hold a secret"):
        columns.declared_columns([name])


def test_a_value_out_of_a_vault_is_hidden():
    hidden = type("EncryptedString", (str,), {})("x")
    assert columns.columns_of(["rack"], {"rack": hidden}, lambda value: value) == {"rack": "********"}
    assert columns.columns_of_hosts(["rack"], ["a"], {"a": {"rack": hidden}}) == {"a": {"rack": "********"}}


def test_each_value_is_text_on_one_line():
    variables = {"rack": 7, "owner": "{{ us }}", "tags": ["a", {"b": 1}], "said": "x\n\x1b[2J"}
    found = columns.columns_of(
        ["rack", "owner", "tags", "said", "none"],
        variables,
        lambda value: "we" if value == "{{ us }}" else value,
    )
    assert found == {
        "rack": "7",
        "owner": "we",
        "tags": '["a", {"b": 1}]',
        "said": "x\\n\\x1b[2J",
        "none": "",
    }


def test_a_value_that_cannot_be_worked_out_spoils_no_report():
    hostvars = {"a": Broken(_vars={}, owner="we"), "b": {"rack": "R2"}}
    hostvars["a"]._vars = {}
    assert columns.columns_of_hosts(["rack", "owner"], ["a", "b"], hostvars) == {
        "a": {"rack": "", "owner": "we"},
        "b": {"rack": "R2", "owner": ""},
    }


def test_only_columns_that_some_miner_fills_are_in_a_table():
    rows = [{"a": "", "b": "x"}, {"a": "", "b": ""}]
    assert columns.filled(["a", "b"], rows) == ["b"]
    assert (columns.title("whatsminer_location"), columns.title("rack")) == ("location", "rack")
