# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The assets of a fleet as CSV: each machine with the serial numbers of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.tables import find
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.csv_text import csv_text
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import natural_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns

# Column -> the fact in it.
_FACTS = {
    "model": "model",
    "mac": "mac",
    "serial": "serial",
    "control_board": "platform",
    "firmware_version": "firmware_version",
    "api_version": "api_version",
    "psu_model": "psu.model",
    "psu_serial": "psu.serial",
    "psu_firmware": "psu.firmware",
}
# So many boards have a column each, also where all miners have fewer, so that columns stay where they are.
_LEAST_BOARDS = 4
# No miner has as many: a miner that shows more doesn't widen the table without end.
_MOST_BOARDS = 16


@dataclass(frozen=True)
class Asset:
    """A machine: what it showed, or of one that didn't answer what the inventory says of it."""

    host: str
    address: str
    site: str
    answered: bool
    facts: dict[str, Any] = field(default_factory=dict)
    boards: dict[int, str] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)


def asset_of(
    host: str,
    address: str | None,
    facts: Mapping[str, Any],
    *,
    site: str,
    declared: Columns,
    columns: Columns,
) -> Asset:
    """The Asset that showed *facts*, none if it wasn't read. *declared* is what the inventory says."""
    boards: dict[int, str] = {}
    for position, board in enumerate(facts.get("boards") or ()):
        slot = board.get("slot", position)
        if isinstance(slot, int) and 0 <= slot < _MOST_BOARDS:
            boards.setdefault(slot, board.get("serial") or "")
    shown = {name: find(facts, fact) for name, fact in _FACTS.items()}
    return Asset(
        host=host,
        address=address or "",
        site=site,
        answered=bool(facts),
        facts={name: value or declared.get(name, "") for name, value in shown.items()},
        boards=boards,
        columns=columns,
    )


def assets_csv(assets: Sequence[Asset], columns: Sequence[str], at: str) -> str:
    """*assets*, read at the moment *at*, as CSV by host, with the declared *columns*."""
    slots = range(max([_LEAST_BOARDS, *(slot + 1 for asset in assets for slot in asset.boards)]))
    head = ["host", "address", "site", *columns, "answered", *_FACTS]
    rows = [
        [
            *(asset.host, asset.address, asset.site),
            *(asset.columns.get(name, "") for name in columns),
            "yes" if asset.answered else "no",
            *asset.facts.values(),
            *(asset.boards.get(slot, "") for slot in slots),
            at,
        ]
        for asset in sorted(assets, key=lambda asset: natural_key(asset.host))
    ]
    return csv_text([*head, *(f"board_{slot}_serial" for slot in slots), "read_at"], rows)
