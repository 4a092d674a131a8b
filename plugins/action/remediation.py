# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remedy those miners of a play that are ill and that the policy covers: one task.

What is decided, and in which sequence things are saved, is in plugin_utils/_remediation. Here is what that
does to the world: miners are judged and restarted as a fleet task serves them, and commands are run.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import remediation, whatsminer_reboot
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.health_action import HealthAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import declared_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import Policies, Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.loop import remediate
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.report import (
    make_report,
    table_lines,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Codes
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import Policy
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        RoleResult,
        TaskResult,
    )

_POLICY, _COMMAND = "remediation_policy", "remediation_power_cycle"
_COMMAND_SECONDS = 60
_COMMANDS_AT_ONCE = 8


class ActionModule(HealthAction):
    """Runs the role in ``role_path``; the Fleet of loop.py."""

    _validator = ArgumentSpecValidator(remediation.ARGUMENTS)
    _prefix = "remediation_"
    _of_a_host = (_POLICY, _COMMAND)

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        options = self._options(arguments["role_path"])
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        self._codes = self._health_of(arguments["role_path"])
        self._columns = self._declared_columns()
        self._policies = Policies()
        rules = Rules.of(options, plain(self._task_vars["groups"]), hosts)
        keeper = Keeper(self._hold_store(), options["state_file"], check_mode=self.check_mode)
        done = remediate(self, keeper, rules, hosts)
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        report = make_report(done, at, check=self.check_mode, names=self._columns)
        self.show(table_lines(report, self.now()))
        if options["json_file"].strip():
            text = json.dumps(report, indent=1) + "\n"
            report_files.write(options["json_file"].strip(), text, "remediation_json_file")
        problem = ". ".join(report["problems"])
        return {
            "changed": done.changed,
            "report": report,
            "problem": problem and f"{OF_ALL.capitalize()}: {problem}",
            "ansible_stats": {
                "data": {"remediation": report["counts"]},
                "per_host": False,
                "aggregate": True,
            },
        }

    def _health_of(self, role_path: str) -> Codes:
        """How error codes are taken, by the variables of the role ``health``, which is beside this one."""
        beside = os.path.join(os.path.dirname(os.path.abspath(role_path)), "health")
        found = declared(beside, "main", self._task_vars, resolve=self._templar.template)
        return declared_of({name.removeprefix("health_"): value for name, value in found.items()}).codes

    def _note(self, host: str, variables: Mapping[str, Any]) -> None:
        self._policies.note(host, variables[_POLICY], variables[_COMMAND])

    # The miners, for loop.py

    @property
    def policies(self) -> Mapping[str, Policy]:
        return self._policies.by_host

    def judge(self, hosts: Sequence[str]) -> list[Miner]:
        return self._judged(hosts, self._codes, columns=self._columns)

    def restart(self, options: Mapping[str, dict[str, Any]]) -> list[TaskResult]:
        return self._results_of(whatsminer_reboot, options)

    def power_cycle(self, hosts: Sequence[str]) -> dict[str, str | None]:
        with ThreadPoolExecutor(_COMMANDS_AT_ONCE) as pool:
            return dict(zip(hosts, pool.map(lambda host: _run(self.policies[host].command), hosts)))


def _run(command: Sequence[str]) -> str | None:
    """Run *command*, without a shell; why it failed, or None. Of what it prints, the last error is shown."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"remediation_power_cycle: the command took more than {_COMMAND_SECONDS} s"
    except (OSError, ValueError) as error:
        text = error.strerror if isinstance(error, OSError) else "a character in it is none of a command"
        return f"remediation_power_cycle: the command can't be run: {text}"
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        return f"remediation_power_cycle: the command failed with status {done.returncode}: {shown(last)}"
    return None
