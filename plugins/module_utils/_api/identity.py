# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine answers: another one than the pinned one gets no write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facts.values import mac_address
from . import neighbours
from .errors import BadParameter, WrongMachine

if TYPE_CHECKING:
    from .._facts.shapes import Facts
    from .line import Line

_SENT_BEFORE = (
    "A command had been sent before that was seen: another machine has taken the address since, or was there "
    "all along. Find the miner by its MAC"
)
_OTHERWISE = (
    "run from a host on the miner's own network segment, whose neighbour table tells, or with "
    "whatsminer_mac_required: false once it's sure that the address is this miner's"
)
#: State -> why a miner shows no MAC, and what to do about it.
_UNSEEN = {
    "off": (
        "it is powered off and shows no MAC then",
        "Firmware 1.3 and 1.4 is like that: power the miner on first, for which no MAC is needed, or "
        f"{_OTHERWISE}",
    ),
    "on": (
        "it isn't powered off, but its btminer is down, and it shows no MAC then",
        f"Its btminer is starting, or has crashed. Wait, or to restart it (whatsminer_reboot), {_OTHERWISE}",
    ),
    None: ("it shows no MAC", f"To write to it, {_OTHERWISE}"),
}

REVEALING = "power_on"
"""Firmware 1.3/1.4 shows no MAC while powered off, and this command is what makes it show one."""


class Identity:
    """The machine on *line* that is meant: the one with *mac*, or without one the first whose MAC is shown.

    With *mac_required*, a pinned machine that doesn't show its MAC, and that the kernel's neighbour table
    doesn't show either, gets no write. *has_written*: something was sent to whatever machine is there.
    """

    def __init__(self, line: Line, mac: str | None, mac_required: bool) -> None:
        self.pinned_mac = _pinned(mac)
        self.mac_required = mac_required
        self.has_written = False
        self.is_recognised = self.pinned_mac is None
        self._line = line

    def forget(self) -> None:
        """The machine may come back as another one."""
        self.is_recognised = self.pinned_mac is None

    def recognise(self, facts: Facts) -> None:
        """Learn from *facts* which machine it is: the first MAC pins it, unless it was pinned before.

        Raises WrongMachine if it's another one's.
        """
        if "mac" not in facts:
            return
        self.pinned_mac = self.pinned_mac or facts["mac"]
        if facts["mac"] != self.pinned_mac:
            raise self._another(facts["mac"])
        self.is_recognised = True

    def require(self, command: str, facts: Facts) -> None:
        """Raise WrongMachine if *command* may not be written, because it isn't known which machine is there.

        *facts* are of that machine; the error says by them why it shows no MAC.
        """
        if self.is_recognised or self.is_vouched_for():
            self.is_recognised = True
        elif command != REVEALING:
            why, way_out = _UNSEEN.get(facts.get("state"), _UNSEEN[None])
            raise WrongMachine(
                f"{why}, so it can't be told whether it is {self.pinned_mac}",
                miner=self._line.name,
                command=command,
                remedy=f"Nothing was written. {way_out}",
            )

    def is_vouched_for(self) -> bool:
        """Whether a machine that shows no MAC is the pinned one by the kernel's neighbour table, or may be
        taken for it.

        Raises WrongMachine if by that table it's another one.
        """
        if not self.mac_required:
            return True
        found = mac_address(neighbours.mac_of(self._line.address))
        if found is not None and found != self.pinned_mac:
            raise self._another(found)
        return found is not None

    def _another(self, mac: str) -> WrongMachine:
        remedy = _SENT_BEFORE if self.has_written else None
        return WrongMachine(
            f"the machine there has MAC {mac}, not {self.pinned_mac}", miner=self._line.name, remedy=remedy
        )


def _pinned(mac: str | None) -> str | None:
    """*mac* in its normal form, None where none is pinned.

    Raises BadParameter: half a pin would be none at all.
    """
    if not mac:
        return None
    normal = mac_address(mac)
    if normal is None:
        raise BadParameter("mac", "a MAC address such as C4:05:08:00:02:3B")
    return normal
