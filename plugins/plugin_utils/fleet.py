# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one of the collection's modules over many miners at once, in one process.

Each host's outcome is the dict that a task of its own would have returned (execution.outcome); here they are only started,
bounded, counted, and stopped.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import time
from dataclasses import dataclass, field

from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import outcome

PROGRESS_SECONDS = 10

# What one miner takes while it's served: its connection, the lock of its token, that file, and one to spare.
_FILES_PER_MINER = 4
_FILES_RESERVED = 64


@dataclass(frozen=True)
class Job:
    """What to do for one host: *params* are the module's, validated; *problem* says why they can't be, if so."""

    host: str
    params: dict = None
    problem: str = None


@dataclass
class Tally:
    """The outcomes so far, by host, in the order in which they came."""

    total: int
    outcomes: dict = field(default_factory=dict)
    stopped: str = None

    def hosts(self, verdict):
        """The hosts whose outcome has *verdict* set: ``changed``, ``failed``, ``unreachable``."""
        return [host for host, result in self.outcomes.items() if result.get(verdict)]

    @property
    def lost(self):
        """How many failed or couldn't be reached."""
        return len(self.hosts("failed")) + len(self.hosts("unreachable"))


async def run(module, jobs, check_mode, diff, concurrency, most_lost, report):
    """Run *module* for all *jobs*, at most *concurrency* at once; return the Tally.

    No more are started once over *most_lost* percent of them failed or were unreachable (None: never mind). SIGINT and
    SIGTERM stop it likewise, and at once. *report* is called with a line of text now and then.
    """
    tally = Tally(len(jobs))
    remaining = iter(jobs)
    width = min(concurrency, len(jobs), _allowed_at_once(concurrency))

    async def work():
        for job in remaining:
            if tally.stopped:
                return
            if job.problem is None:
                result = await outcome(module.run, job.params, check_mode, diff, name=job.host, report=_named(report, job.host))
            else:
                result = {"failed": True, "changed": False, "msg": f"{job.host}: {job.problem}"}
            tally.outcomes[job.host] = result
            if most_lost is not None and tally.lost * 100 > most_lost * tally.total:
                tally.stopped = f"more than {most_lost:g} % failed or were unreachable"

    workers = [asyncio.ensure_future(work()) for _each in range(width)]
    with _interrupts(tally, workers):
        await _progress(tally, workers, report)
    return tally


async def _progress(tally, workers, report):
    begun = time.monotonic()
    pending = set(workers)
    while pending:
        done, pending = await asyncio.wait(pending, timeout=PROGRESS_SECONDS)
        for worker in done:
            if not worker.cancelled() and worker.exception() is not None:
                for other in pending:
                    other.cancel()
                raise worker.exception()
        if pending:
            report(f"{len(tally.outcomes)} of {tally.total} miners done, {tally.lost} lost, {time.monotonic() - begun:.0f} s")


class _interrupts:
    """While it stands, SIGINT and SIGTERM cancel the *workers*; each miner's connection is then closed as it is."""

    def __init__(self, tally, workers):
        self._tally = tally
        self._workers = workers

    def __enter__(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)

    def _stop(self):
        self._tally.stopped = "interrupted"
        for worker in self._workers:
            worker.cancel()

    def __exit__(self, *exc_info):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _allowed_at_once(wanted):
    """How many miners can be served at once with the open files there are, after asking for enough for *wanted*."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted * _FILES_PER_MINER + _FILES_RESERVED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        except (OSError, ValueError):
            soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(1, (soft - _FILES_RESERVED) // _FILES_PER_MINER) if soft != resource.RLIM_INFINITY else wanted


def _named(report, host):
    return lambda text: report(f"{host}: {text}")
