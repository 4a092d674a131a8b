# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner counts about itself."""

from __future__ import annotations

import collections

from . import requests
from .v3 import commands as api3

LONGEST_NAME = 64
KNOWN = frozenset((*requests.KNOWN, *api3.READS, *api3.WRITES))


def countable(name: str) -> str:
    """A name for the counters: whoever makes up commands without end must not fill the memory."""
    known = len(name) <= LONGEST_NAME and all(part in KNOWN for part in name.split("+"))
    return name if known else "(other)"


class Counters:
    """What a miner was asked. `taken` and `refused` count writes by command; `writes` leaves out what, though
    signed like a write, changes nothing."""

    FIELDS = (
        "connections",
        "sealed",
        "tokens",
        "token_refusals",
        "uploads",
        "upload_bytes",
        "reboots",
        "btminer_starts",
    )
    TABLES = ("requests", "taken", "refused", "ignored", "lost")
    __slots__ = FIELDS + TABLES

    def __init__(self):
        for name in self.FIELDS:
            setattr(self, name, 0)
        for name in self.TABLES:
            setattr(self, name, collections.Counter())

    def as_dict(self) -> dict:
        out = {name: getattr(self, name) for name in self.FIELDS}
        out.update((name, dict(getattr(self, name))) for name in self.TABLES)
        out["writes"] = sum(self.taken.values()) - self.taken["set.miner.report"]
        return out
