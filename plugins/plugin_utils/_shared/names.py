# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of many things, in a message that stays readable."""

from __future__ import annotations


def listed(names: list[str], most: int) -> str:
    """The first *most* of the list *names*, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
