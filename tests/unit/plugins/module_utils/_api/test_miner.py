# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner: any command of its API, and the simulator's cryptography, which isn't ours."""

from __future__ import annotations

import contextlib
import socket

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotAMiner,
    OutcomeUnknown,
    TimedOut,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    GARBAGE,
    MAC,
    OTHER_MAC,
    FakeMiner,
    Sealed,
    Silence,
    failure,
    says,
    shows_mac,
)


async def test_any_command_can_be_called_plain(token_directory):
    async with FakeMiner({"get_something": says(msg="fine")}) as fake:
        client = fake.client(token_directory)
        assert (await client.send("get_something", {"a": [1]}, sealed=False)).text == "fine"
    assert fake.requests[0].params == {"cmd": "get_something", "a": [1]}


async def test_a_parameter_of_an_unknown_command_replaces_neither_command_nor_token(token_directory):
    async with FakeMiner({"set_something": says()}) as fake:
        await fake.client(token_directory).send("set_something", {"cmd": "reboot", "token": "x"})
    assert fake.requests[-1].params == {"token": fake.tokens[0][0], "cmd": "set_something"}


async def test_an_unknown_sealed_command_counts_as_a_write(token_directory):
    async with FakeMiner({**shows_mac(OTHER_MAC), "set_something": b""}) as fake:
        await failure(fake.client(token_directory, mac=MAC).send("set_something"), WrongMachine)
        await failure(fake.client(token_directory).send("set_something"), OutcomeUnknown)
    assert fake.asked().count("set_something") == 1


@pytest.mark.parametrize("reply", [says(msg={"api_ver": "2.0.5"}), b'{"api_ver":"2.0.5"}'])
async def test_a_read_can_be_sealed_and_needs_no_status(token_directory, reply):
    async with FakeMiner({"get_version": Sealed(reply)}) as fake:
        assert (await fake.client(token_directory).send("get_version")).data == {"api_ver": "2.0.5"}


@pytest.mark.parametrize(
    ("answer", "kind"), [(Silence(), TimedOut), (b"", NotAMiner), (Sealed(GARBAGE), NotAMiner)]
)
async def test_a_sealed_read_that_fails_has_no_outcome_to_be_unknown(token_directory, answer, kind):
    async with FakeMiner({"get_version": answer}) as fake:
        await failure(fake.client(token_directory, reply_timeout=0.1).send("get_version"), kind)


async def test_the_text_encoding_is_the_document_s(token_directory):
    async with FakeMiner(
        {"set_led|auto": b"STATUS=S,When=1,Code=131,Msg=API command OK,Description=|"}
    ) as fake:

        def sealed_text(request):
            assert request.raw.startswith(b"enc|")
            assert request.plain.rstrip(b"\0") == f"token,{fake.tokens[0][0]}|set_led|auto".encode()
            return Sealed(b"STATUS=S,When=1,Code=131,Msg=API command OK,Description=|", form="text")

        fake._answer = lambda request: sealed_text(request) if request.sealed else fake._token(request)
        reply = await fake.client(token_directory).send("set_led", {"param": "auto"}, encoding="text")
    assert (reply.ok, reply.code, reply.text) == (True, 131, "API command OK")


async def test_the_text_encoding_of_a_read_is_its_bare_name(token_directory):
    async with FakeMiner({"get_token": b"1592555626 BQ5hoXV9 jbzkfQls"}) as fake:
        reply = await fake.client(token_directory).send("get_token", encoding="text", sealed=False)
    assert fake.requests[0].raw == b"get_token"
    assert reply.data == {"time": "1592555626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}


async def test_an_unknown_subset_is_refused_before_the_miner_is_dialled():
    unreached = Miner("192.0.2.1", connect_timeout=0.1)
    await failure(unreached.gather(["nonsense"]), BadParameter)


async def test_a_read_of_which_one_part_fails_is_an_error_and_not_a_fact_that_is_not_there(token_directory):
    answers = {**shows_mac(MAC), "status": GARBAGE, "get_version": says(msg={"api_ver": "2.0.5"})}
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, retries=0)
        assert (await client.read("mac")).facts["mac"] == MAC
        error = await failure(client.read("mac", "state"), NotAMiner)
    assert error.command == "status"


