# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What API 3 answers: codes, envelopes, and refusals."""

from __future__ import annotations

import json

OK = 0
FAIL = -1
INVALID_COMMAND = -2
MISSING_ITEM = -3
NO_PERMISSION = -4

DOWN_TEXT = "btminer process is down err"


class Refused(Exception):
    """The miner says no. `code` None: the code that this firmware has for a bad value."""

    def __init__(self, code: int | None, text: str):
        super().__init__(text)
        self.code = code
        self.text = text


def bad(text: str = "invalid param") -> Refused:
    return Refused(None, text)


def missing() -> Refused:
    return Refused(MISSING_ITEM, "param item is null")


def no_permission() -> Refused:
    return Refused(NO_PERMISSION, "no permission")


def envelope(code: int, msg, command: str, when: int) -> bytes:
    """A reply, as JSON without blanks, in ASCII."""
    reply = {"code": code, "when": when, "msg": msg, "desc": command}
    return json.dumps(reply, separators=(",", ":")).encode()
