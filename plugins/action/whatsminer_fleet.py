# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task, one process, thousands of miners: each as a task of its own would have served it.

Ansible runs this once for all hosts of a play, with the variables of the first. So what differs from host to
host is worked out for each (`host_jobs`), and what Ansible does with a task's result for the task's own host
is done for each (`outcomes`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import as_a_module_says
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet_action import FleetAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.outcomes import Outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import task_result
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

_PREFIX = "minerops.whatsminer."
_MODULES = "ansible_collections.minerops.whatsminer.plugins.modules."
# How many hosts a message names.
_NAMED = 20


class ActionModule(FleetAction):
    """Runs the option ``module`` over the option ``hosts``."""

    _validator = ArgumentSpecValidator(whatsminer_fleet.ARGUMENTS)
    _written = None

    @classmethod
    def finalize_task_arg(cls, name: str, value: Any, templar: Any, context: Any) -> Any:
        """Keep templates in ``params`` from being filled in for the first host; ansible-core asks this from
        2.19 on.
        """
        if name != "params":
            return super().finalize_task_arg(name, value, templar, context)
        cls._written = value
        return {}

    def _run(self, task_vars: dict[str, Any]) -> TaskResult:
        """The task's result."""
        self._prepare(task_vars)
        # Of the options that all modules share, those that are set for this task, mostly by module_defaults,
        # hold for each host.
        shared = {name: value for name, value in self._task.args.items() if name in OPTIONS}
        validated = self._validator.validate(
            {name: value for name, value in self._task.args.items() if name not in OPTIONS}
        )
        if validated.error_messages:
            raise AnsibleActionFail(
                as_a_module_says(
                    self._task.action, self._validator, validated.errors, given=self._task.args
                )
            )
        options = validated.validated_parameters
        self._check(options)
        module = _module(options["module"])
        hosts = self._hosts(options["hosts"], task_vars)
        own = task_vars["inventory_hostname"]
        jobs = self._jobs(hosts, module, shared=shared, params=self._params(), task_vars=task_vars)
        outcomes = Outcomes(self._task, options["quiet"], own)
        tally = self._serve(module, jobs, options=options, served=outcomes.add, hosts=hosts)
        result = task_result(tally, hosts, most_lost=options["max_fail_percentage"], own=own)
        outcomes.show(result)
        # The task's own host is the one whose facts Ansible keeps itself; with its next fact, or set_fact
        # from ansible-core 2.21 on, it would write over the cache what it knew of it before.
        facts = tally.outcomes.get(own, {}).get("ansible_facts")
        if facts and not self._task.run_once and not self._task.delegate_to:
            result["ansible_facts"] = facts  # with run_once, Ansible would give them to all hosts
        if options["quiet"] or result["failed"]:
            outcomes.show_diffs(result.pop("diff", ()))
        return result

    @staticmethod
    def _check(options: dict[str, Any]) -> None:
        most = options["max_fail_percentage"]
        if options["concurrency"] < 1:
            raise AnsibleActionFail("concurrency must be at least 1")
        if most is not None and not 0 <= most <= 100:
            raise AnsibleActionFail("max_fail_percentage must be between 0 and 100")

    @staticmethod
    def _hosts(names: list[str] | None, task_vars: dict[str, Any]) -> list[str]:
        hosts = list(dict.fromkeys(task_vars["ansible_play_batch"] if names is None else names))
        unknown = [host for host in hosts if host not in task_vars["hostvars"]]
        if unknown:
            raise AnsibleActionFail(
                "hosts must be names of hosts in the inventory, and there is no "
                f"{shorten_list(unknown, _NAMED)}"
            )
        return hosts

    def _params(self) -> Any:
        """The option ``params`` with its templates, which are filled in for each host."""
        if "params" not in self._task.args:
            return {}
        written = self._written
        if written is None:  # ansible-core before 2.19
            written = getattr(self._task, "untemplated_args", {}).get("params")
        if written is None:
            raise AnsibleActionFail(
                "params must stand in the task itself: of a template for all options, or module_defaults, "
                "this ansible-core would give all hosts what it comes to for the first"
            )
        return written


def _module(name: str) -> ModuleType:
    """The Python module of the collection's module called *name*."""
    short = name.removeprefix(_PREFIX)
    try:
        module = importlib.import_module(_MODULES + short) if short.isidentifier() else None
    except ImportError:
        module = None
    if module is None or not hasattr(module, "run"):
        raise AnsibleActionFail(f"module must be one of this collection that manages a miner, and not {name}")
    return module
