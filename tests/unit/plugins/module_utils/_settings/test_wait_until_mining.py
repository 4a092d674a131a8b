# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools can be set and not be mined at: that is waited for, and told, and no failure."""

from __future__ import annotations

import asyncio

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.restarts import (
    wait_until_mining,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    NOT_RUNNING,
    FakeMiner,
    btminer,
    says,
)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(network, "sleep", lambda seconds: asyncio.sleep(0))


def pools(*active):
    """What the command of this name answers: a pool for each in *active*, or without that field where it's
    None.
    """
    fields = ({} if value is None else {"Stratum Active": value} for value in active)
    return btminer(
        "POOLS",
        *({"POOL": number, "URL": f"p{number}.example:1", **more} for number, more in enumerate(fields)),
    )


ON, OFF = says(msg={"btmineroff": "false"}), says(msg={"btmineroff": "true"})


@pytest.mark.parametrize(
    ("answers", "mining"),
    [
        ({"pools": pools(False, True), "status": ON}, True),
        ({"pools": [pools(False), NOT_RUNNING, pools("true")], "status": ON}, True),  # in the end
        ({"pools": pools(False, False), "status": ON}, False),
        ({"pools": pools(False), "status": OFF}, False),
        ({"pools": NOT_RUNNING, "status": OFF}, False),
        ({"pools": NOT_RUNNING, "status": ON}, False),  # still starting
        ({"pools": pools(None), "status": ON}, None),
    ],
)
async def test_whether_the_miner_mines_at_its_pools_is_waited_for_and_told(token_directory, answers, mining):
    async with FakeMiner(answers) as fake:
        assert await wait_until_mining(fake.client(token_directory), timeout=0.2) is mining


async def test_a_miner_that_is_off_is_not_waited_for(token_directory):
    async with FakeMiner({"pools": pools(False), "status": OFF}) as fake:
        assert await wait_until_mining(fake.client(token_directory), timeout=60) is False
        assert fake.asked() == ["pools", "status"]


async def test_a_miner_that_is_away_is_no_failure(token_directory):
    async with FakeMiner() as fake:
        client = fake.client(token_directory)
    assert await wait_until_mining(client, timeout=0.1) is False
