# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner that isn't where it was to be found is looked for at its declared address."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    Unreachable,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import net, pools
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import (
    ANY_TWO,
    OTHER_MAC,
    PASSWORD,
)

HERE, GONE = "127.0.0.1", "127.0.0.99"


async def run_at(site, place, mac, **declared):
    """Declare *declared* of a miner that is to be found at *place*."""
    client = Miner(
        place,
        site.machine.port,
        PASSWORD,
        api="2",
        mac=mac,
        retries=0,
        reply_timeout=2,
        tokens=Tokens(site.directory),
    )
    settings = net.declared(declared) + pools.declared(declared)
    return await converge(client, settings, {"applied": {}, "fact_cache": True}, wait_timeout=5)


async def test_a_pinned_miner_that_is_at_its_declared_address_already_is_found_there_and_the_task_goes_on(
    site,
):
    async with site("2.0", state={"proto": "static"}) as here:
        result = await run_at(here, GONE, here.machine.state.mac, address=HERE, pools=[ANY_TWO])
        assert result.commands == ["update_pools"]
        assert result.values["address"] == HERE
        (warning,) = result.warnings
        assert GONE in warning
        assert f"at {HERE}" in warning
        assert "ansible_host" in warning


async def test_of_a_miner_without_a_pin_nothing_tells_whether_it_is_the_one_at_the_declared_address(site):
    async with site("2.0", state={"proto": "static"}) as here:
        error = await failure(run_at(here, GONE, None, address=HERE, pools=[ANY_TWO]), Unreachable)
        assert f"set ansible_host to {HERE}" in str(error)
        assert "whatsminer_mac" in str(error)
        assert here.machine.counters.sealed == 0


async def test_another_machine_at_the_declared_address_is_named_and_gets_nothing(site):
    async with site("2.0", state={"proto": "static"}) as here:
        error = await failure(run_at(here, GONE, OTHER_MAC, address=HERE, pools=[ANY_TWO]), Unreachable)
        for part in (GONE, HERE, OTHER_MAC, here.machine.state.mac):
            assert part in str(error)
        assert here.machine.counters.sealed == 0


async def test_a_miner_that_is_nowhere_is_unreachable_and_the_message_names_both_addresses(site):
    async with site("2.0") as here:
        error = await failure(run_at(here, GONE, OTHER_MAC, address="127.0.0.98"), Unreachable)
        assert GONE in str(error)
        assert "127.0.0.98, the declared address, doesn't answer either" in str(error)


async def test_another_machine_where_the_miner_was_sends_the_task_to_the_declared_address_too(site):
    async with site("2.0") as here:
        error = await failure(run_at(here, HERE, OTHER_MAC, address=GONE), WrongMachine)
        assert f"{GONE}, the declared address, doesn't answer either" in str(error)
        assert here.machine.state.mac in str(error)
