# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner: ask it (reads, joined and retried), order it (writes, sealed and sent once).

The rules that nobody above has to remember stand here: a write is never sent twice unless the miner refused
it, a token is asked for at most once more, another machine than the pinned one gets no write, and no secret
leaves.
"""

from __future__ import annotations

import contextlib
import copy
import os
import random
import socket
import struct
import time
from typing import TYPE_CHECKING

from .._facts.values import mac_address, number
from . import network
from .commands import Effect
from .errors import (
    BadParameter,
    CommandRefused,
    NotAMiner,
    NotRunning,
    OutcomeUnknown,
    OversizedReply,
    TimedOut,
    TokenLimit,
    TokenRejected,
    TransferFailed,
    Unreachable,
    WhatsminerError,
    WrongMachine,
    WrongPassword,
)
from .excerpt import printable
from .masking import Mask, secrets_in
from .v2 import readings
from .v2.cipher import Challenge, Seal, is_noise
from .v2.commands import COMMANDS
from .v2.reader import ReplyReader, parse_reply
from .v2.replies import has_message, split_joined
from .v2.requests import envelope, json_request, plain_text_command, text_request
from .v2.token_store import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Any, BinaryIO, TypeVar, Union

    from .._facts.shapes import Facts
    from .network import Connection
    from .v2.replies import Reply

    Params = dict[str, Any]
    #: Command -> what the miner answered, or how that failed.
    Replies = dict[str, Union[Reply, WhatsminerError]]
    T = TypeVar("T")
    AnyReply = TypeVar("AnyReply", Reply, Union[Reply, None])

PORT = 4028
CONNECT_TIMEOUT_SECONDS = 5.0
REPLY_TIMEOUT_SECONDS = 10.0
RETRIES = 2
BACK_OFF_SECONDS = 0.25
SECOND_TOKEN_PAUSE_SECONDS = 1.0
# Little enough to be taken within the reply timeout at the least rate of a transfer (network.Pace).
UPLOAD_CHUNK_BYTES = 64 * 1024
MAX_DOWNLOAD_BYTES = 256 * 1024 * 1024

_SENT_BEFORE = (
    "A command had been sent before that was seen: another machine has taken the address since, or was there "
    "all along. Find the miner by its MAC"
)
_OTHERWISE = (
    "run from a host on the miner's own network segment, whose neighbour table tells, or with "
    "whatsminer_mac_required: false once it's sure that the address is this miner's"
)
#: State -> why a miner shows no MAC, and what to do about it.
_UNSEEN = {
    "off": (
        "it is powered off and shows no MAC then",
        "Firmware 1.3 and 1.4 is like that: power the miner on first, for which no MAC is needed, or "
        f"{_OTHERWISE}",
    ),
    "on": (
        "it isn't powered off, but its btminer is down, and it shows no MAC then",
        f"Its btminer is starting, or has crashed. Wait, or to restart it (whatsminer_reboot), {_OTHERWISE}",
    ),
    None: ("it shows no MAC", f"To write to it, {_OTHERWISE}"),
}

_REVEALING = "power_on"  # firmware 1.3/1.4 shows no MAC while powered off, and this is what makes it show
_UNKNOWN, _DENIED = 14, 45
_MISSING_KEY = 24  # "Missing JSON 'command'": firmware of 2020 that doesn't know the key "cmd" (field notes)
_VERDICTS = frozenset(("STATUS", "Code", "complete"))  # the last one is pre_power_on's (section 2.23)


class Miner:
    """A miner at *address*:*port*, with the password of its admin account.

    *mac* pins the machine: another one there gets no write. Without, the first MAC that it shows does, for as
    long as this object lives. With *mac_required*, a pinned machine that doesn't show its MAC, and that the
    kernel's neighbour table doesn't show either, gets none. *retries* is how often a failed read is tried
    again, unless the time of a timeout has gone by then. *name* is what people call it. Timeouts are in
    seconds, each for one connection: *connect_timeout* until it stands, *reply_timeout* until the reply is
    whole.
    """

    def __init__(
        self,
        address: str,
        port: int = PORT,
        password: str = "",
        mac: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        reply_timeout: float = REPLY_TIMEOUT_SECONDS,
        retries: int = RETRIES,
        tokens: Tokens | None = None,
        name: str | None = None,
        mac_required: bool = True,
    ) -> None:
        self.address = address
        self.port = port
        self.pinned_mac = _pinned(mac)
        self.mac_required = mac_required
        self.connect_timeout = connect_timeout
        self.reply_timeout = reply_timeout
        self.retries = retries
        place = f"{address}:{port}"
        self.name = place if name in (None, address) else f"{name} ({place})"
        self.booted_at = 0.0  # epoch seconds, once known
        self.report: Callable[[str], object] = lambda text: None  # where the progress of long work is shown
        self.trace: Callable[[str], object] | None = None  # where each exchange is shown, if anywhere
        self.mask = Mask(password)  # through which all goes that is shown of its answers
        self._password = password
        self._tokens = tokens or Tokens()
        self._seal: Seal | None = None
        self._challenge: Challenge | None = None
        self._token_is_new = False
        self._key = "cmd"
        self._joins = True
        self._standing: Connection | None = None
        self._has_written = False
        self.recognised = self.pinned_mac is None

    def __repr__(self) -> str:
        return f"Miner({self.name})"

    def use(self, connected: Connection) -> None:
        """Make the next exchange over *connected*, a connection (network.connect) to this miner, and close
        that then.
        """
        self._standing = connected

    # Reads

    async def ask(self, *commands: str) -> Replies:
        """The replies to readable *commands*: ``{command: Reply, or the WhatsminerError that it failed
        with}``.

        Joinable commands share a connection (API document, section 4; field notes: most firmware joins more
        than two), and are asked for one by one where the firmware doesn't join. Raises Unreachable or
        NotAMiner as soon as it's clear that nothing there answers.
        """
        replies = {}
        joinable = [command for command in commands if COMMANDS[command].joinable]
        if len(joinable) > 1 and self._joins:
            replies.update(await self._ask_joined(joinable))
        asked = self
        for command in commands:
            if command not in replies:
                replies[command] = await asked._ask_one(command, answered=bool(replies))
                if isinstance(replies[command], TimedOut):
                    asked = self._hurried(len(commands))
        if _is_refused(replies.get("edevs")) and not _is_refused(replies.get("summary")):
            # The same under the name of other firmware.
            replies["devs"] = await asked._ask_one("devs", answered=True)
        return replies

    def _hurried(self, share: int) -> Miner:
        """This miner for *share* more reads after one that timed out: all of them wait no longer than that
        one did.
        """
        hurried = copy.copy(self)
        hurried.reply_timeout = self.reply_timeout / share
        return hurried

    async def read(self, *commands: str) -> tuple[Replies, Facts]:
        """The replies to readable *commands* (as `ask` gives them) and the facts in them, of the machine that
        is meant.

        Where that is pinned and not yet recognised, it is: firmware since 2024 shows its MAC in
        get_miner_info alone, which is asked besides only then. Raises what `ask` and `recognise` do.
        """
        replies = await self.ask(*commands)
        known = readings.normalise(replies)
        if not self.recognised and "mac" not in known and "get_miner_info" not in replies:
            replies.update(await self.ask("get_miner_info"))
            known = readings.normalise(replies)
        self.recognise(known)
        return replies, known

    async def _ask_joined(self, commands: list[str]) -> Replies:
        try:
            reply = await self._retrying(lambda: self._plain("+".join(commands)))
        except NotAMiner:
            self._joins = False
            return {}  # firmware that stumbles over joins; each command alone will tell
        error = reply.error()
        if isinstance(error, NotRunning):
            return dict.fromkeys(commands, self._explained(error))
        parts = split_joined(reply, commands)
        self._joins = bool(parts)
        return {
            command: self._answer(command, part)
            for command, part in parts.items()
            if _is_answer_in_join(command, part)
        }

    async def _ask_one(self, command: str, answered: bool) -> Reply | WhatsminerError:
        try:
            return self._answer(command, await self._retrying(lambda: self._read(command)))
        except WhatsminerError as error:
            if not answered:
                error.at(self.name, command)
                raise
            return error.at(self.name, command)

    def _answer(self, command: str, reply: Reply) -> Reply | WhatsminerError:
        error = reply.error()
        return reply if error is None else self._explained(error, command)

    async def _read(self, command: str) -> Reply:
        reply = await self._plain(command)
        if reply.ok and not _is_answer(command, reply):
            raise NotAMiner("the reply says yes and holds nothing: it may have been cut")
        return reply

    async def _plain(self, command: str, params: Params | None = None, encoding: str = "json") -> Reply:
        while True:
            reply = await self._traced(command, self._exchange(_encode(command, params, encoding, self._key)))
            if not self._switched_key(reply):
                return reply

    def _switched_key(self, reply: Reply) -> bool:
        """Whether the miner wants the other key for the command's name; if so, it gets that from now on."""
        if reply.code == _MISSING_KEY and self._key == "cmd":
            self._key = "command"
            return True
        return False

    async def _retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of *attempt*, which is made again where it fails soon: a time-out is waited for once and
        no more.
        """
        # Not counting the pauses: a miner that is restarting refuses at once, and is worth waiting for.
        spent = 0.0
        for pause in range(self.retries + 1):
            begun = time.monotonic()
            try:
                return await attempt()
            except (Unreachable, NotAMiner) as error:
                spent += time.monotonic() - begun
                hopeless = isinstance(error, OversizedReply) or spent >= min(
                    self.connect_timeout, self.reply_timeout
                )
                if pause == self.retries or hopeless:
                    self._explained(error)
                    raise
                await network.sleep(BACK_OFF_SECONDS * 2**pause * random.uniform(0.8, 1.2))
        raise AssertionError("unreachable")

    # Writes

    async def order(self, command: str, params: Params | None = None) -> Reply:
        """Send one writable command, sealed, once; return the Reply with which the miner took it.

        Raises BadParameter (nothing sent), WrongMachine (nothing sent), Unreachable (never sent),
        WrongPassword, AccessDenied, TokenRejected, TokenLimit, CommandRefused (not taken), or OutcomeUnknown:
        sent, and no answer that could be understood, so that only reading back can tell.
        """
        return await self.call(command, params, sealed=True)

    async def call(
        self, command: str, params: Params | None = None, sealed: bool = False, encoding: str = "json"
    ) -> Reply:
        """Any command, as it stands: the escape hatch. Returns the Reply; raises as `order` does.

        *params* of a command that isn't in the table are sent unchecked. *encoding*: ``json``, or ``text``
        for the document's ``command|value,value`` form.
        """
        entry = COMMANDS.get(command)
        encoded = entry.encode(params or {}) if entry else dict(params or {})
        self.mask.add(*secrets_in(encoded, entry.secrets if entry else frozenset()))
        if _writes(command):
            await self._recognise_before(command)
        voids_tokens = entry is not None and (entry.effect >= Effect.REBOOTS or command == "update_pwd")
        self._has_written = self._has_written or _writes(command)
        try:
            if sealed:
                return await self._sealed(command, encoded, encoding)
            return self._raise_for(await self._call_plainly(command, encoded, encoding), command)
        except WhatsminerError as error:
            voids_tokens = voids_tokens and not isinstance(error, CommandRefused)
            self._explained(error, command)
            raise
        finally:
            if voids_tokens:
                self.forget_tokens()

    async def _call_plainly(self, command: str, params: Params, encoding: str) -> Reply:
        if not _writes(command):
            return await self._retrying(lambda: self._plain(command, params, encoding))
        async with await self._retrying(self._open) as stream:
            with _outcome_unknown():
                await stream.send(_encode(command, params, encoding, self._key))
                return await self._traced(command, stream.reply())

    def forget_tokens(self) -> None:
        """The miner has voided its tokens, and may come back as another machine: it reboots, or its password
        changed.
        """
        self._seal = None
        self._token_is_new = False
        self.recognised = self.pinned_mac is None
        self._tokens.forget((self.address, self.port))

    def move_to(self, address: str, mac: str | None = None) -> str:
        """From now on the miner is looked for at *address*, and must have *mac* if that is known; return the
        old address.
        """
        old, self.address = self.address, address
        self.name = self.name.replace(f"{old}:", f"{address}:")
        self.pinned_mac = self.pinned_mac or mac
        self.forget_tokens()
        return old

    def at(self, address: str) -> Miner:
        """The same miner, looked for at *address*: a copy that knows nothing of what is there."""
        there = copy.copy(self)
        there.address = address
        there.name = self.name.replace(f"{self.address}:", f"{address}:")
        there.recognised = self.pinned_mac is None
        there.booted_at = 0.0
        there._seal = there._challenge = there._standing = None
        there._token_is_new = False
        return there

    async def knows(self, password: str) -> bool:
        """Whether *password* is that of the miner's admin account; from now on the miner is addressed with
        it.

        A sealed read tells, which changes nothing. Raises TokenLimit and whatever else keeps the question
        open.
        """
        self.mask.add(password)
        self._password = password
        self._seal = None
        try:
            await self._sealed("get_version", {})
        except WrongPassword:
            return False
        except CommandRefused:  # decrypted, and then refused
            return True
        return True

    async def upload(
        self, command: str, file: BinaryIO, size: int, progress: Callable[[int], None] | None = None
    ) -> Reply | None:
        """Order *command*, and when the miner is ready send *size* bytes of *file* (API document, section
        2.7).

        *file* is read in chunks; *progress* is called with the number of bytes sent so far. Returns the
        miner's closing Reply, or None where it gave none (it may just reboot). Raises TransferFailed saying
        how far it came, also where that is too slow (network.Pace), and what `order` raises before the first
        byte.
        """
        await self._recognise_before(command)
        self._has_written = True
        sent = 0
        try:
            async with self._dialogue(command, {}) as (stream, _ready):
                pace = network.Pace()
                try:
                    await stream.send(struct.pack("<I", size))
                    while sent < size:
                        chunk = file.read(min(UPLOAD_CHUNK_BYTES, size - sent))
                        if not chunk:
                            raise TransferFailed(f"the file ended after {sent} of {size} bytes")
                        await stream.send(chunk, pace)
                        sent += len(chunk)
                        if progress:
                            progress(sent)
                except Unreachable as error:
                    why = pace.verdict() or f": {error.problem}"
                    raise TransferFailed(
                        f"the transfer broke off after {sent} of {size} bytes{why}"
                    ) from None
                return await self._closing_reply(stream)
        except WhatsminerError as error:
            self._explained(error, command)
            raise
        finally:
            self.forget_tokens()

    async def _closing_reply(self, stream: Stream) -> Reply | None:
        try:
            reply = await stream.reply()
            if reply.sealed and self._seal is not None:
                reply = parse_reply(self._seal.open(reply.sealed))
        except (Unreachable, NotAMiner):
            return None
        error = reply.error(sealed=True)
        if error is not None:
            raise TransferFailed(
                f"the miner refused the file: {error.problem}", code=error.code, answer=error.answer
            )
        return reply

    async def download(
        self, command: str, file: BinaryIO, progress: Callable[[int], None] | None = None
    ) -> int:
        """Order *command* and write what the miner then sends into *file*; return its size (API document,
        section 2.13).

        Raises TransferFailed if the connection ends, goes silent or is too slow (network.Pace) before all of
        it came.
        """
        async with self._dialogue(command, {}) as (stream, reply):
            size = number(reply.data.get("logfilelen"))
            if not isinstance(size, int) or not 0 <= size <= MAX_DOWNLOAD_BYTES:
                raise TransferFailed(
                    "the miner doesn't say how long the file is", miner=self.name, command=command
                )
            received, pace = 0, network.Pace()
            async for data in stream.file(size, pace):
                file.write(data)
                received += len(data)
                if progress:
                    progress(received)
            if received < size:
                problem = f"the transfer broke off after {received} of {size} bytes{pace.verdict()}"
                raise TransferFailed(problem, miner=self.name, command=command)
            return size

    async def _sealed(self, command: str, params: Params, encoding: str = "json") -> Reply:
        async with self._dialogue(command, params, encoding) as (_stream, reply):
            return reply

    @contextlib.asynccontextmanager
    async def _dialogue(
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
            async with await self._retrying(self._open) as stream:
                try:
                    asking = self._ask_sealed(stream, seal, command, params, encoding)
                    reply = await self._traced(command, asking)
                except WhatsminerError as error:
                    self._explained(error, command)
                    raise
                refusal = _other_key() if reply is None else reply.error(sealed=True)
                if refusal is None and reply is not None:
                    # A token that the miner took once, and later can't decrypt with, it has forgotten.
                    self._token_is_new = False
                    yield stream, reply
                    return
            if reply is None and _writes(command):
                raise self._explained(await self._unopened(), command)
            if reply is not None and self._switched_key(reply):
                continue
            if isinstance(refusal, TokenLimit):
                self._tokens.refused((self.address, self.port), refusal.answer)
            kept = not self._token_is_new
            if refusal is None:
                raise AssertionError("there is no answer, or it is a refusal")
            if not isinstance(refusal, (WrongPassword, TokenRejected)) or not (kept or spare):
                raise self._explained(refusal, command)
            if not kept:
                spare -= 1
                await network.sleep(SECOND_TOKEN_PAUSE_SECONDS * random.uniform(1, 1.5))
            seal = await self._current_seal(rejected=self._challenge)

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
        self, stream: Stream, seal: Seal, command: str, params: Params, encoding: str
    ) -> Reply | None:
        """The miner's answer to *command*; None if it's sealed with another key than *seal*'s."""
        if encoding == "text":
            plain = plain_text_command(seal.sign, text_request(command, params.values()))
        else:
            plain = json_request(command, params, key=self._key, token=seal.sign)
        writes = _writes(command)
        with _outcome_unknown() if writes else contextlib.nullcontext():
            sealed = seal.close(plain)
            self.mask.add(sealed)
            await stream.send(envelope(sealed, encoding))
            reply = await stream.reply()
            if reply.sealed:
                opened = seal.open(reply.sealed)
                if is_noise(opened):
                    return None
                reply = parse_reply(opened)
            if writes and not _tells_outcome(reply):
                raise NotAMiner("the answer doesn't say whether the command was taken")
            return reply

    async def _current_seal(self, rejected: Challenge | None = None) -> Seal:
        if not self._password:
            raise WrongPassword("no password is set, and writing needs one", miner=self.name)
        if self._seal is None or rejected is not None:
            try:
                self._challenge = await self._retrying(
                    lambda: self._tokens.challenge(
                        (self.address, self.port), self._ask_token, rejected, self.booted_at
                    )
                )
            except WhatsminerError as error:
                error.at(self.name, "get_token")
                raise
            self._seal = Seal(self._password, self._challenge)
            self.mask.add(*self._seal.secrets)
        return self._seal

    async def _ask_token(self) -> Challenge:
        reply = self._raise_for(await self._plain("get_token"), "get_token")
        challenge = Challenge.from_reply_data(reply.data)
        self._token_is_new = True
        return challenge

    # Identity

    def recognise(self, known: Facts) -> None:
        """Learn from facts of this miner (readings.normalise) which machine it is and when it booted.

        The first MAC that it shows pins it, unless it was pinned before. Raises WrongMachine if it's another
        one's.
        """
        if known.get("uptime_seconds", 0) > 0:  # a powered-off miner may show zeros, and hasn't just booted
            self.booted_at = time.time() - known["uptime_seconds"]
        if "mac" not in known:
            return
        self.pinned_mac = self.pinned_mac or known["mac"]
        if known["mac"] != self.pinned_mac:
            raise self._another(known["mac"])
        self.recognised = True

    async def confirm(self, known: Facts) -> bool:
        """Whether the machine that *known*, facts of just now, describe is the pinned one, whatever was known
        of it before.

        Raises WrongMachine if it's another one.
        """
        self.recognise(known)
        if self.pinned_mac is None or "mac" in known:
            return True
        shown = readings.normalise(await self.ask("get_miner_info"))
        self.recognise(shown)
        return "mac" in shown or self._vouched_for()

    def require_recognised(self, command: str, known: Facts | None = None) -> None:
        """Raise WrongMachine if *command* may not be written, because it isn't known which machine is there.

        *known*: facts of it, from which the error says why it shows no MAC.
        """
        if self.recognised or self._vouched_for():
            self.recognised = True
        elif command != _REVEALING:
            why, way_out = _UNSEEN.get((known or {}).get("state"), _UNSEEN[None])
            raise WrongMachine(
                f"{why}, so it can't be told whether it is {self.pinned_mac}",
                miner=self.name,
                command=command,
                remedy=f"Nothing was written. {way_out}",
            )

    def _vouched_for(self) -> bool:
        """Whether a machine that shows no MAC is the pinned one by the kernel's neighbour table, or may be
        taken for it.

        Raises WrongMachine if by that table it's another one.
        """
        if not self.mac_required:
            return True
        found = mac_address(network.neighbour(self.address))
        if found is not None and found != self.pinned_mac:
            raise self._another(found)
        return found is not None

    def _another(self, mac: str) -> WrongMachine:
        remedy = _SENT_BEFORE if self._has_written else None
        return WrongMachine(
            f"the machine there has MAC {mac}, not {self.pinned_mac}", miner=self.name, remedy=remedy
        )

    async def _recognise_before(self, command: str) -> None:
        """Make sure that a write reaches the machine that is meant."""
        if self.recognised:
            return
        _replies, known = await self.read("summary")
        if not self.recognised:
            if command != _REVEALING:
                with contextlib.suppress(Unreachable, NotAMiner):  # it tells no more than why no MAC is shown
                    known = {**readings.normalise(await self.ask("status")), **known}
            self.require_recognised(command, known)

    # One exchange

    async def _traced(self, command: str, exchange: Awaitable[AnyReply]) -> AnyReply:
        """The outcome of *exchange*, about *command*; with a `trace`, a line of it that holds no secret."""
        if self.trace is None:
            return await exchange
        begun, said = time.monotonic(), "interrupted"
        try:
            reply = await exchange
            said = "sealed with another key" if reply is None else _summary_of(reply)
            return reply
        except WhatsminerError as error:
            said = error.problem
            raise
        finally:
            milliseconds = (time.monotonic() - begun) * 1000
            line = f"API 2, port {self.port}: {printable(command)}: {said}, {milliseconds:.0f} ms"
            self.trace(self.mask.text(line))

    async def _exchange(self, request: bytes) -> Reply:
        async with await self._open() as stream:
            await stream.send(request)
            return await stream.reply()

    async def _open(self) -> Stream:
        connection, self._standing = self._standing, None
        try:
            if connection is None:
                connection = await network.connect(self.address, self.port, self.connect_timeout)
        except TimeoutError:
            raise Unreachable(f"no connection within {self.connect_timeout:g} s", miner=self.name) from None
        except (OSError, ValueError) as error:  # ValueError: a host name that can't be one
            raise Unreachable(f"no connection: {_why(error)}", miner=self.name) from None
        return Stream(connection, self.reply_timeout)

    async def accepts(self, port: int) -> bool:
        """Whether something listens at TCP *port* of the miner's address."""
        try:
            connection = await network.connect(self.address, port, self.connect_timeout)
        except OSError:  # a timeout too: a firewall drops what a closed port would refuse
            return False
        connection.close()
        return True

    # Errors

    def _raise_for(self, reply: Reply, command: str) -> Reply:
        error = reply.error()
        if error is not None:
            raise self._explained(error, command)
        return reply

    def _explained(self, error: WhatsminerError, command: str | None = None) -> WhatsminerError:
        """The same error, saying where it happened, and with no secret in what it quotes of the miner."""
        return error.without(self.mask).at(self.name, command)


