# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a fleet file: for each write, each fault and each generation a miner that has still to be told."""

from __future__ import annotations

import json
import sys

TEXT = "not in this weather"

POOLS = [{"url": "stratum+tcp://pool.example.com:3333", "user": "farm.rack1", "password": "letmein"}]

# command: (what is declared, what the miner is before)
WRITES = {
    "update_pools": ({"pools": POOLS}, {}),
    "power_off": ({"power": {"state": "off"}}, {}),
    "power_on": ({"power": {"state": "on"}}, {"powered": False}),
    "set_low_power": ({"power": {"mode": "low"}}, {}),
    "set_normal_power": ({"power": {"mode": "normal"}}, {"mode": "High"}),
    "set_high_power": ({"power": {"mode": "high"}}, {}),
}

FAULTS = {
    "silent": lambda command, how: {"write_silent": [command], "silent_how": how},
    "lost": lambda command, how: {"write_lost": [command], "silent_how": how},
    "refused": lambda command, how: {"deny": {command: TEXT}},
}


def miners():
    for command, (declared, state) in WRITES.items():
        for fault, faults in FAULTS.items():
            for generation, how in (("1.3", "close"), ("1.4", "hang"), ("2.2", "close")):
                yield {
                    "name": f"{command}-{fault}-{generation}",
                    "generation": generation,
                    "state": state,
                    "faults": faults(command, how),
                    "vars": {"command": command, "fault": fault, "declared": declared, "text": TEXT},
                }


json.dump(
    {
        "defaults": {
            "options": {"restart_seconds": 0.3, "power_off_seconds": 0.05},
            "vars": {"whatsminer_reply_timeout": 3},
        },
        "miners": list(miners()),
    },
    sys.stdout,
)
