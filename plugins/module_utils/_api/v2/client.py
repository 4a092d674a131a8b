# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of API 2, port 4028: which replies show facts, and how commands are sent (API document)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..._facts.values import number
from ..errors import (
    CommandRefused,
    NotAMiner,
    NotRunning,
    TimedOut,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
    file_refused,
)
from ..line import outcome_unknown
from . import readings, reads
from .commands import COMMANDS, is_write
from .dialogues import Dialogues
from .exchanges import Exchanges, encoded
from .replies import has_message, split_joined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from typing import Any, BinaryIO

    from ..._facts.shapes import Facts
    from ..line import Line
    from ..network import Connection
    from ..streams import OnProgress
    from .replies import Reply
    from .stream import Stream
    from .token_store import Tokens

    Params = dict[str, Any]
    #: Command -> what the miner answered, or how that failed.
    Replies = dict[str, Any]

PORT = 4028
GENERATION = 2

_UNKNOWN, _DENIED = 14, 45


class Client:
    """Speaks API 2 over *line* at *port*, with the *password* of the admin account and the kept *tokens*."""

    generation = GENERATION
    account = "admin"  # there's no other

    def __init__(self, line: Line, port: int, password: str, *, tokens: Tokens) -> None:
        self.line = line
        self.port = port
        self._exchanges = Exchanges(line, port)
        self._password = password
        self._tokens = tokens
        self._dialogues = Dialogues(self._exchanges, password, tokens)
        self._joins = True

    def on(self, line: Line) -> Client:
        """A client for the same miner at the other end of *line*."""
        return Client(line, self.port, self._password, tokens=self._tokens)

    def use(self, connected: Connection) -> None:
        """Make the next exchange over *connected*, a connection to this port."""
        self._exchanges.use(connected)

    def close(self) -> None:
        """End the connection that stands, if one does."""
        self._exchanges.close()

    def forget(self) -> None:
        """The miner has voided its tokens: it reboots, or its password changed."""
        self._dialogues.forget()

    def call_before_write(self, approve: Callable[[str], Awaitable[object]]) -> None:
        """Call *approve* before a command is written with a new token; it raises where it mustn't be."""
        self._dialogues.before_write = approve

    def has_booted(self, at: float) -> None:
        """The miner last booted *at* this moment, in epoch seconds, and forgot its older tokens then."""
        self._dialogues.booted_at = at

    # Facts

    async def read(self, facts: Iterable[str], beside: Replies, *, once: bool = False) -> Replies:
        """*beside*, the replies that there are, and those that show *facts* (as far as the firmware does).

        The places where a fact may stand are asked in turn until one shows it. If btminer turns out to be
        down, it is asked whether the miner is powered off. Raises what `ask` does.
        """
        replies = dict(beside)
        while True:
            commands = readings.commands_that_show(facts, replies)
            if not commands:
                break
            replies.update(await self.ask(*commands, once=once))
        if self.is_down(replies) and reads.STATUS not in replies:
            with contextlib.suppress(Unreachable, NotAMiner):  # what else was read counts without that
                replies.update(await self.ask(reads.STATUS, once=once))
        return replies

    async def identify(self, subsets: Collection[str], beside: Replies) -> Replies:
        """*beside*, and the replies that show which machine it is, whether it's on, and *subsets* of facts;
        of no subset, nothing besides.

        Raises what `ask` does.
        """
        replies = await self.read(("mac", "model"), beside)
        if "state" not in self.normalise(replies):
            replies = await self.read(("state",), replies)
        return await self.gather(subsets, replies) if subsets else replies

    async def gather(self, subsets: Iterable[str], beside: Replies) -> Replies:
        """*beside*, and the replies that show *subsets* of facts, a list as in ``gather_subset``.

        Raises what `ask` does.
        """
        commands = (command for command in reads.commands_for(subsets) if command not in beside)
        return {**beside, **await self.ask(*commands)}

    def normalise(self, replies: Replies) -> Facts:
        """The facts in *replies*, and over which API they came."""
        facts = readings.normalise(replies)
        if facts:
            facts["api"] = {"generation": GENERATION, "port": self.port}
            if "api_version" in facts:
                facts["api"]["version"] = facts["api_version"]
        return facts

    @staticmethod
    def is_down(replies: Replies) -> bool:
        """Whether btminer doesn't answer, as far as *replies* tell."""
        return any(
            isinstance(reply, (NotRunning, UnknownCommand)) and COMMANDS[command].joinable
            for command, reply in replies.items()
            if not (isinstance(reply, UnknownCommand) and command in reads.OPTIONAL)
        )

    @staticmethod
    def is_excused(error: WhatsminerError) -> bool:
        """Whether *error*, of a read, may only say that btminer is down or the firmware has none such."""
        return isinstance(error, (NotRunning, UnknownCommand))

    @staticmethod
    def is_optional(command: str) -> bool:
        """Whether some firmware doesn't know *command*, which is no fault of the miner."""
        return command in reads.OPTIONAL

    # Reads

    async def ask(self, *commands: str, once: bool = False) -> Replies:
        """The replies to readable *commands*: ``{command: Reply, or the WhatsminerError that it failed
        with}``.

        Joinable commands share a connection (API document, section 4; field notes: most firmware joins more
        than two), and are asked for one by one where the firmware doesn't join. With *once*, what fails isn't
        tried again. Raises Unreachable or NotAMiner as soon as it's clear that nothing there answers.
        """
        replies: Replies = {}
        retries = 0 if once else self.line.retries
        limit = self.line.reply_timeout
        joinable = [command for command in commands if COMMANDS[command].joinable]
        if len(joinable) > 1 and self._joins:
            replies.update(await self._ask_joined(joinable, retries))
        for command in commands:
            if command not in replies:
                replies[command] = await self._ask_one(command, bool(replies), retries=retries, limit=limit)
                if isinstance(replies[command], TimedOut):  # all others together wait no longer than that one
                    limit = self.line.reply_timeout / len(commands)
        if _is_refused(replies.get(reads.EDEVS)) and not _is_refused(replies.get(reads.SUMMARY)):
            # The same under the name of other firmware.
            replies[reads.DEVS] = await self._ask_one(reads.DEVS, True, retries=retries, limit=limit)
        return replies

    async def _ask_joined(self, commands: list[str], retries: int) -> Replies:
        try:
            reply = await self.line.retrying(lambda: self._exchanges.plain("+".join(commands)), retries)
        except NotAMiner:
            self._joins = False
            return {}  # firmware that stumbles over joins; each command alone will tell
        except Unreachable as fault:
            fault.at(self.line.name, "+".join(commands))
            raise
        error = reply.error()
        if isinstance(error, NotRunning):
            return dict.fromkeys(commands, self.line.explained(error))
        parts = split_joined(reply, commands)
        self._joins = bool(parts)
        return {
            command: self._answer(command, part)
            for command, part in parts.items()
            if _is_answer_in_join(command, part)
        }

    async def _ask_one(
        self, command: str, answered: bool, *, retries: int, limit: float
    ) -> Reply | WhatsminerError:
        try:
            reply = await self.line.retrying(lambda: self._read(command, limit), retries)
            return self._answer(command, reply)
        except WhatsminerError as error:
            if not answered:
                error.at(self.line.name, command)
                raise
            return error.at(self.line.name, command)

    def _answer(self, command: str, reply: Reply) -> Reply | WhatsminerError:
        error = reply.error()
        return reply if error is None else self.line.explained(error, command)

    async def _read(self, command: str, limit: float) -> Reply:
        reply = await self._exchanges.plain(command, limit=limit)
        if reply.ok and not _is_answer(command, reply):
            raise NotAMiner("the reply says yes and holds nothing: it may have been cut")
        return reply

    # Commands

    async def call(
        self, command: str, params: Params, *, sealed: bool = True, encoding: str = "json"
    ) -> Reply:
        """Send *command* once with *params*, as they go over the wire; return the Reply that says yes.

        *encoding*: ``json``, or ``text`` for the document's ``command|value,value`` form. Raises as
        `Miner.send`.
        """
        if sealed:
            return await self._dialogues.call(command, params, encoding)
        return self._exchanges.raise_for(await self._call_plainly(command, params, encoding), command)

    async def _call_plainly(self, command: str, params: Params, encoding: str) -> Reply:
        if not is_write(command):
            return await self.line.retrying(lambda: self._exchanges.plain(command, params, encoding))
        async with await self.line.retrying(self._exchanges.open) as stream:
            with outcome_unknown(command):
                await stream.send(encoded(command, params, encoding, key=self._exchanges.key))
                return await self._exchanges.traced(command, stream.reply())

    async def upload(
        self, command: str, file: BinaryIO, size: int, *, on_progress: OnProgress | None = None
    ) -> bool:
        """Send *command*, and when the miner is ready *size* bytes of *file* (API document, section 2.7).

        Returns whether the miner confirmed all of it (it may just reboot). Raises TransferFailed, and what
        `call` raises before the first byte.
        """
        async with self._dialogues.begin(command, {}) as (stream, _ready):
            await stream.send_file(file, size, on_progress)
            return await self._is_confirmed(stream)

    async def _is_confirmed(self, stream: Stream) -> bool:
        try:
            reply = self._dialogues.opened(await stream.reply())
        except (Unreachable, NotAMiner):
            return False
        error = reply.error(sealed=True)
        if error is not None:
            raise file_refused(error)
        return True

    async def download(self, command: str, file: BinaryIO, on_progress: OnProgress | None = None) -> int:
        """Send *command* and write what the miner then sends into *file*; return its size (section 2.13).

        Raises TransferFailed, and what `call` raises before the first byte.
        """
        async with self._dialogues.begin(command, {}) as (stream, reply):
            return await stream.save_file(file, number(reply.data.get("logfilelen")), on_progress)

    async def knows(self, password: str) -> bool:
        """Whether *password* is that of the admin account; from now on commands are sealed with it.

        Raises TokenLimit and whatever else keeps the question open.
        """
        self._password = password
        return await self._dialogues.knows(password)

    async def takes_password(self) -> bool:
        """Whether the miner takes the password that is set. Raises as `knows` does."""
        return bool(self._password) and await self.knows(self._password)


def _is_refused(reply: Reply | WhatsminerError | None) -> bool:
    """Whether *reply*, as `Miner.ask` gives it, says no: the miner doesn't know the command, or btminer is
    down.
    """
    return isinstance(reply, CommandRefused)


def _is_answer(command: str, reply: Reply) -> bool:
    """Whether *reply*, which says yes, answers readable *command*: without a frame, what it holds must tell.

    One that holds nothing may have been cut. btminer always has records; of the daemon's replies ``Msg`` may
    be empty.
    """
    if not reply.framed:
        return readings.tells(command, reply)
    return reply.holds or not COMMANDS[command].joinable and has_message(reply)


def _is_answer_in_join(command: str, reply: Reply) -> bool:
    """Whether *reply*, part of a joined one, needn't be asked for alone: a part can be refused for being
    joined.
    """
    return _is_answer(command, reply) if reply.ok else reply.code not in (_UNKNOWN, _DENIED)
