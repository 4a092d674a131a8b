# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections stand, carry and end within their limits: on the event loop, whatever it's told by, and without
one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import select
import socket
import threading
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network

WAYS = ["epoll", "loop", "blocking"] if hasattr(select, "epoll") else ["loop", "blocking"]
LOTS = 3 * 1024 * 1024


@pytest.fixture(params=WAYS)
def run(request, monkeypatch):
    """run(coroutine): its result, in one of the ways in which connections are waited for."""
    if request.param == "blocking":
        return network.finish
    if request.param == "loop":
        monkeypatch.delattr(select, "epoll", raising=False)
    return asyncio.run


@pytest.fixture
def listening():
    """listening(serve): the port of a server on loopback that calls *serve* with each connection, in a
    thread.
    """
    servers = []

    def listen(serve):
        server = socket.create_server(("127.0.0.1", 0), backlog=64)
        servers.append(server)

        def loop():
            while True:
                try:
                    connected, _place = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=[connected], daemon=True).start()

        threading.Thread(target=loop, daemon=True).start()
        return server.getsockname()[1]

    yield listen
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def echo(connected):
    with connected:
        while data := connected.recv(65536):
            connected.sendall(data)


def silence(connected):
    with connected:
        while connected.recv(65536):
            pass


def deaf(connected):
    with connected:
        time.sleep(2)


async def all_of(connection, limit=5):
    data = b""
    while piece := await connection.receive(limit):
        data += piece
    return data


def test_what_is_sent_arrives(run, listening):
    async def exchange():
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            await connection.send(b"hello", 5)
            return await connection.receive(5)
        finally:
            connection.close()

    port = listening(echo)
    assert run(exchange()) == b"hello"