def _why(error: OSError | ValueError) -> object:
    """What *error* means; the event loop's own text only repeats the address.

    What resolves names has other numbers.
    """
    number = getattr(error, "errno", None) or 0
    return (
        os.strerror(number)
        if number > 0 and not isinstance(error, socket.gaierror)
        else getattr(error, "strerror", None) or error
    )


class Stream:
    """One connection to a miner: a request, a reply, and for transfers the raw bytes that follow on it."""

    def __init__(self, connection: Connection, reply_timeout: float) -> None:
        self._connection = connection
        self._reply_timeout = reply_timeout
        self._rest = b""

    async def __aenter__(self) -> Stream:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._connection.close()

    async def send(self, data: bytes, pace: network.Pace | None = None) -> None:
        """Send *data*, at the *pace* of a transfer if that is part of one.

        Raises TimedOut, or Unreachable if the miner drops the connection.
        """
        try:
            await self._connection.send(
                data, pace.limit(self._reply_timeout) if pace else self._reply_timeout
            )
            if pace:
                pace.moved(len(data))
        except TimeoutError:
            raise TimedOut(f"the request wasn't taken within {self._reply_timeout:g} s") from None
        except OSError as error:
            raise Unreachable(f"the connection broke: {error.strerror or error}") from None

    async def reply(self) -> Reply:
        """The miner's reply, as soon as it's whole.

        Raises TimedOut, or NotAMiner if it can't be understood.
        """
        message = ReplyReader()
        try:
            await self._receive(message)
        except TimeoutError:
            try:
                message.timeout()
            except NotAMiner:
                raise TimedOut(f"no whole reply within {self._reply_timeout:g} s") from None
        self._rest = message.rest
        return message.reply()

    async def file(self, size: int, pace: network.Pace) -> AsyncIterator[bytes]:
        """The *size* bytes that follow the reply, in pieces; fewer, if the connection ends, goes silent, or
        loses *pace*.

        A NUL or newline in front of them is the end of the reply, if there is one byte more than the file
        has.
        """
        pieces: list[bytes] | None = []
        received = 0
        async for data in self._raw(pace):
            if not received and data[:1] not in (b"\0", b"\n"):
                pieces = None  # no doubt about where the file begins
            data = data[: size + (pieces is not None) - received]
            received += len(data)
            if pieces is None:
                yield data
            else:
                pieces.append(data)
            if received == size + (pieces is not None):
                break
        if pieces:
            whole = b"".join(pieces)
            yield whole[len(whole) > size :]

    async def _raw(self, pace: network.Pace) -> AsyncIterator[bytes]:
        data = self._rest
        while True:
            if data:
                pace.moved(len(data))
                yield data
            try:
                data = await self._connection.receive(pace.limit(self._reply_timeout))
            except OSError:  # a timeout too
                return
            if not data:
                return

    async def _receive(self, message: ReplyReader) -> None:
        deadline = time.monotonic() + self._reply_timeout
        while True:
            try:
                data = await self._connection.receive(deadline - time.monotonic())
            except TimeoutError:
                raise
            except OSError:  # a reset ends the reply as a close does
                data = b""
            if message.feed(data) if data else message.eof():
                return


