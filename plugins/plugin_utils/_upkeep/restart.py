# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart miners batch by batch, and stop when too many don't come back."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shorten_list
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep.outcomes import (
    problem_of,
    sort_out,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

_NAMED = 20
_BATCH = re.compile(r"([0-9]{1,6})( ?%)?")


class Fleet(Protocol):
    """The miners and the people."""

    check_mode: bool

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        """The results of whatsminer_facts, with the state."""

    def restart(self, hosts: Sequence[str]) -> list[TaskResult]:
        """The results of whatsminer_reboot."""

    def pause(self, seconds: float) -> None:
        """Let so much time go by."""

    def say(self, text: str) -> None:
        """Show a line."""

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""


@dataclass
class Restarted:
    """The miners that were *restarted*, and those that weren't.

    *held* and *failed* say by whom and why, *lost* why those couldn't be read that were not restarted for
    that. Those that are *off* stay off: a restart may start mining. *left* come after the stop.
    """

    restarted: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    off: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def batch_size(text: str, miners: int) -> int:
    """How many of *miners* are a batch by *text*, a number or a percentage. Raises ValueError."""
    match = _BATCH.fullmatch(text.strip())
    number = int(match.group(1)) if match else 0
    if match is None or number < 1 or (match.group(2) and number > 100):
        raise ValueError(f"batch must be a number of miners or a percentage such as 5%, and is {text}")
    return max(math.ceil(miners * number / 100), 1) if match.group(2) else number


def restart(
    fleet: Fleet, hosts: Sequence[str], *, size: int, pause_seconds: float, max_failures: int
) -> Restarted:
    """Restart *hosts*, *size* at once, with a pause between batches.

    No batch is begun once more than *max_failures* miners failed or didn't come back. Those that couldn't be
    read before are no failures.
    """
    found = Restarted()
    batches = [list(hosts[start : start + size]) for start in range(0, len(hosts), size)]
    for number, batch in enumerate(batches, 1):
        _restart_batch(fleet, batch, found, f"batch {number} of {len(batches)}")
        if len(found.failed) > max_failures:
            found.left = [host for later in batches[number:] for host in later]
            break
        if number < len(batches) and not fleet.check_mode and set(batch) & set(found.restarted):
            fleet.pause(pause_seconds)
    return found


def _restart_batch(fleet: Fleet, batch: list[str], found: Restarted, name: str) -> None:
    ready = []
    for result in fleet.read(batch):
        host, problem = result["host"], problem_of(result)
        facts = (result.get("ansible_facts") or {}).get("whatsminer") or {}
        if problem:
            found.lost[host] = problem
        elif facts.get("state") == "off":
            found.off.append(host)
        else:
            ready.append(host)
    if not ready:
        return
    does = "would restart" if fleet.check_mode else "restarting"
    fleet.say(f"{name}: {does} {counted(len(ready), 'miner')}: {shorten_list(ready, _NAMED)}")
    fleet.stands(
        f"{counted(len(found.restarted), 'miner')} had been restarted; in doubt are {', '.join(ready)}"
    )
    sort_out(fleet.restart(ready), failed=found.failed, held=found.held, done=found.restarted)
    fleet.stands(f"{counted(len(found.restarted), 'miner')} had been restarted")
