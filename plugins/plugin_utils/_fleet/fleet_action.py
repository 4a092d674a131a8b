# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What action plugins that run once for all hosts of a play share: they serve many miners at once."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from typing import TYPE_CHECKING

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    fleet,
    variable_names,
    worker_end,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import (
    tracer,
    warn_of_shared_addresses,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import (
    OF_ALL,
    interrupted_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

display = Display()

# How many objects come to be before garbage is looked for: more than the miners that are served at once need
# in a moment.
_NEW_OBJECTS = 10_000

# Ansible's process loads this file before it forks a worker, whose own output leads nowhere, and which can't
# show anything through Ansible's process once that is interrupted.
try:
    _SCREEN = os.dup(2)
except OSError:  # there is none
    _SCREEN = os.open(os.devnull, os.O_WRONLY)


class FleetAction(ActionBase):
    """An action plugin that runs once for all hosts, and has `_run`."""

    BYPASS_HOST_LOOP = True
    _supports_check_mode = True

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> TaskResult:
        task_vars = task_vars or {}
        worker_end.end_with_parent(signal.SIGTERM)  # which fleet.run takes for an interrupt
        result: TaskResult = super().run(tmp, task_vars)
        try:
            result.update(self._run(task_vars))
        except AnsibleActionFail as error:
            # Not raised: Ansible would put words of its own before it.
            result.update({"failed": True, "changed": False, "msg": f"{OF_ALL}: {error.message}"})
        return result

    def _run(self, task_vars: dict[str, Any]) -> TaskResult:
        """The task's result. Raises AnsibleActionFail."""
        raise NotImplementedError

    def _prepare(self, task_vars: dict[str, Any]) -> None:
        """What comes before any miner is served. Raises AnsibleActionFail."""
        # What Ansible's process knew when it forked this one is here to stay: not to be looked through again
        # and again for garbage, which also would copy each page of it. What comes to be here is mostly in
        # use, or gone without being looked for.
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        if self._task.delegate_to and self._task.delegate_to not in C.LOCALHOST:
            raise AnsibleActionFail(
                f"{self._task.action} runs on the controller, and can't be delegated to "
                f"{self._task.delegate_to}: where only that reaches the miners, delegate the module itself"
            )
        misspelt = variable_names.problem(task_vars, self._templar.template)
        if misspelt:
            raise AnsibleActionFail(misspelt)
        warn_of_shared_addresses(task_vars, self._task)

    def _serve(
        self,
        module: ModuleType,
        jobs: fleet.Jobs,
        *,
        options: dict[str, Any],
        served: Callable[[str, TaskResult], object] | None,
        hosts: list[str],
    ) -> fleet.Tally:
        """The fleet.Tally of all *jobs*, those of *hosts*. Doesn't return if that was interrupted."""

        def leave(tally: fleet.Tally) -> None:
            self._tell_interrupted(interrupted_text(tally, hosts))
            self._loader.cleanup_all_tmp_files()
            # Ansible's process takes no result any more, and one that doesn't fit into the pipe would wait
            # for it forever.
            os._exit(1)

        tally = asyncio.run(
            fleet.run(
                module,
                jobs,
                check_mode=self._task.check_mode,
                diff=self._task.diff,
                concurrency=options["concurrency"],
                most_lost=options["max_fail_percentage"],
                report=display.display,
                served=served,
                give_up=leave,
                tracer=tracer,
            )
        )
        if tally.interrupted:
            leave(tally)
        return tally

    def _tell_interrupted(self, report: str) -> None:
        """Say that this was interrupted: *report* begins with that word."""
        say(f"\n{self._task.action.rpartition('.')[2]} was {report}\n")

    def _jobs(
        self,
        hosts: list[str],
        module: ModuleType,
        *,
        shared: dict[str, Any],
        params: Any,
        task_vars: dict[str, Any],
    ) -> fleet.Jobs:
        """The jobs of *hosts*, each of which is worked out when its turn comes."""
        host_jobs = HostJobs(self._task, self._templar, self._play_context)
        return fleet.Jobs(
            len(hosts), host_jobs.of(hosts, module, shared=shared, params=params, task_vars=task_vars)
        )


def say(text: str) -> None:
    """Show *text* even when Ansible's process takes nothing any more."""
    with contextlib.suppress(OSError):
        os.write(_SCREEN, text.encode())
