# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until the LEDs of these miners are in a mode: leds.py CONTROL MODE MINER ..."""

from __future__ import annotations

import json
import sys
import time
import urllib.request

CONTROL, MODE, MINERS = sys.argv[1], sys.argv[2], sys.argv[3:]
LONGEST_SECONDS = 30


def modes():
    """{miner: mode} of those whose LEDs are in another one."""
    found = {}
    for name in MINERS:
        with urllib.request.urlopen(f"{CONTROL}/miners/{name}", timeout=5) as answer:
            found[name] = json.load(answer)["state"]["led"]["mode"]
    return {name: mode for name, mode in found.items() if mode != MODE}


until = time.monotonic() + LONGEST_SECONDS
while others := modes():
    if time.monotonic() > until:
        sys.exit(f"not {MODE} after {LONGEST_SECONDS} s: {others}")
    time.sleep(0.1)
