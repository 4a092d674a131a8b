# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all miners of a play, judge each, and show and write the report: one task.

What makes a miner ill is decided in plugin_utils/_health. Here miners are read as a fleet task reads them.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.modules import health, whatsminer_facts
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet, variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.outcomes import Outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import LIMITS, RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import (
    Declared,
    HostDeclarations,
    HostDeclared,
    declared_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS, judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import seen_in
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import (
    Miner,
    Report,
    miner_of,
    report_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.table import csv_text, table_lines
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Held, Hold
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

_PREFIX = "health_"
# The role's variables that may differ from host to host.
_OF_A_HOST = ("health_thresholds", "health_cooling")


class ActionModule(RoleAction):
    """Runs the role in ``role_path``."""

    _validator = ArgumentSpecValidator(health.ARGUMENTS)
    _prefix = _PREFIX
    _standing = ""  # it only reads

    def _play(self, arguments: dict[str, Any]) -> TaskResult:
        wanted = declared_of(self._options(arguments["role_path"]))
        return self._judged(wanted, list(self._task_vars["ansible_play_hosts_all"]))

    def _judged(self, wanted: Declared, hosts: list[str]) -> TaskResult:
        """The task's result, once the report is shown and written."""
        host_jobs = _NotingJobs(self._task, self._templar, self._play_context)
        jobs = list(
            host_jobs.of(
                hosts,
                whatsminer_facts,
                shared=self._shared,
                params={"gather_subset": ["all"], "raw": False},
                task_vars=self._task_vars,
            )
        )
        for job in jobs:  # before any miner is asked
            if job.cause == variable_names.CAUSE:
                raise AnsibleActionFail(f"{job.host}: {job.problem}")
        miners = _Judge(wanted, jobs, host_jobs.noted)
        outcomes = Outcomes(self._task, True, "")

        def served(host: str, outcome: TaskResult) -> None:
            outcomes.add(host, outcome)
            miners.add(host, outcome)
            # Facts are most of an outcome: they needn't all be there at once.
            outcome.pop("ansible_facts", None)

        self._serve(whatsminer_facts, fleet.Jobs(len(jobs), jobs), options=LIMITS, served=served, hosts=hosts)
        report = report_of(miners.found, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        for line in table_lines(report, wanted.table):
            self.say(line)
        content = report.to_dict()
        if wanted.json_file:
            report_files.write(wanted.json_file, json.dumps(content, indent=1) + "\n", "health_json_file")
        if wanted.csv_file:
            report_files.write(wanted.csv_file, csv_text(report), "health_csv_file")
        stats = {"data": {"health": report.counts}, "per_host": False, "aggregate": True}
        return {
            "changed": False,
            "report": content,
            "problem": _problem(report, wanted.fail_on),
            "ansible_stats": stats,
        }


class _NotingJobs(HostJobs):
    """Notes what each host's variables declare of its health, while its job is worked out of them."""

    def __init__(self, task: Any, templar: Any, play_context: Any) -> None:
        super().__init__(task, templar, play_context)
        self.noted: dict[str, HostDeclared] = {}
        self._declarations = HostDeclarations()

    def _variables(self, hosts: list[str], task_vars: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for host, variables in super()._variables(hosts, task_vars):
            self._templar.available_variables = variables
            try:
                given = [
                    plain(self._resolved(variables[_PREFIX + name])) for name in ("thresholds", "cooling")
                ]
                self.noted[host] = self._declarations.of(*given)
            except (AnsibleError, ValueError) as error:
                raise AnsibleActionFail(f"{host}: {error}") from None
            yield host, variables


class _Judge:
    """Judges miners as their outcomes come in; *found* are those that were judged."""

    def __init__(self, wanted: Declared, jobs: list[fleet.Job], noted: dict[str, HostDeclared]) -> None:
        self._wanted = wanted
        self._jobs = {job.host: job for job in jobs}
        self._noted = noted
        directories = {job.params["holds"] for job in jobs if job.problem is None}
        self._holds = {directory: _Holds(HoldStore(directory)) for directory in directories}
        self.found: list[Miner] = []

    def add(self, host: str, outcome: TaskResult) -> None:
        """Judge *host* by its *outcome* of whatsminer_facts."""
        now, params = time.time(), self._jobs[host].params
        seen = seen_in(host, outcome, now)
        reading = seen if isinstance(seen, Reading) else None
        limits = self._noted[host].of(reading)
        declared_mac = params.get("mac")
        mac = declared_mac or (None if reading is None else reading.mac)
        holds = self._holds[params["holds"]].of(host, mac) if "holds" in params else ()
        judgement = judge(
            seen, limits, now=now, holds=holds, declared_mac=declared_mac, codes=self._wanted.codes
        )
        warnings = outcome.get("warnings") or ()
        self.found.append(miner_of(host, params.get("host"), judgement, reading, limits, warnings=warnings))


class _Holds:
    """All holds of a store at one moment. A store that can't be read is a fault: it isn't taken for empty."""

    def __init__(self, store: HoldStore) -> None:
        held: list[Held] = store.all()
        self._by_host = {each.host: each for each in held}
        self._by_mac = {each.mac: each for each in held if each.mac is not None}

    def of(self, host: str, mac: str | None) -> tuple[Hold, ...]:
        """The holds on the miner called *host*, or else on the one with *mac*."""
        held = self._by_host.get(host) or self._by_mac.get(mac or "")
        return () if held is None else held.holds


def _problem(report: Report, fail_on: tuple[str, ...]) -> str:
    """Why the run is to fail, by the verdicts in *fail_on*; empty if it isn't."""
    counts = report.counts
    found = [f"{counts[verdict]} {VERDICTS[verdict]}" for verdict in fail_on if counts[verdict]]
    if not found:
        return ""
    return (
        f"{OF_ALL.capitalize()}: of {counted(counts['miners'], 'miner')}, {', '.join(found)}. That fails the "
        f"run by health_fail_on, which is {', '.join(fail_on)}"
    )
