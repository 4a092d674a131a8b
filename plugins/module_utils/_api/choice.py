# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which API of a miner is spoken.

    option api   what is known               what happens
    ----------   -------------------------   --------------------------------------------------------------
    2, 3                                     that API
    auto         the API it spoke last       that API; if nothing answers there, as if nothing was known
    auto         nothing                     both ports are dialled at once: API 3 where it answers, else 2
    auto         API 3, which refuses the    API 2, if that takes the password. This is remembered:
                 password                    playbooks that worked over API 2 go on working
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .both_ports import connect_either
from .errors import AccessDenied, NoConnection, NotAMiner, Unreachable, WhatsminerError, WrongPassword
from .known_apis import Known
from .v2.client import PORT as API2_PORT
from .v3 import reads
from .v3.authentication import DEFAULT_ACCOUNT
from .v3.client import PORT as API3_PORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    from .known_apis import KnownApis
    from .line import Line
    from .v2.client import Client as Client2
    from .v3.client import Client as Client3

    Client = Union[Client2, Client3]

APIS = ("auto", "2", "3")

_FALLEN_BACK = (
    "API 3 (port {port}) refuses the account {account} with this password, and API 2 takes the password: "
    "API 2 is used. Set whatsminer_api3_password to the password of {account}, or whatsminer_api to 2"
)


