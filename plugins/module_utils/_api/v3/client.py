# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of API 3, port 4433: all requests on one connection, writes signed and sent once.

A write that the miner refuses for its signature changed nothing, so it is signed again: with the miner's salt
of now, if that has changed, and with the miner's clock, if that differs (reference on API 3, 2.2 and 2.4).
"""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import TYPE_CHECKING

from ..._facts.values import flag, mac_address, number
from ..errors import (
    AccessDenied,
    CommandRefused,
    NotAMiner,
    NotRunning,
    TimedOut,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
    WrongPassword,
    file_refused,
)
from ..line import outcome_unknown
from . import readings, reads, requests
from .authentication import DEFAULT_ACCOUNT, Signature, may_write, other_clock, salt_in
from .commands import COMMANDS
from .exchanges import Exchanges, param_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any, BinaryIO

    from ..._facts.shapes import Facts
    from ..line import Line
    from ..network import Connection
    from ..streams import OnProgress
    from .replies import Reply

    Params = dict[str, Any]
    #: Command -> what the miner answered, or how that failed.
    Replies = dict[str, Any]

PORT = 4433
GENERATION = 3

# Signed, and changes nothing: the status is not to be sent on this connection (3.3).
_HARMLESS = ("set.miner.report", {"gap": 0})

_SWITCHED_OFF = (
    "Nothing was sent. Switch the API on with WhatsMinerTool (Remote Ctrl, Miner API Switch); see README, "
    "'Prepare a miner'"
)


class Client:
    """Speaks API 3 over *line* at *port*, as *account* with its *password*."""

    generation = GENERATION

    def __init__(self, line: Line, port: int, password: str, *, account: str = DEFAULT_ACCOUNT) -> None:
        self.line = line
        self.port = port
        self.account = account
        self.writable: bool | None = None  # the API switch, once it has been seen
        self._password = password
        self._salt: str | None = None
        self._salt_is_new = False
        self._clock_ahead = 0  # of the miner, in seconds, as far as its refusals told
        self._shown_mac: str | None = None  # as far as it was asked for a write
        self._exchanges = Exchanges(line, port, on_info=self._notice)
        line.mask.add(password)

    def on(self, line: Line) -> Client:
        """A client for the same miner at the other end of *line*."""
        return Client(line, self.port, self._password, account=self.account)

    def use(self, connected: Connection) -> None:
        """Send the next requests over *connected*, a connection to this port."""
        self._exchanges.use(connected)

    def close(self) -> None:
        """End the connection that stands, if one does."""
        self._exchanges.close()

    def forget(self) -> None:
        """The miner reboots, or its password changed: its connection is lost, and its salt may be another."""
        self.close()
        self._salt = None

    async def look(self) -> str | None:
        """Make ready for a write; return the MAC address, if the miner showed it on the way.

        Raises Unreachable or NotAMiner.
        """
        self._shown_mac = None
        if self._password:  # else nothing is going to be written
            await self._exchanges.ensure_kept()
        return self._shown_mac

    def has_booted(self, at: float) -> None:
        """The miner last booted *at* this moment. Nothing here depends on it."""

    # Facts

    async def read(self, facts: Iterable[str], beside: Replies, *, once: bool = False) -> Replies:
        """*beside*, the replies that there are, and those that show *facts* (as far as the firmware does).

        get.device.info is always among them, since it shows which machine it is. Raises what `ask` does.
        """
        replies = dict(beside)
        while True:
            missing = readings.reads_that_show(facts, replies)
            if not missing:
                return replies
            replies.update(await self.ask(*missing, once=once))

    async def identify(self, subsets: Collection[str], beside: Replies) -> Replies:
        """*beside*, and the replies that show which machine it is, whether it's on, what it hashes, and
        *subsets* of facts besides; of no subset, nothing besides.

        Raises what `ask` does.
        """
        least = reads.READS["min"]
        wanted = reads.reads_for(subsets, least) if subsets else reads.reads_of(least)
        return await self._beside(wanted, beside)

    async def gather(self, subsets: Iterable[str], beside: Replies) -> Replies:
        """*beside*, and the replies that show *subsets* of facts, a list as in ``gather_subset``.

        Raises what `ask` does.
        """
        return await self._beside(reads.reads_for(subsets), beside)

    async def _beside(self, wanted: Iterable[reads.Read], beside: Replies) -> Replies:
        missing = (read for read in wanted if read.command not in beside)
        return {**beside, **await self.ask(*missing)}

    def normalise(self, replies: Replies) -> Facts:
        """The facts in *replies*, and over which API they came."""
        facts = readings.normalise(replies)
        if "api" in facts:
            facts["api"]["port"] = self.port
        return facts

    @staticmethod
    def is_down(replies: Replies) -> bool:
        """Whether btminer doesn't answer, as far as *replies* tell. Some firmware only says "Fail"."""
        is_status_refused = isinstance(replies.get(reads.STATUS), CommandRefused)
        return is_status_refused or any(isinstance(reply, NotRunning) for reply in replies.values())

    @staticmethod
    def is_excused(error: WhatsminerError) -> bool:
        """Whether *error*, of a read, may only say that btminer is down or the firmware has none such."""
        return isinstance(error, CommandRefused)

    @staticmethod
    def is_optional(command: str) -> bool:
        """Whether some firmware doesn't know *command*, which is no fault of the miner."""
        return command in reads.OPTIONAL

    async def ask(self, *wanted: reads.Read, once: bool = False) -> Replies:
        """The replies to *wanted*: ``{command: Reply, or the WhatsminerError that it failed with}``.

        With *once*, what fails isn't tried again. Raises Unreachable or NotAMiner as soon as it's clear that
        nothing there answers.
        """
        replies: Replies = {}
        retries = 0 if once else self.line.retries
        limit = self.line.reply_timeout
        for command, params in wanted:
            try:
                reply = await self._exchanges.ask(command, params, retries=retries, limit=limit)
                replies[command] = self._error(reply, command) or reply
            except WhatsminerError as error:
                error.at(self.line.name, command)
                if not replies and isinstance(error, (Unreachable, NotAMiner)):
                    raise
                replies[command] = error
                if isinstance(error, Unreachable):
                    retries = 0
                if isinstance(error, TimedOut):  # all others together wait no longer than that one
                    limit = self.line.reply_timeout / len(wanted)
        return replies

    # Commands

    async def call(
        self, command: str, params: Params, *, sealed: bool = True, encoding: str = "json"
    ) -> Reply:
        """Send *command* once with *params*, by name; return the Reply that says yes.

        *sealed*: signed, and encrypted where the command wants that. A command that isn't signed is a read,
        and retried. Raises as `Miner.send`.
        """
        if sealed:
            return await self._signed(command, params)
        reply = await self._exchanges.ask(command, params)
        error = self._error(reply, command)
        if error is not None:
            raise error
        return reply

    async def knows(self, password: str) -> bool:
        """Whether *password* is that of the account; from now on commands are signed with it.

        A command that changes nothing tells. Raises whatever keeps the question open, as AccessDenied does.
        """
        self.line.mask.add(password)
        self._password = password
        try:
            await self._signed(*_HARMLESS)
        except WrongPassword:
            return False
        except UnknownCommand:  # which may have been said before the signature was looked at
            raise
        except CommandRefused:
            return True
        return True

    async def has_password(self, account: str, password: str) -> bool | None:
        """Whether *password* is that of *account*, which needn't be the one that is used.

        An account without permissions is refused with the right password too: that tells only if a wrong one
        is refused in another way. None where it doesn't tell.
        """
        other = Client(self.line, self.port, password, account=account)
        answers: list[bool | None] = []
        try:
            for tried in (password, secrets.token_hex(8)):
                try:
                    answers.append(await other.knows(tried))
                except (AccessDenied, UnknownCommand):
                    answers.append(None)
                if answers[0] is not None:
                    return answers[0]
        finally:
            other.close()
        return True if answers[1] is False else None

    async def upload(
        self, command: str, file: BinaryIO, size: int, *, on_progress: OnProgress | None = None
    ) -> bool:
        """Send *command*, and when the miner is ready *size* bytes of *file* (5.1).

        Returns whether the miner confirmed all of it (it may just reboot). Raises TransferFailed, and what
        `call` raises before the first byte.
        """
        await self._signed(command, {})
        try:
            await self._exchanges.standing().send_file(file, size, on_progress)
            reply = await self._exchanges.standing().reply(command)
        except (Unreachable, NotAMiner):
            return False
        finally:
            self.close()
        error = self._error(reply, command)
        if error is not None:
            raise file_refused(error)
        return True

    async def download(self, command: str, file: BinaryIO, on_progress: OnProgress | None = None) -> int:
        """Send *command*, which isn't signed, and write what the miner then sends into *file* (5.2).

        Returns its size. Raises TransferFailed, and what `call` raises before the first byte.
        """
        reply = await self.call(command, {}, sealed=False)
        try:
            size = number(reply.data.get("logsize"))
            return await self._exchanges.standing().save_file(file, size, on_progress)
        finally:
            self.close()

    async def _signed(self, command: str, params: Params) -> Reply:
        if not self._password:
            raise WrongPassword("no password is set, and writing needs one", miner=self.line.name)
        entry = COMMANDS.get(command)
        param = param_of(command, params)
        salt = await self._current_salt(command)
        clock_was_set = False
        while True:
            ts = int(time.time()) + self._clock_ahead
            signature = Signature(command, password=self._password, salt=salt, ts=ts)
            request = requests.signed(
                signature, self.account, param, encrypted=entry is not None and entry.encrypted
            )
            self.line.mask.add(*signature.secrets)
            await self._exchanges.ensure_kept()
            with outcome_unknown(command):
                reply = await self._exchanges.once(command, request)
            error = self._error(reply, command, signed=True)
            if error is None:
                return reply
            if not isinstance(error, (WrongPassword, AccessDenied)):
                raise error
            if not self._salt_is_new:
                old, self._salt = salt, None
                salt = await self._current_salt(command)
                if salt != old:
                    continue
            when = other_clock(ts, reply.when)
            if when is None or clock_was_set:
                raise error
            clock_was_set, self._clock_ahead = True, when - int(time.time())

    async def _current_salt(self, command: str) -> str:
        """The miner's salt. Raises AccessDenied where the API is seen to be switched off for *command*."""
        self._salt_is_new = self._salt is None
        if self._salt is None:
            reply = await self.call(reads.INFO, {}, sealed=False)
            self._salt = salt_in(reply.data)
        self.require_writable(command)
        return self._salt

    def require_writable(self, command: str) -> None:
        """Raise AccessDenied if the miner's API switch was seen to be off."""
        if self.writable is False:
            raise AccessDenied(
                "the miner's API is switched off for writing",
                miner=self.line.name,
                command=command,
                remedy=_SWITCHED_OFF,
            )

    def _notice(self, info: dict[str, Any]) -> None:
        """Take from what get.device.info shows the salt, the API switch and the MAC, as far as they are
        there.
        """
        with contextlib.suppress(NotAMiner):  # a single section was asked for
            self._salt = salt_in(info)
        network = info.get("network")
        if isinstance(network, dict):
            self._shown_mac = mac_address(network.get("mac")) or self._shown_mac
        system = info.get("system")
        shown = flag(system.get("apiswitch")) if isinstance(system, dict) else None
        self.writable = self.writable if shown is None else shown

    def _error(self, reply: Reply, command: str, *, signed: bool = False) -> WhatsminerError | None:
        allowed = may_write(account=self.account, password=self._password, writable=self.writable)
        error = reply.error(signed=signed, allowed=allowed)
        return None if error is None else self.line.explained(error, command)
