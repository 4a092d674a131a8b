# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole declared state of a miner in one task, on a converged and on a drifted fleet, beside `debug`."""

from __future__ import annotations

import desired
import plays
import report
import stage

LIMIT = 1.5


def _all(pools: list[dict]) -> dict:
    return {"pools": pools, "power": desired.POWER}


def _config(pools: list[dict]) -> dict:
    return {"minerops.whatsminer.whatsminer_config": _all(pools)}


TASKS = {
    "debug": plays.debug("all"),
    "debug of the same": plays.debug(_all(desired.pools())),
    # Each repeat wants other pools than the one before, so that every miner has drifted each time. The last
    # leaves what the converged side wants.
    "drifted": [_config(desired.pools("other")), _config(desired.pools())],
    "converged": _config(desired.pools()),
}


class Baseline:
    """Drifted miners cost a sealed write and reading back, more than any `debug` can be compared to: that
    informs.
    """

    ROWS = [
        report.Row("converged", "debug of the same", LIMIT),
        report.Row("converged", "debug"),
        report.Row("drifted", "debug"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._player = on.plays(on.fleet())
        self._hosts = on.hosts

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a host and task."""
        return self._player.per_host_task(TASKS, number, self._hosts, changed=frozenset(["drifted"]))
