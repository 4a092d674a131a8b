# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding miners: connect to each address of some networks, and read at once whatever takes the connection.

There is no Ansible in it. A connection that stands serves the first request as well. An address is one
machine, whichever ports it answers on: API 3 is spoken where it answers, else API 2.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.both_ports import connect_either
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    EmptyReply,
    NotAMiner,
    TruncatedReply,
    Unreachable,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.line import RETRIES
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.subsets import chosen
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.client import PORT
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.client import PORT as API3_PORT
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.open_files import open_files_for

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.reading import Reading
    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import Targets

CONCURRENCY = 512
# Shorter than for a miner that is known to be there: most addresses of a network have none. TCP itself tries
# again after a second, so a lost packet doesn't lose a miner.
CONNECT_TIMEOUT_SECONDS = 2.0
REPLY_TIMEOUT_SECONDS = 5.0

IDENTITY = "identity"


def subsets_beside_identity(subsets: list[str]) -> tuple[bool, tuple[str, ...]]:
    """(whether ``identity`` is among *subsets*, a list as in ``gather_subset``; the others).

    ``identity`` is what one connection tells, and then ``min`` isn't part of the others unless named. Raises
    BadParameter for an unknown name.
    """
    rest = tuple(subset for subset in subsets if subset != IDENTITY)
    chosen(rest)
    if len(rest) == len(subsets):
        return False, rest
    return True, rest if not rest or "min" in rest else (*rest, "!min")


# --- The scan -----------------------------------------------------------------------------------------------


@dataclass
class ScanResult:
    """What was found, each by address, in the order of addresses.

    *miners*: facts without ``raw``. *partly*: of miners, what couldn't be read and why.
    *silent*: what took the connection and gave no answer, or none that was whole; it may be a miner that
    hangs. *others*: what answered otherwise than a Whatsminer does. The last three map to texts.
    """

    addresses: int = 0
    miners: dict[str, Facts] = field(default_factory=dict)
    partly: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    at_once: int = 0  # addresses, at most
    seconds: float = 0.0

    def in_order(self) -> ScanResult:
        """The same, by address; it may come from a cache that orders by text."""
        for kind in ("miners", "partly", "silent", "others"):
            setattr(
                self,
                kind,
                dict(sorted(getattr(self, kind).items(), key=lambda item: socket.inet_aton(item[0]))),
            )
        return self


@dataclass(frozen=True)
class Scan:
    """How to look: for which *subsets* of facts (`subsets_beside_identity`), over which *api* (``auto`` is
    both), at which *port* of API 2 and *api3_port*.

    At most *concurrency* addresses are looked at at a time.

    Timeouts are in seconds: *connect_timeout* until a connection stands, which isn't tried again;
    *reply_timeout* until a reply is whole, which is tried again *retries* times.
    """

    subsets: tuple[bool, tuple[str, ...]] = (True, ())
    api: str = "auto"
    port: int = PORT
    api3_port: int = API3_PORT
    concurrency: int = CONCURRENCY
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS
    reply_timeout: float = REPLY_TIMEOUT_SECONDS
    retries: int = RETRIES

    @property
    def ports(self) -> dict[int, int]:
        """Generation of the API -> its port, of those to look at; the one to speak rather comes first."""
        every = {3: self.api3_port, 2: self.port}
        return every if self.api == "auto" else {int(self.api): every[int(self.api)]}

    def run(self, addresses: Targets) -> ScanResult:
        """Look at each of *addresses* (Targets) and return the ScanResult.

        Raises ScanFailed if this machine can't.
        """
        return asyncio.run(self.find(addresses))

    async def find(self, addresses: Targets) -> ScanResult:
        """The same, in a running loop."""
        started = time.monotonic()
        with open_files_for(min(self.concurrency, len(addresses)), len(self.ports)) as at_once:
            sweep = _Sweep(self, addresses)
            await sweep.finish(at_once)
        if sweep.unroutable and sweep.unroutable == len(addresses):
            raise ScanFailed(
                "this machine has no route to any of the networks",
                remedy="Check its network connection, and networks",
            )
        found = sweep.found.in_order()
        found.addresses, found.at_once = len(addresses), at_once
        found.seconds = time.monotonic() - started
        return found


class ScanFailed(WhatsminerError):
    """This machine lacks something that scanning needs, so that miners would be missed."""

    cause = "scan_failed"


# What this machine lacks, which says nothing about the other side.
_SHORTAGES = frozenset(
    (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EADDRINUSE)
)
_LONGEST_SHORTAGE_SECONDS = 30.0
_SHORTAGE_PAUSE_SECONDS = 0.2


