# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts user1 to user3 of API 3: in four beats, with and without a fact cache, and no secret shown."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    AnotherApi,
    BadParameter,
    Unsupported,
    WhatsminerError,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_user

OWN, NEW = "sim12345", "t3chn1c1an"
CHANGE, PERMIT = "set.user.change_passwd", "set.user.permission"
LED = "set.system.led"


def simulated(generation="3", **fields):
    import simulator

    spec = simulator.MinerSpec(name="m", generation=generation, address="127.0.0.1", port=0, **fields)
    return simulator.Fleet([spec], seed=1)


class Host:
    """A host of the inventory that is *machine*, whose records are kept between its tasks."""

    def __init__(self, machine, token_directory, fact_cache=True, **options):
        self.applied = {}
        self._machine = machine
        self._directory = token_directory
        self._fact_cache = fact_cache
        self._options = options

    async def declare(self, check=False, **options):
        miner = Miner(
            "127.0.0.1",
            self._machine.port or 1,
            **{"password": OWN, **self._options},
            api3_port=self._machine.port3 or 1,
            tokens=Tokens(self._directory),
            known_apis=KnownApis(self._directory),
            reply_timeout=2,
        )
        params = {
            **dict.fromkeys(whatsminer_user.ARGUMENTS),
            "account": "user1",
            **options,
            "applied": self.applied,
            "fact_cache": self._fact_cache,
        }
        result = await whatsminer_user.run(miner, params, check)
        if result.applied is not None and not check:
            self.applied = result.applied
        return result

    async def in_four_beats(self, commands, **options):
        predicted = await self.declare(check=True, **options)
        assert (predicted.changed, predicted.commands) == (True, [])
        applied = await self.declare(**options)
        assert applied.commands == commands
        assert (applied.before, applied.after) == (predicted.before, predicted.after)
        for check in (True, False):
            again = await self.declare(check=check, **options)
            assert (again.changed, again.commands, again.drifted) == (False, [], [])
        return applied


def user1(machine):
    return machine.state.accounts["user1"]


@pytest.mark.parametrize("generation", ["3", "3-only"])
@pytest.mark.parametrize("wrong_code", [-1, -4])
async def test_password_and_permissions_are_set_once(token_directory, generation, wrong_code):
    async with simulated(generation, options={"api3_wrong_password_code": wrong_code}) as fleet:
        machine = fleet["m"]
        host = Host(machine, token_directory)
        applied = await host.in_four_beats([CHANGE, PERMIT], password=NEW, permissions=[LED])
        assert user1(machine) == {"password": NEW, "permissions": [LED]}
        assert machine.counters.tokens == 0
        shown = json.dumps([applied.before, applied.after, applied.warnings, host.applied])
        assert NEW not in shown
        assert applied.after == {"user1.password": "(new)", "user1.permissions": [LED]}


async def test_firmware_that_tells_a_wrong_password_needs_no_record_of_it(token_directory):
    async with simulated() as fleet:
        host = Host(fleet["m"], token_directory, fact_cache=False)
        await host.in_four_beats([CHANGE], password=NEW)
        assert host.applied == {}


async def test_without_a_record_and_where_the_miner_does_not_tell_it_is_applied_again_with_a_warning(
    token_directory,
):
    async with simulated(options={"api3_wrong_password_code": -4}) as fleet:
        machine = fleet["m"]
        host = Host(machine, token_directory, fact_cache=False)
        for _run in range(2):
            host.applied = {}
            result = await host.declare(password=NEW, old_password=["0ther_pw", "user1"])
            assert result.commands == [CHANGE]
            assert any("fact cache" in warning for warning in result.warnings)
            assert user1(machine)["password"] == NEW


