# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What action plugins that are a whole role each share: one task, many rounds over the miners.

The loops of such a role decide and save; they are in a folder of their own, and know the miners and the
people only by what is here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import FACT
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet, variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.connection_options import (
    ConnectionOptions,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet_action import FleetAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.outcomes import Outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import task_result
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import FrameType, ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import Note
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

display = Display()

# How the miners of a round are served: so many at once, and all of them, however many are lost.
LIMITS = {"concurrency": 512, "max_fail_percentage": 100}
# How long a wait goes on at most before it is seen whether the process that started this one is still there.
_WATCH_SECONDS = 1
_LONGEST_LINE = 1000


class RoleAction(FleetAction):
    """An action plugin that is a role, and has `_play`.

    *_validator* checks the task's own arguments, *_prefix* begins the names of the role's variables, and
    *_reader* is the module that reads a miner. *_standing* is what to say if this is interrupted.
    """

    _validator: ArgumentSpecValidator
    _prefix: str
    _reader: ModuleType
    _standing = "nothing was changed"

    def _run(self, task_vars: dict[str, Any]) -> TaskResult:
        self._prepare(task_vars)
        self.check_mode: bool = self._task.check_mode
        self._task_vars = task_vars
        self._shared = {name: value for name, value in self._task.args.items() if name in OPTIONS}
        self._known: dict[str, fleet.Job] = {}
        own = {name: value for name, value in self._task.args.items() if name not in OPTIONS}
        validated = self._validator.validate(plain(own))
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        try:
            with self._interrupts():
                return self._play(validated.validated_parameters)
        except (HoldStoreFault, ValueError) as error:
            raise AnsibleActionFail(str(error)) from None

    def _play(self, arguments: dict[str, Any]) -> TaskResult:
        """The task's result, by the task's own *arguments*.

        Raises AnsibleActionFail, HoldStoreFault, and ValueError with what is wrong.
        """
        raise NotImplementedError

    def _options(
        self, role_path: str, entry_point: str = "main", overrides: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The role's variables without their prefix, with the path of a ``state_file`` as it is.

        *overrides* hold instead of the play's variables, also where a template names them.
        """
        variables = {**self._task_vars, **(overrides or {})}
        self._templar.available_variables = variables
        found = declared(
            role_path, entry_point, variables, resolve=self._templar.template, overrides=overrides
        )
        options = {name.removeprefix(self._prefix): value for name, value in found.items()}
        if "state_file" in options:  # an empty path is refused as such, when the file is read
            options["state_file"] = os.path.expanduser(options["state_file"].strip())
        return options

    def _declared_columns(self) -> tuple[str, ...]:
        """The names of the columns that reports have besides, by whatsminer_report_columns.

        Raises ValueError.
        """
        return columns.declared_columns(self._templar.template(self._task_vars.get(columns.VARIABLE)))

    def _columns_of(self, hosts: Iterable[str]) -> dict[str, columns.Columns]:
        """Those columns of each of *hosts*. Raises ValueError."""
        return columns.columns_of_hosts(self._declared_columns(), hosts, self._task_vars["hostvars"])

    def _hold_store(self) -> HoldStore:
        given = self._task.args.get("holds")
        if given is None:
            given = ConnectionOptions(self._templar.template).of(self._task_vars)["holds"]
        return HoldStore(given)

    # Time and people

    def now(self) -> float:
        """The present moment."""
        return time.time()

    def clock(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def say(self, text: str) -> None:
        """Show a line of progress, or of a report."""
        display.display(shown(text, _LONGEST_LINE))

    def show(self, lines: Sequence[str]) -> None:
        """Show a table, at once."""
        display.display("\n".join(shown(line, _LONGEST_LINE) for line in lines))

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""
        self._standing = text

    def pause(self, seconds: float) -> None:
        """Let so much time go by. Ends this process if the one that started it is gone."""
        parent, until = os.getppid(), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _WATCH_SECONDS))
            end_without(parent)

    # The miners

    def _results(
        self, module: ModuleType, hosts: Sequence[str], params: dict[str, Any], *, quiet: bool = True
    ) -> list[TaskResult]:
        """What *module* with *params* comes to for each of *hosts*; unless *quiet*, a line is shown for each
        that isn't simply ok.
        """
        return self._results_of(module, dict.fromkeys(hosts, params), quiet=quiet)

    def _results_of(
        self,
        module: ModuleType,
        params: Mapping[str, dict[str, Any]],
        *,
        quiet: bool = True,
        limits: dict[str, Any] | None = None,
    ) -> list[TaskResult]:
        """As `_results`, of the hosts in *params*, each of which has its own; *limits* instead of LIMITS."""
        hosts = list(params)
        tally = self._serve_jobs(module, list(self._jobs_for(module, params)), quiet=quiet, limits=limits)
        for host, outcome in tally.outcomes.items():
            if outcome.get("cause") == variable_names.CAUSE:
                raise AnsibleActionFail(outcome["msg"])
            records = (outcome.get("ansible_facts") or {}).get(FACT)
            if records is not None:
                self._known[host].params["applied"] = records
        return [{"host": host, **tally.outcomes[host]} for host in hosts]

    def _serve_jobs(
        self,
        module: ModuleType,
        jobs: list[fleet.Job],
        *,
        quiet: bool = True,
        limits: dict[str, Any] | None = None,
        served: Callable[[str, TaskResult], object] | None = None,
    ) -> fleet.Tally:
        """What *jobs* come to; *served* is called with each host and its outcome, once that is there."""
        hosts = [job.host for job in jobs]
        outcomes = Outcomes(self._task, quiet, "")

        def take(host: str, outcome: TaskResult) -> None:
            outcomes.add(host, outcome)
            if served is not None:
                served(host, outcome)

        tally = self._serve(
            module, fleet.Jobs(len(jobs), jobs), options=limits or LIMITS, served=take, hosts=hosts
        )
        if not quiet:
            outcomes.show(task_result(tally, hosts, most_lost=100))
        return tally

    def _noting_jobs(
        self, hosts: Sequence[str], module: ModuleType, params: dict[str, Any], note: Note
    ) -> list[fleet.Job]:
        """A job of *module* with *params* for each of *hosts*; *note* is called with the variables of each.

        Raises AnsibleActionFail where a variable is misspelt, and what *note* raises.
        """
        host_jobs = HostJobs(self._task, self._templar, self._play_context, note)
        jobs = []
        for job in host_jobs.of(
            list(hosts), module, shared=self._shared, params=params, task_vars=self._task_vars
        ):
            if job.cause == variable_names.CAUSE:
                raise AnsibleActionFail(f"{job.host}: {job.problem}")
            jobs.append(job)
        return jobs

    def _jobs_for(self, module: ModuleType, params: Mapping[str, dict[str, Any]]) -> Iterator[fleet.Job]:
        """A job for each host in *params*. How a host is reached is worked out once, and not in each
        round.
        """
        new = [host for host in params if host not in self._known]
        first = self._jobs(new, self._reader, shared=self._shared, params={}, task_vars=self._task_vars)
        self._known.update((job.host, job) for job in first)
        validator = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS})
        validated: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for host, given in params.items():
            job = self._known[host]
            if job.problem is not None:
                yield job
                continue
            # Few differ from one host to the next.
            if not validated or validated[-1][0] is not given:
                found = validator.validate(given)
                if found.error_messages:
                    raise AnsibleActionFail("; ".join(found.error_messages))
                validated = [(given, found.validated_parameters)]
            ways = {
                name: value for name, value in job.params.items() if name in OPTIONS and name not in given
            }
            yield fleet.Job(host, {**validated[0][1], **ways})

    # Interruption

    def _tell_interrupted(self, report: str) -> None:
        super()._tell_interrupted(f"{report}\n{self._standing}" if self._standing else report)

    @contextlib.contextmanager
    def _interrupts(self) -> Iterator[None]:
        """While the block runs, SIGINT and SIGTERM end this process at once, and say what stands.

        All that matters is saved by then, at any moment. While miners are served, fleet.run sees to that.
        """

        def leave(number: int, frame: FrameType | None) -> None:
            self._tell_interrupted("interrupted")
            self._loader.cleanup_all_tmp_files()
            os._exit(1)

        before: dict[int, Callable[..., Any] | int | None] = {
            number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def end_without(parent: int) -> None:
    """End this process if *parent*, which started it, is gone: nobody would learn of what it does."""
    if os.getppid() != parent:
        os._exit(1)
