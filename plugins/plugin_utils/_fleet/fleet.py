# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one of the collection's modules over many miners at once, in one process.

Each host's outcome is the dict that a task of its own would have returned (execution.outcome); here they are
only started, bounded, counted, and stopped.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import outcome
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.open_files import open_files_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType, ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

PROGRESS_SECONDS = 10

# How long an interrupted run may take to close its connections and files.
GRACE_SECONDS = 5

# How often to look whether the process that started this one is still there.
_WATCH_SECONDS = 1

# How many miners are begun together. If all were, they'd all go on in step, and wait for this process, as it
# for them, in turns.
_TOGETHER = 64

# What one miner takes while it's served: its connection, and its token.
_FILES_EACH = 2


@dataclass(frozen=True)
class Job:
    """What to do for one host: *params* are the module's, validated; *problem* says why they can't be, if so,
    and *cause* in a word.
    """

    host: str
    params: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    cause: str | None = None


@dataclass
class Tally:
    """The outcomes so far, by host, in the order in which they came.

    *lost* is how many failed or couldn't be reached, *begun* the hosts that are being served. *stopped* says
    why no more are begun, and *interrupted* whether that is from outside: then those that are begun have no
    outcome.
    """

    total: int
    outcomes: dict[str, TaskResult] = field(default_factory=dict)
    lost: int = 0
    begun: set[str] = field(default_factory=set)
    stopped: str | None = None
    interrupted: bool = False

    def add(self, host: str, result: TaskResult) -> None:
        """Take *result* as the outcome of *host*."""
        self.begun.discard(host)
        self.outcomes[host] = result
        self.lost += bool(result.get("failed") or result.get("unreachable"))

    def hosts(self, verdict: str) -> list[str]:
        """The hosts whose outcome has *verdict* set: ``changed``, ``failed``, ``unreachable``."""
        return [host for host, result in self.outcomes.items() if result.get(verdict)]


@dataclass(frozen=True)
class Jobs:
    """*number* jobs, of which each is worked out only when its turn comes: all at once would be most of the
    memory.
    """

    number: int
    jobs: Iterable[Job]

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Job]:
        return iter(self.jobs)


async def run(
    module: ModuleType,
    jobs: Jobs | list[Job],
    *,
    check_mode: bool,
    diff: bool,
    concurrency: int,
    most_lost: float | None,
    report: Callable[[str], object],
    served: Callable[[str, TaskResult], object] | None = None,
    give_up: Callable[[Tally], object] | None = None,
    tracer: Callable[[str], Callable[[str], object] | None] = lambda host: None,
) -> Tally:
    """Run *module* for all *jobs*, at most *concurrency* at once; return the Tally.

    No more are started once over *most_lost* percent of them failed or were unreachable (None: never mind).
    *report* is called with a line of text now and then, and *served* with each host and its outcome, as it
    comes. *tracer* gives for a host what is called with a line for each exchange.

    SIGINT, SIGTERM and the end of the parent process stop it at once. If something holds it up even then,
    *give_up* is called with the Tally after GRACE_SECONDS, wherever the process stands, and until the process
    ends.
    """
    tally = Tally(len(jobs))
    remaining = iter(jobs)

    async def work() -> None:
        for job in remaining:
            if tally.stopped:
                return
            tally.begun.add(job.host)
            result = await _serve(module, job, check_mode, diff=diff, report=report, trace=tracer(job.host))
            tally.add(job.host, result)
            if served:
                served(job.host, result)
            if most_lost is not None and not tally.stopped and tally.lost * 100 > most_lost * tally.total:
                tally.stopped = f"more than {most_lost:g} % failed or were unreachable"

    with open_files_for(min(len(jobs), concurrency), _FILES_EACH) as at_once:
        workers: list[asyncio.Task[None]] = []
        with _Interrupts(tally, workers, give_up) as interrupts:
            for begun in range(1, at_once + 1):
                workers.append(asyncio.ensure_future(work()))
                if begun % _TOGETHER == 0:
                    await asyncio.sleep(0)
            await _finish(tally, workers, interrupts, report=report)
    return tally


async def _serve(
    module: ModuleType,
    job: Job,
    check_mode: bool,
    *,
    diff: bool,
    report: Callable[[str], object],
    trace: Callable[[str], object] | None,
) -> TaskResult:
    if job.problem is not None:
        failure = _failure(job, job.problem)
        if job.cause:
            failure["cause"] = job.cause
        return failure
    try:
        named = _named(report, job.host)
        result = await outcome(
            module.run, job.params, check_mode, diff=diff, name=job.host, on_progress=named, trace=trace
        )
        return cast("TaskResult", result)
    except Exception as error:  # a fault of the collection's own; it must not cost the others their outcomes
        place = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} in {os.path.basename(place.filename)}, line {place.lineno}"
        return _failure(
            job, f"a fault of this collection, please report it: {fault}. Look at the miner, then run again"
        )


def _failure(job: Job, problem: str) -> TaskResult:
    return {"failed": True, "changed": False, "commands": [], "msg": f"{job.host}: {problem}"}


async def _finish(
    tally: Tally,
    workers: list[asyncio.Task[None]],
    interrupts: _Interrupts,
    *,
    report: Callable[[str], object],
) -> None:
    """Wait for all *workers*. Raises what ended one of them unforeseen."""
    begun = reported = time.monotonic()
    pending = set(workers)
    while pending:
        done, pending = await asyncio.wait(pending, timeout=_WATCH_SECONDS)
        for worker in done:
            fault = None if worker.cancelled() else worker.exception()
            if fault is not None:
                for other in pending:
                    other.cancel()
                raise fault
        interrupts.watch_parent()
        now = time.monotonic()
        if pending and now - reported >= PROGRESS_SECONDS:
            reported = now
            report(
                f"{len(tally.outcomes)} of {tally.total} miners done, {tally.lost} lost, {now - begun:.0f} s"
            )


class _Interrupts:
    """While it stands, SIGINT and SIGTERM cancel the *workers*; each miner's connection is then closed as it
    is.
    """

    def __init__(
        self, tally: Tally, workers: list[asyncio.Task[None]], give_up: Callable[[Tally], object] | None
    ) -> None:
        self._tally = tally
        self._workers = workers
        self._give_up = give_up
        self._parent = os.getppid()

    def __enter__(self) -> _Interrupts:
        loop = asyncio.get_running_loop()

        # Not a handler of the loop: that wouldn't run while the process blocks, on a queue that nobody reads
        # any more.
        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._stop)
            self._limit()

        self._handlers = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *exc_info: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def watch_parent(self) -> None:
        """Stop if the process that started this one is gone, since nobody would learn of what is done."""
        if os.getppid() != self._parent:
            self._stop()
            self._limit()

    def _limit(self) -> None:
        give_up = self._give_up
        if give_up and not self._tally.interrupted:
            signal.signal(signal.SIGALRM, lambda number, frame: give_up(self._tally))
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
        self._tally.interrupted = True
        self._tally.stopped = "interrupted"

    def _stop(self) -> None:
        for worker in self._workers:
            worker.cancel()


def _named(report: Callable[[str], object], host: str) -> Callable[[str], object]:
    return lambda text: report(f"{host}: {text}")
