# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet: the miners, their addresses, fleet files, and starting and stopping it all."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import ipaddress
import logging
import random
import threading
import time

from .generations import GENERATIONS, PRESETS
from .miner import Miner
from .state import FIRMWARE_OF_GENERATION, MODEL_OF_GENERATION, MODELS

log = logging.getLogger("simulator")

DEFAULT_ADDRESS = "127.10.0.1"
DEFAULT_PORT = 4028
API3_PORT = 4433
API3_PORT_DISTANCE = 10000  # from a `port` other than 4028
DEFAULT_SIM_PASSWORD = "sim12345"  # eight bytes, as long as the API allows
SWEEP_SECONDS = 0.25
JOURNAL_LIMIT = 20000


class FleetError(Exception):
    """The fleet can't be what was asked for. The text is meant for the user."""


@dataclasses.dataclass
class MinerSpec:
    """What one miner is at the start. Empty fields are filled in by the fleet."""

    name: str = ""
    generation: str = "2.0"
    address: str = ""
    port: int = DEFAULT_PORT  # 0: any free one
    port3: int | None = None  # of API 3, if it has that; None: as `port`, see API3_PORT
    mac: str = ""
    password: str = DEFAULT_SIM_PASSWORD
    model: str = ""
    platform: str = ""
    firmware: str = ""
    uptime_seconds: float = 86400.0
    options: dict = dataclasses.field(default_factory=dict)
    state: dict = dataclasses.field(default_factory=dict)
    faults: dict = dataclasses.field(default_factory=dict)
    groups: list = dataclasses.field(default_factory=list)  # of the inventory
    vars: dict = dataclasses.field(default_factory=dict)  # of the inventory's host

    def __post_init__(self):
        self.generation = str(self.generation)
        if self.generation not in PRESETS:
            raise FleetError("generation {!r} is none of {}".format(self.generation, ", ".join(PRESETS)))
        self.model = self.model or MODEL_OF_GENERATION[self.generation]
        if self.model not in MODELS:
            raise FleetError("model {!r} is none of {}".format(self.model, ", ".join(sorted(MODELS))))
        self.firmware = self.firmware or FIRMWARE_OF_GENERATION[self.generation]
        if self.port3 is None and isinstance(self.port, int):
            self.port3 = {0: 0, DEFAULT_PORT: API3_PORT}.get(self.port, self.port + API3_PORT_DISTANCE)
        for name in ("options", "state", "faults", "vars"):
            if getattr(self, name) is None:
                setattr(self, name, {})
            if not isinstance(getattr(self, name), dict):
                raise FleetError(f"{name}: a mapping is wanted")

    @property
    def has_api3(self) -> bool:
        return self.options.get("apis", PRESETS[self.generation].apis) != "2"


def next_address(address: str, steps: int = 1) -> str:
    return str(ipaddress.IPv4Address(address) + steps)


def make_specs(
    count, generations=GENERATIONS, address_from=DEFAULT_ADDRESS, port=DEFAULT_PORT, ports_from=None, **fields
):
    """`count` specs, the generations in turn.

    `ports_from`: one address and a port each, counting from there.
    """
    specs = []
    for number in range(count):
        specs.append(
            MinerSpec(
                generation=generations[number % len(generations)],
                address=address_from if ports_from is not None else next_address(address_from, number),
                port=port if ports_from is None else ports_from + number,
                **fields,
            )
        )
    return specs


