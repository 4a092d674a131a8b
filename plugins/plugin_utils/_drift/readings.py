# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report tells of a miner as it is, from one result of whatsminer_facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.summary import expected_percent

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

# Where each of a miner's readings stands in its facts.
_FACTS = {
    "model": ("model",),
    "firmware_version": ("firmware_version",),
    "mac": ("mac",),
    "state": ("state",),
    "tuning": ("tuning",),
    "power_mode": ("power_mode",),
    "power_watts": ("power_watts",),
    "efficiency_j_per_th": ("efficiency_j_per_th",),
    "chip_max_c": ("temperature_c", "chip_max"),
    "uptime_seconds": ("uptime_seconds",),
    "errors": ("errors",),
}


def readings_of(compared: TaskResult, read: TaskResult) -> dict[str, Any]:
    """The readings of one miner, a dict whose values are None where it didn't show them.

    *read* is its result of whatsminer_facts; *compared*, of whatsminer_config, says whether it is the miner.
    """
    # What another machine at the address says isn't about this miner.
    another = compared.get("cause") == "wrong_machine"
    facts = {} if another else read.get("ansible_facts", {}).get("whatsminer", {})
    readings: dict[str, Any] = {}
    for name, path in _FACTS.items():
        value: Any = facts
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        readings[name] = value
    readings["errors"] = recent(readings["errors"]) if readings["errors"] else readings["errors"]
    hashrate = facts.get("hashrate_ths", {})
    readings["hashrate_ths"] = hashrate.get("realtime", hashrate.get("average"))
    readings["average_ths"], readings["expected_ths"] = hashrate.get("average"), hashrate.get("expected")
    readings["expected_percent"] = expected_percent([readings])
    return readings