def test_more_than_the_system_takes_at_once_arrives_whole(run, listening):
    received = []

    def collect(connected):
        with connected:
            time.sleep(0.1)  # until the sender has to wait
            data = b""
            while len(data) < LOTS:
                data += connected.recv(65536)
            received.append(data)
            connected.sendall(data)

    async def exchange():
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            await connection.send(sent, 5)
            return await all_of(connection)
        finally:
            connection.close()

    port, sent = listening(collect), os.urandom(LOTS)
    assert run(exchange()) == sent == received[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_a_closed_port_refuses(run, address):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        run(network.connect(address, port, 5))


def test_a_name_that_cannot_be_one_is_an_error(run):
    with pytest.raises((OSError, ValueError)):
        run(network.connect("a" * 400, 4028, 5))


def test_what_does_not_arrive_in_time_is_a_timeout(run, listening):
    async def exchange():
        connection = await network.connect("127.0.0.1", port, 5)
        begun = time.monotonic()
        try:
            await connection.send(b"hello", 5)
            await connection.receive(0.1)
        finally:
            connection.close()
            took.append(time.monotonic() - begun)

    port, took = listening(silence), []
    with pytest.raises(TimeoutError):
        run(exchange())
    assert 0.1 <= took[0] < 1


def test_what_is_not_taken_in_time_is_a_timeout(run, listening):
    async def exchange():
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            for _each in range(100):
                await connection.send(bytes(LOTS), 0.2)
        finally:
            connection.close()

    port = listening(deaf)
    with pytest.raises(TimeoutError):
        run(exchange())


def test_the_end_and_a_reset_are_told_apart(run, listening):
    def end(connected):
        connected.recv(100)
        connected.close()

    def reset(connected):
        connected.recv(100)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connected.close()

    async def exchange(port):
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            await connection.send(b"x", 5)
            return await connection.receive(5)
        finally:
            connection.close()

    assert run(exchange(listening(end))) == b""
    with pytest.raises(ConnectionResetError):
        run(exchange(listening(reset)))


@pytest.mark.parametrize("way", [way for way in WAYS if way != "blocking"])
class TestManyAtOnce:
    """What only the event loop does."""

    @pytest.fixture(autouse=True)
    def _way(self, way, monkeypatch):
        if way == "loop":
            monkeypatch.delattr(select, "epoll", raising=False)

    def test_a_thousand_exchanges_fifty_at_once_are_each_others_business_never(self, listening):
        port = listening(echo)

        async def worker(number):
            for turn in range(20):
                connection = await network.connect("127.0.0.1", port, 5)
                try:
                    sent = b"%d-%d" % (number, turn)
                    await connection.send(sent, 5)
                    assert await connection.receive(5) == sent
                finally:
                    connection.close()
            return True

        async def everything():
            return await asyncio.gather(*(worker(number) for number in range(50)))

        assert asyncio.run(everything()) == [True] * 50

    def test_one_that_never_stops_sending_leaves_the_others_their_turn(self, listening):
        def flood(connected):
            with connected:
                try:
                    while True:
                        connected.sendall(bytes(1024 * 1024))
                except OSError:
                    pass

        async def scenario():
            connection = await network.connect("127.0.0.1", port, 5)
            turns = 0

            async def others():
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            task = asyncio.ensure_future(others())
            try:
                for _each in range(200):
                    await connection.receive(5)
            finally:
                task.cancel()
                connection.close()
            return turns

        port = listening(flood)
        assert asyncio.run(scenario()) >= 200

    def test_who_is_cancelled_while_waiting_leaves_nothing_behind(self, listening):
        async def scenario():
            async def wait():
                connection = await network.connect("127.0.0.1", port, 5)
                try:
                    await connection.receive(60)
                finally:
                    connection.close()

            tasks = [asyncio.ensure_future(wait()) for _each in range(10)]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return all(task.cancelled() for task in tasks)

        port = listening(silence)
        gc.collect()
        before = len(os.listdir("/dev/fd"))
        assert asyncio.run(scenario())
        deadline = time.monotonic() + 5  # by when the server has noticed too
        while len(os.listdir("/dev/fd")) > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(os.listdir("/dev/fd")) <= before

    def test_limits_hold_one_by_one_however_many_wait(self, listening):
        async def wait(limit):
            connection = await network.connect("127.0.0.1", port, 5)
            begun = time.monotonic()
            try:
                with pytest.raises(TimeoutError):
                    await connection.receive(limit)
            finally:
                connection.close()
            return time.monotonic() - begun - limit

        async def everything():
            return await asyncio.gather(*(wait(limit / 10) for limit in range(5, 0, -1)))

        port = listening(silence)
        assert all(0 <= late < 0.5 for late in asyncio.run(everything()))


def test_who_never_stops_sending_is_not_listened_to_beyond_the_limit(run, listening):
    async def listen(port):
        connection = await network.connect("127.0.0.1", port, 2)
        deadline = time.monotonic() + 0.1
        try:
            while True:
                await connection.receive(deadline - time.monotonic())
        finally:
            connection.close()

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        run(listen(listening(flood)))
    assert time.monotonic() - started < 5


def flood(connected):
    with connected, contextlib.suppress(OSError):
        while True:
            connected.sendall(bytes(65536))


def test_what_waits_for_something_else_can_not_run_without_an_event_loop():
    async def others_turn():
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited for one"):
        network.finish(others_turn())


def test_a_pause_is_one_in_every_way(run):
    begun = time.monotonic()
    run(network.sleep(0.02))
    assert time.monotonic() - begun >= 0.02


def test_where_no_time_is_left_nothing_is_begun(run, listening):
    async def exchange():
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            await connection.receive(0)
        finally:
            connection.close()

    port = listening(silence)
    with pytest.raises(TimeoutError):
        run(exchange())


def test_without_an_event_loop_no_time_left_is_no_connection_begun(listening):
    with pytest.raises(TimeoutError):
        network.finish(network.connect("127.0.0.1", listening(silence), 0))


def test_an_address_that_no_connection_can_have_is_refused_by_this_machine(run):
    begun = time.monotonic()
    with pytest.raises(OSError, match=r"."):
        run(network.connect("224.0.0.1", 4028, 5))
    assert time.monotonic() - begun < 4


def test_a_refusal_that_comes_after_the_beginning_is_told(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()
    candidate = network.Socket(socket.socket())
    # As over a network: on loopback the refusal is there at once.
    monkeypatch.setattr(network, "_begun", lambda begun, place: begun.connect_ex(place))
    try:
        assert candidate.begin(place) == errno.EINPROGRESS
        assert candidate.dialled() == errno.ECONNREFUSED
    finally:
        candidate.close()


def test_a_connection_that_was_reset_has_ended(run, listening):
    resets = threading.Event()

    def reset(connected):
        connected.recv(100)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connected.close()
        resets.set()

    async def look():
        connection = await network.connect("127.0.0.1", port, 5)
        try:
            await connection.send(b"x", 5)
            assert resets.wait(5)
            return connection.has_ended()
        finally:
            connection.close()

    port = listening(reset)
    assert run(look())
