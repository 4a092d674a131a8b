# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time whole runs of ansible-playbook, and take from them what one task costs on one host."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import fleet
import processes
import report

# How often a play repeats its task, so that the task outweighs what a run does once: imports in particular.
REPEATS = 2


def debug(message) -> dict:
    """A `debug` task.

    A task's templates alone can cost as much as the rest of it, so it says what the other side declares. Its
    connection costs nothing: over the collection's own, `debug` would look worse than it is (connection.py).
    """
    return {"ansible.builtin.debug": {"msg": message}, "vars": {"ansible_connection": "local"}}


def by_host(module: str, **params) -> dict:
    """A task that runs *module* on each host."""
    return {f"minerops.whatsminer.{module}": params}


def by_fleet(module: str, at_once: int | None = None, **params) -> dict:
    """A task that runs *module* over all hosts of the play, *at_once* together.

    It fails unless each of them was served.
    """
    options = {"module": module, "params": params, "max_fail_percentage": 0}
    return {
        "minerops.whatsminer.whatsminer_fleet": {**options, **({"concurrency": at_once} if at_once else {})}
    }


# What docs/scaling.md recommends. Without the first, ansible-core looks for all of its connection plugins
# with each host's variables; without the second it reads an inventory twice, and these are most of what a
# bench takes.
CONFIGURATION = """\
[defaults]
inject_facts_as_vars = false

[inventory]
enable_plugins = minerops.whatsminer.discovery, ansible.builtin.yaml
"""

RECAP = re.compile(r"^\S+ +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)


def _beyond(start: tuple, taken: tuple, count: int) -> report.Reading:
    """What each of *count* units took, in milliseconds, of the seconds *taken* beyond those of the *start*.
    """
    parts = [1000 * (one - other) / count for one, other in zip(taken, start)]
    return report.Reading(*parts, fault=None if parts[0] > 0 else "drowned in noise")


class PlayError(Exception):
    """A play that didn't do what was to be measured."""


class Plays:
    """Runs plays over the fleet, in an environment where no setting or cache of the user's is seen."""

    def __init__(self, place: pathlib.Path, miners: fleet.Fleet, forks: int) -> None:
        self._place = place
        self._miners = miners
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        self._home = place / "home"
        self._home.mkdir(exist_ok=True)
        self._aside = place / "aside"
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir()
        (place / "ansible.cfg").write_text(CONFIGURATION, encoding="utf-8")
        self._environment = {
            **kept,
            "HOME": str(self._home),
            "ANSIBLE_HOME": str(self._home / ".ansible"),
            "ANSIBLE_CONFIG": str(place / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(place),
            "ANSIBLE_FORKS": str(forks),
            "ANSIBLE_NOCOLOR": "1",
        }

    def per_host_task(
        self,
        tasks: dict[str, dict | list],
        number: int,
        hosts: int | None = None,
        changed: frozenset = frozenset(),
        once: frozenset = frozenset(),
    ) -> dict[str, report.Reading]:
        """Run each task in a play of its own; return what it takes on one host, without the start of a run.

        That is a play that repeats it, less a play that has no task. A list is a task for each repeat. Those
        in *changed* must change each host each time, the others none; those in *once* run once for all hosts.
        The order turns with the round's *number*; in round 0 each task runs only once, and may change what it
        finds.
        """
        hosts = hosts or self._miners.count
        taken, counts = {}, {}
        names = ["", *tasks]
        for name in names[number % len(names) :] + names[: number % len(names)]:
            repeats = tasks.get(name, [])
            repeats = [repeats] * REPEATS if isinstance(repeats, dict) else repeats
            repeats = repeats if number else repeats[-1:]
            counts[name] = hosts * len(repeats)
            taken[name] = self._run(repeats, hosts, name in changed if number else None, name in once)
        start = taken.pop("")
        return {name: _beyond(start, taken[name], counts[name]) for name in tasks}

    def peak(self, tasks: list) -> float:
        """The megabytes that a play of *tasks* which run once for all hosts holds at most."""
        return self._play(tasks, self._miners.count, None, once=True, memory=True).memory

    def inventory(self, addresses: int) -> report.Reading:
        """Milliseconds an address that ``ansible-inventory --list`` takes to find the fleet, less what an
        empty inventory takes.
        """
        source = self._place / "bench.whatsminer.yml"
        source.write_text(
            json.dumps(
                {"plugin": "minerops.whatsminer.discovery", "networks": [f"{self._miners.network}/20"]}
            ),
            encoding="utf-8",
        )
        empty = self._place / "empty.yml"
        empty.write_text("{}", encoding="utf-8")
        usages, before = [], self._miners.cpu_seconds()
        for name in (source, empty):
            output = self._place / "inventory.log"
            with open(output, "w", encoding="utf-8") as log:
                command = [sys.executable, "-m", "ansible", "inventory", "-i", str(name), "--list"]
                usages.append(processes.run(command, log, environment=self._environment))
            listed = output.read_text(encoding="utf-8").count('"whatsminer_mac"')
            if usages[-1].status or listed != (self._miners.count if name == source else 0):
                raise PlayError(f"ansible-inventory found {listed} of {self._miners.count} miners: {output}")
        served = self._miners.cpu_seconds() - before
        found, start = usages
        taken = (found.wall - start.wall, found.cpu - start.cpu, served)
        return report.Reading(*(1000 * seconds / addresses for seconds in taken))

    def forget_tokens(self) -> None:
        """Put the tokens aside that earlier plays kept, so that the next one asks for some.

        Not deleted, or what is measured next were how ext4 steers clear of files that have just been deleted.
        """
        kept = self._home / ".ansible" / "whatsminer"
        if kept.exists():
            kept.rename(tempfile.mkdtemp(dir=self._aside))

    def _run(self, tasks: list, hosts: int, changed: bool | None, once: bool) -> tuple[float, float, float]:
        """Seconds of one run: wall-clock, CPU with that of its workers, and CPU of the simulator."""
        before = self._miners.cpu_seconds()
        usage = self._play(tasks, hosts, changed, once)
        return usage.wall, usage.cpu, self._miners.cpu_seconds() - before

    def _play(
        self, tasks: list, hosts: int, changed: bool | None, once: bool, memory: bool = False
    ) -> processes.Usage:
        playbook, output = self._place / "play.yml", self._place / "play.log"
        play = {"hosts": f"miners[0:{hosts - 1}]", "gather_facts": False, "tasks": tasks}
        playbook.write_text(json.dumps([play], indent=2), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            "-i",
            str(self._miners.inventory),
            str(playbook),
        ]
        with open(output, "w", encoding="utf-8") as log:
            usage = processes.run(command, log, environment=self._environment, memory=memory)
        found = [(int(ok), int(count)) for ok, count in RECAP.findall(output.read_text(encoding="utf-8"))]
        counts = {True: [len(tasks)], False: [0], None: range(len(tasks) + 1)}[changed]
        expected = (1 if once else hosts) if tasks else 0
        whole = len(found) == expected and all(ok == len(tasks) and count in counts for ok, count in found)
        if usage.status or not whole:
            raise PlayError(f"the play {playbook} didn't end as it should: {output}")
        return usage

    def versions(self) -> dict[str, str]:
        """What runs the plays."""
        command = [sys.executable, "-m", "ansible", "playbook", "--version"]
        text = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True
        ).stdout
        return {"ansible": text.partition("\n")[0], "python": sys.version.partition(" ")[0]}
