# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What replies of API 3 say, and which of our errors their codes stand for (reference, section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ..._facts.values import whole
from ..errors import (
    AccessDenied,
    CommandRefused,
    NotAMiner,
    NotRunning,
    UnknownCommand,
    WhatsminerError,
    WrongPassword,
)
from ..excerpt import printable
from ..json_text import MAX_DEPTH, Limits, check_depth, load
from .frames import MAX_FRAME_BYTES, REMEDY


class Code(IntEnum):
    """The codes of the document."""

    SUCCESS = 0
    FAIL = -1
    INVALID_COMMAND = -2
    INVALID_JSON = -3
    NO_PERMISSION = -4
    OUT_OF_MEMORY = -5


HISTORY = "get.miner.history"
_REPORTS = ("get.miner.report", "set.miner.report")

LIMITS = Limits()
# The history of a day is one text, whose commas are no members of anything.
HISTORY_LIMITS = Limits(members=MAX_FRAME_BYTES, text=MAX_FRAME_BYTES)


@dataclass(frozen=True)
class Reply:
    """What a miner answered: ``{"code":0,"when":1692685443,"msg":{},"desc":"set.miner.pools"}`` (section 1).

    *code* is the miner's, *message* a text or an object, *when* its clock in seconds since 1970 or None,
    *command* what it says to have answered, empty where it couldn't tell. *body* is the JSON as it came.
    """

    code: int
    message: Any = field(default=None, repr=False)
    when: int | None = None
    command: str = ""
    body: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether the miner did as asked. Some firmware has code 0 and the words of a failure."""
        return self.code == Code.SUCCESS and not _DOWN.search(self.text)

    @property
    def data(self) -> dict[str, Any]:
        """The object that it holds; an empty one where it holds none."""
        return self.message if isinstance(self.message, dict) else {}

    @property
    def text(self) -> str:
        """The text that it holds; an empty one where it holds none."""
        return self.message if isinstance(self.message, str) else ""

    def answers(self, command: str) -> bool:
        """Whether it's the reply to *command*: unasked-for reports may come in between (3.3).

        Nothing else comes unasked, and sources differ about what refusals call themselves.
        """
        return self.command == command or self.command not in _REPORTS

    def error(self, *, signed: bool = False, allowed: bool | None = None) -> WhatsminerError | None:
        """The error that this reply stands for, or None.

        *signed*: whether the request was. *allowed*: whether the miner should take a write of this account
        with the right password (`authentication.may_write`): a refusal for want of permission is a wrong
        password then.

        The code tells first. Only of code -1, which firmware has for nearly everything, and of codes that no
        source knows, the text is looked at.
        """
        if self.ok:
            return None
        make = _BY_CODE.get(self.code)
        if make is None or _DOWN.search(self.text):
            make = next((said for pattern, said in _BY_WORDS if pattern.search(self.text)), _refused)
        return make(_Refusal(self.code, printable(self.text), signed, allowed))


def parse(data: bytes, limits: Limits = LIMITS) -> Reply:
    """The `Reply` in *data*, the JSON of one frame. Raises NotAMiner where it can't be understood."""
    check_depth(data, MAX_DEPTH)
    body = load(data, limits)
    code = whole(body.get("code")) if isinstance(body, dict) else None
    if code is None:
        raise NotAMiner(f'the answer is not a Whatsminer reply: "{printable(data)}"', remedy=REMEDY)
    desc = body.get("desc")
    return Reply(
        code,
        body.get("msg"),
        when=whole(body.get("when")),
        command=desc.strip() if isinstance(desc, str) else "",
        body=body,
    )


# --- What a refusal means -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Refusal:
    code: int
    answer: str
    signed: bool
    allowed: bool | None


_PASSWORD_REMEDY = (
    "Set ansible_user and ansible_password, or api3_password, to an account of API 3 and its password"
)


def _refused(refusal: _Refusal) -> WhatsminerError:
    return CommandRefused("command refused", code=refusal.code, answer=refusal.answer)


def _unknown(refusal: _Refusal) -> WhatsminerError:
    problem = "the miner doesn't know this command or its parameters"
    return UnknownCommand(problem, code=refusal.code, answer=refusal.answer)


def _incomplete(refusal: _Refusal) -> WhatsminerError:
    problem = "the miner misses a part of the request, or can't read it"
    return CommandRefused(problem, code=refusal.code, answer=refusal.answer)


def _out_of_memory(refusal: _Refusal) -> WhatsminerError:
    return CommandRefused(
        "the miner is out of memory",
        code=refusal.code,
        answer=refusal.answer,
        remedy="Nothing was changed by this command: try again, or reboot the miner",
    )


def _down(refusal: _Refusal) -> WhatsminerError:
    return NotRunning("btminer isn't running", code=refusal.code, answer=refusal.answer)


def _wrong_password(refusal: _Refusal) -> WhatsminerError:
    if not refusal.signed:  # an old document has one text for this and for JSON that can't be read
        return _refused(refusal)
    problem = "the miner doesn't take the signature: the password is wrong"
    return WrongPassword(problem, code=refusal.code, answer=refusal.answer, remedy=_PASSWORD_REMEDY)


def _denied(refusal: _Refusal) -> WhatsminerError:
    if refusal.signed and refusal.allowed:
        return _wrong_password(refusal)
    return AccessDenied(
        "permission denied",
        code=refusal.code,
        answer=refusal.answer,
        remedy=(
            "Check the password and the account's permissions, change the factory's password, "
            "and switch the API on with WhatsMinerTool; see README, 'Prepare a miner'"
        ),
    )


_Maker = Callable[[_Refusal], WhatsminerError]

_BY_CODE: dict[int, _Maker] = {
    Code.INVALID_COMMAND: _unknown,
    Code.INVALID_JSON: _incomplete,
    Code.NO_PERMISSION: _denied,
    Code.OUT_OF_MEMORY: _out_of_memory,
}

_DOWN = re.compile(r"btminer process is down|socket connect failed", re.IGNORECASE)
_BY_WORDS: tuple[tuple[re.Pattern[str], _Maker], ...] = (
    (_DOWN, _down),
    (
        re.compile(r"password is wrong|wrong password|invalid token|token error", re.IGNORECASE),
        _wrong_password,
    ),
    (re.compile(r"no permission|permission denied|can't access write", re.IGNORECASE), _denied),
    (re.compile(r"invalid (?:cmd|command)", re.IGNORECASE), _unknown),
)
