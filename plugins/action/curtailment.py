# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Curtail all hosts of a play together, or take that back: one task, many rounds.

What is decided, and in which order things are saved, is in plugin_utils/_curtailment. Here is what that does
to the world: miners are served as a fleet task serves them, lines are shown, and the site's meter is asked.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import (
    curtailment,
    whatsminer_facts,
    whatsminer_power,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import loop, report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
    as_number,
    curtailing,
    resuming,
    with_one_goal,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import applied_handover
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain, records_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import overriding
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.changes import Change
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        Report,
        RoleResult,
        TaskResult,
    )

_METER_SECONDS = 30
_OVERRIDES = "curtailment_overrides"


class ActionModule(RoleAction):
    """Runs the role in ``role_path``; the Site of loop.py."""

    _validator = ArgumentSpecValidator(curtailment.ARGUMENTS)
    _prefix = "curtailment_"
    _reader = whatsminer_facts

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        entry_point = arguments["entry_point"]
        role_path = arguments["role_path"]
        given = overriding(role_path, _OVERRIDES, self._templar.template(self._task_vars.get(_OVERRIDES)))
        options = self._options(role_path, entry_point, with_one_goal(given))
        self._declared_columns()  # what makes no sense is refused before any miner is asked
        run = self._curtail if entry_point == "main" else self._resume
        return run(options, list(self._task_vars["ansible_play_hosts_all"]))

    # The two entry points

    def _curtail(self, options: dict[str, Any], hosts: list[str]) -> RoleResult:
        wanted = curtailing(options, self.now())
        groups = plain(self._task_vars["groups"])
        keeper = self._keeper(options, wanted.reason)
        run = loop.curtail(self, keeper, wanted, hosts=hosts, groups=groups, applied=self._records(hosts))
        result = report.of_shedding(run, groups, self.now(), columns_of=self._columns_of)
        if options.get("offer_file"):
            path = os.path.expanduser(options["offer_file"])
            state_files.write(path, result["offer"], "curtailment_offer_file")
        planned = result["planned"] and self.check_mode
        problem = (
            ""
            if result["met"] or planned
            else f"{result['why']}: {result['text'][0]}. What was curtailed stays so: run the same again to "
            "go on to the same goal, or minerops.whatsminer.resume to go back"
        )
        return self._told(options, result, problem, changed=bool(result["curtailed"]))

    def _resume(self, options: dict[str, Any], hosts: list[str]) -> RoleResult:
        wanted = resuming(options)
        found = loop.resume(self, self._keeper(options, wanted.reason), wanted, hosts=hosts)
        path = options["state_file"]
        if found is None:
            self.say(f"Nothing to resume: {path} remembers no miner{_elsewhere(path)}")
            return {"changed": False, "report": {}, "problem": ""}
        run, seen = found
        groups = plain(self._task_vars["groups"])
        result = report.of_restoring(run, groups, seen, now=self.now(), columns_of=self._columns_of)
        planned = result["planned"] and self.check_mode and not result["elsewhere"]
        problem = (
            ""
            if result["met"] or planned
            else f"{result['why']}: {result['text'][0]}. {path} remembers who is left, for the next resume"
        )
        return self._told(options, result, problem, changed=bool(result["restored"]))

    def _keeper(self, options: dict[str, Any], reason: str) -> Keeper:
        return Keeper(self._hold_store(), options["state_file"], reason, check_mode=self.check_mode)

    def _told(self, options: dict[str, Any], result: Report, problem: str, *, changed: bool) -> RoleResult:
        """The task's result, once *result* is shown and written."""
        if options.get("report_file") and not self.check_mode:
            path = os.path.expanduser(options["report_file"])
            state_files.write(path, result, "curtailment_report_file")
        for line in result["text"]:
            self.say(line)
        stats = {"data": {"curtailment": result["summary"]}, "per_host": False, "aggregate": True}
        return {
            "changed": changed,
            "report": result,
            "problem": problem and f"{OF_ALL.capitalize()}: {problem}",
            "ansible_stats": stats,
        }

    # The miners and the meter, for loop.py

    def read(self, hosts: Sequence[str], subsets: Sequence[str]) -> list[TaskResult]:
        return self._results(whatsminer_facts, hosts, {"gather_subset": list(subsets), "raw": False})

    def change(self, change: Change) -> list[TaskResult]:
        # The miners are held by this very curtailment, and what others hold was left out.
        return self._results(whatsminer_power, change.hosts, {**change.params, "ignore_holds": True})

    def meter_watts(self, measured: str) -> float:
        kilowatts = as_number(measured)
        if kilowatts is None:
            kilowatts = as_number(_output_of(measured))
        if kilowatts is None or not 0 <= kilowatts < float("inf"):
            raise CurtailmentError(
                "curtailment_measured_kw must be a number of kW, or a command that prints one and nothing "
                "else"
            )
        return kilowatts * 1000

    def _records(self, hosts: Sequence[str]) -> dict[str, Any]:
        hostvars = self._task_vars["hostvars"]
        return {
            host: records_of(hostvars.raw_get(host), applied_handover.find(host))["applied"] for host in hosts
        }


def _output_of(command: str) -> str:
    """What *command* prints. Raises CurtailmentError."""
    try:
        done = subprocess.run(
            shlex.split(command), capture_output=True, text=True, timeout=_METER_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CurtailmentError(f"curtailment_measured_kw: the command failed: {shown(error)}") from None
    if done.returncode != 0:
        raise CurtailmentError(
            f"curtailment_measured_kw: the command failed with status {done.returncode}: {shown(done.stderr)}"
        )
    return done.stdout.strip()


def _elsewhere(path: str) -> str:
    """Which other saved states there are beside the file at *path*, as text."""
    directory = os.path.dirname(path)
    try:
        names = sorted(name for name in os.listdir(directory or ".") if name.endswith(".json"))
    except OSError:
        return ""
    others = [os.path.join(directory, name) for name in names if name != os.path.basename(path)]
    return f". There are other saved states: {', '.join(others)}" if others else ""
