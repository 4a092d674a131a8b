# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables as CSV that a spreadsheet may open: no cell of it is taken for a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What a spreadsheet takes for a formula begins so: the last four are what some keyboards write for the first.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_LONGEST_CELL = 2000


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """*head* and *rows* as CSV. Texts come from miners and inventories: they are one line each, and shown."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_cell(name) for name in head])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    """*value* as it stands in a cell: numbers as they are, text so that it is never run."""
    if not isinstance(value, str):
        return value
    text = shown(value, _LONGEST_CELL)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
