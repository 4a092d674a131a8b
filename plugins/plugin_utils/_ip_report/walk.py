# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each press on a walk along the racks means: the next position, or one that was noted before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.datagrams import Press

# A machine reports one press several times. After so many seconds it was pressed again.
_SAME_PRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Noted:
    """A machine that was found: where it stands, and its name in the inventory, empty if it isn't there."""

    position: str
    mac: str
    address: str
    host: str
    at: str


class Walk:
    """A walk: *noted* are the machines that were found, by MAC address, those of an earlier walk too.

    *names* are the inventory's hosts by MAC address.
    """

    def __init__(self, names: Mapping[str, str], noted: Mapping[str, Noted]) -> None:
        self.noted = {mac: replace(each, host=names.get(mac, each.host)) for mac, each in noted.items()}
        self._names = names
        self._latest: dict[str, float] = {}

    def next_position(self, positions: Sequence[str]) -> str | None:
        """The first of *positions* where no machine was found; None if there is none left."""
        taken = {noted.position for noted in self.noted.values()}
        return next((position for position in positions if position not in taken), None)

    def press(self, press: Press, position: str, *, at: str, clock: float) -> tuple[bool, str]:
        """Take *press* at *position* and the moment *at*: whether it was noted, and a line that says what it
        was; empty where there is nothing to say. *clock* are seconds that only go forward.
        """
        if press.mac in self.noted:
            before = self._latest.get(press.mac)
            self._latest[press.mac] = clock
            if before is not None and clock - before < _SAME_PRESS_SECONDS:
                return False, ""
            first = self.noted[press.mac]
            where = f"noted at {shown(first.position)}" if first.position else "noted"
            return False, f"again: {self._told(press)} is {where} already, since {first.at}"
        self._latest[press.mac] = clock
        self.noted[press.mac] = Noted(position, press.mac, press.address, self._names.get(press.mac, ""), at)
        return True, f"{len(self.noted)}: {shown(position or '-')}: {self._told(press)}"

    def _told(self, press: Press) -> str:
        name = self._names.get(press.mac)
        who = shown(name) if name else ("unknown to the inventory" if self._names else "")
        return " ".join(filter(None, (press.mac, press.address, who)))
