# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet run is bounded, loses no outcome, and stops when it's told to."""

from __future__ import annotations

import asyncio
import os
import signal
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    CommandRefused,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job


@pytest.fixture
def jobs(tmp_path):
    """make(count): that many Jobs, called h0, h1, ..."""
    defaults = {name: option.get("default") for name, option in OPTIONS.items()}
    params = {**defaults, "host": "192.0.2.7", "token_directory": str(tmp_path / "tokens")}
    return lambda count: [Job(f"h{number}", params) for number in range(count)]


def served_by(serve):
    """A module whose run is *serve*, which gets the miner."""

    async def run(miner, params, check_mode):
        return await serve(miner)

    return types.SimpleNamespace(run=run)


def go(module, jobs, concurrency=10, most_lost=None, report=lambda text: None, **more):
    return asyncio.run(
        asyncio.wait_for(
            fleet.run(
                module,
                jobs,
                check_mode=False,
                diff=False,
                concurrency=concurrency,
                most_lost=most_lost,
                report=report,
                **more,
            ),
            30,
        )
    )


async def unchanged(miner):
    return Result()


def label(miner):
    return miner.name.split()[0]


# --- Outcomes -----------------------------------------------------------------------------------------------


def test_each_host_has_its_own_outcome_and_none_is_lost(jobs):
    async def serve(miner):
        number = int(label(miner)[1:])
        if number % 3 == 1:
            raise CommandRefused("no", code=132)
        if number % 3 == 2:
            raise Unreachable("gone")
        return Result(changed=True)

    tally = go(served_by(serve), jobs(99), concurrency=7)
    assert set(tally.outcomes) == {f"h{number}" for number in range(99)}
    assert sorted(tally.hosts("changed"), key=lambda host: int(host[1:])) == [
        f"h{number}" for number in range(0, 99, 3)
    ]
    assert len(tally.hosts("failed")) == len(tally.hosts("unreachable")) == 33
    assert tally.lost == 66
    assert (tally.stopped, tally.interrupted, tally.begun) == (None, False, set())
    assert all(
        result["msg"].startswith(host) for host, result in tally.outcomes.items() if not result["changed"]
    )


def test_outcomes_come_in_the_order_in_which_the_hosts_are_done_and_are_told_at_once(jobs):
    told = []

    async def serve(miner):
        if label(miner) == "h0":
            while "h1" not in told:
                await asyncio.sleep(0)
        return Result()

    tally = go(served_by(serve), jobs(2), served=lambda host, result: told.append(host))
    assert list(tally.outcomes) == told == ["h1", "h0"]


def test_a_host_whose_parameters_cannot_be_worked_out_fails_by_name_and_is_not_served(jobs):
    seen = []

    async def serve(miner):
        seen.append(label(miner))
        return Result()

    tally = go(served_by(serve), [*jobs(2), Job("odd", problem="its variables make no sense")])
    assert seen == ["h0", "h1"]
    assert tally.outcomes["odd"] == {
        "failed": True,
        "changed": False,
        "commands": [],
        "msg": "odd: its variables make no sense",
    }


def test_a_fault_of_a_module_fails_its_host_only_and_tells_no_value(jobs):
    async def serve(miner):
        if label(miner) == "h1":
            raise KeyError("hunter22")
        return Result(changed=True)

    tally = go(served_by(serve), jobs(3), concurrency=1)
    assert tally.hosts("changed") == ["h0", "h2"]
    assert tally.hosts("failed") == ["h1"]
    said = tally.outcomes["h1"]["msg"]
    assert "h1" in said and "KeyError in test_fleet.py, line" in said and "hunter22" not in said


def test_no_hosts_are_done_at_once(jobs):
    tally = go(served_by(unchanged), [], most_lost=0)
    assert (tally.total, tally.outcomes, tally.stopped) == (0, {}, None)


# --- Bounds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("concurrency", "expected"), [(1, 1), (5, 5), (100, 40)])
def test_at_most_concurrency_miners_are_served_at_once_and_as_many_if_there_are(jobs, concurrency, expected):
    now, most = 0, 0

    async def serve(miner):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return Result()

    assert len(go(served_by(serve), jobs(40), concurrency).outcomes) == 40
    assert most == expected


