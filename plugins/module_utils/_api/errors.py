# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tree of errors, one member per cause that a user can act on.

Every error names the miner and the command where they are known, says what the miner answered, and what to do
about it. No error carries a password, key, sign or token.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._facts.values import without_url_passwords
from .excerpt import printable
from .masking import Mask

if TYPE_CHECKING:
    from typing import Any

    from .._engine.result import Result


class WhatsminerError(Exception):
    """Root of the tree: whatever goes wrong with a miner.

    *problem* is one clause without a full stop. *code* and *answer* are the miner's own words (API document,
    section 4, "Message Code"). *miner* is the label people know it by, *command* the API command that was
    under way.
    """

    cause = "error"
    remedy = ""
    result: Result | None = None  # what had been done by then (converge.Result), once something was

    def __init__(
        self,
        problem: str,
        miner: str | None = None,
        command: str | None = None,
        *,
        code: int | None = None,
        answer: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.miner = miner
        self.command = command
        self.code = code
        self.answer = answer
        if remedy is not None:
            self.remedy = remedy

    def at(self, miner: str | None, command: str | None = None) -> WhatsminerError:
        """Fill in where it happened, unless that is known already, and return the same error."""
        self.miner = self.miner or miner
        self.command = self.command or command
        return self

    def adding(self, finding: str, remedy: str | None = None) -> WhatsminerError:
        """Add what was found out besides to the problem, and return the same error."""
        self.problem = f"{self.problem}, {finding}"
        self.args = (self.problem,)
        self.remedy = self.remedy if remedy is None else remedy
        return self

    def without(self, mask: Mask) -> WhatsminerError:
        """Hide what *mask* hides in what it quotes of the miner, and return the same error.

        Our own words are left alone.
        """
        self.answer = self.answer and mask.text(self.answer, excerpt=True)
        said, quote, excerpt = self.problem.partition('"')
        self.problem = said + (mask.text(quote + excerpt, excerpt=True) if quote else "")
        self.args = (self.problem,)
        return self

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.miner, self.command) if part)
        text = f"{where}: {self.problem}" if where else self.problem
        if self.code is not None or self.answer:
            answer = f'"{self.answer}"' if self.answer else "no text"
            text += (
                f" (the miner answered Code {self.code}, {answer})"
                if self.code is not None
                else f" (the miner answered {answer})"
            )
        # Values of a miner may stand in it: they don't control a screen, nor fill it.
        # Nor does the password of an account in a URL that stands where none belongs, such as in src or host.
        text = without_url_passwords(". ".join(filter(None, (text, self.remedy))) + ".")
        return printable(text, _LONGEST_TEXT)

    def to_dict(self) -> dict[str, Any]:
        """What a task result says of this error: ``msg``, ``cause``, and ``code`` where the miner gave one.
        """
        result: dict[str, Any] = {"msg": str(self), "cause": self.cause}
        if self.code is not None:
            result["code"] = self.code
        return result


_LONGEST_TEXT = 2000


class BadParameter(WhatsminerError):
    """A value that must not be sent: out of range, wrong type, or with characters a miner can't take."""

    cause = "bad_parameter"

    def __init__(
        self, name: str, expected: str, miner: str | None = None, *, command: str | None = None
    ) -> None:
        super().__init__(f"{name} must be {expected}; nothing was sent", miner=miner, command=command)
        self.name = name
        self.expected = expected


class Unsupported(WhatsminerError):
    """No API that the miner speaks has a way to do what is declared."""

    cause = "unsupported"
    remedy = "Nothing was changed. Leave the option out for this miner, or install firmware that has it"


class AnotherApi(WhatsminerError):
    """From now on the other API is spoken. Nothing was changed, so whoever asked begins anew."""

    cause = "another_api"


class MissingLibrary(WhatsminerError):
    """A Python library that this collection needs isn't there."""

    cause = "missing_library"


def cipher_missing() -> MissingLibrary:
    """The error of a Python without the library that encrypts commands."""
    return MissingLibrary(
        "the Python library pycryptodome, which encrypts commands to miners, isn't installed or can't "
        "be loaded",
        remedy="Install it for the Python that runs Ansible: pip install pycryptodome",
    )


class Unreachable(WhatsminerError):
    """Nothing at this address and port talks to us."""

    cause = "unreachable"
    remedy = (
        "Check that the miner is powered, that its address and port are right, and that the network lets "
        "this host through"
    )


class NoConnection(Unreachable):
    """Nothing takes or refuses the connection in time: the machine is off, or a firewall swallows it."""


class TimedOut(Unreachable):
    """The miner took the connection, or the request, and didn't answer in time."""

    cause = "timed_out"
    remedy = "The miner may be starting, hung or overloaded: try again, raise the timeouts, or power-cycle it"


class NotAMiner(WhatsminerError):
    """The answer can't be understood: another kind of machine, or a damaged reply."""

    cause = "not_a_miner"
    remedy = "Check that the address is a Whatsminer's and the port its API's (4028)"


class EmptyReply(NotAMiner):
    """The connection ended before a single byte of an answer came."""

    cause = "empty_reply"
    remedy = "The miner may be starting or overloaded, or something else listens at this port: try again"


class OversizedReply(NotAMiner):
    """More than any miner has to say: nothing of it is kept, and it isn't asked for again."""


class TruncatedReply(NotAMiner):
    """The connection ended in the middle of a message."""

    cause = "truncated_reply"
    remedy = "The miner may be restarting or overloaded, or the network dropped the connection: try again"


class WrongPassword(WhatsminerError):
    """A fresh token, and the miner can't decrypt the request (Code 23)."""

    cause = "wrong_password"
    remedy = "Set ansible_password (or the option password) to the password of the miner's admin account"


