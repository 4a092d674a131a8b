# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transfers keep a pace, or end in a bounded time saying how far they came."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tracemalloc

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import pace, streams
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    TransferFailed,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.stream import Stream
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    PASSWORD,
    failure,
)


class Time:
    """A clock that goes on only when it's told."""

    now = 1000.0

    def __call__(self):
        return self.now


class Slow:
    """A connection over which *size* bytes go in each step, which takes *seconds*."""

    def __init__(self, clock, size, seconds):
        self.clock, self.size, self.seconds = clock, size, seconds
        self.open = True
        self.byte = b"x"

    async def _step(self, limit):
        self.clock.now += min(self.seconds, limit)
        if self.seconds > limit:
            raise TimeoutError

    async def receive(self, limit):
        await self._step(limit)
        return self.byte * self.size

    async def send(self, data, limit):
        self.seconds = self.seconds and len(data) / self.size
        await self._step(limit)

    def close(self):
        self.open = False


@pytest.fixture
def transfer(token_directory, monkeypatch):
    """transfer(size, seconds): a Miner that took the command for a transfer, the connection for the bytes,
    and the clock.
    """

    def begin(size, seconds):
        clock = Time()
        connection = Slow(clock, size, seconds)
        tokens = Tokens(token_directory)
        client = Miner("192.0.2.1", password=PASSWORD, api="2", reply_timeout=10, tokens=tokens)

        @contextlib.asynccontextmanager
        async def begin(command, params):
            async with Stream(connection, client.line.reply_timeout) as stream:
                yield stream, parse_reply(json.dumps({"logfilelen": "1000000"}).encode())

        monkeypatch.setattr(client.choice.two._dialogues, "begin", begin)
        monkeypatch.setattr(streams, "Pace", lambda: pace.Pace(clock))
        return client, connection, clock

    return begin


async def test_logs_that_come_a_byte_a_second_end_after_the_grace(transfer):
    client, connection, clock = transfer(1, 1)
    error = await failure(client.download("download_logs", io.BytesIO()), TransferFailed)
    assert "slower than 8 KiB/s" in str(error)
    assert clock.now - Time.now == pytest.approx(pace.GRACE_SECONDS, abs=0.1)
    assert not connection.open


@pytest.mark.parametrize("rate", [pace.LEAST_BYTES_PER_SECOND // 2, pace.LEAST_BYTES_PER_SECOND * 2])
async def test_a_transfer_of_a_known_size_ends_in_a_known_time(transfer, rate):
    client, _connection, clock = transfer(rate, 1)
    with contextlib.suppress(TransferFailed):
        await client.download("download_logs", io.BytesIO())
    assert clock.now - Time.now <= pace.GRACE_SECONDS + 1000000 / pace.LEAST_BYTES_PER_SECOND


async def test_logs_at_the_least_rate_come_whole(transfer):
    client, _connection, _clock = transfer(pace.LEAST_BYTES_PER_SECOND, 1)
    file = io.BytesIO()
    assert await client.download("download_logs", file) == len(file.getvalue()) == 1000000


async def test_how_far_a_download_is_is_told(transfer):
    client, _connection, _clock = transfer(400_000, 1)
    steps = []
    await client.choice.two.download("download_logs", io.BytesIO(), steps.append)
    assert steps == [400_000, 800_000, 1_000_000]


def test_a_transfer_that_has_been_too_slow_is_not_waited_for():
    clock = Time()
    slow = pace.Pace(clock)
    assert slow.limit(3) == 3
    clock.now += pace.GRACE_SECONDS - 1
    assert slow.limit(3) == 1
    clock.now += 1
    with pytest.raises(TimeoutError):
        slow.limit(3)


async def test_logs_that_stop_in_the_middle_end_with_the_reply_timeout_and_are_not_called_slow(transfer):
    client, connection, clock = transfer(100000, 1)
    error = await failure(client.download("download_logs", Stopping(connection)), TransferFailed)
    assert "broke off after 300000 of 1000000 bytes" in str(error)
    assert "slower" not in str(error)
    assert clock.now - Time.now == 3 + client.line.reply_timeout


class Stopping(io.BytesIO):
    """A file after whose third piece the connection goes silent."""

    def __init__(self, connection):
        super().__init__()
        self.connection = connection

    def write(self, data):
        super().write(data)
        if self.tell() == 300000:
            self.connection.seconds = 3600


async def test_an_image_that_is_taken_too_slowly_ends_in_a_bounded_time_saying_how_far_it_came(transfer):
    size = 10_000_000
    client, connection, clock = transfer(pace.LEAST_BYTES_PER_SECOND * 0.9, 1)
    error = await failure(client.upload("update_firmware", io.BytesIO(bytes(size)), size), TransferFailed)
    assert re.search("broke off after [0-9]+ of 10000000 bytes: slower than 8 KiB/s", str(error))
    assert clock.now - Time.now <= pace.GRACE_SECONDS + size / pace.LEAST_BYTES_PER_SECOND
    assert not connection.open


async def test_an_image_that_is_taken_at_twice_the_least_rate_goes_out_whole(transfer):
    size = 10_000_000
    client, _connection, _clock = transfer(pace.LEAST_BYTES_PER_SECOND * 2, 1)
    sent = []
    await client.upload("update_firmware", io.BytesIO(bytes(size)), size, on_progress=sent.append)
    assert sent[-1] == size


async def test_a_log_whose_beginning_is_in_doubt_is_not_held_in_memory():
    size = 16 * 1024 * 1024
    connection = Slow(Time(), 64 * 1024, 0)
    connection.byte = b"\n"  # as the reply may end, and as a log may begin
    tracemalloc.start()
    try:
        received = 0
        async for data in Stream(connection, 10).file(size, pace.Pace()):
            received += len(data)
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert received == size