async def test_a_password_that_someone_else_changed_is_changed_back(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        host = Host(machine, token_directory)
        await host.declare(password=NEW)
        machine.set_account_password("user1", "0ther_pw")
        result = await host.declare(password=NEW, old_password=["wr0ng", "0ther_pw"])
        assert result.drifted == ["user1.password"]
        assert user1(machine)["password"] == NEW


async def test_the_password_of_an_account_with_permissions_shows_where_refusals_are_alike(token_directory):
    async with simulated(options={"api3_wrong_password_code": -4}) as fleet:
        machine = fleet["m"]
        machine.state.change_account("user1", password=NEW, permissions=["set.miner.report"])
        assert not (await Host(machine, token_directory, fact_cache=False).declare(password=NEW)).changed


async def test_where_no_old_password_is_right_nothing_is_changed_and_none_is_shown(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        with pytest.raises(WrongPassword, match="user1") as caught:
            await Host(machine, token_directory).declare(password=NEW, old_password=["wr0ng"])
        assert user1(machine)["password"] == "user1"
        assert "wr0ng" not in str(caught.value)
        assert not caught.value.result.changed


async def test_permissions_are_compared_in_any_sequence_and_the_miner_shows_that_there_are_none(
    token_directory,
):
    async with simulated() as fleet:
        machine = fleet["m"]
        host = Host(machine, token_directory)
        await host.in_four_beats([PERMIT], permissions=[LED, "set.miner.service"])
        assert not (await host.declare(permissions=["set.miner.service", LED])).changed
        machine.state.change_account("user1", permissions=[])
        assert (await host.declare(permissions=[LED])).drifted == ["user1.permissions"]
        host.applied = {}
        await host.in_four_beats([PERMIT], permissions=[])
        assert user1(machine)["permissions"] == []


async def test_an_account_that_may_not_permit_is_denied_and_api_2_not_taken_instead(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.state.change_account("user2", password="user2_pw")
        host = Host(machine, token_directory, account="user2", api3_password="user2_pw")
        with pytest.raises((AccessDenied, AnotherApi)):
            await host.declare(password=NEW)
        assert user1(machine)["password"] == "user1"


@pytest.mark.parametrize("check", [True, False])
async def test_miners_without_api_3_do_not_support_it(token_directory, check):
    async with simulated("2.2") as fleet:
        for options in ({"password": NEW}, {"permissions": []}):
            with pytest.raises(Unsupported, match="API 3.0.0 on"):
                await Host(fleet["m"], token_directory).declare(check=check, **options)
        assert fleet["m"].counters.tokens == 0


@pytest.mark.parametrize("check", [True, False])
async def test_a_miner_that_is_switched_off_for_writing_is_denied_before_anything_is_sent(
    token_directory, check
):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.state.api_on = False
        with pytest.raises(AccessDenied, match="switch"):
            await Host(machine, token_directory).declare(check=check, password=NEW, permissions=[LED])
        assert machine.counters.sealed == 0


async def test_firmware_without_the_command_is_told_apart_from_a_wrong_password(token_directory):
    async with simulated(options={"unknown_commands": [CHANGE]}) as fleet:
        with pytest.raises(WhatsminerError, match=f"doesn't know {CHANGE}") as caught:
            await Host(fleet["m"], token_directory).declare(password=NEW, old_password=["an0ther"])
        assert caught.value.cause == "unknown_command"
        assert fleet["m"].counters.requests[CHANGE] <= 3


@pytest.mark.parametrize("lost", ["write_silent", "write_lost"])
async def test_a_lost_answer_is_read_back(token_directory, lost, monkeypatch):
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import converge

    monkeypatch.setattr(converge, "PATIENCE_SECONDS", 0.1)
    async with simulated(faults={lost: [CHANGE], "silent_how": "close"}) as fleet:
        host = Host(fleet["m"], token_directory)
        if lost == "write_silent":
            assert (await host.declare(password=NEW)).commands == [CHANGE]
        else:
            with pytest.raises(WhatsminerError) as caught:
                await host.declare(password=NEW)
            assert caught.value.cause == "outcome_unknown"


@pytest.mark.parametrize(
    "options",
    [
        {"password": "user1"},
        {"password": "a b"},
        {"password": ""},
        {"password": NEW, "old_password": ["a b"]},
        {"password": NEW, "old_password": [f"pw_{number}" for number in range(9)]},
        {"permissions": ["led"]},
        {"permissions": [f"set.miner.{'x' * length}" for length in range(1, 42)]},
        {"permissions": ["set.system.led; reboot"]},
    ],
)
async def test_what_can_not_be_sent_is_refused_before_anything_is(token_directory, options):
    async with simulated() as fleet:
        with pytest.raises(BadParameter) as caught:
            await Host(fleet["m"], token_directory).declare(**options)
        assert "a b" not in str(caught.value)
        assert fleet["m"].counters.connections == 0
