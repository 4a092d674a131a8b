# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flash 500 MB with the module's own run(), and compare the peak of this process' memory with what it had
before.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import sys
import urllib.request

# Where ansible_collections is, above the collection.
sys.path.insert(0, os.path.abspath(os.path.join(os.environ["COLLECTION_ROOT"], "..", "..", "..")))

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, outcome
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_firmware

SIZE = 500 * 1024 * 1024
MOST_BYTES = 50 * 1024 * 1024
VERSION = "20270101.1.REL"


def write_image(path, platform):
    """An image of SIZE bytes of zeros, as the simulator wants it, that takes no room on the disk."""
    digest, chunk = hashlib.sha256(), bytes(1024 * 1024)
    for _number in range(SIZE // len(chunk)):
        digest.update(chunk)
    fields = {"platform": platform, "version": VERSION, "size": SIZE, "sha256": digest.hexdigest()}
    with open(path, "wb") as file:
        file.write(b"WMSIMFW1\n" + json.dumps(fields).encode() + b"\n")
        file.truncate(file.tell() + SIZE)


def peak_bytes():
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


async def flash(miner, path):
    """The task result of flashing *path*."""
    params = {
        name: option.get("default") for name, option in {**OPTIONS, **whatsminer_firmware.ARGUMENTS}.items()
    }
    params.update(
        host=miner["address"],
        port=miner["port"],
        password="fleet-pw",
        src=path,
        version=VERSION,
        wait_timeout=60,
        checksum=None,
        applied={},
        fact_cache=False,
        token_directory=os.path.join(os.path.dirname(path), "tokens"),
    )
    return await outcome(whatsminer_firmware.run, params)


def main():
    """Flash, and look."""
    control, scratch = sys.argv[1:]
    url = f"{control}/miners/in-process-2.0"
    path = os.path.join(scratch, "huge.bin")
    with urllib.request.urlopen(url, timeout=10) as reply:
        miner = json.load(reply)
    write_image(path, miner["platform"])
    before = peak_bytes()
    result = asyncio.run(flash(miner, path))
    grown = peak_bytes() - before
    with urllib.request.urlopen(url, timeout=10) as reply:
        miner = json.load(reply)
    assert result.get("version") == VERSION and result["changed"], result
    assert miner["state"]["firmware"] == VERSION and miner["last_upload"]["bytes"] > SIZE, miner[
        "last_upload"
    ]
    print(f"{grown / 1e6:.1f} MB more at the peak")
    assert grown < MOST_BYTES, f"{grown} bytes more at the peak"


main()
