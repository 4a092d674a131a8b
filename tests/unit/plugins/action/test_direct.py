# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes before a module is run or shipped, and what is made of its result."""

from __future__ import annotations

import types
from unittest import mock

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_power
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    applied_handover,
    direct,
    shared_addresses,
)

OPTIONS = {"host": "192.0.2.1", "password": "x", "mac": None}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(transport, **variables): the result of whatsminer_power, whose module answers *outcome* wherever it
    runs.
    """
    monkeypatch.setattr(applied_handover.C, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(shared_addresses.C, "DEFAULT_LOCAL_TMP", str(tmp_path))

    def go(transport, outcome=None, hosts=None, args=None, **variables):
        connection = mock.Mock(transport=transport, miner_options=lambda: dict(OPTIONS))
        task = mock.Mock(
            args=args or {"state": "off"},
            action="whatsminer_power",
            async_val=0,
            check_mode=False,
            delegate_to=None,
        )
        task.get_play.return_value = types.SimpleNamespace(connection="ssh")
        loader = DataLoader()
        plugin = whatsminer_power.ActionModule(
            task, connection, mock.Mock(), loader, Templar(loader), mock.Mock()
        )
        served = mock.Mock(side_effect=lambda *given: dict(outcome or {"changed": False}))
        monkeypatch.setattr(plugin, "_run_here", served)
        monkeypatch.setattr(plugin, "_ship", served)
        monkeypatch.setattr(plugin, "_miner_options", lambda *given: dict(OPTIONS))
        result = plugin.run(
            task_vars={"inventory_hostname": "m1", "hostvars": hosts or _hosts({}), **variables}
        )
        return result, served.call_count

    return go


def _hosts(variables):
    found = mock.MagicMock()
    found.__getitem__.side_effect = variables.__getitem__
    found._inventory.hosts = {name: types.SimpleNamespace(vars=own) for name, own in variables.items()}
    return found


@pytest.mark.parametrize("transport", [direct.API, "ansible.builtin.ssh"])
def test_a_misspelt_variable_fails_before_the_module_runs_or_is_shipped(run, transport):
    result, calls = run(transport, whatsminer_pool=[])
    assert calls == 0 and result["failed"] and result["cause"] == "unknown_variable"
    assert result["msg"].startswith(
        "m1: whatsminer_pool is no variable of minerops.whatsminer; the nearest is whatsminer_pools."
    )
    assert run(transport, whatsminer_pools=[])[1] == 1
    assert run(transport, whatsminer_pool=[], whatsminer_own_variables=["whatsminer_pool"])[1] == 1


def test_a_file_that_is_not_there_is_told_without_the_password_of_a_url(run, monkeypatch):
    def missing(self, directory, name):
        raise AnsibleError(f"Could not find or access '{name}'")

    monkeypatch.setattr(whatsminer_power.ActionModule, "_find_needle", missing)
    result, calls = run(direct.API, args={"src": "https://me:hunter22@h/x.bin"})
    assert calls == 0 and result["failed"] and "https://me:********@h/x.bin" in result["msg"]
    assert "hunter22" not in str(result)


@pytest.mark.parametrize("transport", [direct.API, "ansible.builtin.ssh"])
def test_a_difference_has_its_host_in_the_header(run, transport):
    outcome = {"changed": True, "diff": {"before": {"power.state": "on"}, "after": {"power.state": "off"}}}
    diff = run(transport, outcome)[0]["diff"]
    assert diff == {"before_header": "m1", "after_header": "m1", **outcome["diff"]}


def test_hosts_at_one_address_are_warned_of_by_the_first_task_of_a_run_only(run, monkeypatch):
    warnings = []
    monkeypatch.setattr(direct.display, "warning", warnings.append)
    miner = {"ansible_connection": direct.API, "ansible_host": "192.0.2.1"}
    hosts = _hosts({"m1": miner, "twin": miner, "gateway": {"ansible_host": "192.0.2.1"}})
    for _task in range(3):
        run(direct.API, hosts=hosts)
    assert len(warnings) == 1 and "an address: m1, twin at 192.0.2.1." in warnings[0]


# --- Shipped ------------------------------------------------------------------------------------------------


@pytest.fixture
def ship(tmp_path):
    """ship(**arguments): (the result, the arguments that were shipped, if any)."""
    (tmp_path / "holds").mkdir()

    def go(**arguments):
        task = mock.Mock(args={"state": "off"}, async_val=0)
        plugin = whatsminer_power.ActionModule(
            task, mock.Mock(), mock.Mock(), DataLoader(), Templar(DataLoader()), mock.Mock()
        )
        shipped = []

        def execute(module_args, task_vars, wrap_async):
            shipped.append(module_args)
            return {"changed": False}

        plugin._execute_module = execute
        given = {"holds": str(tmp_path / "holds"), "token_directory": "/here", "hold_as": "m1", **arguments}
        return plugin._ship(given, False, {"inventory_hostname": "m1"}), *shipped

    return go


def test_the_holds_on_this_machine_go_along_with_a_shipped_module_and_its_paths_do_not(ship, tmp_path):
    assert ship(state="off")[1] == {"state": "off", "hold_as": "m1", "held": []}
    grid = Hold("power", "grid", 1.0)
    HoldStore(str(tmp_path / "holds")).change([("m1", None)], lambda held: held.with_hold(grid))
    (shipped,) = ship(state="off")[1]["held"]
    assert (shipped["kind"], shipped["reason"]) == ("power", "grid")


def test_what_is_shipped_shows_no_password_in_ansible_s_own_debug_output(ship):
    shipped = ship(password="hunter22")[1]
    assert shipped["password"] == "hunter22" and "hunter22" not in f"{shipped} {shipped!r} {(shipped,)}"


def test_where_the_holds_can_not_be_read_nothing_is_shipped(ship):
    (result,) = ship(holds="/nowhere/holds")
    assert (
        result["failed"] and result["cause"] == "hold_store" and result["msg"].startswith("m1: the directory")
    )
