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
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
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
    from collections.abc import Callable

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
        candidates: dict[str, Candidates] = {}

        def note(host: str, variables: dict[str, Any], resolved: Callable[[Any], Any]) -> None:
            candidates[host] = _candidates_of(host, variables, resolved)

        # Of a module without options of its own: candidates that made no sense would show in the message.
        jobs = self._noting_jobs(hosts, observing, {}, note)
        rows: list[Row] = []
        has_changed = False

        def served(host: str, outcome: TaskResult) -> None:
            nonlocal has_changed
            has_changed = has_changed or bool(outcome.get("changed"))
            rows.append(row_of(host, outcome, candidates.get(host)))

        own = [_with_candidates(job, candidates[job.host]) for job in jobs]
        self._serve_jobs(whatsminer_password, own, served=served)
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


def _candidates_of(host: str, variables: dict[str, Any], resolved: Callable[[Any], Any]) -> Candidates:
    """What *variables* of *host* say. Raises AnsibleActionFail, without what may be a password."""
    try:
        new, old = (plain(resolved(variables.get(name))) for name in (NEW, OLD))
        return candidates_of(new, old)
    except ValueError as error:
        raise AnsibleActionFail(f"{host}: {error}") from None
    except AnsibleError as error:
        problem = f"{NEW} or {OLD} can't be worked out: {type(error).__name__}"
        raise AnsibleActionFail(f"{host}: {problem}") from None


def _with_candidates(job: fleet.Job, found: Candidates) -> fleet.Job:
    """*job* as one of whatsminer_password."""
    if job.problem is not None:
        return job
    own = {"old_password": list(found.old.values()), "new_password": found.new}
    return fleet.Job(job.host, {**job.params, **own})
