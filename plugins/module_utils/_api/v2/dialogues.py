# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sealed dialogues: commands that the miner takes only encrypted, each sent once.

A dialogue, from the miner's token to its answer (API document, section 3.8). In brackets stands what
is answered; each arrow is one connection:

    no token  --get_token [challenge]-->  token  --sealed command [yes or no]-->  done
                                            |
              [token refused, Code 135] ----+---- [can't decrypt, Code 23; or an answer of another key]
                                            |
         token was kept from before: get a new one, once more, at no cost to anybody
         token is new: pause, get one other (another client may have taken its place), once
         that one is refused as well: the password is wrong, or the miner gives no more

A refusal changes nothing in the miner, so a refused command is sent again. An answer to a write that can't be
opened may be a yes: then a sealed read tells whether the password is wrong, and nothing is sent twice.
"""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

from .. import network
from ..errors import (
    CommandRefused,
    NotAMiner,
    OutcomeUnknown,
    TokenLimit,
    TokenRejected,
    WhatsminerError,
    WrongPassword,
)
from ..line import outcome_unknown
from . import reads
from .cipher import Challenge, Seal, is_noise
from .commands import TOKEN, is_write
from .reader import parse_reply
from .requests import envelope, json_request, plain_text_command, text_request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Any

    from .exchanges import Exchanges
    from .replies import Reply
    from .stream import Stream
    from .token_store import Tokens

    Params = dict[str, Any]

SECOND_TOKEN_PAUSE_SECONDS = 1.0

_VERDICTS = frozenset(("STATUS", "Code", "complete"))  # the last one is pre_power_on's (section 2.23)


class Dialogues:
    """Leads sealed dialogues by *exchanges*, with the *password* of the admin account and the kept *tokens*.

    *booted_at* is when the miner last booted, in epoch seconds, once that is known: a reboot voids tokens.
    *before_write* is called before a command is written with a new token, and raises where it mustn't be. A
    token is its machine's own: another machine refuses it.
    """

    before_write: Callable[[str], Awaitable[object]]

    def __init__(self, exchanges: Exchanges, password: str, tokens: Tokens) -> None:
        self.booted_at = 0.0
        self._exchanges = exchanges
        self._line = exchanges.line
        self._password = password
        self._tokens = tokens
        self._seal: Seal | None = None
        self._challenge: Challenge | None = None
        self._token_is_new = False
        self._is_approved = True  # the token, for writing
        self._line.mask.add(password)

    def forget(self) -> None:
        """The miner has voided its tokens: it reboots, or its password changed."""
        self._seal = None
        self._token_is_new = False
        self._tokens.forget(self._place)

    @property
    def _place(self) -> tuple[str, int]:
        return self._line.address, self._exchanges.port

    async def knows(self, password: str) -> bool:
        """Whether *password* is that of the admin account; from now on commands are sealed with it.

        A sealed read tells, which changes nothing. Raises TokenLimit and whatever else keeps the question
        open.
        """
        self._line.mask.add(password)
        self._password = password
        self._seal = None
        try:
            await self.call(reads.VERSION, {})
        except WrongPassword:
            return False
        except CommandRefused as error:  # decrypted, and then refused
            if error.command == TOKEN:  # that was refused before any password was in question
                raise
            return True
        return True

    async def call(self, command: str, params: Params, encoding: str = "json") -> Reply:
        """The reply to *command*, which says yes. Raises as `Miner.send` does."""
        async with self.begin(command, params, encoding) as (_stream, reply):
            return reply

    @contextlib.asynccontextmanager
    async def begin(
        self, command: str, params: Params, encoding: str = "json"
    ) -> AsyncIterator[tuple[Stream, Reply]]:
        """Order *command* sealed; once the miner took it, give the open Stream and its Reply.

        A refused token is replaced. "Can't decrypt" is what a miner says to a token that it has forgotten; to
        a new one too, when another client gets a token at the same moment: only when that repeats after a
        pause is the password wrong.
        """
        spare = 1  # tokens that may still be replaced by another
        seal = await self._current_seal()
        while True:
            await self._approve(command)
            async with await self._line.retrying(self._exchanges.open) as stream:
                try:
                    asking = self._ask_sealed(stream, seal, command, params=params, encoding=encoding)
                    reply = await self._exchanges.traced(command, asking)
                except WhatsminerError as error:
                    self._line.explained(error, command)
                    raise
                refusal = _other_key() if reply is None else reply.error(sealed=True)
                if refusal is None and reply is not None:
                    # A token that the miner took once, and later can't decrypt with, it has forgotten.
                    self._token_is_new = False
                    yield stream, reply
                    return
            if reply is None and is_write(command):
                raise self._line.explained(await self._unopened(), command)
            if reply is not None and self._exchanges.switched_key(reply):
                continue
            if isinstance(refusal, TokenLimit):
                self._tokens.refused(self._place, refusal.answer)
            kept = not self._token_is_new
            if refusal is None:
                raise AssertionError("there is no answer, or it is a refusal")
            if not isinstance(refusal, (WrongPassword, TokenRejected)) or not (kept or spare):
                raise self._line.explained(refusal, command)
            if not kept:
                spare -= 1
                await network.sleep(SECOND_TOKEN_PAUSE_SECONDS * random.uniform(1, 1.5))
            seal = await self._current_seal(rejected=self._challenge)

    async def _approve(self, command: str) -> None:
        if not self._is_approved and is_write(command):
            await self.before_write(command)
            self._is_approved = True

    async def _unopened(self) -> WhatsminerError:
        """The error that an answer to a write means that is sealed with another key: a read tells, so nothing
        is sent twice.
        """
        try:
            wrong = not await self.knows(self._password)
        except WhatsminerError:
            wrong = False
        return (
            _other_key()
            if wrong
            else OutcomeUnknown("sent, and then an answer came that this password's key doesn't open")
        )

    async def _ask_sealed(
        self, stream: Stream, seal: Seal, command: str, *, params: Params, encoding: str
    ) -> Reply | None:
        """The miner's answer to *command*; None if it's sealed with another key than *seal*'s."""
        if encoding == "text":
            plain = plain_text_command(seal.sign, text_request(command, params.values()))
        else:
            plain = json_request(command, params, key=self._exchanges.key, token=seal.sign)
        writing = is_write(command)
        with outcome_unknown(command) if writing else contextlib.nullcontext():
            sealed = seal.close(plain)
            self._line.mask.add(sealed)
            await stream.send(envelope(sealed, encoding))
            reply = await stream.reply()
            if reply.sealed:
                opened = seal.open(reply.sealed)
                if is_noise(opened):
                    return None
                reply = parse_reply(opened)
            if writing and not _tells_outcome(reply):
                raise NotAMiner("the answer doesn't say whether the command was taken")
            return reply

    async def _current_seal(self, rejected: Challenge | None = None) -> Seal:
        if not self._password:
            raise WrongPassword("no password is set, and writing needs one", miner=self._line.name)
        if self._seal is None or rejected is not None:
            try:
                self._challenge = await self._line.retrying(
                    lambda: self._tokens.challenge(
                        self._place, self._ask_token, rejected, booted_at=self.booted_at
                    )
                )
            except WhatsminerError as error:
                error.at(self._line.name, TOKEN)
                raise
            self._seal = Seal(self._password, self._challenge)
            self._line.mask.add(*self._seal.secrets)
        return self._seal

    async def _ask_token(self) -> Challenge:
        reply = self._exchanges.raise_for(await self._exchanges.plain(TOKEN), TOKEN)
        challenge = Challenge.from_reply_data(reply.data)
        self._token_is_new = True
        self._is_approved = False
        return challenge

    def opened(self, reply: Reply) -> Reply:
        """*reply*, unsealed if it is sealed."""
        if reply.sealed and self._seal is not None:
            return parse_reply(self._seal.open(reply.sealed))
        return reply


def _other_key() -> WrongPassword:
    return WrongPassword("the miner's answer is sealed with another key than ours: the password is wrong")


def _tells_outcome(reply: Reply) -> bool:
    """Whether *reply* says yes or no.

    An echo of the request doesn't, nor does the JSON of another kind of machine.
    """
    if isinstance(reply.body, dict):
        return not _VERDICTS.isdisjoint(reply.body)
    return bool(reply.text) or reply.code is not None
