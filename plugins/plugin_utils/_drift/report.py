# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a fleet beside what is declared of it, made of task results.

A report is a dict that JSON can hold:

- ``at``: when the miners were read; ``fleet``: a summary of all of them (`summary`);
- ``health``: how many miners have each verdict on their health; None if it wasn't judged;
- ``groups``: a summary of each inventory group that holds some of the miners and not all, with its ``name``;
- ``miners``: a dict for each, by name: its verdict, what stands behind it (`verdicts`), its readings, and the
  ``columns`` that are declared.

Names, texts and values come from miners and inventories, and anyone may have written them: they are escaped
where they are shown (`wording`), and never templated.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.health import (
    counts_of,
    is_ill,
    judge_all,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.readings import readings_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.summary import summarise
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import (
    PROBLEMS,
    VERDICTS,
    compare_miner,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import check_declared
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import natural_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        Groups,
        Report,
        TaskResult,
    )

_OF_NO_GROUP = ("all", "ungrouped")


def make_report(
    compared: list[TaskResult],
    read: list[TaskResult],
    *,
    addresses: dict[str, str | None],
    groups: Groups,
    at: str,
    firmware: dict[str, Any] | None = None,
    columns: Mapping[str, Columns] | None = None,
    health: Mapping[str, Mapping[str, Any]] | None = None,
    holds: Iterable[Mapping[str, Any]] = (),
    now: float | None = None,
) -> Report:
    """The report on the hosts in *addresses*: ``{host: address or None}``.

    *compared* are results of whatsminer_config in check mode with diff, *read* results of whatsminer_facts:
    lists of dicts with ``host``, as whatsminer_fleet returns them. *groups* are Ansible's: ``{name:
    [host]}``. *at* is text. *firmware* is what the variable firmware_declared says, if it's set. *columns*
    are those of each host that whatsminer_report_columns declares. *health* are variables of each host
    (`health.VARIABLES`) if its health is to be judged, as of the moment *now*; *holds* are what the lookup
    plugin of that name says. Raises ValueError where something makes no sense.
    """
    entries = check_declared(firmware) if firmware else {}
    results_of, read_of = ({result["host"]: result for result in results} for results in (compared, read))
    judged = judge_all(
        results_of,
        read_of,
        declared=health or {},
        holds=holds,
        now=time.time() if now is None else now,
    )
    members: dict[str, list[str]] = {host: [] for host in addresses}
    for name in sorted(set(groups) - set(_OF_NO_GROUP), key=natural_key):
        for host in groups[name]:
            if host in members:
                members[host].append(name)
    miners = [
        {
            "host": host,
            "address": addresses[host],
            "groups": members[host],
            "columns": dict((columns or {}).get(host, {})),
            "health": judged.get(host),
            **compare_miner(
                host,
                results_of.get(host),
                readings=readings_of(results_of.get(host, {}), read_of.get(host, {})),
                entries=entries,
            ),
        }
        for host in sorted(addresses, key=natural_key)
    ]
    by_group: dict[str, list[dict[str, Any]]] = {}
    for miner in miners:
        for name in miner["groups"]:
            by_group.setdefault(name, []).append(miner)
    return {
        "at": at,
        "fleet": summarise(miners),
        "health": counts_of(miners),
        "groups": [
            {"name": name, **summarise(some)}
            for name, some in sorted(by_group.items(), key=lambda item: natural_key(item[0]))
            if len(some) < len(miners)
        ],
        "miners": miners,
    }


def by_urgency(miners: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """*miners* with those first that need a look: those with a problem, the ill, those with errors, the
    others.
    """
    ranks, calm = list(VERDICTS), len(PROBLEMS)

    def urgency(miner: dict[str, Any]) -> tuple[int, bool, bool, int]:
        rank = ranks.index(miner["verdict"])
        return min(rank, calm), not is_ill(miner), not miner["errors"], rank

    return sorted(miners, key=urgency)
