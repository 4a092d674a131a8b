# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How commands of API 3 check their parameters, by type and range. Each function raises Refused."""

from __future__ import annotations

import ipaddress
import json
import re

from .replies import bad, missing


def given(param):
    """A parameter that must be there. `null` is none."""
    if param is None:
        raise missing()
    return param


def fields(options, param, *names: str) -> list:
    """The values of `names` in an object, which may come as a string that holds JSON."""
    param = given(param)
    text = isinstance(param, str)
    if text and options.api3_object_params != "object":
        try:
            param = json.loads(param)
        except (ValueError, RecursionError):
            raise bad() from None
    elif options.api3_object_params == "text":
        raise bad()
    if not isinstance(param, dict):
        raise bad()
    if any(param.get(name) is None for name in names):
        raise missing()
    return [param[name] for name in names]


def whole(value, least: int, most: int) -> int:
    if given(value).__class__ is not int or not least <= value <= most:
        raise bad()
    return value


def choice(value, *words: str) -> str:
    if not isinstance(given(value), str) or value not in words:
        raise bad()
    return value


def text(value, most: int = 256, empty: bool = False) -> str:
    """Printable text of at most so many bytes."""
    if (
        not isinstance(value, str)
        or len(value.encode("utf-8", "surrogatepass")) > most
        or (not value and not empty)
    ):
        raise bad()
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise bad()
    return value


def matching(value, pattern: str, most: int, words: str = "invalid param") -> str:
    if not isinstance(value, str) or len(value) > most or not re.fullmatch(pattern, value):
        raise bad(words)
    return value


def ip(value, words: str = "invalid param") -> str:
    try:
        return str(ipaddress.IPv4Address(value if isinstance(value, str) else ""))
    except ValueError:
        raise bad(words) from None


def epoch(value) -> int:
    """Unix time. The document's table says number, its sample shows a string."""
    if value.__class__ is int and value >= 0:
        return value
    return int(matching(value, "[0-9]+", 11))
