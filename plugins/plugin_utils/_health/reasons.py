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
