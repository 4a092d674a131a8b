# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide which variables of miners stand with a group, and which with each host.

A group carries a variable only if each of its hosts has it, so that no host gets one that wasn't read of it.
The value is the one that most of the hosts have; the others have their own, which wins. Of two groups that
share hosts, only one carries a variable, so that it doesn't matter which of them would win.
"""

from __future__ import annotations

import collections
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Variables = dict[str, Any]
    Groups = Mapping[str, frozenset[str]]

_LEAST_HOSTS = 2


@dataclass
class Placement:
    """The variables of each group and of each host; a host or a group without any has an empty dict."""

    of_groups: dict[str, Variables] = field(default_factory=dict)
    of_hosts: dict[str, Variables] = field(default_factory=dict)


def place(variables: Mapping[str, Variables], groups: Groups) -> Placement:
    """Where each of *variables*, by host, is to stand. *groups* may carry some, those of their hosts.
    """
    placement = Placement({group: {} for group in groups})
    placement.of_hosts = {host: dict(own) for host, own in variables.items()}
    for name in dict.fromkeys(name for own in variables.values() for name in own):
        # Text tells more than equality: a template isn't the text that looks like it, nor is True 1.
        texts = {host: repr(own[name]) for host, own in variables.items() if name in own}
        carriers = {group: hosts for group, hosts in groups.items() if hosts and hosts <= texts.keys()}
        for group in _Choice(texts, carriers).best():
            text, _hosts = _most_common(texts, carriers[group])
            sharing = [host for host in carriers[group] if texts[host] == text]
            placement.of_groups[group][name] = variables[sharing[0]][name]
            for host in sharing:
                del placement.of_hosts[host][name]
    return placement


def _most_common(texts: Mapping[str, str], hosts: frozenset[str]) -> tuple[str, int]:
    """(the text that most of *hosts* have, how many those are); of equals the first by name."""
    counts = collections.Counter(texts[host] for host in hosts)
    return min(counts.items(), key=lambda it: (-it[1], it[0]))


class _Choice:
    """Chooses among *carriers* the groups that spare most repetitions of *texts*, those of a variable."""

    def __init__(self, texts: Mapping[str, str], carriers: Groups) -> None:
        self._carriers = carriers
        self._spared = {group: _most_common(texts, hosts)[1] - 1 for group, hosts in carriers.items()}
        # A group of the same hosts as another is one of both.
        by_hosts = {hosts: group for group, hosts in sorted(carriers.items(), reverse=True)}
        self._smallest_first = sorted(by_hosts.values(), key=lambda group: (len(carriers[group]), group))
        self._best: dict[str, tuple[int, list[str]]] = {}

    def best(self) -> list[str]:
        """The groups, none of which shares hosts with another."""
        for number, group in enumerate(self._smallest_first):
            hosts = self._carriers[group]
            inside = [it for it in self._smallest_first[:number] if self._carriers[it] < hosts]
            alone, apart = self._spared[group], self._apart(inside)
            self._best[group] = (alone, [group]) if alone and alone >= apart[0] else apart
        return self._apart(self._smallest_first)[1]

    def _apart(self, groups: Sequence[str]) -> tuple[int, list[str]]:
        """(how many repetitions are spared, by which of *groups* or of those inside them): none overlap."""
        spared, chosen, taken = 0, [], frozenset[str]()
        for group in sorted(groups, key=lambda it: (-self._best[it][0], -len(self._carriers[it]), it)):
            if self._best[group][0] and not taken & self._carriers[group]:
                spared += self._best[group][0]
                chosen += self._best[group][1]
                taken |= self._carriers[group]
        return spared, chosen


def group_equals(placement: Placement, taken: Groups) -> dict[str, frozenset[str]]:
    """Give what several hosts of *placement* still have in common to groups made for that; return those.

    They are called ``adopted_pools_1`` and so on, as none of *taken*, the groups that *placement* was made
    for. What differs from a group's value stays with the host, where alone it is sure to win.
    """
    made: dict[str, frozenset[str]] = {}
    for name in dict.fromkeys(name for own in placement.of_hosts.values() for name in own):
        by_text: dict[str, list[str]] = {}
        carrying = (hosts for group, hosts in taken.items() if name in placement.of_groups[group])
        differing = frozenset[str]().union(*carrying)
        for host, own in placement.of_hosts.items():
            if name in own and host not in differing:
                by_text.setdefault(repr(own[name]), []).append(host)
        for hosts in by_text.values():
            if len(hosts) >= _LEAST_HOSTS:
                stem = f"adopted_{name.removeprefix('whatsminer_')}"
                group = next(it for it in _numbered(stem) if it not in taken and it not in made)
                made[group] = frozenset(hosts)
                placement.of_groups[group] = {name: placement.of_hosts[hosts[0]][name]}
                for host in hosts:
                    del placement.of_hosts[host][name]
    return made


def _numbered(stem: str) -> Iterator[str]:
    return (f"{stem}_{number}" for number in itertools.count(1))
