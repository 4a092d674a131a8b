# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How commands check their parameters, by type and range. Each function raises Refused with Code 132."""

from __future__ import annotations

import ipaddress
import re

from .envelopes import COMMAND_ERROR, Refused

MAX_TEXT = 256


def bad(text: str = "") -> Refused:
    """Code 132, with these words or the firmware's own."""
    return Refused(COMMAND_ERROR, text)


def text(request: dict, name: str, most: int = MAX_TEXT, empty: bool = False) -> str:
    value = request.get(name)
    if (
        not isinstance(value, str)
        or len(value.encode("utf-8", "surrogatepass")) > most
        or (not value and not empty)
    ):
        raise bad()
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise bad()
    return value


def number(request: dict, name: str, least: int, most: int) -> int:
    """A number that the document types as "str": an integer is refused."""
    value = request.get(name)
    if (
        not isinstance(value, str)
        or not re.fullmatch(r"-?[0-9]{1,6}", value)
        or not least <= int(value) <= most
    ):
        raise bad()
    return int(value)


def ip(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise bad() from None


def flag(request: dict, name: str, default: str) -> bool:
    """ "true" or "false", as strings."""
    value = request.get(name, default)
    if value not in ("true", "false"):
        raise bad()
    return value == "true"


def hostname(name: str) -> str:
    """Also WhatsMiner_6e07, as some firmware calls itself (field notes)."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", name):
        raise bad()
    return name
