# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's scan, as the inventory plugin runs it."""

from __future__ import annotations

import asyncio
import sys

import job as job_of

sys.path.insert(0, str(job_of.collection().parents[2]))
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan, targets


async def main() -> None:
    """Do the job."""
    job = job_of.read()
    addresses = targets.targets([job["network"] + "/20"])

    plan = scan.Scan(api=job["api"], concurrency=job["concurrency"])

    async def work():
        found = await plan.find(addresses)
        return [known for address, known in found.miners.items() if address not in found.partly]

    def whole(miners):
        return sum("mac" in known and "model" in known for known in miners)

    await job_of.timed(job, work, whole, len(job["addresses"]))


if __name__ == "__main__":
    asyncio.run(main())
