# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same with the peers, pyasic and pyasic-rs, by what their documentation shows. What was lost on the way is counted."""

from __future__ import annotations

import asyncio
import logging
import warnings

import job as job_of

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
PREPARE_AT_ONCE = 50


class Pyasic:
    """pyasic."""

    @staticmethod
    async def scan(job):
        from pyasic import settings
        from pyasic.network import MinerNetwork

        settings.update("network_scan_semaphore", job["concurrency"])
        return await MinerNetwork.from_subnet(job["network"] + "/20").scan()

    @staticmethod
    async def miners(addresses, password):
        """They are all of one kind, so one of them tells which; finding that out for each is scan's part."""
        from pyasic.miners.factory import MINER_CLASSES, MinerTypes, miner_factory

        model = await miner_factory.get_miner_model_whatsminer(addresses[0])
        version = await miner_factory.get_miner_version_whatsminer(addresses[0])
        miners = [MINER_CLASSES[MinerTypes.WHATSMINER][model](address, version) for address in addresses]
        for miner in miners:
            miner.rpc.pwd = password
        return miners

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
    async def miners(addresses, password):
        """It makes none without asking it."""
        from pyasic_rs import MinerFactory

        found = await job_of.in_turns(MinerFactory().get_miner, addresses, PREPARE_AT_ONCE)
        miners = [miner for miner in found if miner is not None and not isinstance(miner, Exception)]
        for miner in miners:
            miner.set_auth("admin", password)
        return miners

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
        await job_of.timed(job, lambda: peer.scan(job), lambda miners: sum(bool(miner.model) for miner in miners), of)
        return
    miners = await peer.miners([address for address, _port in job["addresses"]], job["password"])
    one = getattr(peer, job["what"])

    async def work():
        return await job_of.in_turns(one, miners, job["concurrency"])

    await job_of.timed(job, work, lambda answers: sum(answer is True for answer in answers), of)


if __name__ == "__main__":
    asyncio.run(main())
