# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on the health of a fleet: its miners, the worst first, and how many there are of each kind.

As JSON it is a dict:

- ``at``: when the miners were read; ``counts``: how many miners there are, and of each verdict;
- ``reasons``: how many miners there are of each reason's code;
- ``miners``: a dict for each, the worst first: its verdict, the reasons for it, what it showed, and the
  ``columns`` that whatsminer_report_columns declares.

Texts and names come from miners and inventories: they are escaped where they are shown, and never templated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS, Judgement
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.mining import (
    expected_ths,
    percent_of_expected,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    Reading,
    cooling_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import natural_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns


@dataclass(frozen=True)
class Miner:
    """A miner of the report. *host* is its name in the inventory; None is what nobody knows.

    *expected_percent* is None for a miner that isn't judged: one that is off or tuning makes what it should.
    *warnings* say what of it couldn't be read, and why. *columns* are those that whatsminer_report_columns
    declares.
    """

    host: str
    address: str | None
    verdict: str
    reasons: tuple[Reason, ...] = ()
    model: str = ""
    mac: str | None = None
    serial: str = ""
    firmware_version: str = ""
    cooling: str | None = None
    state: str | None = None
    power_mode: str | None = None
    hashrate_ths: float | None = None
    expected_ths: float | None = None
    expected_percent: float | None = None
    power_watts: float | None = None
    chip_max_c: float | None = None
    warnings: tuple[str, ...] = ()
    columns: Columns = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """It as JSON."""
        reasons = [reason.to_dict() for reason in self.reasons]
        return {**asdict(self), "reasons": reasons, "warnings": list(self.warnings)}

    @property
    def lost_ths(self) -> float:
        """How much less it makes than it is expected to."""
        if self.expected_percent is None or self.expected_ths is None or self.hashrate_ths is None:
            return 0
        return max(self.expected_ths - self.hashrate_ths, 0)


@dataclass(frozen=True)
class Report:
    """The report on *miners*, the worst first. *at* is the moment of it, as text, and *columns* the names of
    the columns that are declared.
    """

    at: str
    miners: tuple[Miner, ...]
    columns: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many miners there are, and of each verdict."""
        found = Counter(miner.verdict for miner in self.miners)
        return {"miners": len(self.miners), **{verdict: found[verdict] for verdict in VERDICTS}}

    def to_dict(self) -> dict[str, Any]:
        """It as JSON."""
        codes = Counter(code for miner in self.miners for code in {reason.code for reason in miner.reasons})
        return {
            "at": self.at,
            "counts": self.counts,
            "reasons": dict(sorted(codes.items())),
            "miners": [miner.to_dict() for miner in self.miners],
        }


def miner_of(
    host: str,
    address: str | None,
    judgement: Judgement,
    reading: Reading | None,
    thresholds: Thresholds,
    *,
    warnings: Sequence[str] = (),
    columns: Columns | None = None,
) -> Miner:
    """The row of a miner, of its *judgement* and its *reading*, None of one that wasn't read."""
    declared = columns or {}
    another = any(reason.code == "wrong_machine" for reason in judgement.reasons)
    if reading is None or another:  # what another machine shows isn't about this miner
        return Miner(host, address, judgement.verdict, judgement.reasons, columns=declared)
    is_judged = judgement.verdict in ("ill", "watch", "ok")
    expected = expected_ths(reading, thresholds) if is_judged else None
    return Miner(
        host,
        address,
        judgement.verdict,
        judgement.reasons,
        model=reading.model,
        mac=reading.mac,
        serial=reading.serial,
        firmware_version=reading.firmware_version,
        cooling=cooling_of(reading),
        state=reading.state,
        power_mode=reading.mode,
        hashrate_ths=reading.rate_ths,
        expected_ths=None if expected is None else round(expected, 3),
        expected_percent=percent_of_expected(reading, thresholds) if is_judged else None,
        power_watts=reading.watts,
        chip_max_c=reading.chip_c,
        warnings=tuple(warnings),
        columns=declared,
    )


def report_of(miners: Iterable[Miner], at: str, columns: Sequence[str] = ()) -> Report:
    """The report on *miners*, read at the moment *at*, with the *columns* of these names. Of two that are as
    ill, the one that loses more comes first.
    """
    ranks = list(VERDICTS)
    ordered = sorted(
        miners, key=lambda miner: (ranks.index(miner.verdict), -miner.lost_ths, natural_key(miner.host))
    )
    return Report(at, tuple(ordered), tuple(columns))