# --- Stops --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most_lost", "done"), [(0, 1), (5, 6), (9.5, 10), (99, 100), (100, 100), (None, 100)]
)
def test_no_more_are_begun_once_too_many_are_lost(jobs, most_lost, done):
    async def serve(miner):
        raise Unreachable("gone")

    tally = go(served_by(serve), jobs(100), concurrency=1, most_lost=most_lost)
    assert len(tally.outcomes) == done
    assert tally.stopped == (
        f"more than {most_lost:g} % failed or were unreachable" if done < 100 or most_lost == 99 else None
    )


def test_those_that_are_being_served_when_too_many_are_lost_are_finished(jobs):
    begun = []

    async def serve(miner):
        begun.append(label(miner))
        while len(begun) < 4:
            await asyncio.sleep(0)
        if label(miner) == "h0":
            raise Unreachable("gone")
        await asyncio.sleep(0.01)
        return Result(changed=True)

    tally = go(served_by(serve), jobs(10), concurrency=4, most_lost=0)
    assert set(tally.outcomes) == set(begun) == {"h0", "h1", "h2", "h3"}
    assert set(tally.hosts("changed")) == {"h1", "h2", "h3"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_at_once_and_it_is_known_who_was_done_halfway_and_not_begun(jobs, number):
    before = signal.getsignal(number)
    closed = []

    async def serve(miner):
        if label(miner) in ("h0", "h1"):
            return Result(changed=True)
        if label(miner) == "h3":
            os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(30)
        finally:
            closed.append(label(miner))

    told = []
    tally = go(served_by(serve), jobs(10), concurrency=2, served=lambda host, result: told.append(host))
    assert list(tally.outcomes) == told == ["h0", "h1"]
    assert tally.begun == set(closed) == {"h2", "h3"}
    assert (tally.stopped, tally.interrupted) == ("interrupted", True)
    assert signal.getsignal(number) is before


def test_it_stops_when_the_process_that_started_it_is_gone(jobs, monkeypatch):
    monkeypatch.setattr(fleet, "_WATCH_SECONDS", 0.01)
    parents = iter([100])
    monkeypatch.setattr(os, "getppid", lambda: next(parents, 1))

    async def serve(miner):
        await asyncio.sleep(30)

    tally = go(served_by(serve), jobs(10), concurrency=2)
    assert tally.interrupted and tally.begun == {"h0", "h1"}


def test_what_holds_an_interrupted_run_up_is_given_up(jobs, monkeypatch):
    monkeypatch.setattr(fleet, "GRACE_SECONDS", 0.05)
    given_up = []

    def give_up(tally):
        given_up.append(set(tally.begun))
        raise TimeoutError("left")

    async def serve(miner):
        os.kill(os.getpid(), signal.SIGTERM)
        signal.sigtimedwait([signal.SIGUSR2], 20)  # as a write to a full pipe does
        return Result()

    tally = go(served_by(serve), jobs(1), give_up=give_up)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert given_up == [{"h0"}]
    assert tally.interrupted


# --- Progress -----------------------------------------------------------------------------------------------


def test_a_long_run_says_now_and_then_how_far_it_is(jobs, monkeypatch):
    monkeypatch.setattr(fleet, "_WATCH_SECONDS", 0.005)
    monkeypatch.setattr(fleet, "PROGRESS_SECONDS", 0.01)
    lines = []

    async def serve(miner):
        if label(miner) == "h0":
            raise Unreachable("gone")
        while not lines:
            await asyncio.sleep(0.001)
        return Result()

    go(served_by(serve), jobs(4), report=lines.append)
    assert lines[0].startswith("1 of 4 miners done, 1 lost, ")


def test_a_short_run_says_nothing(jobs):
    lines = []
    go(served_by(unchanged), jobs(4), report=lines.append)
    assert lines == []


def test_the_progress_of_a_module_names_its_host(jobs):
    lines = []

    async def serve(miner):
        miner.on_progress("half of it")
        return Result()

    go(served_by(serve), jobs(1), report=lines.append)
    assert lines == ["h0: half of it"]
