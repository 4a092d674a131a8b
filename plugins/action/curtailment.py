# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Curtail all hosts of a play together, or take that back: one task, many rounds.

What is decided, and in which order things are saved, is in plugin_utils/_curtailment. Here is what that does
to the world: miners are served as a fleet task serves them, lines are shown, and the site's meter is asked.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_fleet
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import FACT
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS
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
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    applied_handover,
    fleet,
    variable_names,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain, records_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.outcomes import Outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.run_lock import Busy
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType, ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.changes import Change
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report, TaskResult

display = Display()

_PREFIX = "curtailment_"
# How many miners are served at once.
_AT_ONCE = 512
# How long a wait goes on at most before it is seen whether the process that started this one is still there.
_WATCH_SECONDS = 1
_METER_SECONDS = 30
_LONGEST_LINE = 1000
_FACTS = whatsminer_facts
_POWER = whatsminer_power


class ActionModule(whatsminer_fleet.ActionModule):
    """Runs the role in ``role_path``; the Site of loop.py."""

    _validator = ArgumentSpecValidator(curtailment.ARGUMENTS)
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
        entry_point = validated.validated_parameters["entry_point"]
        try:
            with self._interrupts():
                options = self._options(validated.validated_parameters["role_path"], entry_point)
                run = self._curtail if entry_point == "main" else self._resume
                return run(options, list(task_vars["ansible_play_hosts_all"]))
        except (CurtailmentError, Busy, HoldStoreFault, ValueError) as error:
            raise AnsibleActionFail(str(error)) from None

    def _options(self, role_path: str, entry_point: str) -> dict[str, Any]:
        """The role's variables without their prefix."""
        found = declared(role_path, entry_point, self._task_vars, self._templar.template)
        options = {name.removeprefix(_PREFIX): value for name, value in found.items()}
        # An empty path is refused as such, when the file is read.
        options["state_file"] = os.path.expanduser(options["state_file"].strip())
        return options

    # The two entry points

    def _curtail(self, options: dict[str, Any], hosts: list[str]) -> TaskResult:
        wanted = curtailing(options, self.now())
        groups = plain(self._task_vars["groups"])
        keeper = self._keeper(options, wanted.reason)
        run = loop.curtail(self, keeper, wanted, hosts=hosts, groups=groups, applied=self._records(hosts))
        result = report.of_shedding(run, groups, self.now())
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
        return self._told(options, result, problem, bool(result["curtailed"]))

    def _resume(self, options: dict[str, Any], hosts: list[str]) -> TaskResult:
        wanted = resuming(options)
        found = loop.resume(self, self._keeper(options, wanted.reason), wanted, hosts=hosts)
        path = options["state_file"]
        if found is None:
            self.say(f"Nothing to resume: {path} remembers no miner{_elsewhere(path)}")
            return {"changed": False, "report": {}, "problem": ""}
        run, seen = found
        result = report.of_restoring(run, plain(self._task_vars["groups"]), seen, self.now())
        planned = result["planned"] and self.check_mode and not result["elsewhere"]
        problem = (
            ""
            if result["met"] or planned
            else f"{result['why']}: {result['text'][0]}. {path} remembers who is left, for the next resume"
        )
        return self._told(options, result, problem, bool(result["restored"]))

    def _keeper(self, options: dict[str, Any], reason: str) -> Keeper:
        given = self._task.args.get("holds")
        if given is None:
            host_jobs = HostJobs(self._task, self._templar, self._play_context)
            given = host_jobs.connection_of(self._task_vars["inventory_hostname"], self._task_vars)["holds"]
        return Keeper(HoldStore(given), options["state_file"], reason, self.check_mode)

    def _told(self, options: dict[str, Any], result: Report, problem: str, changed: bool) -> TaskResult:
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

    # The miners, the meter and the people, for loop.py

    def now(self) -> float:
        return time.time()

    def say(self, text: str) -> None:
        display.display(shown(text, _LONGEST_LINE))

    def stands(self, text: str) -> None:
        self._standing = text

    def pause(self, seconds: float) -> None:
        parent, until = os.getppid(), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _WATCH_SECONDS))
            if os.getppid() != parent:
                os._exit(1)

    def read(self, hosts: Sequence[str], subsets: Sequence[str]) -> list[TaskResult]:
        return self._results(_FACTS, hosts, {"gather_subset": list(subsets), "raw": False})

    def change(self, change: Change) -> list[TaskResult]:
        return self._results(_POWER, change.hosts, change.params)

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

    def _results(self, module: ModuleType, hosts: Sequence[str], params: dict[str, Any]) -> list[TaskResult]:
        """What *module* with *params* comes to for each of *hosts*."""
        jobs = list(self._jobs_for(module, hosts, params))
        outcomes = Outcomes(self._task, True, "")
        limits = {"concurrency": _AT_ONCE, "max_fail_percentage": 100}
        tally = self._serve(
            module, fleet.Jobs(len(jobs), jobs), options=limits, served=outcomes.add, hosts=list(hosts)
        )
        for host, outcome in tally.outcomes.items():
            if outcome.get("cause") == variable_names.CAUSE:
                raise AnsibleActionFail(outcome["msg"])
            records = (outcome.get("ansible_facts") or {}).get(FACT)
            if records is not None:
                self._known[host].params["applied"] = records
        return [{"host": host, **tally.outcomes[host]} for host in hosts]

    def _jobs_for(
        self, module: ModuleType, hosts: Sequence[str], params: dict[str, Any]
    ) -> Iterator[fleet.Job]:
        """A job for each of *hosts*. How a host is reached is worked out once, and not in each round."""
        new = [host for host in hosts if host not in self._known]
        first = self._jobs(new, _FACTS, shared=self._shared, params={}, task_vars=self._task_vars)
        self._known.update((job.host, job) for job in first)
        validated = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS}).validate(params)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        for host in hosts:
            job = self._known[host]
            if job.problem is not None:
                yield job
                continue
            ways = {name: job.params[name] for name in OPTIONS if name in job.params}
            yield fleet.Job(host, {**validated.validated_parameters, **ways})

    def _records(self, hosts: Sequence[str]) -> dict[str, Any]:
        hostvars = self._task_vars["hostvars"]
        return {
            host: records_of(hostvars.raw_get(host), applied_handover.find(host))["applied"] for host in hosts
        }

    # Interruption

    def _tell_interrupted(self, report: str) -> None:
        whatsminer_fleet.say(f"\n{self._task.action.rpartition('.')[2]} was {report}\n{self._standing}\n")

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
