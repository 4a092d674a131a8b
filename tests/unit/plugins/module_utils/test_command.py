# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""whatsminer_command over API 3: parameters that are one value or a list, signed and checked as they need."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    UnknownCommand,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import shown_arguments
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_command

PASSWORD = "sim12345"
POOL = {"pool": "stratum+tcp://a.example:3333", "worker": "farm.1", "passwd": "p00l_secret"}


def simulated(generation="3", **fields):
    import simulator

    spec = simulator.MinerSpec(name="m", generation=generation, address="127.0.0.1", port=0, **fields)
    return simulator.Fleet([spec], seed=1)


async def sent(machine, token_directory, command, check=False, **options):
    miner = Miner(
        "127.0.0.1",
        machine.port or 1,
        PASSWORD,
        api3_port=machine.port3 or 1,
        tokens=Tokens(token_directory),
        reply_timeout=2,
    )
    defaults = {name: option.get("default") for name, option in whatsminer_command.ARGUMENTS.items()}
    try:
        return await whatsminer_command.run(miner, {**defaults, "command": command, **options}, check)
    finally:
        miner.close()


@pytest.mark.parametrize("generation", ["3", "3-only"])
async def test_a_parameter_of_one_value_and_a_list_are_given_as_they_are(token_directory, generation):
    async with simulated(generation) as fleet:
        machine = fleet["m"]
        read = await sent(machine, token_directory, "get.miner.status", param="summary+pools")
        assert set(read.values["reply"]["msg"]) == {"summary", "pools"}
        assert not read.changed
        for given in ({"param": 3300}, {"params": {"param": 3200}}):
            assert (await sent(machine, token_directory, "set.miner.power_limit", **given)).changed
        assert machine.state.power_limit == 3200
        result = await sent(machine, token_directory, "set.miner.pools", param=[POOL])
        assert machine.state.pools[0]["password"] == POOL["passwd"]
        assert POOL["passwd"] not in json.dumps(result.to_dict(True))
        assert machine.counters.tokens == 0


async def test_parameters_by_name_are_given_by_name(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        await sent(machine, token_directory, "set.system.hostname", params={"hostname": "rack1"})
        assert machine.state.hostname == "rack1"


async def test_check_mode_sends_reads_only(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        assert (await sent(machine, token_directory, "set.miner.power_limit", check=True, param=3300)).changed
        assert machine.counters.sealed == 0
        read = await sent(machine, token_directory, "get.device.info", check=True, param="system")
        assert list(read.values["reply"]["msg"]) == ["system"]


async def test_an_unknown_command_of_api_3_reads_if_its_name_says_so_and_else_may_write(token_directory):
    async with simulated() as fleet:
        with pytest.raises(UnknownCommand):
            await sent(fleet["m"], token_directory, "get.psu.command", check=True, param="on")
        predicted = await sent(fleet["m"], token_directory, "set.shell.debug", check=True, param="on")
        assert predicted.changed
        assert predicted.warnings
        assert fleet["m"].counters.requests["(other)"] == 1


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("set.miner.power_limit", {"param": 100000}),
        ("set.miner.power_limit", {"param": "3400; reboot"}),
        ("set.miner.power_limit", {}),
        ("set.miner.pools", {"param": {"pool": "a"}}),
        ("set.miner.pools", {"param": [{**POOL, "pool": "no url"}]}),
        ("set.miner.pools", {"param": [POOL] * 4}),
        ("set.system.hostname", {"param": "rack1"}),
        ("set.system.hostname", {"param": "rack1", "params": {"hostname": "rack1"}}),
        ("set.miner.report", {"params": {"gap": 10}}),
        ("get.log.download", {}),
        ("set.system.update_firmware", {}),
        ("get.device.info+get.miner.setting", {}),
    ],
)
async def test_what_can_not_be_sent_is_refused_before_anything_is(token_directory, command, options):
    async with simulated() as fleet:
        with pytest.raises(BadParameter) as caught:
            await sent(fleet["m"], token_directory, command, **options)
        assert POOL["passwd"] not in str(caught.value)
        assert fleet["m"].counters.connections == 0


def test_of_a_parameter_that_may_hold_passwords_none_is_shown():
    specification = {**whatsminer_command.ARGUMENTS, **whatsminer_command.SHOWN}
    assert POOL["passwd"] not in json.dumps(shown_arguments({"param": [POOL]}, specification))
