# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner broadcasts when its "IP report" button is pressed: ``IP:192.168.1.10MAC:C4:05:08:00:02:3B``.

No document describes it. WhatsMinerTool listens on UDP port 8888, and other tools for several makes of miners
read this form, one with a comma and no words, and JSON. Whatever else stands in a datagram is left out.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import mac_address

#: No report is longer; what a longer datagram holds beyond is not looked at.
MOST_BYTES = 1024

# Six pairs, and no seventh.
_TWELVE_DIGITS = r"([0-9a-f]{2}(?:[ :.-]?[0-9a-f]{2}){5})(?![0-9a-f]|[:-][0-9a-f]{2}(?![0-9a-z]))"
# The word first: its last letters are hexadecimal digits themselves.
_MACS = (
    re.compile(r"mac(?:[ _-]?addr(?:ess)?)?[^0-9a-z]{0,8}" + _TWELVE_DIGITS),
    re.compile(r"(?<![0-9a-z:.-])" + _TWELVE_DIGITS),
)
_NUMBERS = r"(?<![0-9.])([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![0-9.])"
_ADDRESSES = (re.compile(r"ip(?:v4)?(?:[ _-]?addr(?:ess)?)?[^0-9a-z]{0,8}" + _NUMBERS), re.compile(_NUMBERS))


@dataclass(frozen=True)
class Press:
    """A press of the button of the machine with *mac*, which says that it is at *address*."""

    mac: str
    address: str


def press_of(data: bytes, sender: str) -> Press | None:
    """The Press that a datagram from *sender* reports; None where it reports none.

    The sender's address is taken where the text has none that a machine can have.
    """
    text = data[:MOST_BYTES].replace(b"\0", b"").decode("ascii", "replace").lower()
    macs = (mac_address(found) for pattern in _MACS for found in pattern.findall(text))
    mac = next(filter(None, macs), None)
    if mac is None:
        return None
    addresses = (found for pattern in _ADDRESSES for found in pattern.findall(text))
    return Press(mac, next(filter(_is_of_a_machine, addresses), sender))


def _is_of_a_machine(text: str) -> bool:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:  # a number beyond 255, or one with zeros before it
        return False
    return not (address.is_unspecified or address.is_multicast or address.is_reserved)
