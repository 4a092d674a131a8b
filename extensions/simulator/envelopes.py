# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes that replies come in: codes, envelopes, and the text form."""

from __future__ import annotations

import json
import typing

if typing.TYPE_CHECKING:
    from .generations import Options

# Message codes of section 4.
INVALID_COMMAND = 14
INVALID_JSON = 23
MISSING_COMMAND = 24  # not in the document: field notes
PERMISSION_DENIED = 45
COMMAND_OK = 131
COMMAND_ERROR = 132
TOKEN_ERROR = 135
TOKEN_OVER_MAX = 136
BASE64_ERROR = 137

_TRAILERS = {"": b"", "nul": b"\0", "newline": b"\n"}


class Refused(Exception):
    """The miner says no: a Code of section 4 and its words."""

    def __init__(self, code: int, text: str):
        super().__init__(text)
        self.code = code
        self.text = text


def dumps(value) -> bytes:
    """JSON as firmware writes it: no blanks, ASCII."""
    return json.dumps(value, separators=(",", ":")).encode()


def envelope(options: Options, status: str, code: int, msg, when: int) -> dict:
    """A reply of the API daemon (section 4): STATUS is a string."""
    return {"STATUS": status, "When": when, "Code": code, "Msg": msg, "Description": options.description}


def list_status(options: Options, text: str, code: int, when: int) -> list:
    """The STATUS list of a cgminer-style reply."""
    if options.list_status_when:
        return [{"STATUS": "S", "When": when, "Code": code, "Msg": text, "Description": "btminer"}]
    return [{"STATUS": "S", "Msg": text}]


def trailer(options: Options) -> bytes:
    return _TRAILERS[options.trailer]


def as_text(reply: dict) -> bytes:
    """A reply in the text form: `STATUS=S,When=..,Code=..,Msg=..,Description=..|` and cgminer sections after it."""
    if "id" in reply and "STATUS" not in reply:  # joined commands: one after the other
        return b"".join(as_text(rows[0]) for name, rows in reply.items() if name != "id")
    if not isinstance(reply.get("STATUS"), (str, list)):  # section 3.8's bare status
        return ",".join("{}={}".format(*item) for item in reply.items()).encode() + b"|"
    head = reply["STATUS"][0] if isinstance(reply["STATUS"], list) else {key: reply[key] for key in reply}
    parts = [_section("", head)]
    for name, rows in reply.items():
        if name != "STATUS" and isinstance(rows, list):
            for number, row in enumerate(rows):
                parts.append(_section(name if len(rows) == 1 else f"{name[:-1]}={number}", row))
    return "|".join(parts).encode() + b"|"


def _section(title: str, row: dict) -> str:
    cells = []
    for key, value in row.items():
        if isinstance(value, (dict, list)):
            value = json.dumps(value, separators=(",", ":"))
        cells.append(f"{key}={value}")
    return ",".join(([title] if title else []) + cells)
