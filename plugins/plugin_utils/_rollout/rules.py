# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role ``firmware`` that say how a rollout goes, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups

# Name, least, most.
_WHOLE_NUMBERS = (
    ("canaries", 1, 1_000_000),
    ("wait_timeout", 1, 86400),
    ("gate_timeout", 1, 86400),
    ("gate_delay", 1, 3600),
    ("settle", 0, 3600),
)


@dataclass(frozen=True)
class Rules:
    """What the role's variables say, in percent and seconds. ``sites``: name of a site -> its hosts."""

    canaries: int
    batches: tuple[float, ...]
    max_down_percent: float
    hashrate_percent: float
    expected_hashrate_percent: float
    allowed_errors: frozenset[int]
    wait_timeout: int
    gate_timeout: int
    gate_delay: int
    settle: int
    retry_failed: bool
    rollback: bool
    sites: Groups

    @classmethod
    def of(cls, given: dict[str, Any], groups: Groups) -> Rules:
        """From the role's variables, without ``firmware_``, and the inventory's *groups*.

        ValueError names what makes no sense.
        """
        batches = tuple(_percent_of("batches", share) for share in given["batches"])
        if not batches or batches[0] == 0 or batches[-1] != 100 or list(batches) != sorted(set(batches)):
            raise ValueError(
                "firmware_batches must be growing shares in percent that end with 100, such as [5, 20, 50, "
                "100]"
            )
        names = ("max_down_percent", "hashrate_percent", "expected_hashrate_percent")
        shares = {name: _percent_of(name, given[name]) for name in names}
        if shares["max_down_percent"] == 0:
            raise ValueError("firmware_max_down_percent must be above 0: a miner is down while it's flashed")
        whole = {name: int(given[name]) for name, _least, _most in _WHOLE_NUMBERS}
        for name, least, most in _WHOLE_NUMBERS:
            if not least <= whole[name] <= most:
                raise ValueError(f"firmware_{name} must be between {least} and {most}, and is {given[name]}")
        unknown = [name for name in given["sites"] if name not in groups]
        if unknown:
            raise ValueError(
                f"firmware_sites must be groups of the inventory, and there is no {', '.join(unknown)}"
            )
        return cls(
            batches=batches,
            allowed_errors=frozenset(map(int, given["allowed_errors"])),
            retry_failed=given["retry_failed"],
            rollback=given["rollback"],
            sites={name: groups[name] for name in given["sites"]},
            max_down_percent=shares["max_down_percent"],
            hashrate_percent=shares["hashrate_percent"],
            expected_hashrate_percent=shares["expected_hashrate_percent"],
            **whole,
        )


def _percent_of(name: str, value: Any) -> float:
    # ansible-core before 2.19 makes text of numbers.
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1
    if not 0 <= share <= 100:
        raise ValueError(f"firmware_{name} must be between 0 and 100 %, and is {value!r}")
    return share
