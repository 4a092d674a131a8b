# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write a fleet file: for each write, each fault and each generation a miner that has still to be told."""

from __future__ import annotations

import json
import sys

TEXT = "not in this weather"
# (generation, how it stays silent)
GENERATIONS = (("1.3", "close"), ("1.4", "hang"), ("2.2", "close"), ("3", "close"), ("3-only", "hang"))

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

# What API 3 has for them; of what differs in a word only, one is enough.
API_3 = {
    "update_pools": "set.miner.pools",
    "power_off": "set.miner.service",
    "power_on": "set.miner.service",
    "set_low_power": "set.miner.power_mode",
}

FAULTS = {
    "silent": lambda command, how: {"write_silent": [command], "silent_how": how},
    "lost": lambda command, how: {"write_lost": [command], "silent_how": how},
    "refused": lambda command, how: {"deny": {command: TEXT}},
}


def miners():
    for command, (declared, state) in WRITES.items():
        for fault, faults in FAULTS.items():
            for generation, how in GENERATIONS:
                is_of_3 = generation.startswith("3")
                name = API_3.get(command) if is_of_3 else command
                if name is None:
                    continue
                yield {
                    "name": f"{command}-{fault}-{generation}",
                    "generation": generation,
                    "state": state,
                    "faults": faults(name, how),
                    "vars": {"command": name, "fault": fault, "declared": declared, "text": TEXT},
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
