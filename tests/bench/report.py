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
    """What one round found for one side: wall-clock and CPU milliseconds for one unit, a host's task or an exchange."""

    wall: float
    cpu: float | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """A comparison of two sides. Without a limit it only informs."""

    side: str
    beside: str
    limit: float | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """A row with its numbers: medians in milliseconds, and the ratio of each round, whose range shows the noise."""

    measurement: str
    row: Row
    wall: tuple[float, float]
    ratio: float
    ratios: list[float]
    cpu_ratio: float | None
    rounds: dict[str, list[Reading]]

    @classmethod
    def of(cls, measurement: str, row: Row, readings: dict[str, list[Reading]]) -> Result:
        """Compare the row's two sides in the readings of all rounds."""
        ours, beside = readings[row.side], readings[row.beside]
        wall = tuple(statistics.median(reading.wall for reading in side) for side in (ours, beside))
        ratios = [one.wall / other.wall for one, other in zip(ours, beside)]
        cpu_ratio = None
        if all(reading.cpu for reading in ours + beside):
            cpu_ratio = statistics.median(reading.cpu for reading in ours) / statistics.median(reading.cpu for reading in beside)
        return cls(measurement, row, wall, wall[0] / wall[1], ratios, cpu_ratio, {row.side: ours, row.beside: beside})

    @property
    def met(self) -> bool | None:
        """Whether the limit is met, None if there is none."""
        return None if self.row.limit is None else self.ratio <= self.row.limit


def line(sides: dict[str, Reading]) -> str:
    """One round in a line, for whoever watches."""
    return ", ".join(f"{side} {reading.wall:.2f} ms" for side, reading in sides.items())


HEAD = ("", "row", "ms", "beside", "ms", "ratio", "limit", "", "rounds' ratios", "CPU ratio")


def show(results: list[Result]) -> None:
    """Print the table."""
    rows = [HEAD]
    for result in results:
        rows.append(
            (
                result.measurement,
                result.row.side,
                f"{result.wall[0]:.2f}",
                result.row.beside,
                f"{result.wall[1]:.2f}",
                f"{result.ratio:.3f}",
                "-" if result.row.limit is None else f"{result.row.limit:g}",
                {True: "met", False: "NOT MET", None: ""}[result.met],
                f"{min(result.ratios):.3f} to {max(result.ratios):.3f}",
                "-" if result.cpu_ratio is None else f"{result.cpu_ratio:.3f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def write(directory: pathlib.Path, about: dict, results: list[Result]) -> pathlib.Path:
    """Write it all as JSON, with every round's readings; return the file."""
    now = datetime.datetime.now(datetime.timezone.utc)
    content = {
        "at": now.isoformat(timespec="seconds"),
        **about,
        "rows": [{**dataclasses.asdict(result), "met": result.met} for result in results],
    }
    path = directory / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path
