# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module leaves alone, and how it says so."""

from __future__ import annotations

import time
import types
from dataclasses import asdict

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import (
    Holding,
    held_task,
    holding,
    leaves_held,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

NOW = time.time()
GRID = Hold("power", "grid", NOW - 60)
REPAIR = Hold("all", "repair", NOW - 60)
OVER = Hold("all", "over", NOW - 60, NOW - 1)


def test_a_hold_on_power_leaves_alone_what_is_power_and_what_restarts():
    grid = Holding((GRID,), now=NOW)
    assert "by grid" in grid.on_setting("power.state") and grid.on_setting("pools") is None
    assert "by grid" in grid.on_setting("net", Effect.MOVES)
    assert grid.on_task("password", Effect.CHANGES) is None
    for effect in (Effect.RESTARTS, Effect.REBOOTS, Effect.RESETS):
        assert "by grid" in grid.on_task("reboot", effect)
    assert grid.keeps("power.state") and not grid.keeps("pools")


def test_a_hold_on_all_leaves_everything_alone():
    repair = Holding((GRID, REPAIR), now=NOW)
    assert "held since" in repair.on_setting("pools") and "by repair" in repair.on_task("x", Effect.CHANGES)
    assert Holding().on_setting("power.state") is None and Holding().on_task("x", Effect.RESETS) is None


def test_what_is_ignored_is_left_to_be_changed():
    repair = Holding((REPAIR,), ignored=True, now=NOW)
    assert repair.on_setting("pools") is None and repair.on_task("x", Effect.RESETS) is None
    assert not repair.keeps("pools")


@pytest.fixture
def params(tmp_path):
    (tmp_path / "holds").mkdir()
    return {"holds": str(tmp_path / "holds"), "hold_as": "a", "host": "192.0.2.1"}


def hold(params, name, *holds, mac=None):
    for each in holds:
        HoldStore(params["holds"]).change([(name, mac)], lambda held, each=each: held.with_hold(each))


def test_holds_are_found_by_the_host_s_name_and_those_that_are_over_are_left_out(params):
    hold(params, "a", GRID, OVER)
    assert holding(params, None).holds == (GRID,)
    assert holding({**params, "hold_as": "b"}, None).holds == ()


def test_holds_are_found_by_the_mac_and_without_a_name_by_the_address(params):
    hold(params, "old name", GRID, mac="C4:05:08:00:02:3B")
    assert holding(params, "C4:05:08:00:02:3B").holds == (GRID,)
    hold(params, "192.0.2.1", REPAIR)
    assert holding({**params, "hold_as": None}, None).holds == (REPAIR,)


def test_where_the_controller_looked_them_up_they_are_not_looked_for_here(params):
    hold(params, "a", GRID)
    assert holding({**params, "held": [asdict(REPAIR)]}, None).holds == (REPAIR,)
    assert holding({**params, "held": []}, None).holds == ()


def test_holds_that_can_not_be_read_are_an_error(params):
    with pytest.raises(HoldStoreFault):
        holding({**params, "holds": "/nowhere/holds"}, None)


def test_what_was_left_alone_is_said_with_who_holds_it_and_what_was_as_declared_is_not():
    repair = Holding((Hold("all", "repair", NOW),), now=NOW)
    repair.on_setting("led", changes=False)
    assert repair.warnings() == []
    repair.on_setting("pools")
    since = Hold("all", "repair", NOW).told(NOW)
    assert repair.warnings() == [
        f"left as it is, since somebody else has the say: pools ({since}). With ignore_holds: true it is "
        "changed all the same"
    ]
    repair.on_setting("net")
    (text,) = repair.warnings()
    assert text.startswith("left as they are, ") and f"pools, net ({since})" in text


def test_what_was_changed_all_the_same_is_said_with_whose_hold_was_ignored():
    repair = Holding((Hold("all", "repair", NOW),), ignored=True, now=NOW)
    repair.on_setting("pools")
    assert repair.warnings() == [
        f"changed although somebody else has the say: pools ({Hold('all', 'repair', NOW).told(NOW)}) "
        "(ignore_holds)"
    ]


# --- Tasks --------------------------------------------------------------------------------------------------

MAC = "C4:05:08:00:02:3B"


class Shows:
    """A miner that shows its MAC address, and that nothing pins."""

    def __init__(self, mac=MAC):
        self.identity = types.SimpleNamespace(pinned_mac=None)
        self.mac = mac
        self.reads = 0

    async def read(self, *facts, once=False):
        self.reads += 1
        return types.SimpleNamespace(facts={"mac": self.mac})


def runs(effect):
    ran = []

    @leaves_held("reboot", effect)
    async def run(miner, params, check_mode):
        ran.append(params)
        return Result(changed=True)

    return run, ran


async def test_a_task_on_a_held_miner_is_left_alone_unchanged_and_says_so(params):
    hold(params, "a", GRID)
    run, ran = runs(Effect.REBOOTS)
    result = await run(Shows(), params, False)
    assert not result.changed and "by grid" in result.held["reboot"] and not ran
    assert result.warnings[0].startswith("left as it is, since somebody else has the say: reboot (curtailed")
    run, ran = runs(Effect.CHANGES)
    assert (await run(Shows(), params, False)).changed and ran


async def test_a_task_that_ignores_holds_is_done_and_says_so(params):
    hold(params, "a", REPAIR)
    run, ran = runs(Effect.CHANGES)
    result = await run(Shows(), {**params, "ignore_holds": True}, False)
    assert ran and result.changed and result.warnings[0].startswith("changed although somebody else has")


async def test_a_task_asks_for_the_mac_only_where_something_is_held(params):
    miner = Shows()
    run, ran = runs(Effect.CHANGES)
    assert (await run(miner, params, False)).changed and miner.reads == 0
    hold(params, "old name", REPAIR, mac=MAC)
    assert (await run(miner, params, False)).held and miner.reads == 1
    held, left = await held_task(Shows("C4:05:08:00:02:3C"), params, "reboot", effect=Effect.REBOOTS)
    assert left is None and held.holds == ()