@contextlib.contextmanager
def _outcome_unknown() -> Iterator[None]:
    """What goes wrong once a sealed request is on its way leaves open whether the miner took it."""
    try:
        yield
    except (Unreachable, NotAMiner) as error:
        raise OutcomeUnknown(f"sent, and then {error.problem}") from None


def _other_key() -> WrongPassword:
    return WrongPassword("the miner's answer is sealed with another key than ours: the password is wrong")


def _pinned(mac: str | None) -> str | None:
    """*mac* in its normal form, None where none is pinned.

    Raises BadParameter: half a pin would be none at all.
    """
    if not mac:
        return None
    normal = mac_address(mac)
    if normal is None:
        raise BadParameter("mac", "a MAC address such as C4:05:08:00:02:3B")
    return normal


def _writes(command: str) -> bool:
    """Whether *command* changes a miner, or may, for all that's known of it."""
    return command not in COMMANDS or COMMANDS[command].writes


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


def _summary_of(reply: Reply) -> str:
    """*reply* in a line of a trace: its code, and what it says where it says no."""
    code = "no code" if reply.code is None else f"Code {reply.code}"
    return code if reply.ok else f"{code}, {printable(reply.text) or 'refused'}"


def _tells_outcome(reply: Reply) -> bool:
    """Whether *reply* says yes or no.

    An echo of the request doesn't, nor does the JSON of another kind of machine.
    """
    if isinstance(reply.body, dict):
        return not _VERDICTS.isdisjoint(reply.body)
    return bool(reply.text) or reply.code is not None


def _encode(command: str, params: Params | None, encoding: str, key: str) -> bytes:
    if encoding == "text":
        return text_request(command, (params or {}).values())
    return json_request(command, params, key=key)
