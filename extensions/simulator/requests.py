# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client's bytes say: framing and the two forms of a request, JSON and text (API document V1.3.11,
sections 3 and 4).
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from . import crypto, readings, writes

MAX_REQUEST = 65536
_JUNK = b"\0\r\n \t"
KNOWN = (*readings.BTMINER, *readings.DAEMON, *readings.DAEMON_2_0, "get_token", *writes.WRITES)
_UNFINISHED = re.compile(r"t|tr|tru|f|fa|fal|fals|n|nu|nul|-")


class BadJson(Exception):
    """Code 23."""


class BadBase64(Exception):
    """Code 137."""


class Request:
    """One request: its fields if it came in plaintext, or the ciphertext of it."""

    __slots__ = ("fields", "ciphertext", "text")

    def __init__(self, fields=None, ciphertext=None, text=False):
        self.fields = fields
        self.ciphertext = ciphertext
        self.text = text


def parse(data: bytes, ended: bool):
    """A Request, or None while more bytes may come.

    Raises BadJson, BadBase64. `ended`: the client has closed its side, or waited too long.
    """
    body = bytes(data).strip(_JUNK)
    if not body:
        if ended:
            raise BadJson
        return None
    if body[:1] == b"{":
        return _parse_json(body, ended)
    return _parse_text(body, ended or data[-1:] in (b"\n", b"\0"))


def _parse_json(body, ended):
    try:
        fields = json.loads(body)
    except json.JSONDecodeError as error:
        if not ended and _may_go_on(error):
            return None
        raise BadJson from None
    except UnicodeDecodeError as error:
        if not ended and error.end >= len(body):
            return None
        raise BadJson from None
    except (ValueError, RecursionError):
        raise BadJson from None
    if not isinstance(fields, dict):
        raise BadJson
    if "enc" not in fields:
        return Request(fields)
    data = fields.get("data")
    if fields["enc"] != 1 or not isinstance(data, str):
        raise BadJson
    return Request(ciphertext=unbase64(data))


def _may_go_on(error) -> bool:
    rest = error.doc[error.pos :]
    if error.msg.startswith("Invalid \\u"):
        return len(rest) < 6
    return not rest or error.msg.startswith("Unterminated string") or bool(_UNFINISHED.fullmatch(rest))


def _parse_text(body, ended):
    line = body.decode("utf-8", "replace")
    if line.startswith("enc|"):
        try:
            ciphertext = unbase64(line[4:])
        except BadBase64:
            if ended or not re.fullmatch(r"[A-Za-z0-9+/=]*", line[4:]):
                raise
            return None
        if not ended and len(ciphertext) % crypto.BLOCK:
            return None
        return Request(ciphertext=ciphertext, text=True)
    if not ended and line not in KNOWN and any(name.startswith(line) for name in (*KNOWN, "enc|")):
        return None
    return Request(writes.from_text(line), text=True)


def unbase64(data: str) -> bytes:
    try:
        return base64.b64decode(data.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        raise BadBase64 from None


def parse_plaintext(plain: bytes) -> Request:
    """What was inside a sealed request: `token,$sign|cmd|param` or JSON with `token`. Raises BadJson."""
    if plain.startswith(b"token,"):
        head, _bar, line = plain.decode("utf-8", "replace").strip("\0\r\n ").partition("|")
        fields = writes.from_text(line)
        fields["token"] = head[len("token,") :]
        return Request(fields, text=True)
    try:
        fields = json.loads(plain)
    except (ValueError, RecursionError):
        raise BadJson from None
    if not isinstance(fields, dict):
        raise BadJson
    return Request(fields)
