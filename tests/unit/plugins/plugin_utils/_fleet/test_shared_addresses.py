# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that share an address are named, once a run."""

from __future__ import annotations

import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import shared_addresses


class HostVars(dict):
    """Ansible's, as far as it's looked at: *own* are the variables of each host itself, *more* those of its
    groups."""

    def __init__(self, own, more=None):
        super().__init__(
            {name: {**(more or {}).get(name, {}), **variables} for name, variables in own.items()}
        )
        hosts = {name: types.SimpleNamespace(vars=variables) for name, variables in own.items()}
        self._inventory = types.SimpleNamespace(hosts=hosts)


def warning(own, more=None):
    return shared_addresses.warning(
        HostVars(own, more), lambda variables: variables.get("ansible_connection") != "ssh"
    )


def test_all_hosts_at_one_address_are_named_in_one_warning():
    text = warning(
        {
            "a": {"ansible_host": "192.0.2.1"},
            "b": {"ansible_host": "192.0.2.2"},
            "c": {"ansible_host": "192.0.2.1", "ansible_port": 4028},
            "d": {"ansible_host": "192.0.2.1"},
            "e": {"ansible_host": "192.0.2.9", "ansible_port": 4029},
            "f": {"whatsminer_host": "192.0.2.9", "whatsminer_port": "4029"},
        }
    )
    assert (
        "a, c, d at 192.0.2.1" in text
        and "e, f at 192.0.2.9" in text
        and "b" not in text.partition("at 192")[0].split()
    )


def test_a_name_that_is_the_address_of_another_is_seen():
    assert "192.0.2.1, a at 192.0.2.1" in warning({"192.0.2.1": {}, "a": {"ansible_host": "192.0.2.1"}})


@pytest.mark.parametrize(
    ("own", "more"),
    [
        ({"a": {"ansible_host": "192.0.2.1"}, "b": {"ansible_host": "192.0.2.2"}}, None),
        (
            {"a": {"ansible_host": "h", "ansible_port": 1}, "b": {"ansible_host": "h", "ansible_port": 2}},
            None,
        ),
        ({"a": {"ansible_host": "{{ ip }}"}, "b": {"ansible_host": "{{ ip }}"}}, None),
        # The port of a group tells them apart.
        (
            {"a": {"ansible_host": "h"}, "b": {"ansible_host": "h"}},
            {"a": {"ansible_port": 1}, "b": {"ansible_port": 2}},
        ),
        ({"a": {"ansible_host": "h"}, "b": {"ansible_host": "h"}}, {"a": {"ansible_connection": "ssh"}}),
    ],
)
def test_hosts_with_addresses_of_their_own_and_what_is_no_miner_are_left_alone(own, more):
    assert warning(own, more) is None


def test_only_the_first_task_of_a_run_compares(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_addresses.C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    assert [shared_addresses.first_in_this_run() for _each in range(3)] == [True, False, False]