class Choice:
    """Chooses among the clients *two* and *three* by the option *api*, and remembers in *known_apis*.

    *make_three* makes the client of API 3, at *port3*, once that is needed: each task on a host would pay for
    it. *has_own_password*: API 3 has a password of its own. *beside* tells whether API 2 is open beside
    API 3. *warnings* are for the user.
    """

    def __init__(
        self,
        api: str,
        two: Client2,
        make_three: Callable[[], Client3],
        known_apis: KnownApis,
        *,
        port3: int,
        has_own_password: bool = False,
    ) -> None:
        self.two = two
        self._make_three = make_three
        self._three: Client3 | None = None
        self._port3 = port3
        self.beside = False
        self.warnings: list[str] = []
        self._api = api
        self._line: Line = two.line
        self._known_apis = known_apis
        self._has_own_password = has_own_password
        self._client: Client | None = None
        self._is_guess = False
        self._is_sure = True
        self._known: Known | None = None  # as it was remembered
        self._refused = ""
        self._probe: dict[str, Any] = {}

    @property
    def generation(self) -> int:
        """The generation of the API that is spoken; until that is known, the one that the option says."""
        if self._client is not None:
            return self._client.generation
        return 3 if self._api == "3" else 2

    @property
    def three(self) -> Client3:
        """The client of API 3."""
        if self._three is None:
            self._three = self._make_three()
        return self._three

    def close(self) -> None:
        """End the connections that stand."""
        self.two.close()
        if self._three is not None:
            self._three.close()

    def forget_sessions(self) -> None:
        """The miner forgets what it knew of both clients: it reboots, or its password changed."""
        self.two.forget()
        if self._three is not None:
            self._three.forget()

    def client_of(self, generation: int) -> Client:
        """The client of the API of this *generation*, whether that is spoken or not."""
        return self.two if generation == 2 else self.three

    def take(self, generation: int, *, beside: bool | None = None) -> None:
        """Speak the API of this *generation*, which is there. *beside*: whether API 2 is open beside it."""
        self.beside = self.beside if beside is None else beside
        self._client = self.client_of(generation)
        self._line.port = self._client.port

    async def client(self) -> Client:
        """The client of the API to speak. Raises Unreachable where neither port takes a connection."""
        if self._client is not None:
            return self._client
        if self._api != "auto":
            self.take(int(self._api))
        else:
            known = self._known = self._known_apis.find(self._place)
            if known is None or not self._holds(known):
                return await self.find_out()
            self.take(known.generation, beside=known.beside)
            self._is_guess, self._refused = True, known.refused
        return await self.client()

    async def was_wrong(self, fault: WhatsminerError) -> bool:
        """Whether what was remembered is wrong, by this *fault*: then it has been found out anew.

        A machine that is off is waited for once: the next run finds out. Raises Unreachable where neither
        port takes a connection.
        """
        if not self._is_guess:
            return False
        if isinstance(fault, NoConnection):
            self._known_apis.forget(self._place)
            return False
        await self.find_out()
        return True

    def answered(self) -> None:
        """The miner answered over this API: remember that, unless API 3 may only be busy."""
        self._is_guess = False
        known = Known(self.generation, self.beside, self._refused)
        if self._api == "auto" and self._is_sure and known != self._known:
            self._known = known
            self._known_apis.remember(self._place, known)

    def forget(self) -> None:
        """The miner may speak another API soon, as with other firmware: the next run finds out anew."""
        self._known_apis.forget(self._place)
        self._is_guess, self._is_sure = True, False

    @property
    def allowed(self) -> tuple[int, ...]:
        """The generations of the APIs that the option allows."""
        return (3, 2) if self._api == "auto" else (int(self._api),)

    async def clients(self) -> list[Client]:
        """The clients of all APIs that the miner speaks now, whatever is remembered. Raises Unreachable."""
        if self._api != "auto":
            return [await self.client()]
        spoken = await self.find_out()
        return [spoken, self.two] if spoken.generation == 3 and self.beside else [spoken]

    def take_probe(self) -> dict[str, Any]:
        """The replies that finding out has got, once."""
        probe, self._probe = self._probe, {}
        return probe

    async def find_out(self) -> Client:
        """Dial the ports of both APIs, and take API 3 where it answers. Raises Unreachable."""
        self.take(await self._line.retrying(self._dial))
        self._is_guess, self._refused = False, ""
        return await self.client()

    async def _dial(self) -> int:
        """The generation of the API that answers."""
        two, three = self.two, self.three
        try:
            on_three, on_two = await connect_either(
                self._line.address, (three.port, two.port), self._line.connect_timeout
            )
        except (OSError, ValueError) as error:
            raise self._line.no_connection(error, two.port) from None
        self.beside = not isinstance(on_two, OSError)
        self._is_sure = True
        if not isinstance(on_two, OSError):
            two.use(on_two)
        if not isinstance(on_three, OSError):
            three.use(on_three)
            self._line.port = three.port  # which errors name
            try:
                self._probe = await three.ask(reads.Read(reads.INFO, {}), once=True)
                two.close()
                return three.generation
            except (Unreachable, NotAMiner):  # it hangs, it has too many clients, or it's something else
                three.close()
                self._is_sure = False
                if isinstance(on_two, OSError):
                    raise
        if isinstance(on_two, OSError):
            raise self._line.no_connection(on_two, two.port)
        return two.generation

    def speaks(self, generation: int) -> bool:
        """Whether the miner takes commands of this *generation* of API, beside those of the one spoken."""
        if generation == self.generation:
            return True
        return self._api == "auto" and generation == 2 and self.beside

    async def falls_back(self, refusal: WhatsminerError) -> bool:
        """Whether API 2 is spoken from now on: API 3 refused the password (*refusal*), and API 2 takes it."""
        three = self.three
        is_for_password = isinstance(refusal, WrongPassword) or (
            isinstance(refusal, AccessDenied) and three.account != DEFAULT_ACCOUNT
        )
        if not (is_for_password and self._api == "auto" and self.generation == 3 and self.beside):
            return False
        try:
            if not await self.two.takes_password():
                return False
        except WhatsminerError:
            return False
        self.take(2)
        self._refused, self._is_sure = three.account, True
        self.answered()
        self.warnings.append(_FALLEN_BACK.format(port=three.port, account=three.account))
        return True

    def on(self, line: Line) -> Choice:
        """A choice of its own for the same miner at the other end of *line*, where nothing is known yet."""
        return Choice(
            self._api,
            self.two.on(line),
            lambda: self.three.on(line),
            self._known_apis,
            port3=self._port3,
            has_own_password=self._has_own_password,
        )

    def _holds(self, known: Known) -> bool:
        """Whether *known* still tells what to speak: a refused password may have been replaced."""
        return not known.refused or (known.refused == self.three.account and not self._has_own_password)

    @property
    def _place(self) -> str:
        return f"{self._line.address}_{self.two.port}_{self._port3}"


def ports_of(api: str, port: int | None, api3_port: int | None) -> tuple[int, int]:
    """The ports of API 2 and of API 3, by the options *api*, *port* and *api3_port*.

    A *port* is API 2's, unless it's the usual one of API 3, or API 3 alone is to be spoken and has no port of
    its own.
    """
    if api3_port is not None:
        return port or API2_PORT, api3_port
    if port in (None, API2_PORT):
        return API2_PORT, API3_PORT
    if port == API3_PORT or api == "3":
        return API2_PORT, port
    return port, API3_PORT
