# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plays declare, as an operator would: the first run converges the fleet, so that the next ones find
it so.
"""

from __future__ import annotations


def pools(name: str = "pool") -> list[dict]:
    """Two pools of a farm, one worker a miner."""
    hosts = (f"stratum+tcp://{name}.example.com:3333", f"stratum+tcp://{name}.example.net:443")
    return [{"url": host, "user": "farm.{{ inventory_hostname }}"} for host in hosts]


POWER = {"state": "on", "mode": "normal"}
