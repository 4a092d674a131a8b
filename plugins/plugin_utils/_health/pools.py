# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge what a miner mines at, and which errors it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason, above
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import ILL, WATCH
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Pool, Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds

# Of fewer shares, what was rejected says nothing yet.
_LEAST_SHARES = 100
# Errors of these components call for somebody at once, whatever the miner makes.
_ALWAYS_ILL = ("security",)


def pools(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """The pools: whether they are alive, which of them is mined at, and what it rejects."""
    if reading.pools is None:
        if reading.rate_ths is not None:
            yield Reason("not_shown", WATCH, "it doesn't show its pools")
        return
    if not reading.pools:
        yield Reason("no_pools", ILL, "no pool is set")
        return
    found = sorted(reading.pools, key=lambda pool: pool.priority)
    active = [pool for pool in found if pool.is_active]
    if all(pool.is_alive is False for pool in found):
        yield Reason("pools_dead", ILL, f"no pool is alive, of {counted(len(found), 'pool')}", len(found))
        return
    if not active and all(pool.is_active is False for pool in found):
        yield Reason("pool_not_mined", ILL, f"none of {counted(len(found), 'pool')} is mined at", len(found))
    if active and active[0] is not found[0]:
        yield Reason(
            "on_backup_pool",
            WATCH,
            f"it mines at pool {active[0].priority}, {active[0].url}, and not at pool {found[0].priority}",
            active[0].priority,
        )
    for pool in found:
        if pool.is_alive is False:
            yield Reason("pool_dead", WATCH, f"pool {pool.priority}, {pool.url}, is dead", pool.priority)
    for pool in active:
        yield from _rejected(pool, thresholds)


def _rejected(pool: Pool, thresholds: Thresholds) -> Iterator[Reason]:
    if pool.shares is not None and pool.shares < _LEAST_SHARES:
        return
    percent = pool.rejected_percent
    text = f"pool {pool.priority} rejects {percent or 0:.1f} % of the shares"
    yield from above(thresholds.rejected_percent, percent, "shares_rejected", text=text, unit=" %")


def errors(reading: Reading, *, ignored: Collection[int], ill: Collection[int]) -> Iterator[Reason]:
    """The recent errors, without those whose codes are *ignored*.

    Newer firmware lists a history of errors: one alone says that something happened, and not that it goes on.
    So it makes a miner one to watch, unless its code is in *ill*.
    """
    for error in reading.errors or ():
        if error.code in ignored:
            continue
        is_ill = error.code in ill or error.component in _ALWAYS_ILL
        since = f", since {error.since}" if error.since else ""
        text = f"error {error.code}, {error.component}: {error.meaning}{since}"
        yield Reason("error", ILL if is_ill else WATCH, text, error.code)
