# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Outcomes of the hosts of a fleet task, for tests."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally

HOSTS = ["a", "b", "c", "d"]
OK = {"changed": False, "commands": []}
CHANGED = {"changed": True, "commands": ["power_off"], "diff": {"before": {"x": 1}, "after": {"x": 2}}}
FAILED = {"changed": False, "failed": True, "commands": [], "msg": "b: no"}
GONE = {"changed": False, "unreachable": True, "commands": [], "msg": "c: gone"}


def tally(outcomes, **more):
    made = Tally(len(HOSTS), **more)
    for host, outcome in outcomes.items():
        made.add(host, outcome)
    return made
