# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same with the peers, pyasic and pyasic-rs, by what their documentation shows.

What was lost on the way is counted.
"""

from __future__ import annotations

import asyncio
import logging
import warnings

import job as job_of

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
AT_ONCE = 100


class Pyasic:
    """pyasic."""

    @staticmethod
    async def scan(job):
        from pyasic import settings
        from pyasic.network import MinerNetwork

        settings.update("network_scan_semaphore", job["concurrency"])
        return await MinerNetwork.from_subnet(job["network"] + "/20").scan()

    @staticmethod
    async def miner(address, password):
        from pyasic import get_miner

        miner = await get_miner(address)
        miner.rpc.pwd = password
        return miner

    @staticmethod
    async def facts(miner):
        data = await miner.get_data()
        return bool(data.mac and data.hashrate and data.wattage and data.pools and len(data.hashboards) == 3)

    @staticmethod
    async def power_off(miner):
        return await miner.stop_mining()


class PyasicRs:
    """pyasic-rs."""

    @staticmethod
    async def scan(job):
        from pyasic_rs import MinerFactory

        factory = MinerFactory.from_subnet(job["network"] + "/20")
        if job["concurrency"]:
            factory = factory.with_concurrent_limit(job["concurrency"])
        return await factory.scan()

    @staticmethod
    async def miner(address, password):
        from pyasic_rs import MinerFactory

        miner = await MinerFactory().get_miner(address)
        miner.set_auth("admin", password)
        return miner

    @staticmethod
    async def facts(miner):
        data = await miner.get_data()
        return bool(data.mac and data.hashrate and data.wattage and data.pools and len(data.hashboards) == 3)

    @staticmethod
    async def power_off(miner):
        return await miner.pause()


async def main() -> None:
    """Do the job."""
    job = job_of.read()
    peer = {"pyasic": Pyasic, "pyasic-rs": PyasicRs}[job["peer"]]
    of = len(job["addresses"])
    if job["what"] == "scan":
        await job_of.timed(
            job, lambda: peer.scan(job), lambda miners: sum(bool(miner.model) for miner in miners), of
        )
        return
    await peer.miner(job["addresses"][0][0], job["password"])  # which imports
    before = job_of.now(job)
    found = await job_of.in_turns(
        lambda place: peer.miner(place[0], job["password"]), job["addresses"], AT_ONCE
    )
    miners = [miner for miner in found if not isinstance(miner, Exception)]
    took = [later - earlier for later, earlier in zip(job_of.now(job), before)]
    one = getattr(peer, job["what"])

    async def work():
        return await job_of.in_turns(one, miners, job["concurrency"])

    await job_of.timed(job, work, lambda answers: sum(answer is True for answer in answers), of, took)


if __name__ == "__main__":
    asyncio.run(main())
