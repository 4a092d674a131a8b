# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which miners are curtailed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import Curtailing
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups


def prioritised(seen: Mapping[str, Reading], declared: Curtailing, groups: Groups) -> list[str]:
    """The hosts of *seen* that may be curtailed, in the order in which they are to be.

    *groups* maps the inventory's groups to their hosts. Raises CurtailmentError.
    """
    spared = set(_resolved(declared.spare, "spare", groups, seen=seen))
    chosen = _resolved(declared.first, "first", groups, seen=seen)
    if declared.rest == "efficiency" or declared.first_kind == "efficiency":
        chosen += _worst_first(seen, seen)
    return [host for host in dict.fromkeys(chosen) if host in seen and host not in spared]


def _resolved(names: Iterable[str], option: str, groups: Groups, *, seen: Mapping[str, Reading]) -> list[str]:
    """The hosts that *names* of hosts and groups stand for."""
    known = {host for hosts in groups.values() for host in hosts}
    hosts = []
    for name in names:
        if name not in groups and name not in known:
            raise CurtailmentError(
                f"curtailment_{option} names {name}, and the inventory has no such host or group"
            )
        hosts += [name] if name in known else _worst_first(groups[name], seen)
    return hosts


def _worst_first(hosts: Iterable[str], seen: Mapping[str, Reading]) -> list[str]:
    """Most joules a terahash first; a miner that takes power and hashes nothing is worse than all."""

    def worst(host: str) -> tuple[bool, float, str]:
        efficiency = seen[host].efficiency if host in seen else None
        return (efficiency is not None, -(efficiency or 0), host)

    return sorted(hosts, key=worst)
