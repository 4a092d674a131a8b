# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner, whichever APIs it speaks: read facts, send commands, transfer files.

The rules that nobody above has to remember stand here and below: which API is spoken (`Choice`), that another
machine than the pinned one gets no write (`Identity`), and that a write is never sent twice unless the miner
refused it (the clients).
"""

from __future__ import annotations

import contextlib
import copy
import functools
import time
from typing import TYPE_CHECKING

from . import network, recognition, share_counts
from .accounts import Account
from .catalogue import COMMANDS, generation_of, is_write
from .choice import Choice, ports_of
from .commands import Effect
from .errors import (
    AnotherApi,
    CommandRefused,
    NotAMiner,
    TimedOut,
    Unreachable,
    Unsupported,
    WhatsminerError,
    WrongMachine,
)
from .identity import Identity
from .known_apis import KnownApis
from .line import CONNECT_TIMEOUT_SECONDS, REPLY_TIMEOUT_SECONDS, RETRIES, Line
from .masking import secrets_in
from .reading import Reading
from .subsets import chosen
from .v2 import client as api2
from .v2.token_store import Tokens
from .v3 import client as api3
from .v3.authentication import DEFAULT_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
    from typing import Any, BinaryIO, Union

    from .._facts.shapes import Facts
    from .choice import Client
    from .network import Connection
    from .streams import OnProgress
    from .v2.replies import Reply as Reply2
    from .v3.replies import Reply as Reply3

    Params = dict[str, Any]
    Reply = Union[Reply2, Reply3]
    #: Command -> what the miner answered, or how that failed.
    Replies = dict[str, Any]
    #: Commands and their parameters, in the order in which to send them.
    Requests = list[tuple[str, Params]]


class Miner:
    """A miner at *address*, with the *password* of the account that is used (API 2: admin; API 3: *account*).

    *api* is ``auto``, ``2`` or ``3`` (choice.py); *port* and *api3_port* are the ports of both APIs, where
    they aren't the usual ones (`ports_of`); *api3_password* is that of *account*, where it differs. *mac*,
    *serial* and *mac_required* pin the machine (`Identity`). Timeouts are in seconds (`Line`). *name* is what
    people call the miner. *tokens* and *known_apis* are kept between runs.
    """

    def __init__(
        self,
        address: str,
        port: int | None = None,
        password: str = "",
        *,
        account: str = DEFAULT_ACCOUNT,
        api: str = "auto",
        api3_port: int | None = None,
        api3_password: str | None = None,
        mac: str | None = None,
        mac_required: bool = True,
        serial: str | None = None,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        reply_timeout: float = REPLY_TIMEOUT_SECONDS,
        retries: int = RETRIES,
        tokens: Tokens | None = None,
        known_apis: KnownApis | None = None,
        name: str | None = None,
    ) -> None:
        port2, port3 = ports_of(api, port, api3_port)
        self.line = Line(
            address,
            port3 if api == "3" else port2,
            connect_timeout=connect_timeout,
            reply_timeout=reply_timeout,
            retries=retries,
            label=name,
        )
        self.mask = self.line.mask  # through which all goes that is shown of its answers
        self.mask.add(password, api3_password)
        self.identity = Identity(self.line, mac, mac_required, serial)
        self.booted_at = 0.0  # epoch seconds, once known
        self.on_progress: Callable[[str], object] = lambda text: None  # called with how far long work is
        self.choice = Choice(
            api,
            api2.Client(self.line, port2, password, tokens=tokens or Tokens()),
            lambda: api3.Client(
                self.line, port3, password if api3_password is None else api3_password, account=account
            ),
            known_apis or KnownApis(),
            port3=port3,
            has_own_password=api3_password is not None,
        )
        self._has_changed = False
        self.choice.two.call_before_write(functools.partial(recognition.after_token, self))

    def __repr__(self) -> str:
        return f"Miner({self.name})"

    @property
    def name(self) -> str:
        """What people call it, and where it is."""
        return self.line.name

    @property
    def address(self) -> str:
        """Where it is."""
        return self.line.address

    @property
    def generation(self) -> int:
        """The generation of the API that is spoken: 2 or 3."""
        return self.choice.generation

    def close(self) -> None:
        """End the connections that stand."""
        self.choice.close()

    def use(self, connected: Connection, generation: int = 2, *, beside: bool | None = None) -> None:
        """Speak the API of this *generation* over *connected*; *beside* as in `Choice.take`."""
        self.choice.take(generation, beside=beside)
        self.choice.client_of(generation).use(connected)

    # Read

    async def read(self, *facts: str, once: bool = False) -> Reading:
        """Read *facts* (``power_mode``, ``network.address``), and what comes along with them, of the machine
        that is meant.

        A fact that the firmware doesn't show isn't there. With *once*, what fails isn't tried again. Raises
        WrongMachine, Unreachable, NotAMiner, and whatever else isn't explained by btminer's being down or by
        the firmware.
        """
        client, replies = await self._ask(lambda it, beside: it.read(facts, beside, once=once))
        known = client.normalise(replies)
        for fact in ("mac", "serial"):
            if self.identity.lacks(fact, known):
                replies = await client.read((fact,), replies, once=once)
                known = client.normalise(replies)
        self.recognise(known)
        for reply in replies.values():
            if isinstance(reply, WhatsminerError) and not client.is_excused(reply):
                raise reply
        return Reading(known, client.is_down(replies))

    async def gather(self, subsets: Collection[str], *, identify: bool = False) -> Reading:
        """Read *subsets* of facts, a list as in ``gather_subset``; ``raw`` (command -> reply) is among them.

        With *identify*, read at first which machine it is and whether it's on, by as few exchanges as the API
        allows. What failed is in the reading's *faults*. Raises Unreachable or NotAMiner where nothing
        answers, and BadParameter for an unknown subset.
        """
        chosen(subsets)  # before the miner is dialled
        if identify:
            client, replies = await self._ask(lambda it, beside: it.identify(subsets, beside))
        else:
            client, replies = await self._ask(lambda it, beside: it.gather(subsets, beside))
        known = client.normalise(replies)
        if client.generation == 3 and self.choice.beside:
            await share_counts.add(known, self.choice.two)
        is_off = known.get("state") == "off"
        faults = {
            command: reply
            for command, reply in replies.items()
            if isinstance(reply, WhatsminerError)
            and not (client.is_excused(reply) and (client.is_optional(command) or is_off))
        }
        return Reading(known, client.is_down(replies), faults)

    async def _ask(self, ask: Callable[[Client, Replies], Awaitable[Replies]]) -> tuple[Client, Replies]:
        """The client of the API that is spoken, and the replies that *ask* gets of it, beside those of the
        probe.
        """
        while True:
            client = await self.choice.client()
            beside = self.choice.take_probe()
            try:
                replies = await ask(client, beside)
            except (Unreachable, NotAMiner) as error:
                if not await self.choice.was_wrong(error):
                    raise
                continue
            self.choice.answered()
            return client, replies

    async def accepts(self, port: int) -> bool:
        """Whether something listens at TCP *port* of the miner's address."""
        try:
            connection = await network.connect(self.address, port, self.line.connect_timeout)
        except OSError:  # a timeout too: a firewall drops what a closed port would refuse
            return False
        connection.close()
        return True

    # Send

    def requests_for(self, what: str, by_generation: Mapping[int, Requests]) -> Requests:
        """Of the requests that make *what* come true, by generation of API, those for the API that is spoken;
        else those for another one that the miner speaks besides.

        Raises Unsupported, naming *what* and what would have it.
        """
        for generation in sorted(by_generation, key=lambda it: it != self.generation):
            if self.choice.speaks(generation):
                return by_generation[generation]
        having = " or ".join(
            f"{COMMANDS[command].apis} ({command})"
            for requests in by_generation.values()
            for command, _params in requests[:1]
        )
        raise Unsupported(
            f"{what} isn't supported over API {self.generation}: it takes {having}", miner=self.name
        )

    async def send(
        self, command: str, params: Params | None = None, *, sealed: bool = True, encoding: str = "json"
    ) -> Reply:
        """Send one *command* of either API, once if it writes; return the Reply with which the miner took it.

        *params* of a command that isn't in the tables are sent unchecked. *sealed*: sealed or signed, as the
        API wants it. *encoding* ``text`` is the ``command|value,value`` form of API 2.

        Raises BadParameter (nothing sent), WrongMachine (nothing sent), Unreachable (never sent),
        WrongPassword, AccessDenied, TokenRejected, TokenLimit, CommandRefused (not taken), or OutcomeUnknown:
        sent, and no answer that could be understood, so that only reading back can tell. AnotherApi: not
        taken, and from now on the other API is spoken.
        """
        entry = COMMANDS.get(command)
        encoded = entry.encode(params or {}) if entry else dict(params or {})
        self.mask.add(*secrets_in(encoded, entry.secrets if entry else frozenset()))
        if is_write(command):
            await recognition.before_write(self, command)
        async with self._sending(command) as client:
            return await client.call(command, encoded, sealed=sealed, encoding=encoding)

    async def upload(
        self, command: str, file: BinaryIO, size: int, *, on_progress: OnProgress | None = None
    ) -> bool:
        """Send *command*, and when the miner is ready *size* bytes of *file*.

        *file* is read in chunks; *on_progress* is called with the number of bytes sent so far. Returns
        whether the miner confirmed all of it (it may just reboot). Raises TransferFailed saying how far it
        came, also where that is too slow (`Pace`), and what `send` raises before the first byte.
        """
        await recognition.before_write(self, command)
        async with self._sending(command) as client:
            return await client.upload(command, file, size, on_progress=on_progress)

    async def download(self, command: str, file: BinaryIO, on_progress: OnProgress | None = None) -> int:
        """Send *command* and write what the miner then sends into *file*; return its size.

        Raises TransferFailed if the connection ends, goes silent or is too slow (`Pace`) before all of
        it came, and what `send` raises before the first byte.
        """
        async with self._sending(command) as client:
            return await client.download(command, file, on_progress)

    async def accounts(self) -> list[Account]:
        """The accounts that are used: that of the API which is spoken, and that of another one besides.

        Which APIs there are is found out anew, where the option leaves it open. Raises Unreachable.
        """
        return [Account(client) for client in await self.choice.clients()]

    async def has_password(self, account: str, password: str) -> bool | None:
        """Whether *password* is that of *account* of API 3, which needn't be the one that is used.

        None where the miner doesn't tell, or API 2 is spoken.
        """
        return await self.choice.three.has_password(account, password) if self.generation == 3 else None

    @contextlib.asynccontextmanager
    async def _sending(self, command: str) -> AsyncIterator[Client]:
        """Around sending *command*, as `reaching`: what the command voids is forgotten, unless the miner
        refused it.
        """
        await self.choice.client()  # where nobody is, nothing is sent
        entry = COMMANDS.get(command)
        changes_password = entry is not None and entry.changes_password
        voids = changes_password or (entry is not None and entry.effect >= Effect.REBOOTS)
        is_sent = is_write(command)
        try:
            async with self.reaching(command) as client:
                yield client
            self._has_changed = self._has_changed or is_write(command)
        except WrongMachine:
            is_sent = voids = False
            raise
        except WhatsminerError as error:
            voids = voids and not isinstance(error, CommandRefused)
            is_spoken = self.generation == generation_of(command)
            # Of a password that is changed, the old one may be what was refused.
            may_fall_back = is_spoken and not self._has_changed and not changes_password
            if may_fall_back and await self.choice.falls_back(error):
                raise AnotherApi("API 3 refused the password", miner=self.name) from None
            raise
        finally:
            self.identity.has_written = self.identity.has_written or is_sent
            if voids:
                self.forget()

    @contextlib.asynccontextmanager
    async def reaching(self, command: str) -> AsyncIterator[Client]:
        """Around what is done for *command* by the client of its API: errors are explained.

        Raises Unsupported where the miner doesn't take that API's connections, though it speaks another one.
        """
        spoken = await self.choice.client()
        client = self.choice.client_of(generation_of(command))
        try:
            yield client
        except WhatsminerError as error:
            self.line.explained(error, command)
            if client is not spoken and isinstance(error, Unreachable) and not isinstance(error, TimedOut):
                raise Unsupported(
                    f"{command} is a command of API {client.generation}, and {error.problem}",
                    miner=self.name,
                    command=command,
                ) from None
            raise

    # Identity

    def recognise(self, known: Facts) -> None:
        """Learn from *known*, facts of this miner, which machine it is and when it booted.

        Raises WrongMachine if it's another one.
        """
        if known.get("uptime_seconds", 0) > 0:  # a powered-off miner may show zeros, and hasn't just booted
            self.booted_at = time.time() - known["uptime_seconds"]
            self.choice.two.has_booted(self.booted_at)
        self.identity.recognise(known)

    async def require_may_write(self, command: str, known: Facts) -> None:
        """Raise WrongMachine or AccessDenied if *command* must not be sent: the machine isn't recognised, or
        is seen to take no writes. *known* are facts of it.
        """
        await recognition.require_may_write(self, command, known)

    # Where it is

    def forget(self) -> None:
        """The miner may come back as another machine, and forgets sessions: it reboots, or its password
        changed.
        """
        self.choice.forget_sessions()
        self.identity.forget()

    def forget_api(self) -> None:
        """The miner may speak another API from now on, as it may with other firmware."""
        self.choice.forget()

    def move_to(self, address: str, mac: str | None = None) -> str:
        """From now on the miner is looked for at *address*, and must have *mac* if that is known; return the
        old address.
        """
        old = self.address
        self.identity.pinned_mac = self.identity.pinned_mac or mac
        self.forget()
        self.line.address = address
        return old

    def at(self, address: str) -> Miner:
        """The same miner, looked for at *address*: a copy that knows nothing of what is there."""
        there = copy.copy(self)
        there.line = copy.copy(self.line)
        there.line.address = address
        there.identity = self.identity.on(there.line)
        there.booted_at = 0.0
        there.choice = self.choice.on(there.line)
        there.choice.two.call_before_write(functools.partial(recognition.after_token, there))
        return there
