# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of where each fact stands, and how facts are read by them.

A table maps a fact to its converter and to the fields that show it, in order of preference. A dot in a fact's
name opens a dict. Names of fields are compared folded: without what differs among generations of firmware.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .values import Converter

Table = dict[str, tuple[Converter, list[str]]]

_SEPARATORS = str.maketrans("", "", " _-%")


class Folded(dict[str, str]):
    """A field's name -> its folded form: ``Firmware Version`` and ``firmware_version`` are the same.

    Fleets repeat the same few hundred names, so they're kept: but no miner can fill the memory with others.
    """

    _MOST = 1024
    _LONGEST = 64

    def __missing__(self, name: str) -> str:
        folded = name[: self._LONGEST].translate(_SEPARATORS).lower()
        if len(self) < self._MOST and len(name) <= self._LONGEST:
            self[name] = folded
        return folded


FOLDED = Folded()


def table(rows: Mapping[str, tuple[Any, ...]]) -> Table:
    """The table of *rows*, ``fact: (converter, field, field, ...)``."""
    for _convert, *sources in rows.values():
        for source in sources:  # as it stands in a reply, so that no worker folds it anew
            FOLDED[source.rpartition(".")[2]]
    return {
        fact: (convert, [FOLDED[source] for source in sources]) for fact, (convert, *sources) in rows.items()
    }


def extract(rules: Table, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in *fields*, whose names are folded. A fact that isn't there has no key."""
    found = {}
    for fact, (convert, sources) in rules.items():
        for source in sources:
            value = convert(fields[source]) if source in fields else None
            if value is not None:
                found[fact] = value
                break
    return found


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """*flat* with ``outer.inner`` as a dict in a dict."""
    facts: dict[str, Any] = {}
    for name, value in flat.items():
        outer, _dot, inner = name.rpartition(".")
        (facts.setdefault(outer, {}) if outer else facts)[inner] = value
    return facts


def rows_of(rules: Table, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The facts of each of *records*, of those that say anything."""
    rows = (extract(rules, {FOLDED[name]: value for name, value in record.items()}) for record in records)
    return [row for row in rows if row]


def pick(facts: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of the facts called *names* that *facts* has, by name; names without dots."""
    return {name: facts[name] for name in names if name in facts}


def find(facts: Mapping[str, Any], name: str) -> Any:
    """The fact called *name*, ``power_mode`` or ``network.address``; None where it isn't there."""
    outer, dot, inner = name.partition(".")
    value = facts.get(outer)
    if not dot:
        return value
    return find(value, inner) if isinstance(value, Mapping) else None