@pytest.mark.parametrize(("off", "state"), [("true", "off"), ("false", "on")])
async def test_whether_it_is_on_is_asked_for_where_what_shows_the_machine_does_not_tell(
    token_directory, off, state
):
    answers = {**shows_mac(MAC), "get_version": says(msg={"miner_type": "M50"})}
    async with FakeMiner({**answers, "status": says(msg={"btmineroff": off})}) as fake:
        facts = (await fake.client(token_directory, retries=0).gather([], identify=True)).facts
    assert (facts["mac"], facts["state"]) == (MAC, state)


# --- Against the simulator, whose cryptography is not ours --------------------------------------------------

QUICK = {"restart_seconds": 0.0, "upfreq_seconds": 0.0, "power_off_seconds": 0.0, "ssh_listens": False}
SIM_PASSWORD = "sim12345"


@contextlib.asynccontextmanager
async def simulated(token_directory, generation, options=None, **fields):
    import simulator

    spec = simulator.MinerSpec(
        name="m",
        generation=generation,
        address="127.0.0.1",
        port=0,
        options={**QUICK, **(options or {})},
        **fields,
    )
    async with simulator.Fleet([spec], seed=1) as fleet:
        machine = fleet["m"]
        tokens = Tokens(token_directory)
        yield machine, Miner("127.0.0.1", machine.port, SIM_PASSWORD, api="2", tokens=tokens)


@pytest.mark.parametrize("sealed_reply", ["enc_data", "enc", "plain"])
@pytest.mark.parametrize("padding", ["zero", "pkcs7"])
@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
async def test_every_generation_takes_our_commands_and_we_its_answers(
    token_directory, generation, padding, sealed_reply
):
    async with simulated(token_directory, generation, {"padding": padding, "sealed_reply": sealed_reply}) as (
        machine,
        client,
    ):
        reply = await client.send("set_power_pct", {"percent": 80})
        assert reply.code == 131
        assert machine.state.percent == 80


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
async def test_a_stale_token_is_renewed_on_every_generation(token_directory, generation):
    async with simulated(token_directory, generation) as (machine, client):
        await client.send("ssh_open")
        machine.tokens.void(remember=machine.options.stale_token_code == 135)
        await client.send("set_power_pct", {"percent": 70})
        assert (machine.state.percent, machine.counters.tokens) == (70, 2)


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
@pytest.mark.parametrize("joins", ["none", "two", "all"])
async def test_reads_come_back_from_firmware_that_joins_and_firmware_that_does_not(
    token_directory, generation, joins
):
    async with simulated(token_directory, generation, {"joins": joins}) as (_machine, client):
        replies = await client.choice.two.ask(
            "summary", "pools", "edevs", "devdetails", "status", "get_version", "get_psu"
        )
    assert not [command for command, reply in replies.items() if isinstance(reply, Exception)]


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0", "2.2", "3"])
@pytest.mark.parametrize("subsets", [[], ["pools"]])
async def test_which_machine_it_is_and_whether_it_is_on_is_read_beside_what_is_wanted(
    token_directory, generation, subsets
):
    async with simulated(token_directory, generation) as (machine, client):
        connection = await network.connect("127.0.0.1", machine.port3 or machine.port, 2)
        client = Miner(
            "127.0.0.1",
            machine.port,
            api3_port=machine.port3 or None,
            tokens=Tokens(token_directory),
            api="3" if machine.port3 else "2",
        )
        client.use(connection, 3 if machine.port3 else 2)
        facts = (await client.gather(subsets, identify=True)).facts
        client.close()
        assert facts["mac"] == machine.state.mac
        assert facts["state"] == "on"
        assert ("pools" in facts) or not subsets
        if machine.port3:
            assert machine.counters.connections == 1


async def test_whether_something_listens_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert await Miner("127.0.0.1", connect_timeout=2).accepts(port)
    assert not await Miner("127.0.0.1", connect_timeout=2).accepts(port)
