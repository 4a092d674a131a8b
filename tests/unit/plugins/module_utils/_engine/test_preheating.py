# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preheating is asked for again and again until it's complete: the command asks as well as it orders."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotConverged,
    OutcomeUnknown,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import restarts
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure

PREHEAT = "pre_power_on"
OFF = {"powered": False}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_SECONDS", 0.02)


async def test_a_miner_is_powered_off_and_then_preheated_until_that_is_complete(site):
    async with site("2.0", {"preheat_seconds": 0.1}) as here:
        result = await here.run(state="preheated")
        assert result.commands == ["power_off", PREHEAT]
        assert here.machine.counters.taken[PREHEAT] > 1


async def test_without_wait_it_is_asked_for_once(site):
    async with site("2.0", {"preheat_seconds": 60.0}, state=OFF) as here:
        assert (await here.run(state="preheated", wait=False)).commands == [PREHEAT]
        assert here.machine.counters.requests[PREHEAT] == 1


async def test_preheating_that_does_not_end_in_time_has_not_converged(site):
    async with site("2.0", {"preheat_seconds": 60.0}, state=OFF) as here:
        error = await failure(here.run(state="preheated", wait_timeout=0.2), NotConverged)
        assert "power.state isn't preheated after 0.2 s" in error.problem
        assert error.result.commands == [PREHEAT]


async def test_a_first_request_that_nothing_answers_has_an_unknown_outcome(site):
    async with site("2.0", state=OFF, faults={"write_lost": [PREHEAT]}) as here:
        error = await failure(here.run(state="preheated"), OutcomeUnknown)
        assert not error.result.changed
        assert here.machine.counters.requests[PREHEAT] == 1


async def test_a_later_one_that_nothing_answers_is_asked_again_since_that_does_no_harm(site):
    async with site("2.0", {"preheat_seconds": 0.3}, state=OFF) as here:
        run = asyncio.ensure_future(here.run(state="preheated"))
        await until(lambda: here.machine.counters.taken.get(PREHEAT))
        here.machine.patch({"faults": {"write_lost": [PREHEAT]}})
        await until(lambda: here.machine.counters.lost.get(PREHEAT))
        here.machine.patch({"faults": None})
        assert (await run).commands == [PREHEAT]


async def until(holds):
    while not holds():
        await asyncio.sleep(0.005)
