# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both ports are dialled at once, whichever takes the connection is had, and nothing stays open."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import both_ports, network

WAYS = ["epoll", "loop", "blocking"] if hasattr(select, "epoll") else ["loop", "blocking"]


@pytest.fixture(params=WAYS)
def run(request, monkeypatch):
    """run(coroutine): its result, in one of the ways in which connections are waited for."""
    if request.param == "blocking":
        return network.finish
    if request.param == "loop":
        monkeypatch.delattr(select, "epoll", raising=False)
    return asyncio.run


@pytest.fixture
def opened():
    """opened(): a port that takes connections, and says nothing."""
    servers = []

    def make():
        servers.append(socket.create_server(("127.0.0.1", 0)))
        return servers[-1].getsockname()[1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def closed():
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def swallowing():
    """A port that answers nothing: a full backlog is the one thing on loopback that drops."""
    listener, fillers = socket.socket(), []
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _filler in range(3):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    yield listener.getsockname()[1]
    for each in (listener, *fillers):
        each.close()


async def dialled(ports, address="127.0.0.1", limit=5.0):
    """What came of both: the number of the port it leads to, or the error's type."""
    outcomes = await both_ports.connect_either(address, ports, limit)
    said = []
    for outcome in outcomes:
        if isinstance(outcome, OSError):
            said.append(type(outcome))
        else:
            said.append(outcome._socket.getpeername()[1])
            outcome.close()
    return said


def open_files():
    return len(os.listdir("/dev/fd"))


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_each_port_has_its_connection_or_its_error(run, opened, closed, address):
    one, other = opened(), opened()
    assert run(dialled((one, other), address)) == [one, other]
    assert run(dialled((one, closed), address)) == [one, ConnectionRefusedError]
    assert run(dialled((closed, one), address)) == [ConnectionRefusedError, one]
    assert run(dialled((closed, closed), address)) == [ConnectionRefusedError] * 2


def test_what_stands_can_be_used(run, opened):
    async def look():
        first, second = await both_ports.connect_either("127.0.0.1", (opened(), opened()), 5)
        try:
            await first.send(b"x", 5)
            with pytest.raises(TimeoutError):
                await second.receive(0.1)
            return first.has_ended()
        finally:
            first.close()
            second.close()

    assert run(look()) is False


def test_one_that_stands_does_not_wait_long_for_one_that_swallows(run, opened, swallowing, monkeypatch):
    monkeypatch.setattr(both_ports, "PREFERENCE_SECONDS", 0.2)
    port, begun = opened(), time.monotonic()
    assert run(dialled((swallowing, port))) == [TimeoutError, port]
    assert 0.15 < time.monotonic() - begun < 2


def test_both_share_one_limit(run, swallowing):
    begun = time.monotonic()
    assert run(dialled((swallowing, swallowing), limit=0.3)) == [TimeoutError] * 2
    assert 0.25 < time.monotonic() - begun < 1


def test_nothing_stays_open(run, opened, closed, swallowing):
    ports = opened()
    run(dialled((ports, closed)))  # what the first use opens for good
    before = open_files()
    run(dialled((closed, closed)))
    run(dialled((swallowing, closed), limit=0.1))
    assert open_files() == before


def test_an_interruption_closes_what_stands(opened, swallowing):
    async def interrupt():
        port = opened()
        before = open_files()
        dialling = asyncio.ensure_future(both_ports.connect_either("127.0.0.1", (port, swallowing), 5))
        await asyncio.sleep(0.1)
        assert open_files() > before
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        return open_files() - before

    assert asyncio.run(interrupt()) == 0


def test_a_name_that_cannot_be_one_is_an_error(run):
    with pytest.raises((OSError, ValueError)):
        run(dialled((1, 2), "a" * 400))


def test_where_this_machine_lacks_a_file_the_outcome_says_so(run, opened, monkeypatch):
    class Scarce(socket.socket):
        def __init__(self, *args, **kwargs):
            raise OSError(24, "Too many open files")

    port = opened()

    async def look():
        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", Scarce)
            return [
                outcome.errno for outcome in await both_ports.connect_either("127.0.0.1", (port, port), 1)
            ]

    assert run(look()) == [24, 24]


@pytest.mark.parametrize("how", ["both", "one"])
def test_others_have_their_turn_however_fast_addresses_refuse(closed, how):
    async def look():
        turns = []

        async def other():
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        waiting = asyncio.ensure_future(other())
        for _address in range(50):
            if how == "both":
                await both_ports.connect_either("127.0.0.1", (closed, closed), 5)
            else:
                with pytest.raises(ConnectionRefusedError):
                    await network.connect("127.0.0.1", closed, 5)
        waiting.cancel()
        return len(turns)

    assert asyncio.run(look()) >= 50


def test_an_interruption_without_an_event_loop_closes_what_stands_too(opened, swallowing, monkeypatch):
    class Interrupted:
        def register(self, *_arguments):
            pass

        def poll(self, *_arguments):
            raise KeyboardInterrupt

    port = opened()
    monkeypatch.setattr(select, "poll", Interrupted)
    before = open_files()
    with pytest.raises(KeyboardInterrupt):
        network.finish(both_ports.connect_either("127.0.0.1", (port, swallowing), 5))
    assert open_files() == before
