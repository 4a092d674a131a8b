# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of the API on port 4028 as bytes: in JSON, as text, and sealed.

Sections are those of the API document, V1.3.11.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

from ..errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def json_request(
    command: str, params: Mapping[str, Any] | None = None, key: str = "cmd", *, token: str | None = None
) -> bytes:
    """The JSON form of a request (sections 2 and 3): bytes.

    *params* is a dict of JSON values. *token* is the sign, for writes, which then must be sealed and go out
    in an `envelope`. *key* is ``command`` for the firmware of 2020 that knows no ``cmd``. Joined reads
    (section 3.8) are one command: ``summary+pools``.
    """
    if token is None and not params:
        return _bare_request(key, command)
    message: dict[str, Any] = {} if token is None else {"token": token}
    message[key] = command
    for name, value in (params or {}).items():
        message.setdefault(name, value)  # a parameter never replaces the command or the token
    return _COMPACT.encode(message).encode("ascii")


def _bare_request(key: str, command: str) -> bytes:
    """What nearly all requests are: reads, without the encoder's code that each worker would load."""
    return f'{{"{key}":{encode_basestring_ascii(command)}}}'.encode("ascii")


def text_request(command: str, values: Iterable[object] = ()) -> bytes:
    """The text form of a request (sections 3.7 and 4.1), ``get_token`` or ``set_led|auto``: bytes.

    Raises BadParameter for a value that would read as two, since the form knows no escapes.
    """
    texts = [str(value) for value in values]
    for text in texts:
        if not text.isprintable() or "," in text or "|" in text:
            raise BadParameter(
                "a value of a text command", "printable, without commas and bars", command=command
            )
    return "|".join([command, ",".join(texts)] if texts else [command]).encode("utf-8")


def plain_text_command(sign: str, text: bytes) -> bytes:
    """What is sealed to send the text command *text* (section 4.1, step 1), ``token,$sign|set_led|auto``:
    bytes.
    """
    return f"token,{sign}|".encode("ascii") + text


def envelope(data: str, encoding: str = "json") -> bytes:
    """A sealed request as it is sent (section 4.1): bytes.

    *data* is base64; *encoding* is ``json`` or ``text``.
    """
    if encoding == "text":
        return f"enc|{data}".encode("ascii")
    return _COMPACT.encode({"enc": 1, "data": data}).encode("ascii")
