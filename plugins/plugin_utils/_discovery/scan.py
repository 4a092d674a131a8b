# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding miners: connect to each address of some networks, and read at once whatever takes the connection.

There is no Ansible in it. A connection that stands serves the first request as well.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
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
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.readings import READS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.open_files import open_files_for

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import Targets

CONCURRENCY = 512
_FILES_EACH = 1
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
    chosen(rest, READS)
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
    connections: int = 0  # at a time
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
    """How to look: at which *port*, for which *subsets* of facts (`subsets_beside_identity`).

    At most *concurrency* connections stand at a time.

    Timeouts are in seconds: *connect_timeout* until a connection stands, which isn't tried again;
    *reply_timeout* until a reply is whole, which is tried again *retries* times.
    """

    subsets: tuple[bool, tuple[str, ...]] = (True, ())
    port: int = PORT
    concurrency: int = CONCURRENCY
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS
    reply_timeout: float = REPLY_TIMEOUT_SECONDS
    retries: int = RETRIES

    def run(self, addresses: Targets) -> ScanResult:
        """Look at each of *addresses* (Targets) and return the ScanResult.

        Raises ScanFailed if this machine can't.
        """
        return asyncio.run(self.find(addresses))

    async def find(self, addresses: Targets) -> ScanResult:
        """The same, in a running loop."""
        started = time.monotonic()
        with open_files_for(min(self.concurrency, len(addresses)), _FILES_EACH) as connections:
            sweep = _Sweep(self, addresses)
            await sweep.finish(connections)
        if sweep.unroutable and sweep.unroutable == len(addresses):
            raise ScanFailed(
                "this machine has no route to any of the networks",
                remedy="Check its network connection, and networks",
            )
        found = sweep.found.in_order()
        found.addresses, found.connections = len(addresses), connections
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
    """One run of a Scan: a fixed number of workers take addresses from one iterator, each one connection at a
    time.
    """

    def __init__(self, scan: Scan, addresses: Targets) -> None:
        self._scan = scan
        self._addresses = iter(addresses)
        self.found = ScanResult()
        self.unroutable = 0

    async def finish(self, connections: int) -> None:
        workers = [asyncio.ensure_future(self._work()) for _number in range(connections)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self) -> None:
        for address in self._addresses:
            connected = await self._connect(address)
            if connected is not None:
                await self._read(address, connected)

    async def _connect(self, address: str) -> network.Connection | None:
        """A connection to *address*, or None where nothing takes it."""
        deadline = None
        while True:
            try:
                return await network.connect(address, self._scan.port, self._scan.connect_timeout)
            except OSError as error:  # a timeout too
                fault = error
            if fault.errno not in _SHORTAGES:
                self.unroutable += fault.errno == errno.ENETUNREACH
                return None
            deadline = deadline or time.monotonic() + _LONGEST_SHORTAGE_SECONDS
            if time.monotonic() > deadline:
                raise ScanFailed(
                    f"this machine can't open more connections: {fault.strerror}",
                    remedy="Lower the option concurrency",
                )
            await asyncio.sleep(_SHORTAGE_PAUSE_SECONDS)

    async def _read(self, address: str, connected: network.Connection) -> None:
        scan, found = self._scan, self.found
        miner = Miner(
            address,
            scan.port,
            api="2",
            connect_timeout=scan.connect_timeout,
            reply_timeout=scan.reply_timeout,
            retries=scan.retries,
        )
        miner.use(connected)
        identify, rest = scan.subsets
        try:
            reading = await miner.gather(rest, identify=identify)
            known = reading.facts
            if "mac" not in known and "firmware_version" not in known:
                raise _first_failure(reading.faults) or NotAMiner("it answers, and not as a Whatsminer")
        except WhatsminerError as error:
            kind = (
                found.silent if isinstance(error, (Unreachable, EmptyReply, TruncatedReply)) else found.others
            )
            kind[address] = error.problem
            return
        finally:
            miner.close()
        known.pop("raw", None)
        found.miners[address] = known
        if reading.faults:
            found.partly[address] = "; ".join(
                f"{command}: {fault.problem}" for command, fault in reading.faults.items()
            )


def _first_failure(faults: dict[str, WhatsminerError]) -> WhatsminerError | None:
    """Of a machine that didn't answer as a Whatsminer, what it left unanswered, if that's why."""
    return next((fault for fault in faults.values() if isinstance(fault, (Unreachable, NotAMiner))), None)