class _Sweep:
    """One run of a Scan: a fixed number of workers take addresses from one iterator, each one address at a
    time.
    """

    def __init__(self, scan: Scan, addresses: Targets) -> None:
        self._scan = scan
        self._addresses = iter(addresses)
        self.found = ScanResult()
        self.unroutable = 0

    async def finish(self, at_once: int) -> None:
        workers = [asyncio.ensure_future(self._work()) for _number in range(at_once)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        for address in self._addresses:
            connected = await self._connect(address)
            if connected:
                await self._read(address, connected)

    async def _connect(self, address: str) -> dict[int, network.Connection]:
        """Generation of the API -> a connection to its port at *address*, of the ports that take one."""
        deadline = None
        while True:
            outcomes = await self._dial(address)
            connected = {
                generation: outcome
                for generation, outcome in zip(self._scan.ports, outcomes)
                if not isinstance(outcome, OSError)
            }
            faults = [outcome for outcome in outcomes if isinstance(outcome, OSError)]
            shortage = next((fault for fault in faults if fault.errno in _SHORTAGES), None)
            if shortage is None:
                self.unroutable += all(fault.errno == errno.ENETUNREACH for fault in faults) and not connected
                return connected
            for connection in connected.values():
                connection.close()
            deadline = deadline or time.monotonic() + _LONGEST_SHORTAGE_SECONDS
            if time.monotonic() > deadline:
                raise ScanFailed(
                    f"this machine can't open more connections: {shortage.strerror}",
                    remedy="Lower the option concurrency",
                )
            await asyncio.sleep(_SHORTAGE_PAUSE_SECONDS)

    async def _dial(self, address: str) -> list[network.Connection | OSError]:
        """What comes of dialling each of the ports."""
        ports, limit = tuple(self._scan.ports.values()), self._scan.connect_timeout
        if len(ports) == 2:
            return await connect_either(address, (ports[0], ports[1]), limit)
        try:
            return [await network.connect(address, ports[0], limit)]
        except OSError as error:  # a timeout too
            return [error]

    async def _read(self, address: str, connected: dict[int, network.Connection]) -> None:
        """Read the machine at *address*, over the first of the APIs *connected* that answers as a miner's.

        The other connection ends at once: some firmware serves one client at a time.
        """
        generations = list(connected)
        for generation in generations[1:]:
            connected[generation].close()
        failures: dict[int, WhatsminerError] = {}
        for generation in generations:
            beside = generation == 3 and 2 in generations
            miner = self._miner(address, "auto" if beside else str(generation))
            if generation == generations[0]:
                miner.use(connected[generation], generation, beside=beside)
            try:
                reading = await self._gathered(miner)
            except WhatsminerError as error:
                failures[generation] = error
                continue
            answered = [it for it in generations if it not in failures]
            self._add_miner(address, reading, answered, failures=failures)
            return
        self._add_failure(address, failures)

    def _miner(self, address: str, api: str) -> Miner:
        scan = self._scan
        return Miner(
            address,
            scan.port,
            api=api,
            api3_port=scan.api3_port,
            connect_timeout=scan.connect_timeout,
            reply_timeout=scan.reply_timeout,
            retries=scan.retries,
        )

    async def _gathered(self, miner: Miner) -> Reading:
        """What *miner* shows. Raises whatever says that none answers there."""
        identify, rest = self._scan.subsets
        try:
            reading = await miner.gather(rest, identify=identify)
        finally:
            miner.close()
        if "mac" not in reading.facts and "firmware_version" not in reading.facts:
            raise _first_failure(reading.faults) or NotAMiner("it answers, and not as a Whatsminer")
        return reading

    def _add_miner(
        self,
        address: str,
        reading: Reading,
        generations: list[int],
        *,
        failures: dict[int, WhatsminerError],
    ) -> None:
        known = reading.facts
        known.pop("raw", None)
        if len(self._scan.ports) > 1:  # else nobody knows of the other
            known["api"]["generations"] = sorted(generations)
        self.found.miners[address] = known
        problems = [self._told(generation, error) for generation, error in failures.items()]
        problems += [f"{command}: {fault.problem}" for command, fault in reading.faults.items()]
        if problems:
            self.found.partly[address] = "; ".join(problems)

    def _add_failure(self, address: str, failures: dict[int, WhatsminerError]) -> None:
        hangs = any(
            isinstance(error, (Unreachable, EmptyReply, TruncatedReply)) for error in failures.values()
        )
        kind = self.found.silent if hangs else self.found.others
        kind[address] = "; ".join(self._told(generation, error) for generation, error in failures.items())

    def _told(self, generation: int, error: WhatsminerError) -> str:
        """*error*, and where there are several ports, at which one."""
        ports = self._scan.ports
        return error.problem if len(ports) == 1 else f"port {ports[generation]}: {error.problem}"


def _first_failure(faults: dict[str, WhatsminerError]) -> WhatsminerError | None:
    """Of a machine that didn't answer as a Whatsminer, what it left unanswered, if that's why."""
    return next((fault for fault in faults.values() if isinstance(fault, (Unreachable, NotAMiner))), None)
