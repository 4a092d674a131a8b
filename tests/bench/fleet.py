# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated fleet, in a process of its own that ends with this one, however that ends."""

from __future__ import annotations

import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import urllib.request

from programs import job

START_SECONDS = 120
STOP_SECONDS = 10
CONTROL_SECONDS = 120
PASSWORD = "sim12345"
GENERATIONS = "1.3,1.4,2.0"
ADDRESS = re.compile(r'"ansible_host": "([^"]+)", "ansible_port": (\d+)')


class FleetError(Exception):
    """The simulator doesn't start."""


class Fleet:
    """A context in which ``count`` miners listen; ``inventory`` is the file that lists them.

    *generations* are those of the API, in turn; *latency_ms* comes before each reply. Up to 4,094 miners are
    all in the /20 that begins with ``network``.
    """

    def __init__(
        self,
        collection: pathlib.Path,
        place: pathlib.Path,
        count: int,
        generations: str = GENERATIONS,
        latency_ms: int = 0,
    ) -> None:
        self.count = count
        # Another fleet may be running on this machine: each takes addresses of its own.
        self.network = f"127.{random.randrange(192, 250)}.{16 * random.randrange(0, 12)}.0"
        self.inventory = place / "inventory.yml"
        self._options = [
            "--generations",
            generations,
            "--latency-ms",
            str(latency_ms),
            "--password",
            PASSWORD,
        ]
        self._control = ""
        self._program = collection / "extensions" / "simulator"
        self._ready = place / f"fleet-{os.getpid()}.json"
        self._log = place / "fleet.log"
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Fleet:
        self._ready.unlink(missing_ok=True)
        first = self.network.removesuffix("0") + "1"
        command = [
            sys.executable,
            str(self._program),
            "run",
            "--miners",
            str(self.count),
            "--address-from",
            first,
            *self._options,
        ]
        command += [
            "--inventory",
            str(self.inventory),
            "--ready-file",
            str(self._ready),
            "--parent-pid",
            str(os.getpid()),
        ]
        command += ["--control", "127.0.0.1:0"]
        with open(self._log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise FleetError(f"the simulator doesn't start: {self._log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        ready = json.loads(self._ready.read_text(encoding="utf-8"))
        if ready["miners"] != self.count:
            raise FleetError("the simulator runs another number of miners than asked for")
        self._control = ready["control"]

    def addresses(self) -> list[tuple[str, int]]:
        """Address and port of each miner."""
        return [
            (host, int(port)) for host, port in ADDRESS.findall(self.inventory.read_text(encoding="utf-8"))
        ]

    def change(self, changes: dict) -> None:
        """Change every miner, as the simulator's control API does."""
        self._ask("PATCH", "/miners", changes)

    def requests(self) -> dict[str, int]:
        """How often each command was asked for since the last time, and how many connections there were."""
        counters = self._ask("GET", "/counters")
        self._ask("POST", "/reset-counters")
        return {"connections": counters["connections"], **dict(sorted(counters["requests"].items()))}

    def _ask(self, method: str, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._control.rstrip("/") + path, data, method=method)
        # Never by a proxy of the user's.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            request, timeout=CONTROL_SECONDS
        ) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """CPU time that the simulator has used so far; 0 where the system doesn't tell."""
        return job.cpu_seconds_of(self.pid)

    @property
    def pid(self) -> int:
        """The simulator's process."""
        return self._process.pid
