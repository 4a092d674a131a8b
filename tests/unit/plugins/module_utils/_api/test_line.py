# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that don't come about, what is tried again, and what is shown of each exchange."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import line, network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    CommandRefused,
    TimedOut,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    GARBAGE,
    PASSWORD,
    POOLS,
    SUMMARY,
    FakeMiner,
    failure,
    joined,
    refuses,
    says,
)


def api2(*place, **options):
    """The client of API 2 of a Miner there."""
    return Miner(*place, api="2", **options).choice.two


async def test_a_connection_that_does_not_come_about_is_waited_for_once(token_directory, monkeypatch):
    dialled = []

    async def connect(address, port, limit):
        dialled.append(port)
        await asyncio.sleep(limit)
        raise TimeoutError

    monkeypatch.setattr(network, "connect", connect)
    client = api2("192.0.2.1", connect_timeout=0.05, retries=9, tokens=Tokens(token_directory))
    await failure(client.ask("status"), Unreachable)
    assert len(dialled) == 1


async def test_nobody_listening_is_unreachable_and_tried_again(token_directory, monkeypatch):
    opened = []
    really = network.connect

    async def connect(*args):
        opened.append(args)
        return await really(*args)

    async with FakeMiner() as fake:
        client = fake.api2(token_directory, retries=2)
    monkeypatch.setattr(network, "connect", connect)
    error = await failure(client.ask("status"), Unreachable)
    assert not isinstance(error, TimedOut)
    assert len(opened) == 3
    assert str(error).startswith(f"127.0.0.1:{fake.port}: status: no connection: ")


async def test_a_connection_that_does_not_come_about_is_given_up(token_directory):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as clients:
        for _each in range(3):  # what the backlog doesn't take is neither accepted nor refused
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        client = api2(*full.getsockname(), connect_timeout=0.05, retries=0, tokens=Tokens(token_directory))
        assert "no connection within 0.05 s" in str(await failure(client.ask("status"), Unreachable))


async def test_a_name_that_nobody_answers_for_is_given_up(token_directory, monkeypatch):
    async def never(*args, **kwargs):
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    client = api2("miner.example", connect_timeout=0.05, retries=0, tokens=Tokens(token_directory))
    assert "no connection within 0.05 s" in str(await failure(client.ask("status"), Unreachable))


async def test_a_miner_is_found_by_its_name(token_directory):
    async with FakeMiner({"status": says()}) as fake:
        client = api2("localhost", port=fake.port, retries=0, tokens=Tokens(token_directory))
        assert (await client.ask("status"))["status"].ok


@pytest.mark.parametrize("address", ["a..b", "a" * 70 + ".example", "no\0pe", ""])
async def test_an_address_that_can_not_be_one_is_unreachable(token_directory, address):
    await failure(api2(address, port=9, retries=0, tokens=Tokens(token_directory)).ask("status"), Unreachable)


async def test_retries_back_off_ever_longer(token_directory, monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(line, "BACK_OFF_SECONDS", 1.0)
    async with FakeMiner() as fake:
        client = fake.api2(token_directory, retries=3)
        monkeypatch.setattr(asyncio, "sleep", sleep)
        await failure(client.ask("status"))
    assert [round(pause / 1.0) for pause in pauses[:2]] == [1, 2]
    assert 3.2 <= pauses[2] <= 4.8
    assert len(pauses) == 3


# --- The trace ----------------------------------------------------------------------------------------------


async def test_a_trace_shows_each_exchange_and_no_secret(token_directory):
    lines = []
    answers = {
        "summary+pools": joined(summary=SUMMARY, pools=POOLS),
        "status": says(msg={"btmineroff": "false"}),
        "ssh_open": refuses(132, f"no, {PASSWORD}"),
        "get_psu": GARBAGE,
    }
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, retries=0)
        client.line.trace = lines.append
        await client.choice.two.ask("summary", "pools", "status", "get_psu")
        await failure(client.send("ssh_open"), CommandRefused)
    shown = [line.rpartition(", ")[0] for line in lines]
    assert all(line.endswith(" ms") and line.startswith(f"API 2, port {fake.port}: ") for line in lines)
    where = f"API 2, port {fake.port}: "
    assert [line.removeprefix(where) for line in shown][:2] == ["summary+pools: no code", "status: Code 131"]
    assert "get_psu: the answer is not a Whatsminer reply" in shown[2]
    assert [line.removeprefix(where) for line in shown][3:] == [
        "get_token: Code 131",
        "ssh_open: Code 132, no, ********",
    ]
