# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the miners of a /20, beside a bare scan that only connects, and the scans of the peers.

The sides with a limit are timed from the first connection to the last miner known, imports and the start of
Ansible left out on all of them. The bare scan dials one port, and learns no more than that something listens;
ours and the peers' tell models, ours MAC, firmware and state too. Ours dials the ports of both APIs, unless
it is told otherwise; these miners have API 2 only, and api3.py has such with both. The whole of
`ansible-inventory --list`, with host variables, groups and a megabyte of output, informs.
"""

from __future__ import annotations

import report
import stage

ADDRESSES = 4096
# What their documentation shows, but for pyasic: with no limit, or 512, it finds nothing in time.
CONCURRENCY = {"pyasic": 255, "pyasic-rs": None}


class Discovery:
    """All miners of the fleet are in one /20; the rest of it refuses connections."""

    ROWS = [
        report.Row("scan of port 4028", "bare connects", 1.5),
        report.Row("scan", "scan of port 4028", 1.3),
        report.Row("scan", "pyasic-rs", 0.3),
        report.Row("scan", "pyasic", 0.15),
        report.Row("ansible-inventory", "scan"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION)
        self._player = on.plays(self._miners)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds an address."""
        repeats = 3 if number else 1
        sides = {
            "bare connects": self._on.bare(self._miners, "scan", units=ADDRESSES, repeats=repeats),
            "scan of port 4028": self._on.scan(self._miners, ADDRESSES, repeats, api="2"),
            "scan": self._on.scan(self._miners, ADDRESSES, repeats),
            "ansible-inventory": self._player.inventory(ADDRESSES),
        }
        for peer in stage.PEERS:
            sides[peer] = self._on.peer(
                self._miners, peer, "scan", units=ADDRESSES, concurrency=CONCURRENCY[peer]
            )
        return sides
