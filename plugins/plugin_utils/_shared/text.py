# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for people, on a screen, in a table, on a page: what a miner said, counts, and long lists."""

from __future__ import annotations

from typing import Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.excerpt import printable

#: How many characters of one text are shown.
LONGEST = 500


def shown(value: object, most: int = LONGEST) -> str:
    """*value* as text on one line of at most *most* characters.

    What can't be seen, controls a terminal, or turns the direction of other text, is shown as its escape.
    """
    return printable(str(value), most, "…")


def shown_in(value: Any) -> Any:
    """*value*, made of dicts and lists, with each text in it as `shown`."""
    if isinstance(value, dict):
        return {shown(name): shown_in(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown_in(inner) for inner in value]
    return shown(value) if isinstance(value, str) else value


def counted(number: int, noun: str) -> str:
    """``1 miner``, ``2 miners``: *noun* is the singular."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shorten_list(names: list[str], most: int) -> str:
    """The first *most* of the list *names*, and how many more there are: a message that stays readable."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def percentage(part: float, whole: float) -> str:
    """*part* in percent of *whole*: ``90 %``."""
    return f"{part * 100 / whole:.0f} %"
