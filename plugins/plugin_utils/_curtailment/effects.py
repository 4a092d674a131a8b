# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a demand makes of a miner: whether it can shed, how much, and whether it has followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import FULL

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import Demand
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading


def can_shed(demand: Demand, now: Reading) -> bool:
    """Whether a miner that shows *now* takes less once it is changed as demanded."""
    if now.state != "on" or (not now.watts and not demand.of_all):
        return False
    at = demand.at or 0
    if demand.by == "low":
        return now.mode != "low"
    if demand.by == "limit":
        return (now.watts is None or now.watts > at) and (now.limit_watts is None or now.limit_watts > at)
    return demand.by == "off" or (FULL if now.percent is None else now.percent) > at


def expected_watts(demand: Demand, now: Reading, low_percent: float) -> int | None:
    """The watts that a miner is expected to take once it has followed; None if nobody knows what it takes
    now.
    """
    if demand.by == "off":
        return 0
    if now.watts is None:
        return None
    if demand.by == "low":
        return int(now.watts * low_percent / FULL)
    if demand.by == "limit":
        return min(now.watts, demand.at or 0)
    return int(now.watts * (demand.at or 0) / (FULL if now.percent is None else now.percent))


def has_followed(demand: Demand, now: Reading, taken: bool) -> bool:
    """Whether a miner shows that it did as demanded; where it can't show that, whether it was *taken*."""
    if now.state == "off":
        return True
    if demand.by == "low":
        return now.mode == "low"
    if demand.by == "limit" and now.limit_watts is not None:
        return now.limit_watts <= (demand.at or 0)
    return demand.by != "off" and taken


def has_stayed(demand: Demand, now: Reading) -> bool:
    """Whether a miner that followed still shows so, as far as it can."""
    if demand.by == "percent" and now.state == "on":
        return now.percent is None or now.percent <= (demand.at or 0)
    return has_followed(demand, now, taken=True)
