# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is changed next on miners, on the way down and on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading


@dataclass(frozen=True)
class Change:
    """What whatsminer_power is to change next: its options, and the hosts."""

    hosts: list[str]
    params: dict[str, Any]


def as_it_is(now: Reading) -> str:
    """What a miner shows, as text."""
    return f"is {now.state}" + (f" in mode {now.mode}" if now.mode else "")
