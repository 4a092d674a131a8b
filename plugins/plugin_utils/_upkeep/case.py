# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder for the vendor: one folder a miner, and an index of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.csv_text import csv_text
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import aligned
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner

ARCHIVE, FACTS, HEALTH = "logs.tgz", "facts.json", "health.json"
ALL = "all"

_COLUMNS = (
    ("host", "address", "folder", "verdict", "reasons", "text", "errors")
    + ("model", "serial", "mac", "firmware_version", "archive", "problem")
)  # fmt: skip
_IN_TEXT = ("host", "folder", "verdict", "model", "serial", "errors", "archive", "reasons")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_FOLDER = 100


def chosen_verdicts(words: Sequence[str]) -> frozenset[str]:
    """The verdicts that *words*, the option ``verdicts``, choose. Raises ValueError."""
    # YAML reads a bare off as false, which is text by now.
    given = ["off" if word == "False" else word for word in words]
    unknown = sorted(set(given) - {*VERDICTS, ALL})
    if unknown or not given or (ALL in given and len(given) > 1):
        known, said = ", ".join(VERDICTS), ", ".join(given) or "empty"
        raise ValueError(f"verdicts must be a list of {known}, or {ALL} alone, and is {said}")
    return frozenset(VERDICTS if ALL in given else given)


def folders(hosts: Iterable[str]) -> dict[str, str]:
    """A folder's name for each of *hosts*, no two alike, that leads nowhere else whatever the host's name."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for host in hosts:
        plain = _UNSAFE.sub("_", host)[:_LONGEST_FOLDER].lstrip(".") or "_"
        name, number = plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.lower())
        found[host] = name
    return found


def row_of(miner: Miner, folder: str, facts: dict[str, Any], *, archive: str, problem: str) -> dict[str, Any]:
    """The row of *miner* in the index, with what *facts* say of its errors."""
    codes = [str(error.get("code")) for error in facts.get("errors") or () if isinstance(error, dict)]
    return {
        "host": miner.host,
        "address": miner.address or "",
        "folder": folder,
        "verdict": miner.verdict,
        "reasons": " ".join(dict.fromkeys(reason.code for reason in miner.reasons)),
        "text": "; ".join(reason.text for reason in miner.reasons),
        "errors": " ".join(dict.fromkeys(codes)),
        "model": miner.model,
        "serial": miner.serial,
        "mac": miner.mac or "",
        "firmware_version": miner.firmware_version,
        "archive": archive,
        "problem": problem,
        "columns": miner.columns,
    }


def index_csv(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """The index as CSV, with the declared columns *names*."""
    return csv_text(
        [*_COLUMNS, *names],
        (
            [*(row[name] for name in _COLUMNS), *(row["columns"].get(name, "") for name in names)]
            for row in rows
        ),
    )


def index_text(rows: Sequence[dict[str, Any]], names: Sequence[str], at: str) -> str:
    """The index as text for people."""
    filled = columns.filled(names, (row["columns"] for row in rows))
    head = (*_IN_TEXT[:2], *map(columns.title, filled), *_IN_TEXT[2:])
    cells = [
        [
            shown(value or "-")
            for value in (
                *(row[name] for name in _IN_TEXT[:2]),
                *(row["columns"].get(name) for name in filled),
                *(row[name] for name in _IN_TEXT[2:]),
            )
        ]
        for row in rows
    ]
    lines = [
        f"Miners of {at}, by minerops.whatsminer.logs. In the folder of each:",
        f"  {ARCHIVE}     the miner's log archive, as it sent it",
        f"  {FACTS}   what it shows of itself, and its replies; secrets are hidden",
        f"  {HEALTH}  what is wrong with it, and by which threshold",
        "",
        *aligned([head, *cells]),
    ]
    lines += [f"{shown(row['host'])}: {shown(row['problem'])}" for row in rows if row["problem"]]
    return "".join(f"{line}\n" for line in lines)
