# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the settings of a run need, wherever the miner is and once its btminer is up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from .._api.errors import NotAMiner, NotRunning, Unreachable, WhatsminerError, WrongMachine
from .._facts.tables import pick
from .._settings.base import Unknown
from .restarts import Pauses

if TYPE_CHECKING:
    from .._api.miner import Miner
    from .._facts.shapes import Facts
    from .._settings.base import Setting
    from .result import Result

_IDENTITY = ("mac", "firmware_version")


class Reader:
    """Reads for *settings* of *miner*, which may turn out to be elsewhere; *known* are the last facts.

    *wait_timeout* is how many seconds a starting btminer is waited for; *fact_cache* says whether records of
    what was applied outlive the run. What a user has to know goes into *result*.
    """

    def __init__(
        self, miner: Miner, settings: list[Setting], result: Result, *, wait_timeout: float, fact_cache: bool
    ) -> None:
        self.miner = miner
        self.known: Facts = {}
        self._settings = settings
        self._result = result
        self._wait_timeout = wait_timeout
        self._fact_cache = fact_cache
        self._identity: Facts = {}

    async def read(self, settings: list[Setting], *besides: str, once: bool = False) -> bool:
        """Read what *settings* need, and the facts *besides*, into `known`; return whether btminer is down.

        With *once*, what fails isn't tried again. Raises any error other than "btminer is down".
        """
        facts = dict.fromkeys((*(fact for setting in settings for fact in setting.facts), *besides))
        if not self.miner.identity.is_recognised:
            facts["mac"] = None
        reading = await self.miner.read(*facts, once=once)
        self.known = {**self._identity, **reading.facts}
        for setting in settings:
            self.known.update(await setting.probe(self.miner))
        return reading.down

    async def read_wherever_it_is(self) -> None:
        """Read what all settings need, at the address that is declared of the miner if it isn't where it was
        to be found.
        """
        try:
            await self.read_when_up()
        except (Unreachable, WrongMachine) as error:
            addresses = {setting.address for setting in self._settings if setting.address is not None}
            declared = addresses - {self.miner.address}
            if not declared:
                raise
            await self._go_on_at(declared.pop(), error)

    async def _go_on_at(self, address: str, error: WhatsminerError) -> None:
        """Go on at *address* if the pinned machine is there.

        Raises *error*, with what was found, if it isn't.
        """
        moved = self.miner.at(address)
        try:
            await moved.read(*moved.identity.facts)
        except (Unreachable, NotAMiner):
            raise error.adding(f"and {address}, the declared address, doesn't answer either") from None
        except WrongMachine as other:
            raise error.adding(f"and of {address}, the declared address, {other.problem}") from None
        if not moved.identity.is_matched:
            raise error.adding(
                f"and something answers at {address}, the declared address, of which no MAC tells whether it "
                "is this miner",
                remedy=f"If it is, set ansible_host to {address}; with whatsminer_mac, or whatsminer_serial, "
                "it would be known",
            ) from None
        self._result.warnings.append(
            f"the miner isn't at {self.miner.address} any more, and the machine that is meant was found at "
            f"{address}, its declared address: set ansible_host to that"
        )
        self.miner.close()
        self.miner = moved
        self._result.values["address"] = address
        await self.read_when_up()

    async def read_when_up(self) -> None:
        """Read what all settings need.

        A btminer that is just starting is waited for, a powered-off one isn't. Raises NotRunning.
        """
        deadline = time.monotonic() + self._wait_timeout
        async for _again in Pauses():
            down = await self.read(self._settings)
            if not down:
                await self._read_identity()
            if not down or self.known.get("state") == "off":
                return
            if time.monotonic() > deadline:
                raise NotRunning(
                    f"btminer has been down for {self._wait_timeout:g} s, so nothing can be compared",
                    miner=self.miner.name,
                    remedy="The miner isn't powered off: its btminer is starting, or has crashed, and then "
                    "whatsminer_reboot (scope: btminer) restarts it",
                )

    async def _read_identity(self) -> None:
        """Read which machine and firmware it is, where records need that.

        Firmware since 2024 shows it in replies of its own. It's kept for later reads of this run, which may
        ask for less than the first.
        """
        if not self._fact_cache or not any(self.wants_record(setting) for setting in self._settings):
            return
        missing = [fact for fact in _IDENTITY if fact not in self.known]
        read: Facts = (await self.miner.read(*missing)).facts if missing else {}
        found: Facts = {**read, **self.known}
        self._identity = cast("Facts", pick(found, _IDENTITY))
        self.known.update(self._identity)

    def is_shown(self, setting: Setting) -> bool:
        """Whether the miner shows all of *setting*, so that no record is needed of it."""
        return setting.fully_read() and not isinstance(setting.current(self.known), Unknown)

    def wants_record(self, setting: Setting) -> bool:
        """Whether a record is needed of *setting*: the miner doesn't show whether it was applied."""
        return not self.is_shown(setting) or setting.awaits_start(setting.current(self.known))
