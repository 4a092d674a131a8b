# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Curtailed miners that are mining though nobody has resumed them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import told

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import Entry

BY_ITSELF, SWITCHED_ON, UNKNOWN = "by itself", "switched on", "unknown"
# Clocks of miners come in whole seconds, and a machine is up for a while before its btminer mines.
_BOOT_SECONDS = 600


@dataclass(frozen=True)
class Returned:
    """A miner that is mining since the moment *since* (None: it doesn't show since when), and *how* it came
    to: ``by itself``, where its machine had restarted; ``switched on``, where it hadn't, so that a person or
    a program did it; or ``unknown``.
    """

    host: str
    how: str
    since: float | None

    def to_dict(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)

    def told(self, now: float) -> str:
        """It as people read it."""
        how = {
            BY_ITSELF: "it came back by itself, after a restart of the machine",
            SWITCHED_ON: "it was switched on, by a person or another program",
            UNKNOWN: "it doesn't show how that came",
        }[self.how]
        since = "" if self.since is None else f" since {told(self.since, now)}"
        return f"{self.host} was on already{since}: {how}"


def returned(host: str, entry: Entry, reading: Reading, *, now: float) -> Returned:
    """How the curtailed miner of *entry*, which *reading* shows to be on, came to be."""
    if reading.mining_seconds is None:
        return Returned(host, UNKNOWN, None)
    since = now - reading.mining_seconds
    if reading.machine_seconds is None or since < entry.at:
        return Returned(host, UNKNOWN, since)
    booted = now - reading.machine_seconds
    how = BY_ITSELF if booted > entry.at and since - booted < _BOOT_SECONDS else SWITCHED_ON
    return Returned(host, how, since)
