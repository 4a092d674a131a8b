# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The positions of a walk along the racks, in order: names, and patterns as in an inventory's hosts."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: No site has as many.
MOST = 100_000

_RANGE = re.compile(r"\[(?:([0-9]+):([0-9]+)|([a-z]):([a-z])|([A-Z]):([A-Z]))\]")
_COMMENT = "#"


def expanded(patterns: Iterable[str], variable: str) -> list[str]:
    """The positions that *patterns*, the value of *variable*, stand for: ``rack[01:02]-[a:b]`` for four.

    The last range runs fastest. Raises ValueError for more than MOST, and for one that is there twice.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        for position in _expanded(pattern.strip()):
            if position in found:
                raise ValueError(f"{variable}: {shown(position)} is there twice")
            found[position] = None
            if len(found) > MOST:
                raise ValueError(f"{variable}: {shown(pattern)} makes more than {MOST} positions")
    return list(found)


def _expanded(pattern: str) -> Iterator[str]:
    match = _RANGE.search(pattern)
    if match is None:
        if pattern:
            yield pattern
        return
    for rest in _values(match):
        for end in _expanded(pattern[match.end() :]) if pattern[match.end() :] else ("",):
            yield pattern[: match.start()] + rest + end


def _values(match: re.Match[str]) -> Iterator[str]:
    """The values of a range, of numbers with the zeros before the first, or of letters."""
    first, last = (part for part in match.groups() if part is not None)
    if not first.isdecimal():
        yield from map(chr, range(ord(first), ord(last) + 1))
        return
    width = len(first) if first.startswith("0") else 0
    for number in range(int(first[:9]), int(last[:9]) + 1):
        yield str(number).zfill(width)


def of_file(path: str, variable: str) -> list[str]:
    """The positions in the text file at *path*, the value of *variable*: one on each line, or a pattern.

    Empty lines, and those that begin with #, are left out. Raises ValueError.
    """
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(f"{variable}: {path} can't be read: {reason}") from None
    return expanded([line for line in lines if line and not line.startswith(_COMMENT)], variable)
