# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own ceiling: how fast it answers, so that it is never what the other rows measure."""

from __future__ import annotations

import asyncio
import time

import report
import stage
import task

LIMIT = 0.15
CONCURRENCY = 200
REQUEST = b'{"cmd":"summary+pools"}'


class Simulator:
    """A bare client's exchange, with the reads of a converged task, beside that task."""

    ROWS = [report.Row("bare exchange", "whatsminer_pools", LIMIT)]

    def __init__(self, on: stage.Stage) -> None:
        self._miners = on.fleet()
        self._player = on.plays(self._miners)
        self._hosts = on.hosts
        self._tasks = {"whatsminer_pools": task.TASKS["whatsminer_pools"]}

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds an exchange, CPU that of the simulator; and milliseconds a host and task."""
        used, started = self._miners.cpu_seconds(), time.monotonic()
        addresses = self._miners.addresses()
        asyncio.run(_read_all(addresses))
        wall, cpu = time.monotonic() - started, self._miners.cpu_seconds() - used
        bare = report.Reading(1000 * wall / len(addresses), 1000 * cpu / len(addresses))
        return {"bare exchange": bare, **self._player.per_host_task(self._tasks, number, self._hosts)}


async def _read_all(addresses) -> None:
    turns = asyncio.Semaphore(CONCURRENCY)

    async def read(host, port):
        async with turns:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(REQUEST)
            reply = await reader.read()
            writer.close()
            if not reply:
                raise OSError(f"{host} gave no reply")

    await asyncio.gather(*(read(host, port) for host, port in addresses))
