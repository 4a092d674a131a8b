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

START_SECONDS = 60
STOP_SECONDS = 10
ADDRESS = re.compile(r'"ansible_host": "([^"]+)", "ansible_port": (\d+)')


class FleetError(Exception):
    """The simulator doesn't start."""


class Fleet:
    """A context in which ``count`` miners listen; ``inventory`` is the file that lists them."""

    def __init__(self, collection: pathlib.Path, place: pathlib.Path, count: int) -> None:
        self.count = count
        self.inventory = place / "inventory.yml"
        self._program = collection / "extensions" / "simulator"
        self._ready = place / f"fleet-{os.getpid()}.json"
        self._log = place / "fleet.log"
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Fleet:
        # Another fleet may be running on this machine: each takes addresses of its own.
        first = f"127.{random.randrange(192, 250)}.{random.randrange(0, 200)}.1"
        command = [sys.executable, str(self._program), "run", "--miners", str(self.count), "--address-from", first]
        command += ["--inventory", str(self.inventory), "--ready-file", str(self._ready), "--parent-pid", str(os.getpid())]
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
        if json.loads(self._ready.read_text(encoding="utf-8"))["miners"] != self.count:
            raise FleetError("the simulator runs another number of miners than asked for")

    def addresses(self) -> list[tuple[str, int]]:
        """Address and port of each miner."""
        return [(host, int(port)) for host, port in ADDRESS.findall(self.inventory.read_text(encoding="utf-8"))]

    def cpu_seconds(self) -> float:
        """CPU time that the simulator has used so far; 0 where the system doesn't tell."""
        try:
            text = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
