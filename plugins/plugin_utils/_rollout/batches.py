# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan the batches of a rollout: canaries first, then growing shares, never more miners down than allowed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import PASSED
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Status

if TYPE_CHECKING:
    from typing import TypeVar

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Declared,
        Entry,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import (
        Survey,
        SurveyedMiner,
    )

    Key = TypeVar("Key")


class _BatchPlanner:
    """A survey as counters, on which batches can be played through without the miners."""

    def __init__(self, survey: Survey, state: SavedState, rules: Rules) -> None:
        self.rules = rules
        miners = survey.miners
        self._miners = miners
        # Miners that failed come first: they are down, and the new image has to help them before any other.
        self.left = sorted(
            (host for host, miner in miners.items() if miner.is_to_flash),
            key=lambda host: not miners[host].is_retry,
        )
        passed = [host for host in miners if _has_passed(miners[host], state.get(host))]
        self.proven = Counter(miners[host].group for host in passed)
        self.done = len(passed)
        self.total = self.done + len(self.left)
        sizes = Counter(miner.site for miner in miners.values())
        down = Counter(miner.site for miner in miners.values() if not miner.up)
        self.sites = {site: (size, down[site]) for site, size in sizes.items()}

    def room(self) -> dict[str, int]:
        """Site -> how many more may go down there."""
        share = self.rules.max_down_percent
        return {site: max(0, _at_most(size, share) - down) for site, (size, down) in self.sites.items()}

    def next(self) -> list[str]:
        """The hosts of the next batch; none if no miner is left, or may go down."""
        untried = Counter(
            {
                group: self.rules.canaries - self.proven[group]
                for group in {self._miners[host].group for host in self.left}
            }
        )
        canaries = [host for host in self.left if self._take(untried, self._miners[host].group)]
        if canaries:
            return self._that_fit(canaries)
        upto = next(
            (
                at_least(self.total, share)
                for share in self.rules.batches
                if at_least(self.total, share) > self.done
            ),
            0,
        )
        return self._that_fit(self.left)[: upto - self.done]

    @staticmethod
    def _take(counter: Counter[Key], key: Key) -> bool:
        counter[key] -= 1
        return counter[key] >= 0

    def _that_fit(self, hosts: Iterable[str]) -> list[str]:
        # Miners already down don't use up the site's allowance.
        room = Counter(self.room())
        return [
            host for host in hosts if not self._miners[host].up or self._take(room, self._miners[host].site)
        ]

    def pass_all(self, hosts: list[str]) -> None:
        """Go on as if the gate of *hosts* had been passed."""
        passed = set(hosts)
        self.left = [host for host in self.left if host not in passed]
        self.done += len(passed)
        for host in hosts:
            miner = self._miners[host]
            self.proven[miner.group] += 1
            if not miner.up:
                size, down = self.sites[miner.site]
                self.sites[miner.site] = (size, down - 1)

    def crowded(self) -> list[tuple[str, int, int]]:
        """(site, size, down) of each site where a miner is left and none may go down."""
        room = self.room()
        short = dict.fromkeys(self._miners[host].site for host in self.left if self._miners[host].up)
        return [(site, *self.sites[site]) for site in short if not room[site]]

    def crowding(self) -> str:
        """Of the first site where not even one miner may go down, why, and the smallest share that would do;
        else empty.
        """
        share = self.rules.max_down_percent
        for site, size, down in self.crowded():
            where = f"site {site}" if site else "fleet"
            least = math.ceil((down + 1) * 10000 / size) / 100
            return (
                f"firmware_max_down_percent: {share:g} % of the {size} miners of the {where} "
                f"are {_at_most(size, share)}, and {down} are down already, so that no other "
                f"may be; {least:g} % would do for one at a time"
            )
        return ""


def _has_passed(miner: SurveyedMiner, saved: SavedMiner | None) -> bool:
    """Whether a gate of this very rollout let *miner* pass."""
    return (
        miner.status == Status.DONE
        and saved is not None
        and saved.verdict == PASSED
        and saved.target == miner.target
    )


def at_least(total: int, share: float) -> int:
    """*share* percent of *total*, rounded up."""
    return math.ceil(total * share / 100 - 1e-9)


def _at_most(total: int, share: float) -> int:
    """*share* percent of *total*, rounded down."""
    return math.floor(total * share / 100 + 1e-9)


def plan(survey: Survey, state: SavedState, rules: Rules) -> list[list[str]]:
    """The batches to come, if every gate is passed: a list of lists of hosts.

    Raises ValueError if somewhere not even one miner may go down, with the smallest share that would do.
    """
    planner = _BatchPlanner(survey, state, rules)
    crowded = planner.crowding()
    if crowded:
        raise ValueError(crowded)
    batches = []
    while planner.left:
        batches.append(planner.next())
        planner.pass_all(batches[-1])
    return batches


def crowding(survey: Survey, state: SavedState, rules: Rules) -> str:
    """Why no miner may go down at a site where one is left; empty where one may at each site."""
    return _BatchPlanner(survey, state, rules).crowding()


def next_batch(survey: Survey, state: SavedState, rules: Rules) -> list[str]:
    """The hosts to flash now: the canaries of each group that has none yet, else as many as the next share
    and the sites allow.
    """
    return _BatchPlanner(survey, state, rules).next()


def jobs(survey: Survey, batch: Iterable[str], declared: Declared) -> dict[str, dict[str, Any]]:
    """Host -> the options with which whatsminer_firmware is to run for it."""
    found = {}
    for host in batch:
        miner = survey.miners[host]
        if miner.entry is not None:
            # The image that mends another may bear the same version.
            found[host] = options(miner.entry, declared, force=miner.is_retry)
    return found


def options(entry: Entry, declared: Declared, *, force: bool = False) -> dict[str, Any]:
    """The options with which whatsminer_firmware sends the image of *entry*."""
    return {"src": declared.images[entry].path, "version": entry.target.version, "force": force}
