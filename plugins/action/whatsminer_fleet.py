# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task, one process, thousands of miners: each as a task of its own would have served it.

Ansible runs this once for all hosts of a play, with the variables of the first. So what differs from host to
host is worked out here: how a host is reached, its records, and templates in ``params``. And what Ansible
does with a task's result for the task's own host, is done here for each: its outcome is shown, and its facts
are kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import itertools
import operator
import os
import signal
from typing import TYPE_CHECKING

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import FACT
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    OPTIONS,
)
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    applied_handover,
    fleet,
    variable_names,
    worker_end,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import (
    API,
    API_PLUGIN,
    as_a_module_says,
    headed,
    plain,
    records_of,
    tracer,
    warn_of_shared_addresses,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.names import listed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType
    from typing import Any

    from ansible.playbook.task import Task
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

display = Display()

_PREFIX = "minerops.whatsminer."
_MODULES = "ansible_collections.minerops.whatsminer.plugins.modules."
_VERDICTS = ("changed", "failed", "unreachable")
# How many hosts a message names.
_NAMED = 20
_NAMED_IN_A_WARNING = 3
#: How each result of a task for all hosts begins: Ansible shows it under the first host of the play.
OF_ALL = "of all hosts together"
# How many objects come to be before garbage is looked for: more than the miners that are served at once need
# in a moment.
_NEW_OBJECTS = 10_000
# How long the line of a host may wait for those of others.
_LINES_SECONDS = 0.2
# What Ansible says of the play's hosts: lists as long as the fleet, so they aren't made anew for each of its
# hosts.
_OF_THE_PLAY = ("ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch", "play_hosts")
_OF_THE_TASK = ("ansible_loop_var", "ansible_index_var", "ansible_loop", "ansible_search_path")

# Ansible's process loads this file before it forks a worker, whose own output leads nowhere, and which can't
# show anything through Ansible's process once that is interrupted.
try:
    _SCREEN = os.dup(2)
except OSError:  # there is none
    _SCREEN = os.open(os.devnull, os.O_WRONLY)


class ActionModule(ActionBase):
    """Runs the option ``module`` over the option ``hosts``."""

    BYPASS_HOST_LOOP = True
    _supports_check_mode = True
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

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> TaskResult:
        task_vars = task_vars or {}
        worker_end.end_with_parent(signal.SIGTERM)  # which fleet.run takes for an interrupt
        result: TaskResult = super().run(tmp, task_vars)
        try:
            result.update(self._run(task_vars))
        except AnsibleActionFail as error:
            # Not raised: Ansible would put words of its own before it.
            result.update(failed=True, changed=False, msg=f"{OF_ALL}: {error.message}")
        return result

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
            raise AnsibleActionFail(as_a_module_says(self._task.action, validated.errors, self._task.args))
        options = validated.validated_parameters
        self._check(options)
        module = _module(options["module"])
        hosts = self._hosts(options["hosts"], task_vars)
        own = task_vars["inventory_hostname"]
        jobs = fleet.Jobs(len(hosts), self._jobs(hosts, module, shared, task_vars, self._params()))
        outcomes = Outcomes(self._task, options["quiet"], own)
        tally = self._serve(module, jobs, options, outcomes.add, hosts)
        result = _summary(tally, hosts, options["max_fail_percentage"], own)
        outcomes.show(result)
        # The task's own host is the one whose facts Ansible keeps itself; with its next fact, or set_fact
        # from ansible-core 2.21 on, it would write over the cache what it knew of it before.
        facts = tally.outcomes.get(own, {}).get("ansible_facts")
        if facts and not self._task.run_once and not self._task.delegate_to:
            result["ansible_facts"] = facts  # with run_once, Ansible would give them to all hosts
        if options["quiet"] or result["failed"]:
            outcomes.show_diffs(result.pop("diff", ()))
        return result

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
        options: dict[str, Any],
        served: Callable[[str, TaskResult], object] | None,
        hosts: list[str],
    ) -> fleet.Tally:
        """The fleet.Tally of all *jobs*, those of *hosts*. Doesn't return if that was interrupted."""

        def leave(tally: fleet.Tally) -> None:
            self._tell_interrupted(_report(tally, hosts))
            self._loader.cleanup_all_tmp_files()
            # Ansible's process takes no result any more, and one that doesn't fit into the pipe would wait
            # for it forever.
            os._exit(1)

        tally = asyncio.run(
            fleet.run(
                module,
                jobs,
                self._task.check_mode,
                self._task.diff,
                options["concurrency"],
                options["max_fail_percentage"],
                display.display,
                served,
                leave,
                tracer,
            )
        )
        if tally.interrupted:
            leave(tally)
        return tally

    def _tell_interrupted(self, report: str) -> None:
        """Say that this was interrupted: *report* begins with that word."""
        say(f"\n{self._task.action.rpartition('.')[2]} was {report}\n")

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
                f"hosts must be names of hosts in the inventory, and there is no {listed(unknown, _NAMED)}"
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

    def _variables(self, hosts: list[str], task_vars: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(host, all that a task of its own would see) for each of *hosts*: variables of play, role and loop
        too.
        """
        hostvars = task_vars["hostvars"]
        loop = [task_vars.get(name) for name in ("ansible_loop_var", "ansible_index_var")]
        names = (*_OF_THE_TASK, *loop, *_OF_THE_PLAY)
        shared = {"hostvars": hostvars, **{name: task_vars[name] for name in names if name in task_vars}}
        play = self._task.get_play()
        for name in hosts:
            host = hostvars._inventory.get_host(name)
            own = hostvars._variable_manager.get_vars(
                play=play,
                host=host,
                task=self._task,
                include_hostvars=False,
                _hosts=[name],
                _hosts_all=[name],
            )
            yield name, {**own, **shared}

    def _jobs(
        self,
        hosts: list[str],
        module: ModuleType,
        shared: dict[str, Any],
        task_vars: dict[str, Any],
        params: Any,
    ) -> Iterator[fleet.Job]:
        """A fleet.Job for each of *hosts*, with the parameters and the way to the miner as the host's own
        variables say.
        """
        validator = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS})
        ways = Ways(self._resolved)
        # Without templates they are the same for all hosts, and so is what validation makes of them.
        differ = self._templar.is_template(params)
        given: dict[str, Any] = {}
        validated = None
        password = self._asked_password(task_vars)
        for host, variables in self._variables(hosts, task_vars):
            self._templar.available_variables = variables
            misspelt = variable_names.problem(variables, self._resolved)
            if misspelt:
                yield fleet.Job(host, problem=misspelt, cause=variable_names.CAUSE)
                continue
            try:
                self._check_connection(variables)
                way = ways.to(variables)
                if differ or validated is None:
                    given = plain({**shared, **self._filled_in(params, variables)})
                    validated = validator.validate(given)
            except Exception as error:
                # Whatever it is, it's this host's alone: others are being served by now.
                known = isinstance(error, AnsibleError)
                yield fleet.Job(
                    host,
                    problem=str(error)
                    if known
                    else f"its variables can't be worked out: {type(error).__name__}",
                )
                continue
            way["password"] = way["password"] or password
            if validated.error_messages:
                yield fleet.Job(
                    host,
                    problem=as_a_module_says(module.__name__.rpartition(".")[2], validated.errors, given),
                )
            else:
                found = {**way, **records_of(variables, applied_handover.find(host)), "hold_as": host}
                found = {option: value for option, value in found.items() if option not in given}
                yield fleet.Job(host, {**validated.validated_parameters, **found})

    def _check_connection(self, variables: dict[str, Any]) -> None:
        connection = self._resolved(variables.get("ansible_connection") or self._task.get_play().connection)
        if connection != API:
            raise AnsibleActionFail(
                f"its connection is {connection}, and whatsminer_fleet reaches miners by {API} only: set "
                "ansible_connection to that, or run the module itself where the connection leads"
            )

    def _resolved(self, value: Any) -> Any:
        """*value* with its templates filled in; most values have none, and looking costs as much as filling
        in.
        """
        return value if isinstance(value, str) and "{" not in value else self._templar.template(value)

    def _filled_in(self, params: Any, variables: dict[str, Any]) -> dict[str, Any]:
        filled_in = self._templar.template(params) or {}
        if not isinstance(filled_in, dict):
            raise AnsibleActionFail("params must be a dictionary of the module's options")
        chosen: dict[str, Any] = _without_omitted(filled_in, variables.get("omit"))
        return chosen

    def _asked_password(self, task_vars: dict[str, Any]) -> str | None:
        """The password of -k and AWX's machine credential.

        Where the first host has its own, Ansible keeps that instead.
        """
        asked: str | None = self._play_context.password
        if asked:  # mostly not, and a host's variables are dear
            _name, variables = next(self._variables([task_vars["inventory_hostname"]], task_vars))
            if any(name in variables for name in ("ansible_password", "ansible_ssh_pass")):
                return None
        return asked


class Ways:
    """What the options of the connection are for a host.

    Few differ from one to the next, so only those are worked out anew.
    """

    def __init__(self, resolve: Callable[[Any], Any]) -> None:
        definitions = C.config.get_configuration_definitions("connection", API_PLUGIN)
        self._resolve = resolve
        self._variables = {
            option: [entry["name"] for entry in definitions[option]["vars"]] for option in CONNECTION_OPTIONS
        }
        # Option: (what its variables were, its value).
        self._latest: dict[str, tuple[dict[str, Any], Any]] = {}

    def to(self, variables: dict[str, Any]) -> dict[str, Any]:
        """``{option: value}`` (execution.CONNECTION_OPTIONS) for the host that has *variables*.

        Raises AnsibleError.
        """
        way = {}
        for option, names in self._variables.items():
            given = {name: self._resolve(variables[name]) for name in names if name in variables}
            before, value = self._latest.get(option, (None, None))
            if given != before:
                value = plain(
                    C.config.get_config_value(
                        option, plugin_type="connection", plugin_name=API_PLUGIN, variables=given
                    )
                )
                self._latest[option] = given, value
            way[option] = value
        return way


class Outcomes:
    """Does for each host, as soon as its outcome is there, what Ansible does with a task's result.

    *own* is the host under which Ansible shows the task's result: a line that says the same is left to
    Ansible.
    """

    def __init__(self, task: Task, quiet: bool, own: str) -> None:
        self._secret = bool(task.no_log)
        self._quiet = quiet
        self._check_mode = task.check_mode
        self._own = own
        self._own_line: tuple[str, str] | None = None
        self._lines: list[tuple[str, str]] = []
        self._warnings: dict[str, list[str]] = {}
        # A cache in memory is this process's own.
        self._cache = None if C.CACHE_PLUGIN == "memory" else cache_loader.get(C.CACHE_PLUGIN)

    def add(self, host: str, outcome: TaskResult) -> None:
        """Take the *outcome* of *host*."""
        if not self._quiet:
            self._show(host, outcome)
        facts = outcome.get("ansible_facts") or {}
        try:
            if FACT in facts:
                applied_handover.leave(host, facts[FACT])
            if facts and self._cache:
                self._cache.set(
                    host, {**(self._cache.get(host) if self._cache.contains(host) else {}), **facts}
                )
        except (OSError, ValueError, AnsibleError) as error:
            # ValueError: text in the cache that can't be encoded.
            display.warning(f"{host}: its facts can't be kept: {error}")

    def _show(self, host: str, outcome: TaskResult) -> None:
        """A line for a host that isn't simply ok, in the words of Ansible's own output."""
        for warning in () if self._secret else outcome.get("warnings", ()):
            self._warnings.setdefault(warning, []).append(host)
        verdict = next(
            (verdict for verdict in ("unreachable", "failed", "changed") if outcome.get(verdict)), None
        )
        if verdict is None:
            return
        color = {"changed": C.COLOR_CHANGED, "failed": C.COLOR_ERROR, "unreachable": C.COLOR_UNREACHABLE}[
            verdict
        ]
        text = (
            ""
            if verdict == "changed"
            else "(hidden by no_log)"
            if self._secret
            else shown(outcome.get("msg", ""))
        )
        line = color, f"{verdict}: [{host}] {text}".rstrip()
        if host == self._own and verdict == "changed":
            self._own_line = line
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(_LINES_SECONDS, self._show_lines)
        self._lines.append(line)

    def show(self, result: TaskResult) -> None:
        """Show what is left to say once all outcomes are there: *result* is the task's."""
        if self._own_line and result["failed"]:
            self._lines.append(self._own_line)
        self._show_lines()
        for warning, hosts in self._warnings.items():
            where = (
                hosts[0]
                if len(hosts) == 1
                else f"{counted(len(hosts), 'miner')} ({listed(hosts, _NAMED_IN_A_WARNING)})"
            )
            display.warning(f"{where}: {shown(warning)}")
        # Of a quiet task that only reads, the results are shown elsewhere; of one that failed, Ansible shows
        # the sum.
        if not result["failed"] and (not self._quiet or (result["changed"] and not self._check_mode)):
            display.display(result["msg"])

    def _show_lines(self) -> None:
        """Show the lines so far, many at once: each time, Ansible's own process has to take them."""
        lines, self._lines = self._lines, []
        for color, some in itertools.groupby(lines, key=operator.itemgetter(0)):
            display.display("\n".join(line for _color, line in some), color=color)

    def show_diffs(self, diffs: Sequence[dict[str, Any]]) -> None:
        """Show *diffs*, which Ansible does only for a task that didn't fail."""
        if diffs and not self._quiet and not self._secret:
            display.display(CallbackBase()._get_diff(diffs))


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


def _without_omitted(value: Any, omit: object) -> Any:
    """*value* without what ``default(omit)`` stands for; ansible-core before 2.19 leaves a placeholder."""
    if isinstance(value, dict):
        return {
            key: _without_omitted(inner, omit) for key, inner in value.items() if not (omit and inner == omit)
        }
    if isinstance(value, list):
        return [_without_omitted(inner, omit) for inner in value if not (omit and inner == omit)]
    return value


def _summary(tally: fleet.Tally, hosts: list[str], most_lost: float | None, own: str = "") -> TaskResult:
    """The task's result. *own* is the host under which Ansible books it."""
    served = [host for host in hosts if host in tally.outcomes]
    left = [host for host in hosts if host not in tally.outcomes]
    lists = {
        f"{verdict}_hosts": [host for host in served if tally.outcomes[host].get(verdict)]
        for verdict in _VERDICTS
    }
    counts = {"total": len(hosts), "done": sum(not _is_lost(tally.outcomes[host]) for host in served)}
    counts.update((verdict, len(lists[f"{verdict}_hosts"])) for verdict in _VERDICTS)
    result = {
        "changed": bool(lists["changed_hosts"]),
        # Said, or else ansible-core before 2.21 takes them from any of the results.
        "failed": False,
        "unreachable": False,
        **lists,
        "not_done_hosts": left,
        "counts": counts,
        "results": [{"host": host, **tally.outcomes[host]} for host in served],
    }
    changed = lists["changed_hosts"]
    diffs = [
        headed(tally.outcomes[host]["diff"], host) for host in changed if tally.outcomes[host].get("diff")
    ]
    if diffs:
        result["diff"] = diffs
    said = [", ".join(f"{number} {name}" for name, number in counts.items())]
    none_is_there = bool(hosts) and lists["unreachable_hosts"] == hosts
    misspelt = [
        host for host in lists["failed_hosts"] if tally.outcomes[host].get("cause") == variable_names.CAUSE
    ]
    lost = misspelt or lists["failed_hosts"] or lists["unreachable_hosts"]
    if tally.stopped:
        result["failed"] = True
        said.insert(0, f"stopped: {tally.stopped}")
        said.append(f"not done: {listed(left, _NAMED)}")
    elif misspelt or (most_lost is None and (lists["failed_hosts"] or none_is_there)):
        result["failed"] = True
    if result["failed"] and lost:
        said.append(f"lost: {listed(lost, _NAMED)}; the first: {shown(tally.outcomes[lost[0]]['msg'])}")
    result["msg"] = f"{OF_ALL}: {'; '.join(said)}{_booked(result, tally.outcomes.get(own, {}), own)}"
    return result


def _is_lost(outcome: TaskResult) -> bool:
    return bool(outcome.get("failed") or outcome.get("unreachable"))


def _booked(result: TaskResult, outcome: TaskResult, own: str) -> str:
    """What to know of *own*, the host under whose name Ansible shows *result*, where its own *outcome* isn't
    the same.
    """
    if result["failed"] and outcome and not _is_lost(outcome):
        return f"; Ansible books this for {own}, which is done"
    if not result["failed"] and result["changed"] and not outcome.get("changed"):
        return f"; Ansible books this for {own}, which was not changed"
    return ""


def _report(tally: fleet.Tally, hosts: list[str]) -> str:
    """Who was done, and who not, by name."""
    groups = {
        "done": [host for host in hosts if host in tally.outcomes],
        "halfway (a command that was just sent may have been taken)": [
            host for host in hosts if host in tally.begun
        ],
        "not begun": [host for host in hosts if host not in tally.outcomes and host not in tally.begun],
    }
    return "\n".join(
        [
            tally.stopped or "",
            *(f"  {len(names)} {what}: {', '.join(names)}" for what, names in groups.items() if names),
        ]
    )


def say(text: str) -> None:
    """Show *text* even when Ansible's process takes nothing any more."""
    with contextlib.suppress(OSError):
        os.write(_SCREEN, text.encode())
