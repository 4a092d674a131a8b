# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine answers: another one than the pinned one gets no write.

A machine is pinned by its MAC address, its serial number, or both. The MAC address is the control board's, so
a new board changes it, and the serial number stays. What a machine shows of both:

    | MAC address  | serial number | the machine                                    |
    | ------------ | ------------- | ---------------------------------------------- |
    | as pinned    | as pinned     | the one that is meant                          |
    | one of both is as pinned, the other isn't shown or isn't pinned | the same     |
    | differs      | as pinned     | the same with another control board: no write  |
    | as pinned    | differs       | another one with that control board: no write  |
    | differs, and no serial number says the reverse | another one: no write         |
    | neither that is pinned is shown                | unknown: see `Identity.require` |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._facts.values import mac_address, serial_number
from . import neighbours
from .errors import BadParameter, WrongMachine
from .excerpt import printable

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
_NO_SERIAL = (
    "Pin the miner by its MAC too (whatsminer_mac), or run with whatsminer_mac_required: false once it's "
    "sure that the address is this miner's"
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
    """The machine on *line* that is meant: the one with *mac* and *serial*, as far as they are given. Without
    either, the first whose MAC is shown.

    With *mac_required*, a pinned machine that shows neither, and that the kernel's neighbour table doesn't
    show either, gets no write. *has_written*: something was sent to whatever machine is there. *is_matched*:
    it was seen to be as pinned. *is_serial_open*: its serial number is pinned, and wasn't asked for.
    *is_declared*: it was pinned before any was seen.
    """

    def __init__(self, line: Line, mac: str | None, mac_required: bool, serial: str | None = None) -> None:
        self.pinned_mac = _pinned(mac)
        self.pinned_serial = _pinned_serial(serial)
        self.is_declared = self.pinned_mac is not None or self.pinned_serial is not None
        self.mac_required = mac_required
        self.has_written = False
        self._line = line
        self.forget()

    def forget(self) -> None:
        """The machine may come back as another one."""
        self.is_recognised = self.pinned_mac is None
        self.is_serial_open = self.pinned_serial is not None
        self.is_matched = False

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that show which machine it is."""
        return ("mac",) if self.pinned_serial is None else ("mac", "serial")

    @property
    def may_be_written(self) -> bool:
        """Whether it is known by now that the machine is the one that is meant."""
        is_known = self.is_matched or self.pinned_serial is None
        return self.is_recognised and is_known and not self.is_serial_open

    def on(self, line: Line) -> Identity:
        """The same pins, for what is at the other end of *line*."""
        return Identity(line, self.pinned_mac, self.mac_required, self.pinned_serial)

    def lacks(self, fact: str, facts: Facts) -> bool:
        """Whether *fact*, ``mac`` or ``serial``, is missing among *facts* to tell which machine it is.

        The serial number tells why a machine has another MAC, which isn't worth a connection otherwise.
        """
        if fact in facts:
            return False
        if fact == "mac":
            return not self.is_recognised
        shown = facts.get("mac")
        is_other = None not in (shown, self.pinned_mac) and shown != self.pinned_mac
        return is_other and self.pinned_serial is not None

    def recognise(self, facts: Facts) -> None:
        """Learn from *facts* which machine it is: the first MAC pins it, unless it was pinned before.

        Raises WrongMachine if it's another one's.
        """
        mac, serial = facts.get("mac"), facts.get("serial")
        has_serial = None
        if self.pinned_serial is not None and serial is not None:
            has_serial = _comparable(serial) == _comparable(self.pinned_serial)
        has_mac = None if mac is None or self.pinned_mac is None else mac == self.pinned_mac
        if has_mac is False or has_serial is False:
            self.forget()  # what was seen before says nothing of this machine
        if mac is not None and has_mac is False:
            if serial is None or has_serial is None:
                raise self._another(mac)
            raise self._half_another(mac, serial, has_serial)
        if serial is not None and has_serial is False:
            raise self._other_serial(serial, has_mac)
        if has_serial:
            self.is_serial_open = False
        if has_mac or has_serial:
            self.is_recognised = self.is_matched = True
        elif mac is not None and self.pinned_serial is None:
            self.is_recognised = True
        if mac is not None and (has_serial or self.pinned_serial is None):
            self.pinned_mac = self.pinned_mac or mac

    def require(self, command: str, facts: Facts) -> None:
        """Raise WrongMachine if *command* may not be written, because it isn't known which machine is there.

        *facts* are of that machine; the error says by them why it shows no MAC.
        """
        if self.is_recognised or self.is_vouched_for():
            self.is_matched = self.is_matched or not self.is_recognised
            self.is_recognised = True
        elif command != REVEALING:
            why, way_out = _UNSEEN.get(facts.get("state"), _UNSEEN[None])
            raise self._unknown(why, self.pinned_mac, command=command, way_out=way_out)
        if self.pinned_serial is None or self.is_matched or command == REVEALING:
            return
        if self.mac_required:
            raise self._unknown(
                "it shows no serial number", self.pinned_serial, command=command, way_out=_NO_SERIAL
            )
        self.is_matched = True  # or taken for that

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

    def _unknown(self, why: str, pin: str | None, *, command: str, way_out: str) -> WrongMachine:
        return WrongMachine(
            f"{why}, so it can't be told whether it is {pin}",
            miner=self._line.name,
            command=command,
            remedy=f"Nothing was written. {way_out}",
        )

    def _another(self, mac: str) -> WrongMachine:
        return self._wrong(f"the machine there has MAC {mac}, not {self.pinned_mac}", None)

    def _half_another(self, mac: str, serial: str, has_serial: bool) -> WrongMachine:
        """What a machine with another *mac* is, which shows *serial*, the pinned one if *has_serial*."""
        if not has_serial:
            return self._wrong(
                f"the machine there has MAC {mac}, not {self.pinned_mac}, and serial number "
                f"{printable(serial)}, not {self.pinned_serial}",
                None,
            )
        return self._wrong(
            f"the machine there has MAC {mac}, not {self.pinned_mac}, and its serial number is the right "
            f"one, {self.pinned_serial}: its control board was swapped",
            f"If it was, set whatsminer_mac to {mac}",
        )

    def _other_serial(self, serial: str, has_mac: bool | None) -> WrongMachine:
        """What a machine with another *serial* is; *has_mac*: its MAC is the pinned one, None if unknown."""
        problem = f"the machine there has serial number {printable(serial)}, not {self.pinned_serial}"
        if not has_mac:
            return self._wrong(problem, "Find the miner's new address, or correct whatsminer_serial")
        return self._wrong(
            f"{problem}, and its MAC is the right one, {self.pinned_mac}: the control board sits in another "
            "machine, or whatsminer_serial is another machine's",
            "If this is the machine that is meant, correct whatsminer_serial",
        )

    def _wrong(self, problem: str, way_out: str | None) -> WrongMachine:
        """The error about *problem*. Its remedy says whether something was sent before that was seen."""
        remedy = way_out and f"Nothing was written. {way_out}"
        if self.has_written:
            remedy = _SENT_BEFORE
        return WrongMachine(problem, miner=self._line.name, remedy=remedy)


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


def _pinned_serial(serial: str | None) -> str | None:
    """*serial* without blanks around it, None where none is pinned. Raises BadParameter."""
    if not serial:
        return None
    normal = serial_number(serial)
    if normal is None:
        raise BadParameter("serial", "a serial number as the miner shows it (the fact serial)")
    return normal


def _comparable(serial: str) -> str:
    """*serial* in the form in which two are equal, however they are written down."""
    return serial.strip().upper()