class AccessDenied(WhatsminerError):
    """Code 45: the API is switched off for writing, or the default password was never changed."""

    cause = "access_denied"
    remedy = (
        "Change the miner's default password (admin) and switch its API on with WhatsMinerTool; see README, "
        "'Prepare a miner'"
    )


class TokenRejected(WhatsminerError):
    """Code 135, twice: a new token was refused as well."""

    cause = "token_rejected"
    remedy = (
        "Check that nothing (a proxy, NAT) changes this host's address between two connections, and try again"
    )


class TokenLimit(WhatsminerError):
    """Code 136: the miner gives this client address no more tokens (16 clients, 32 tokens each, 30 minutes).
    """

    cause = "token_limit"
    remedy = (
        "Asking again prolongs the lockout: wait up to 30 minutes, and find out what else asks for tokens "
        "from this address"
    )


class CommandRefused(WhatsminerError):
    """The miner understood the command and said no."""

    cause = "command_refused"
    remedy = (
        "Nothing was changed by this command; see the miner's answer, and the API document for what it takes"
    )


class UnknownCommand(CommandRefused):
    """Code 14: this firmware doesn't know the command or its data, or can't do it now."""

    cause = "unknown_command"
    remedy = (
        "This firmware may be too old for it, or the miner powered off: see whatsminer_facts for api_version "
        "and state"
    )


class JoinRefused(CommandRefused):
    """Code 45 or 14, "command join err": this firmware takes each command alone.

    Nothing to do with permissions.
    """

    cause = "join_refused"
    remedy = "Send the commands one by one"


class NotRunning(CommandRefused):
    """The API answers, but btminer, which knows the answer, is down: powered off, or starting."""

    cause = "btminer_down"
    remedy = "The miner is powered off or its btminer is starting: power it on, or wait"


class OutcomeUnknown(WhatsminerError):
    """A write that got no answer, and the miner doesn't show whether it was taken."""

    cause = "outcome_unknown"
    remedy = "It was sent once and not again: look at the miner, then run again"


class NotConverged(WhatsminerError):
    """The miner said yes and doesn't show the result within the time allowed."""

    cause = "not_converged"
    remedy = "Look at the miner, or allow more time (wait_timeout)"


class WrongMachine(WhatsminerError):
    """Another miner than the one that was meant answers at this address."""

    cause = "wrong_machine"
    remedy = (
        "Nothing was written. Find the miner's new address (DHCP may have moved it), or correct "
        "whatsminer_mac"
    )


class TransferFailed(WhatsminerError):
    """A firmware or log transfer broke off or came out wrong."""

    cause = "transfer_failed"
    remedy = "What doesn't arrive whole changes nothing: check the network to the miner, and run again"


def file_refused(error: WhatsminerError) -> TransferFailed:
    """All of a file was sent, and the miner said *error* to it."""
    return TransferFailed(
        f"the miner refused the file: {error.problem}",
        code=error.code,
        answer=error.answer,
        remedy="Check that the image is for this model and undamaged",
    )


# Codes that mean success, whatever command they answer: API document, section 4; get_token answers with any
# of the last three (field notes).
SUCCESS_CODES = frozenset((131, 133, 134))

_REFUSED: tuple[type[WhatsminerError], str] = (CommandRefused, "command refused")
_BY_CODE: dict[int | None, tuple[type[WhatsminerError], str]] = {
    14: (UnknownCommand, "the miner doesn't know this command or its data"),
    23: (CommandRefused, "the miner couldn't read the request as JSON"),
    24: (UnknownCommand, "the miner misses the key that names the command"),
    45: (AccessDenied, "permission denied"),
    132: _REFUSED,
    135: (TokenRejected, "the miner doesn't accept the token"),
    136: (TokenLimit, "the miner gives this client no more tokens"),
    137: (CommandRefused, "the miner couldn't decode the base64 of the sealed request"),
}


# What the text says, whatever the code beside it.
_BY_WORDS: tuple[tuple[re.Pattern[str], tuple[type[WhatsminerError], str]], ...] = (
    (
        re.compile(r"socket connect failed|btminer process is down", re.IGNORECASE),
        (NotRunning, "btminer isn't running"),
    ),
    (
        re.compile(r"command join err", re.IGNORECASE),
        (JoinRefused, "the miner doesn't take these commands as one"),
    ),
)
# What the text says where the code says no more than "no".
_BY_WORDS_ALONE = (
    (re.compile(r"over max connect|over max times", re.IGNORECASE), _BY_CODE[136]),
    (re.compile(r"can't access write|permission denied", re.IGNORECASE), _BY_CODE[45]),
    (re.compile(r"command is deprecated|invalid cmd", re.IGNORECASE), _BY_CODE[14]),
    (re.compile(r"check token", re.IGNORECASE), _BY_CODE[135]),
)


def from_code(code: int | None, answer: str | None, sealed: bool = False) -> WhatsminerError:
    """The error that the miner's message *code* and the text of its *answer* stand for (API document, section
    4, "Message Code").

    *sealed*: whether the request was encrypted. Code 23 to a sealed request means that the miner couldn't
    decrypt it: in practice the password is wrong (field notes).
    """
    member: type[WhatsminerError]
    if sealed and code == 23:
        member, problem = WrongPassword, "the miner can't decrypt the request: the password is wrong"
    else:
        member, problem = _BY_CODE.get(code, _REFUSED)
    words = _BY_WORDS + (_BY_WORDS_ALONE if (member, problem) == _REFUSED else ())
    said = (entry for pattern, entry in words if pattern.search(answer or ""))
    member, problem = next(said, (member, problem))
    return member(problem, code=code, answer=answer)
