# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else has the say over is left as it is, is no drift, and is said to be held."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import net, pools, power
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._engine.test_converge_shown import (  # noqa: E501
    FACTS,
    Machine,
)

NOW = time.time()
GRID = Hold("power", "grid", NOW - 60)
REPAIR = Hold("all", "repair", NOW - 60)
POOLS = {"pools": [{"url": "two.example:3333", "user": "farm.1"}]}
OFF = {"state": "off", "power_mode": None, "power_percent": None, "elapsed_seconds": None}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(network, "sleep", lambda seconds: asyncio.sleep(0))


@pytest.fixture
def params(tmp_path):
    (tmp_path / "holds").mkdir()
    return {
        "applied": {},
        "fact_cache": True,
        "holds": str(tmp_path / "holds"),
        "hold_as": "a",
        "held": None,
        "ignore_holds": False,
    }


def hold(params, each, name="a", mac=None):
    HoldStore(params["holds"]).change([(name, mac)], lambda held: held.with_hold(each))


async def run(machine, params, check=False, **declared):
    settings = [setting for group in (pools, power, net) for setting in group.declared(declared)]
    return await converge(machine, settings, params, check_mode=check)


@pytest.mark.parametrize("check", [True, False])
async def test_power_that_is_held_stays_and_all_else_is_enforced(params, check):
    hold(params, GRID)
    effects = {"update_pools": {"pools": [{"url": "stratum+tcp://two.example:3333", "user": "farm.1"}]}}
    machine = Machine(effects, **OFF)
    result = await run(machine, params, check, state="on", mode="high", **POOLS)
    assert set(result.held) == {"power.state", "power.mode"} and "by grid" in result.held["power.state"]
    assert result.drifted == ["pools"] == list(result.after) and result.unknown == {}
    assert [sent[0] for sent in machine.sent] == ([] if check else ["update_pools"])
    assert machine.facts["state"] == "off"
    # Nobody knows the mode of a miner that is off, so that only the state would have been changed.
    (warning,) = result.warnings
    assert warning.startswith("left as it is, since somebody else has the say: power.state (curtailed since")


async def test_power_that_is_held_and_as_declared_is_told_without_a_warning(params):
    hold(params, GRID)
    result = await run(Machine(), params, state="on", mode="normal")
    assert set(result.held) == {"power.state", "power.mode"}
    assert not result.changed and result.warnings == [] and result.to_dict()["held"] == result.held


async def test_a_miner_held_for_maintenance_gets_nothing(params):
    hold(params, REPAIR)
    machine = Machine()
    result = await run(machine, params, state="off", **POOLS)
    assert not result.changed and set(result.held) == {"power.state", "pools"} and machine.sent == []
    assert result.drifted == [] and result.applied is None


async def test_a_restart_is_held_as_the_power_is(params):
    hold(params, GRID)
    facts = {**OFF, "network": {"proto": "dhcp", "ip": "192.0.2.7", "mask": "255.255.255.0"}}
    machine = Machine(**facts)
    declared = {"proto": "static", "address": "192.0.2.8", "netmask": "255.255.255.0", "gateway": "192.0.2.1"}
    result = await run(machine, params, dns="192.0.2.1", **declared)
    assert machine.sent == [] and not result.changed and "by grid" in next(iter(result.held.values()))


async def test_ignored_holds_are_changed_and_said(params):
    hold(params, GRID)
    machine = Machine({"power_off": OFF})
    result = await run(machine, {**params, "ignore_holds": True}, state="off")
    assert result.changed and result.held == {}
    assert result.warnings[0].startswith("changed although somebody else has the say: power.state (curtailed")


async def test_a_hold_that_is_over_holds_nothing(params):
    hold(params, Hold("all", "repair", NOW - 60, NOW - 1))
    result = await run(Machine({"power_off": OFF}), params, state="off")
    assert result.changed and result.held == {} and result.warnings == []


async def test_a_miner_is_held_by_its_mac_under_another_name(params):
    hold(params, GRID, "old name", FACTS["mac"])
    assert (await run(Machine(), params, state="off")).held


async def test_where_the_module_was_shipped_the_controller_s_word_counts(params):
    machine = Machine()
    result = await run(machine, {**params, "held": [asdict(GRID)], "holds": "/nowhere"}, state="off")
    assert result.held and machine.sent == []


async def test_holds_that_can_not_be_read_stop_the_task_before_it_writes(params):
    machine = Machine()
    with pytest.raises(HoldStoreFault):
        await run(machine, {**params, "holds": "/nowhere/holds"}, state="off")
    assert machine.sent == []
