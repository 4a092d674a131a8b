# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write without an answer did is read back, and a yes that never shows is no success."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotConverged,
    OutcomeUnknown,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import (
    ONE,
)

GENERATIONS = ["1.3", "1.4", "2.0", "2.2"]


# Settings that every generation shows, and the commands that change them.
READABLE = [
    ({"pools": [ONE]}, "update_pools"),
    ({"mode": "low"}, "set_low_power"),
    ({"state": "off"}, "power_off"),
]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("how", ["close", "hang"])
@pytest.mark.parametrize(("declared", "command"), READABLE)
async def test_a_write_that_was_taken_without_a_word_is_a_change_and_sent_once(
    site, generation, how, declared, command
):
    async with site(generation, faults={"write_silent": ["*"], "silent_how": how}) as here:
        result = await here.run(reply_timeout=0.4, **declared)
        assert (result.changed, result.commands) == (True, [command])
        assert here.sent == {command: 1}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("declared", "command"), READABLE)
async def test_a_write_that_was_lost_has_an_unknown_outcome_and_is_never_sent_again(
    site, generation, declared, command
):
    async with site(generation, faults={"write_lost": ["*"]}) as here:
        error = await failure(here.run(**declared), OutcomeUnknown)
        assert here.sent == {command: 1}
        assert (error.command, error.result.changed, error.result.commands) == (command, False, [])


async def test_an_unreadable_write_without_an_answer_has_an_unknown_outcome_taken_or_not(site):
    for fault in ("write_silent", "write_lost"):
        async with site("2.0", faults={fault: ["*"]}) as here:
            error = await failure(here.run(web_access=False), OutcomeUnknown)
            assert here.sent == {"disable_web_pools": 1}
            assert error.result.applied is None


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("declared", "command"), READABLE)
async def test_a_yes_that_never_shows_is_not_converged(site, generation, declared, command):
    async with site(generation, faults={"write_ignored": ["*"]}) as here:
        error = await failure(here.run(wait_timeout=0.15, **declared), NotConverged)
        assert here.sent == {command: 1}
        assert " and not " in error.problem


async def test_a_miner_that_went_away_after_a_write_is_said_to_be_away_and_not_to_have_refused(
    site, monkeypatch
):
    send = Miner.send
    async with site("2.0") as here:

        async def send_and_go(self, *command, **options):
            try:
                return await send(self, *command, **options)
            finally:
                here.machine.patch({"faults": {"garbage": True}})

        monkeypatch.setattr(Miner, "send", send_and_go)
        error = await failure(here.run(wait_timeout=0.4, reply_timeout=0.2, mode="low"), NotConverged)
        assert "it doesn't show power.mode" in error.problem
        assert error.result.commands == ["set_low_power"]


async def test_what_a_tuning_miner_would_lose_is_not_sent_while_it_is_away(site, monkeypatch):
    read = Miner.read

    async def away_when_asked_whether_it_tunes(self, *facts, once=False):
        if facts == ("tuning", "state"):
            raise Unreachable("nothing answers")
        return await read(self, *facts, once=once)

    monkeypatch.setattr(Miner, "read", away_when_asked_whether_it_tunes)
    async with site("2.0") as here:
        error = await failure(here.run(percent=80, wait_timeout=0.2), NotConverged)
        assert "power.percent wasn't sent, since it would be lost" in error.problem
        assert "nothing answers" in error.problem
        assert here.sent == {}
