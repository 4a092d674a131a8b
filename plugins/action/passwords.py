# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring all miners of a play from one of several old passwords to a new one: one task.

How a password is tried, changed and proved is in `_tasks/password.py`. Here each miner gets the candidates of
its own variables, which go to no option of the task, so that they stand in no result and no log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import observing
from ansible_collections.minerops.whatsminer.plugins.modules import passwords, whatsminer_password
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet, variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.outcomes import Outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import LIMITS, RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._passwords.candidates import (
    NEW,
    OLD,
    Candidates,
    candidates_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._passwords.report import (
    Row,
    counts_of,
    lines_of,
    problem_of,
    row_of,
    to_dict,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        RoleResult,
        TaskResult,
    )

_NEXT = (
    "the inventory isn't changed: set ansible_password to the new one, and whatsminer_api3_password where it "
    "is set"
)


class ActionModule(RoleAction):
    """Runs the role in ``role_path``."""

    _validator = ArgumentSpecValidator(passwords.ARGUMENTS)
    _prefix = "passwords_"
    _standing = "run it again: the new password is tried first, so it goes on where it was"

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        wanted = self._options(arguments["role_path"])
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        host_jobs = _NotingJobs(self._task, self._templar, self._play_context)
        jobs = list(self._password_jobs(hosts, host_jobs))
        for job in jobs:  # before any miner is asked
            if job.cause == variable_names.CAUSE or job.host in host_jobs.problems:
                raise AnsibleActionFail(f"{job.host}: {host_jobs.problems.get(job.host, job.problem)}")
        outcomes = Outcomes(self._task, True, "")
        rows: list[Row] = []
        has_changed = False

        def served(host: str, outcome: TaskResult) -> None:
            outcomes.add(host, outcome)
            nonlocal has_changed
            has_changed = has_changed or bool(outcome.get("changed"))
            rows.append(row_of(host, outcome, host_jobs.noted.get(host)))

        self._serve(
            whatsminer_password, fleet.Jobs(len(jobs), jobs), options=LIMITS, served=served, hosts=hosts
        )
        self.show(lines_of(rows, check_mode=self.check_mode))
        if counts_of(rows)["changed"] and not self.check_mode:
            self.say(_NEXT)
        report = to_dict(rows)
        if wanted["json_file"].strip():
            text = json.dumps(report, indent=1) + "\n"
            report_files.write(wanted["json_file"], text, "passwords_json_file")
        problem = problem_of(rows)
        return {
            "changed": has_changed,
            "report": report,
            "problem": f"{OF_ALL}: {problem}" if problem else "",
        }

    def _password_jobs(self, hosts: list[str], host_jobs: _NotingJobs) -> Iterator[fleet.Job]:
        """A job of whatsminer_password for each of *hosts*."""
        # Of a module without options of its own: candidates that made no sense would show in the message.
        for job in host_jobs.of(
            hosts, observing, shared=self._shared, params={}, task_vars=self._task_vars
        ):
            found = host_jobs.noted.get(job.host)
            if job.problem is not None or found is None:
                yield job
                continue
            own = {"old_password": list(found.old.values()), "new_password": found.new}
            yield fleet.Job(job.host, {**job.params, **own})


class _NotingJobs(HostJobs):
    """Notes each host's candidates, or what is wrong with them, while its job is worked out."""

    def __init__(self, task: Any, templar: Any, play_context: Any) -> None:
        super().__init__(task, templar, play_context)
        self.noted: dict[str, Candidates] = {}
        self.problems: dict[str, str] = {}

    def _variables(self, hosts: list[str], task_vars: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for host, variables in super()._variables(hosts, task_vars):
            self._templar.available_variables = variables
            try:
                new, old = (plain(self._resolved(variables.get(name))) for name in (NEW, OLD))
                self.noted[host] = candidates_of(new, old)
            except ValueError as error:
                self.problems[host] = str(error)
            except AnsibleError as error:  # which may quote the value
                self.problems[host] = f"{NEW} or {OLD} can't be worked out: {type(error).__name__}"
            yield host, variables
