# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time whole runs of ansible-playbook, and take from them what one task costs on one host."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import fleet
import report

# How often a play repeats its task, so that the task outweighs what a run does once: imports in particular.
REPEATS = 2


def debug(message) -> dict:
    """A `debug` task. A task's templates alone can cost as much as the rest of it, so it says what the other side declares.

    Its connection costs nothing: over the collection's own, `debug` would look worse than it is (connection.py).
    """
    return {"ansible.builtin.debug": {"msg": message}, "vars": {"ansible_connection": "local"}}


RECAP = re.compile(r"^\S+ +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)


class PlayError(Exception):
    """A play that didn't do what was to be measured."""


class Plays:
    """Runs plays over the fleet, in an environment where no setting or cache of the user's is seen."""

    def __init__(self, place: pathlib.Path, miners: fleet.Fleet, forks: int) -> None:
        self._place = place
        self._miners = miners
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        home = place / "home"
        home.mkdir(exist_ok=True)
        (place / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        self._environment = {
            **kept,
            "HOME": str(home),
            "ANSIBLE_HOME": str(home / ".ansible"),
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
    ) -> dict[str, report.Reading]:
        """Run each task in a play of its own; return what it takes on one host, without the start of a run.

        That is a play that repeats it, less a play that has no task. A list is a task for each repeat. Those in *changed*
        must change each host each time, the others none. The order turns with the round's *number*; in round 0 each task runs
        only once, and may change what it finds.
        """
        hosts = hosts or self._miners.count
        taken = {}
        names = ["", *tasks]
        for name in names[number % len(names) :] + names[: number % len(names)]:
            repeats = tasks.get(name, [])
            repeats = [repeats] * REPEATS if isinstance(repeats, dict) else repeats
            taken[name] = self._run(repeats if number else repeats[-1:], hosts, name in changed if number else None)
        start = taken.pop("")
        count = hosts * (REPEATS if number else 1)
        return {name: report.Reading(*(1000 * (one - other) / count for one, other in zip(taken[name], start))) for name in tasks}

    def _run(self, tasks: list, hosts: int, changed: bool | None) -> tuple[float, float]:
        """Wall-clock and CPU seconds of one run, those of its workers included."""
        playbook, output = self._place / "play.yml", self._place / "play.log"
        play = {"hosts": f"miners[0:{hosts - 1}]", "gather_facts": False, "tasks": tasks}
        playbook.write_text(json.dumps([play], indent=2), encoding="utf-8")
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self._miners.inventory), str(playbook)]
        with open(output, "w", encoding="utf-8") as log:
            started = time.monotonic()
            process = subprocess.Popen(command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                _pid, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.terminate()
                process.wait()
                raise
            wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        found = [(int(ok), int(count)) for ok, count in RECAP.findall(output.read_text(encoding="utf-8"))]
        counts = {True: [len(tasks)], False: [0], None: range(len(tasks) + 1)}[changed]
        whole = len(found) == (hosts if tasks else 0) and all(ok == len(tasks) and count in counts for ok, count in found)
        if process.returncode or not whole:
            raise PlayError(f"the play {playbook} didn't end as it should: {output}")
        return wall, usage.ru_utime + usage.ru_stime

    def versions(self) -> dict[str, str]:
        """What runs the plays."""
        command = [sys.executable, "-m", "ansible", "playbook", "--version"]
        text = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout
        return {"ansible": text.partition("\n")[0], "python": sys.version.partition(" ")[0]}
