# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sums of a report: of a fleet, or of a group of it.

A summary counts ``miners``, those of each verdict, those that are ``hashing``, ``tuning`` and
``with_errors``, and has ``hashrate_ths``, ``expected_percent``, ``power_watts``, ``efficiency_j_per_th``,
``chip_max_c`` and ``hottest``, the miner that has it. A value that no miner showed is None.

``expected_percent`` is the average hash rate in percent of the expected one, of miners that are on, show
both, and aren't tuning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable


def summarise(miners: list[dict[str, Any]]) -> dict[str, Any]:
    """The summary of *miners*, dicts of a report."""
    hashing = [miner for miner in miners if is_hashing(miner)]
    hashrate = round(sum(miner["hashrate_ths"] for miner in hashing), 3)
    watts = [miner["power_watts"] for miner in miners if miner["power_watts"] is not None]
    measured = [miner for miner in hashing if miner["power_watts"]]
    chips = [miner for miner in miners if miner["chip_max_c"] is not None]
    hottest = max(chips, key=lambda miner: miner["chip_max_c"], default={})
    return {
        "miners": len(miners),
        **{verdict: sum(miner["verdict"] == verdict for miner in miners) for verdict in VERDICTS},
        "with_errors": sum(bool(miner["errors"]) for miner in miners),
        "hashing": len(hashing),
        "tuning": sum(bool(miner["tuning"]) for miner in miners),
        "hashrate_ths": hashrate,
        "expected_percent": expected_percent(miners),
        "power_watts": sum(watts) if watts else None,
        "efficiency_j_per_th": _ratio(
            sum(m["power_watts"] for m in measured), sum(m["hashrate_ths"] for m in measured)
        ),
        "chip_max_c": hottest.get("chip_max_c"),
        "hottest": hottest.get("host"),
    }


def expected_percent(miners: Iterable[dict[str, Any]]) -> int | None:
    """The average hash rate of *miners*, dicts of readings, in percent of the expected one; None where
    nothing tells.
    """
    telling = [miner for miner in miners if miner["expected_ths"] and miner["average_ths"] is not None]
    running = [miner for miner in telling if miner["state"] != "off" and not miner["tuning"]]
    share = _ratio(
        sum(miner["average_ths"] for miner in running), sum(miner["expected_ths"] for miner in running)
    )
    return None if share is None else round(share * 100)


def is_hashing(miner: dict[str, Any]) -> bool:
    """Whether a *miner* of the report makes anything."""
    return bool(miner["hashrate_ths"]) and miner["state"] != "off"


def _ratio(dividend: float, divisor: float) -> float | None:
    return round(dividend / divisor, 2) if divisor else None
