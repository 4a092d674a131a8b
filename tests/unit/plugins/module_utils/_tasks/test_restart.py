# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts of simulated miners: proved by a clock, and of the machine that was there before."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import neighbours
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotConverged,
    OutcomeUnknown,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.restart import (
    BTMINER,
    FACTORY_RESET,
    MINER,
    restart,
)

GENERATIONS = ["1.3", "1.4", "2.0", "2.2"]
PASSWORD = "sim12345"
OTHER_MAC = "C4:05:08:0F:0F:0F"
QUICK = {"restart_seconds": 0.0, "upfreq_seconds": 0.0, "reboot_delay_seconds": 0.0, "reboot_seconds": 0.1}


@pytest.fixture
def simulated(token_directory):
    """`simulated(generation, **fields of the simulator's spec)`: an async context manager that gives
    (machine, Miner).
    """
    import simulator

    @contextlib.asynccontextmanager
    async def start(generation, mac=None, mac_required=True, **fields):
        spec = simulator.MinerSpec(
            name="m", generation=generation, address="127.0.0.1", port=0, options=QUICK, **fields
        )
        async with simulator.Fleet([spec], seed=1) as fleet:
            machine = fleet["m"]
            client = Miner(
                "127.0.0.1",
                machine.port,
                PASSWORD,
                api="2",
                mac=machine.state.mac if mac else None,
                reply_timeout=2,
                tokens=Tokens(token_directory),
                mac_required=mac_required,
            )
            yield machine, client

    return start


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("command", "what"), [("reboot", MINER), ("restart_btminer", BTMINER)])
async def test_a_restart_is_sent_once_and_seen(simulated, generation, command, what):
    async with simulated(generation) as (machine, client):
        assert await restart(client, what, wait=True, timeout=5) == [command]
        assert dict(machine.counters.taken) == {command: 1}


@pytest.mark.parametrize("what", [MINER, BTMINER, FACTORY_RESET])
async def test_check_mode_restarts_nothing(simulated, what):
    async with simulated("2.0") as (machine, client):
        assert await restart(client, what, wait=True, timeout=5, check_mode=True) == []
        assert dict(machine.counters.taken) == {}


async def test_without_wait_the_miner_s_word_is_enough(simulated):
    async with simulated("2.0", faults={"write_ignored": ["reboot"]}) as (_machine, client):
        assert await restart(client, MINER, wait=False, timeout=5) == ["reboot"]


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_reboot_that_nothing_answers_is_sent_once_and_seen(simulated, generation, wait):
    async with simulated(generation, faults={"write_silent": ["reboot"]}) as (machine, client):
        assert await restart(client, MINER, wait=wait, timeout=5) == ["reboot"]
        assert dict(machine.counters.taken) == {"reboot": 1}


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize(("command", "what"), [("reboot", MINER), ("restart_btminer", BTMINER)])
async def test_a_restart_that_nothing_answers_and_that_does_not_show_is_unknown(
    simulated, command, what, wait
):
    async with simulated("2.0", faults={"write_lost": [command]}) as (machine, client):
        with pytest.raises(OutcomeUnknown) as caught:
            await restart(client, what, wait=wait, timeout=0.3)
        assert caught.value.command == command
        assert machine.counters.requests[command] == 1


async def test_a_miner_that_went_away_unasked_again_may_be_rebooting_which_is_enough_without_wait(simulated):
    faults = {"write_silent": ["reboot"], "hang_after_reboot": True}
    async with simulated("2.0", faults=faults) as (_machine, client):
        assert await restart(client, MINER, wait=False, timeout=0.5) == ["reboot"]


async def test_a_yes_that_restarts_nothing_is_found_out(simulated):
    async with simulated("2.0", faults={"write_ignored": ["reboot"]}) as (_machine, client):
        with pytest.raises(NotConverged, match="it took reboot, and after 0.3 s it shows no restart"):
            await restart(client, MINER, wait=True, timeout=0.3)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("what", [MINER, FACTORY_RESET])
async def test_another_machine_that_answers_after_a_restart_is_no_success_though_none_was_pinned(
    simulated, generation, what
):
    async with simulated(generation, faults={"mac_after_reboot": OTHER_MAC}) as (machine, client):
        before = machine.state.mac
        with pytest.raises(WrongMachine) as caught:
            await restart(client, what, wait=True, timeout=5)
        assert before in caught.value.problem
        assert OTHER_MAC in caught.value.problem
        assert "Nothing was written" not in str(caught.value)
        assert caught.value.result.changed
        assert caught.value.result.commands == [what.by_api[2][0][0]]


async def test_a_machine_that_no_longer_shows_a_mac_after_a_restart_is_no_success(simulated, monkeypatch):
    async with simulated("2.0") as (_machine, client):
        normalise = client.choice.two.normalise

        def without_mac(replies):
            known = normalise(replies)
            return (
                known
                if known.get("uptime_seconds", 0) > 1000
                else {name: known[name] for name in known if name != "mac"}
            )

        monkeypatch.setattr(client.choice.two, "normalise", without_mac)
        with pytest.raises(NotConverged, match="shows no MAC"):
            await restart(client, MINER, wait=True, timeout=0.5)


async def cured(machine, command):
    """What crashed is running again once *machine* has taken *command*."""
    while not machine.counters.taken.get(command):
        await asyncio.sleep(0.01)
    machine.patch({"faults": {"btminer_down": False}})


@pytest.mark.parametrize("generation", ["1.3", "1.4"])
@pytest.mark.parametrize(("command", "what"), [("reboot", MINER), ("restart_btminer", BTMINER)])
@pytest.mark.parametrize("way", ["no mac required", "neighbour"])
async def test_a_crashed_btminer_of_a_pinned_miner_can_be_restarted(
    simulated, monkeypatch, generation, command, what, way
):
    async with simulated(
        generation, mac=True, mac_required=way == "neighbour", faults={"btminer_down": True}
    ) as (machine, client):
        if way == "neighbour":
            monkeypatch.setattr(neighbours, "mac_of", lambda address: machine.state.mac.lower())
        restarted = restart(client, what, wait=True, timeout=5)
        await asyncio.gather(cured(machine, command), restarted)
        assert machine.btminer_answers


@pytest.mark.parametrize("generation", ["1.3", "1.4"])
async def test_a_crashed_btminer_of_a_miner_that_nothing_identifies_is_left_and_the_error_says_what_it_is(
    simulated, generation
):
    async with simulated(generation, mac=True, faults={"btminer_down": True}) as (machine, client):
        with pytest.raises(WrongMachine, match="its btminer is down") as caught:
            await restart(client, BTMINER, wait=True, timeout=5)
        assert "whatsminer_mac_required" in caught.value.remedy
        assert machine.counters.sealed == 0
