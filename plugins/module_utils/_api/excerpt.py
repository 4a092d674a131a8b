# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others said, as it may be shown."""

from __future__ import annotations

EXCERPT_LENGTH = 120


def printable(data: bytes | bytearray | str, length: int = EXCERPT_LENGTH, ellipsis: str = "...") -> str:
    """An excerpt of *data* that can be shown: one line, at most *length* characters, nothing unprintable.

    What can't be seen, controls a terminal, or turns the direction of other text, is shown as its escape.
    Where something is left out, *ellipsis* says so.
    """
    text = data[: length + 1]
    if not isinstance(text, str):
        text = bytes(text).decode("utf-8", "backslashreplace")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return text if len(text) <= length else text[: length - len(ellipsis)] + ellipsis
