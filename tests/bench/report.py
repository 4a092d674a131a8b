# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings, the rows that compare them, the table and the JSON file."""

from __future__ import annotations

import dataclasses
import datetime
import json
import pathlib
import statistics


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one round found for one side.

    *value*: wall-clock milliseconds for one unit, a host's task or an exchange; or megabytes. *cpu*:
    milliseconds of CPU of the side's own processes. *served*: those of the simulator meanwhile. *fault*: why
    the reading doesn't count.
    """

    value: float = 0.0
    cpu: float | None = None
    served: float | None = None
    fault: str | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """A comparison of two sides, or with *beside* None one side's own value.

    Without a limit it only informs.
    """

    side: str
    beside: str | None
    limit: float | None = None
    unit: str = "ms"


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a row over all rounds: those that count, and why others don't."""

    median: float | None
    least: float | None
    most: float | None
    cpu: float | None
    served: float | None
    faults: list[str]
    rounds: list[Reading]

    @classmethod
    def of(cls, readings: list[Reading]) -> Side:
        """Sum up *readings*, one a round."""
        whole = [reading for reading in readings if reading.fault is None]
        values = [reading.value for reading in whole]
        faults = [reading.fault for reading in readings if reading.fault is not None]
        median = statistics.median(values) if values else None
        least, most = (min(values), max(values)) if values else (None, None)
        return cls(
            median, least, most, _median_of(whole, "cpu"), _median_of(whole, "served"), faults, readings
        )

    @property
    def busy(self) -> float | None:
        """Which share of one core the simulator took meanwhile."""
        return self.served / self.median if self.served is not None and self.median else None


def _median_of(readings: list[Reading], name: str) -> float | None:
    values = [getattr(reading, name) for reading in readings]
    return statistics.median(values) if values and None not in values else None


# The simulator serves from one core: a side during which it takes more of that than this may have waited for
# it.
BUSY = 0.85


@dataclasses.dataclass(frozen=True)
class Result:
    """A row with its numbers: the ratio of the medians, and that of each round, whose range shows the noise.
    """

    measurement: str
    row: Row
    side: Side
    beside: Side | None
    ratio: float | None
    ratios: list[float]
    cpu_ratio: float | None

    @classmethod
    def of(cls, measurement: str, row: Row, readings: dict[str, list[Reading]]) -> Result:
        """Compare the row's two sides in the readings of all rounds."""
        ours = Side.of(readings[row.side])
        if row.beside is None:
            return cls(measurement, row, ours, None, None, [], None)
        beside = Side.of(readings[row.beside])
        rounds = [
            pair for pair in zip(ours.rounds, beside.rounds) if not any(reading.fault for reading in pair)
        ]
        ratio = ours.median / beside.median if ours.median is not None and beside.median else None
        cpu_ratio = ours.cpu / beside.cpu if ours.cpu and beside.cpu else None
        return cls(
            measurement,
            row,
            ours,
            beside,
            ratio,
            [one.value / other.value for one, other in rounds],
            cpu_ratio,
        )

    @property
    def met(self) -> bool | None:
        """Whether the limit is met, None if there is none, or nothing whole to compare with."""
        found = self.side.median if self.row.beside is None else self.ratio
        return None if self.row.limit is None or found is None else found <= self.row.limit

    @property
    def faults(self) -> list[str]:
        """Why rounds don't count."""
        return self.side.faults + (self.beside.faults if self.beside else [])

    @property
    def busy(self) -> float | None:
        """The larger share of a core that the simulator took during one of the sides."""
        shares = [
            side.busy for side in (self.side, self.beside) if side is not None and side.busy is not None
        ]
        return max(shares, default=None)

    def as_json(self) -> dict:
        """All of it."""
        return {**dataclasses.asdict(self), "met": self.met, "simulator_busy": self.busy}


def line(sides: dict[str, Reading]) -> str:
    """One round in a line, for whoever watches."""
    return ", ".join(f"{side} {reading.fault or f'{reading.value:.2f}'}" for side, reading in sides.items())


HEAD = (
    "",
    "row",
    "median",
    "beside",
    "median",
    "ratio",
    "limit",
    "",
    "rounds' ratios",
    "CPU ratio",
    "simulator",
)


def cells(result: Result) -> tuple[str, ...]:
    """The row as texts, in the columns of HEAD."""
    row = result.row
    verdict = {True: "met", False: "NOT MET", None: ""}[result.met]
    if result.faults:
        verdict = f"{verdict}; {len(result.faults)} rounds: {result.faults[0]}".removeprefix("; ")
    return (
        result.measurement,
        row.side,
        _value(result.side, row.unit),
        row.beside or "",
        _value(result.beside, row.unit) if result.beside else "",
        _number(result.ratio),
        "-" if row.limit is None else f"{row.limit:g}" + ("" if row.beside else f" {row.unit}"),
        verdict,
        f"{min(result.ratios):.3f} to {max(result.ratios):.3f}" if result.ratios else "-",
        _number(result.cpu_ratio),
        "-"
        if result.busy is None
        else f"{100 * result.busy:.0f} %" + (" BUSY" if result.busy > BUSY else ""),
    )


def _value(side: Side, unit: str) -> str:
    return "-" if side.median is None else f"{side.median:.2f} {unit}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def show(results: list[Result]) -> None:
    """Print the table."""
    rows = [HEAD, *map(cells, results)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if any(result.busy is not None and result.busy > BUSY for result in results):
        print(
            f"\nBUSY: the simulator took more than {100 * BUSY:.0f} % of its core, so what counts in that "
            "row is the CPU ratio."
        )


def write(directory: pathlib.Path, about: dict, results: list[Result]) -> pathlib.Path:
    """Write it all as JSON, with every round's readings; return the file."""
    now = datetime.datetime.now(datetime.timezone.utc)
    content = {
        "at": now.isoformat(timespec="seconds"),
        **about,
        "rows": [result.as_json() for result in results],
    }
    path = directory / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path
