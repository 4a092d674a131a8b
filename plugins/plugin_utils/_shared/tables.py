# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables as lines of text: columns of one width, rows in the sequence that people expect."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


# No name, model or version that a person gave is longer: what a miner says in one row must not pull all
# others apart.
_WIDEST = 100


def aligned(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> list[str]:
    """*rows* as lines whose columns stand below each other; those at the positions *numbers* to the right.
    What is too wide is shortened, but for the last column.
    """
    rows = [[*map(_narrow, row[:-1]), *row[-1:]] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(_padded(row, widths, numbers)).rstrip() for row in rows]


def _narrow(cell: str) -> str:
    return cell if len(cell) <= _WIDEST else cell[: _WIDEST - 1] + "…"


def _padded(row: Sequence[str], widths: list[int], numbers: Collection[int]) -> list[str]:
    return [
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths))
    ]


def fixed(value: Any, digits: int) -> str:
    """The number *value* with *digits* after the point; nothing for what is none."""
    return "" if number(value) is None else f"{value:.{digits}f}"


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key that sorts rack-2 before rack-10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"([0-9]+)", name)
        if part
    ], name
