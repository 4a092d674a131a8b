# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner that gets another address is followed there, and has moved only once it's seen to be the same."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotConverged,
    OutcomeUnknown,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import restarts
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import OTHER_MAC

COMMANDS = {"2.2": "net_config", "3": "set.system.net_config", "3-only": "set.system.net_config"}
STATIC = {"GROUP": "NET", "proto": "static", "address": "127.0.0.1", "gateway": "127.0.0.2"}
DHCP = {"GROUP": "NET", "proto": "dhcp"}
generations = pytest.mark.parametrize("generation", COMMANDS)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_SECONDS", 0.02)


@generations
@pytest.mark.parametrize(
    ("declared", "before", "after"), [(STATIC, "dhcp", "static"), (DHCP, "static", "dhcp")]
)
async def test_a_miner_is_followed_and_a_second_run_changes_nothing(
    site, generation, declared, before, after
):
    async with site(generation, state={"proto": before}) as here:
        result = await here.run(**declared)
        assert result.commands == [COMMANDS[generation]]
        assert result.values["address"] == declared.get("address")
        assert here.machine.state.proto == after
        assert not (await here.run(**declared)).changed


@generations
async def test_without_wait_the_miner_s_word_is_enough(site, generation):
    async with site(generation, faults={"hang_after_reboot": True}) as here:
        result = await here.run(wait=False, **STATIC)
        assert result.commands == [COMMANDS[generation]]
        assert result.values["address"] == "127.0.0.1"


@generations
async def test_a_move_that_nothing_answers_is_sent_once_and_seen(site, generation):
    async with site(generation, faults={"write_silent": ["*"]}) as here:
        result = await here.run(**STATIC)
        assert (result.changed, result.commands) == (True, [COMMANDS[generation]])
        assert here.machine.counters.requests[COMMANDS[generation]] == 1


@generations
@pytest.mark.parametrize("wait", [True, False])
async def test_a_move_that_nothing_answers_and_that_does_not_show_is_unknown(site, generation, wait):
    async with site(generation, faults={"write_lost": ["*"]}) as here:
        error = await failure(here.run(wait=wait, wait_timeout=0.3, **STATIC), OutcomeUnknown)
        assert error.command == COMMANDS[generation]
        assert (error.result.changed, error.result.commands) == (False, [])
        assert here.machine.counters.requests[COMMANDS[generation]] == 1


@pytest.mark.parametrize(
    ("declared", "hint"),
    [(STATIC, ""), (DHCP, "DHCP may have given it another address than 127.0.0.1: find it by its MAC")],
)
async def test_a_miner_that_does_not_come_back_has_not_converged_and_dhcp_is_a_reason(site, declared, hint):
    before = {"static": "dhcp", "dhcp": "static"}[declared["proto"]]
    async with site("2.2", faults={"hang_after_reboot": True}, state={"proto": before}) as here:
        error = await failure(here.run(wait_timeout=0.3, **declared), NotConverged)
        assert "it took net_config, and after 0.3 s" in error.problem
        assert hint in str(error)
        assert error.remedy
        assert (here.machine.state.mac in error.remedy) == bool(hint)
        assert error.result.commands == ["net_config"]


@generations
async def test_another_machine_at_the_new_address_is_no_success(site, generation):
    async with site(generation, faults={"mac_after_reboot": OTHER_MAC}) as here:
        error = await failure(here.run(**STATIC), WrongMachine)
        assert OTHER_MAC in error.problem