def load_fleet_file(path, overrides=None) -> list[MinerSpec]:
    """The specs of a fleet file (README.md); `overrides` win over its defaults. Raises FleetError."""
    import yaml

    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.safe_load(file)
    except OSError as error:
        raise FleetError(f"fleet file {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise FleetError(f"fleet file {path} is no YAML: {error}") from None
    return read_fleet(content, overrides, str(path))


def read_fleet(content, overrides=None, where="fleet") -> list[MinerSpec]:
    """The specs of a fleet file's content: {"defaults": {..}, "miners": [{.., "count": N}]}."""
    if not isinstance(content, dict) or not isinstance(content.get("miners"), list):
        raise FleetError(f"{where}: a mapping with a list `miners` is wanted")
    if set(content) - {"defaults", "miners"}:
        raise FleetError(
            "{}: unknown key {}; known: defaults, miners".format(
                where, sorted(set(content) - {"defaults", "miners"})
            )
        )
    base = _merge(content.get("defaults") or {}, overrides or {})
    known = {field.name for field in dataclasses.fields(MinerSpec)} | {"count", "ports_from"}
    specs, position = [], base.pop("address", None) or DEFAULT_ADDRESS
    for number, item in enumerate(content["miners"], 1):
        if not isinstance(item, dict):
            raise FleetError(f"{where}: miner {number}: a mapping is wanted")
        fields = _merge(base, item)
        if set(fields) - known:
            unknown = sorted(set(fields) - known)
            raise FleetError(
                f"{where}: miner {number}: unknown key {unknown}; known: {', '.join(sorted(known))}"
            )
        count = fields.pop("count", 1)
        if not isinstance(count, int) or count < 1:
            raise FleetError(f"{where}: miner {number}: count: a number from 1 is wanted")
        start = fields.pop("address", None) or position
        ports_from = fields.pop("ports_from", None)
        name = fields.pop("name", "")
        for step in range(count):
            label = name if count == 1 or not name else f"{name}{step + 1:0{len(str(count))}d}"
            try:
                if ports_from is not None:
                    spec = MinerSpec(name=label, address=start, **{**fields, "port": ports_from + step})
                else:
                    spec = MinerSpec(name=label, address=next_address(start, step), **fields)
            except (ValueError, TypeError, FleetError) as error:
                raise FleetError(f"{where}: miner {number}: {error}") from None
            specs.append(spec)
        position = next_address(start, 1 if ports_from is not None else count)
    return specs


def _merge(base: dict, over: dict) -> dict:
    out = dict(base)
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(out.get(name), dict):
            value = {**out[name], **value}
        out[name] = value
    return out


class Fleet:
    """Miners that share a loop.

    In a coroutine: `async with Fleet(specs) as fleet: ...`. In synchronous code: `with Fleet(specs) as fleet:
    ...`, which runs the loop in a thread; change miners with `patch()` there, and read them as you like.
    """

    def __init__(self, specs, seed=None, latency_ms: float = 0.0, journal_limit: int = JOURNAL_LIMIT):
        self.rng = random.Random(seed)
        self.journal: collections.deque = collections.deque(maxlen=journal_limit)
        self.outages: collections.deque = collections.deque(maxlen=journal_limit)
        self.connections: set = set()
        self.waiters: list = []
        self.loop: asyncio.AbstractEventLoop = None  # type: ignore[assignment]
        self.control = None
        self._tasks: set = set()
        self._sweeper = None
        self._thread = None
        self._stop_thread = None
        self.miners: dict[str, Miner] = {}
        specs = [dataclasses.replace(spec) for spec in specs]
        if not specs:
            raise FleetError("a fleet needs at least one miner")
        self._fill(specs)
        for number, spec in enumerate(specs, 1):
            if latency_ms and "latency_ms" not in spec.options:
                spec.options = {**spec.options, "latency_ms": latency_ms}
            try:
                self.miners[spec.name] = Miner(spec, number, self)
            except ValueError as error:
                raise FleetError(f"{spec.name}: {error}") from None

    @staticmethod
    def _fill(specs) -> None:
        """Names, addresses, MACs for those that have none; none twice."""
        width = max(4, len(str(len(specs))))
        position = DEFAULT_ADDRESS
        names, places, macs = set(), set(), set()
        for number, spec in enumerate(specs, 1):
            spec.name = spec.name or f"miner{number:0{width}d}"
            spec.address = spec.address or position
            try:
                address = ipaddress.IPv4Address(spec.address)
            except ValueError:
                raise FleetError(f"{spec.name}: {spec.address!r} is no IPv4 address") from None
            if not address.is_loopback:
                raise FleetError(
                    f"{spec.name}: {address} is no loopback address (127.0.0.0/8): fake miners stay on this "
                    "machine"
                )
            if not isinstance(spec.port, int) or not 0 <= spec.port <= 65535:
                raise FleetError(f"{spec.name}: {spec.port!r} is no port")
            if spec.has_api3 and (not isinstance(spec.port3, int) or not 0 <= spec.port3 <= 65535):
                raise FleetError(f"{spec.name}: {spec.port3!r} is no port of API 3: set port3")
            position = next_address(spec.address)
            spec.mac = (
                spec.mac or f"C4:05:08:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}"
            )
            place3 = f"{spec.address}:{spec.port3}"
            for kind, value, seen in (
                ("name", spec.name, names),
                ("MAC", spec.mac, macs),
                ("address", f"{spec.address}:{spec.port}", places if spec.port else set()),
                ("address", place3, places if spec.port3 and spec.has_api3 else set()),
            ):
                if value in seen:
                    raise FleetError(f"{kind} {value} is given twice")
                seen.add(value)

    # --- life

    async def start(self) -> Fleet:
        """All miners listen when this returns. Raises FleetError where an address or port can't be bound."""
        self.loop = asyncio.get_running_loop()
        for miner in self.miners.values():
            try:
                miner.start()
            except OSError as error:
                await self.stop()
                raise FleetError(_bind_hint(miner, error)) from None
        self._sweeper = self.loop.call_later(SWEEP_SECONDS, self._sweep)
        return self

    async def stop(self) -> None:
        """Close all sockets. Nothing of the fleet runs afterwards."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self.control is not None:
            await self.control.stop()
        for miner in self.miners.values():
            miner.stop()
        for connection in list(self.connections):
            connection.abort()
        tasks = [task for task in self._tasks if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for _waiter, future in self.waiters:
            if not future.done():
                future.cancel()
        self.waiters.clear()
        # What was just being accepted needs a few rounds of the loop until it can be cut.
        for _round in range(8):
            await asyncio.sleep(0)

    async def __aenter__(self) -> Fleet:
        return await self.start()

    async def __aexit__(self, *exc) -> None:
        await self.stop()

    def task(self, coroutine) -> asyncio.Task:
        task = self.loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _sweep(self) -> None:
        """One look at all connections now and then is cheaper than a timer for each."""
        now = self.loop.time()
        for connection in [c for c in self.connections if c.deadline < now]:
            connection.idle()
        self._sweeper = self.loop.call_later(SWEEP_SECONDS, self._sweep)

    # --- in a thread

    def start_in_thread(self) -> Fleet:
        """Run in a thread of its own until `stop_thread()`. Raises FleetError as start() does."""
        ready = threading.Event()
        failure: list = []

        async def main():
            self._stop_thread = asyncio.Event()
            try:
                await self.start()
            except BaseException as error:
                failure.append(error)
                ready.set()
                return
            ready.set()
            await self._stop_thread.wait()
            await self.stop()

        self._thread = threading.Thread(target=asyncio.run, args=(main(),), name="simulator", daemon=True)
        self._thread.start()
        ready.wait()
        if failure:
            self._thread.join()
            self._thread = None
            raise failure[0]
        return self

    def stop_thread(self) -> None:
        if self._thread is None:
            return
        self.loop.call_soon_threadsafe(self._stop_thread.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Fleet:
        return self.start_in_thread()

    def __exit__(self, *exc) -> None:
        self.stop_thread()

    # --- use

    def __getitem__(self, name: str) -> Miner:
        return self.miners[name]

    def __iter__(self):
        return iter(self.miners.values())

    def __len__(self) -> int:
        return len(self.miners)

    def patch(self, name: str, changes: dict) -> dict:
        """`Miner.patch` from any thread, and the miner's description after it."""

        def change():
            self.miners[name].patch(changes)
            return self.miners[name].describe()

        return self.call(change)

    def call(self, function):
        """Run `function` in the fleet's loop, from any thread, and return what it returns."""
        if self._thread is None or threading.current_thread() is self._thread:
            return function()

        async def run():
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    async def until(self, predicate, timeout: float = 10.0) -> None:
        """Wait until `predicate()` is true; it is asked again after each request and each change.

        Raises TimeoutError.
        """
        if predicate():
            return
        future = self.loop.create_future()
        entry = (predicate, future)
        self.waiters.append(entry)
        try:
            await asyncio.wait_for(future, timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"not within {timeout} seconds") from None
        finally:
            if entry in self.waiters:
                self.waiters.remove(entry)

    def wait_until(self, predicate, timeout: float = 10.0) -> None:
        """The same, from another thread."""
        asyncio.run_coroutine_threadsafe(self.until(predicate, timeout), self.loop).result()

    def notify(self) -> None:
        for predicate, future in list(self.waiters):
            if not future.done() and predicate():
                future.set_result(None)

    def record(self, miner: Miner, client: str, command: str, sealed: bool, outcome) -> None:
        self.journal.append((time.time(), miner.name, client, command, sealed, outcome))

    def record_outage(self, miner: Miner) -> dict:
        """One more, from now on; the miner says `until` when, once it knows."""
        outage = {"miner": miner.name, "from": time.time(), "until": None}
        self.outages.append(outage)
        return outage

    def journal_entries(self, miner: str | None = None) -> list[dict]:
        """What arrived: time, miner, client, command, sealed, outcome (a Code, or words where no reply was
        sent).
        """
        names = ("time", "miner", "client", "command", "sealed", "outcome")
        return [dict(zip(names, entry)) for entry in list(self.journal) if miner is None or entry[1] == miner]

    def reset_counters(self) -> None:
        """All counters to zero, and no journal or outages any more."""
        for miner in self.miners.values():
            miner.reset_counters()
        self.journal.clear()
        self.outages.clear()


def _bind_hint(miner, error) -> str:
    text = f"{miner.name} cannot listen on {miner.address} port {error.filename}: {error.strerror or error}"
    if error.errno in (49, 99):  # EADDRNOTAVAIL of macOS, Linux
        text += ". Where only 127.0.0.1 exists (macOS), use --address-from 127.0.0.1 --ports-from PORT."
    elif error.errno in (48, 98):  # EADDRINUSE
        text += ". Something listens there already: choose another --address-from or --port."
    elif error.errno == 24:  # EMFILE
        text += ". Raise the limit of open files (ulimit -n), or use fewer miners."
    return text
