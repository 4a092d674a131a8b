# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a miner is judged as it is: a code for programs, a text for people, the value and the threshold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import ILL, WATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Levels

#: Of a reason that is no finding: it says why a miner isn't judged.
NOTE = "note"
#: How bad a reason is, the worst first.
SEVERITIES = (ILL, WATCH, NOTE)


#: The codes of reasons why a miner is ill, unreachable or to be watched.
CODES = (
    "hashrate_low", "not_mining", "btminer_down", "board_missing", "board_dead", "board_low", "chips_low",
    "chip_hot", "board_hot", "psu_hot", "environment_hot", "liquid_hot", "fan_stopped", "fan_slow",
    "psu_fan_stopped", "input_voltage_low", "no_pools", "pools_dead", "pool_not_mined", "on_backup_pool",
    "pool_dead", "shares_rejected", "error", "tuning_long", "not_shown", "no_answer", "not_read",
    "wrong_machine",
)  # fmt: skip
#: Those of notes: why a miner isn't judged.
NOTES = ("tuning", "just_started", "held", "off")


@dataclass(frozen=True)
class Reason:
    """*code* is one of the table in roles/health/README.md, *severity* one of SEVERITIES.

    *text* may hold what a miner said, as it said it: it is escaped where it is shown. *value* is what was
    seen, and *threshold* the level that it passed.
    """

    code: str
    severity: str
    text: str
    value: float | str | None = None
    threshold: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


def below(levels: Levels, value: float | None, code: str, *, text: str, unit: str = "") -> Iterator[Reason]:
    """The reason that *value*, of which *text* says what it is, is below one of *levels*."""
    passed = None if value is None else levels.below(value)
    if passed is not None:
        severity, level = passed
        yield Reason(code, severity, f"{text} ({severity} below {level:g}{unit})", value, level)


def above(levels: Levels, value: float | None, code: str, *, text: str, unit: str = "") -> Iterator[Reason]:
    """The reason that *value*, of which *text* says what it is, is above one of *levels*."""
    passed = None if value is None else levels.above(value)
    if passed is not None:
        severity, level = passed
        yield Reason(code, severity, f"{text} ({severity} above {level:g}{unit})", value, level)
