# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What measurements stand on: a simulated fleet, plays over it, and programs that do the same without
Ansible.
"""

from __future__ import annotations

import contextlib
import functools
import json
import pathlib
import subprocess
import sys

import fleet
import plays
import processes
import pythons
import report

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
CONCURRENCY = 512  # the default of the collection, on both sides
PEERS = ("pyasic", "pyasic-rs")
KNOWN = ", miners known"
ANSWER = "answer.json"
# What they can all read: pyasic stumbles over some answers of API 1.3, and pyasic-rs switches no miner of API
# 1.4 off.
PEER_GENERATION = "2.0"


class ClientError(Exception):
    """A program of the bench's own that didn't do what was to be measured."""


class Stage(contextlib.ExitStack):
    """Gives one fleet at a time; *miners* is how many miners it has if nothing else is asked for.

    *hosts* is how many of them plays have that run a task on each: that costs the same on each, so it needn't
    be all.
    """

    def __init__(
        self, collection: pathlib.Path, place: pathlib.Path, miners: int, hosts: int, forks: int
    ) -> None:
        super().__init__()
        self.count = miners
        self.hosts = min(hosts, miners)
        self.place = place
        self._collection = collection
        self._forks = forks
        self._standing = None

    def fleet(
        self, count: int | None = None, generations: str = fleet.GENERATIONS, latency_ms: int = 0
    ) -> fleet.Fleet:
        """The fleet of these miners, running; one that was asked for before is stopped, if it was another."""
        wanted = (count or self.count, generations, latency_ms)
        if self._standing is None or self._standing[0] != wanted:
            self.close()
            miners = self.enter_context(fleet.Fleet(self._collection, self.place, *wanted))
            self._standing = wanted, miners
        return self._standing[1]

    def plays(self, miners: fleet.Fleet) -> plays.Plays:
        """Plays over *miners*."""
        return plays.Plays(self.place, miners, self._forks)

    def versions(self) -> dict:
        """What runs the plays, and the peers that were measured beside them."""
        return {**self.plays(self._standing[1]).versions(), "peers": _pinned_peers()}

    def make_image(self, path: pathlib.Path, megabytes: int) -> None:
        """A firmware image that the miners take."""
        command = [
            sys.executable,
            str(self._collection / "extensions" / "simulator"),
            "image",
            str(path),
            "--platform",
            "H616",
        ]
        subprocess.run(
            [*command, "--version", "20260101.1.REL", "--size", str(megabytes * 10**6)], check=True
        )

    def bare(self, miners: fleet.Fleet, what: str, units: int | None = None, **job) -> report.Reading:
        """One round of programs/bare.py: what a client with no collection does with *miners*, a unit a miner.
        """
        return self._ours(miners, "bare", what, units, job)

    def scan(self, miners: fleet.Fleet, units: int, repeats: int, api: str = "auto") -> report.Reading:
        """One round of programs/scan.py: the collection's own scan, without Ansible around it; *api* is its
        option.
        """
        return self._ours(miners, "scan", "scan", units, {"repeats": repeats, "api": api})

    def _ours(self, miners, program, what, units, job):
        usage, said, reading = self._measure(sys.executable, program, miners, what, units, job)
        if usage.status or not said or said["whole"] != said["of"]:
            raise ClientError(
                f"programs/{program}.py {what}: {said or ''} {self._log.read_text(encoding='utf-8')[-2000:]}"
            )
        return reading

    def peer(
        self, miners: fleet.Fleet, name: str, what: str, units: int | None = None, memory: bool = False, **job
    ) -> report.Reading:
        """One round of programs/peer.py; the reading has a fault if the peer isn't there, or if its result
        isn't whole.
        """
        python = peer_python()
        if isinstance(python, str):
            return report.Reading(fault=python)
        usage, said, reading = self._measure(
            str(python), "peer", miners, what, units, {"peer": name, **job}, memory
        )
        if said is None:  # and if it stumbles only over its own end, what it did counts
            return report.Reading(fault=f"{name} failed: {self._last_line()}")
        if said["whole"] != said["of"]:
            return report.Reading(fault=f"not whole: {said['whole']} of {said['of']:,}")
        return report.Reading(usage.memory) if memory else reading

    def peer_sides(
        self, miners: fleet.Fleet, name: str, what: str, concurrency: int
    ) -> dict[str, report.Reading]:
        """The same by the peer's name; and with KNOWN behind that, without what finding out about the miners
        takes it.
        """
        known = whole = self.peer(miners, name, what, concurrency=concurrency)
        if known.fault is None:
            found = json.loads((self.place / ANSWER).read_text(encoding="utf-8"))["found"]
            parts = zip((known.value, known.cpu, known.served), found)
            whole = report.Reading(*(one + 1000 * seconds / miners.count for one, seconds in parts))
        return {name: whole, name + KNOWN: known}

    def _measure(self, python, program, miners, what, units, job, memory=False):
        job = {
            "what": what,
            "addresses": miners.addresses(),
            "network": miners.network,
            "password": fleet.PASSWORD,
            **job,
        }
        job = {"concurrency": CONCURRENCY, "repeats": 1, "simulator": miners.pid, **job}
        answer = self.place / ANSWER
        answer.unlink(missing_ok=True)
        with open(self._log, "w", encoding="utf-8") as log:
            command = [python, str(PROGRAMS / f"{program}.py"), str(self._collection), str(answer)]
            usage = processes.run(command, log, given=json.dumps(job), memory=memory)
        if not answer.exists():
            return usage, None, None
        said = json.loads(answer.read_text(encoding="utf-8"))
        count = (units or miners.count) * job["repeats"]
        reading = report.Reading(*(1000 * seconds / count for seconds in said["seconds"]))
        return usage, said, reading

    @property
    def _log(self) -> pathlib.Path:
        return self.place / "program.log"

    def _last_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "no word")[:120]


@functools.cache
def peer_python() -> pathlib.Path | str:
    """The Python in which the peers are installed, or why there is none.

    They are nobody's dependency, so it's the bench's own.
    """
    try:
        return pythons.environment(sys.executable, pythons.BUILD / "venv" / "bench", ["bench"])
    except pythons.SetupError as error:
        return "not installed: " + str(error).strip().splitlines()[0][:100]


def _pinned_peers() -> dict[str, str]:
    pinned = (pythons.REQUIREMENTS / "bench.txt").read_text(encoding="utf-8").split()
    return dict(line.split("==") for line in pinned if "==" in line)


def same_requests(miners: fleet.Fleet, one, other) -> None:
    """Do *one* and *other*, and make sure that the miners were asked for the same. Raises ClientError."""
    asked = []
    for side in (one, other):
        miners.requests()
        side()
        asked.append(miners.requests())
    if asked[0] != asked[1]:
        raise ClientError(f"the sides don't do the same: {asked[0]} and {asked[1]}")
