# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task, one process, thousands of miners: each as a task of its own would have served it.

Ansible runs this once for all hosts of a play, with the variables of the first. So what differs from host to host is worked
out here: how a host is reached, its records, and templates in ``params``.
"""

from __future__ import annotations

import asyncio
import importlib

from ansible import constants as C
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import cache_loader, connection_loader
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import CONNECTION_OPTIONS, OPTIONS
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils import fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils.direct import API, records_of

display = Display()

_PREFIX = "minerops.whatsminer."
_MODULES = "ansible_collections.minerops.whatsminer.plugins.modules."
_VERDICTS = ("changed", "failed", "unreachable")
# What Ansible says of the play's hosts: lists as long as the fleet, so they aren't made anew for each of its hosts.
_OF_THE_PLAY = ("ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch", "play_hosts")


class ActionModule(ActionBase):
    """Runs the option ``module`` over the option ``hosts``."""

    BYPASS_HOST_LOOP = True
    _supports_check_mode = True
    _validator = ArgumentSpecValidator(whatsminer_fleet.ARGUMENTS)

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        validated = self._validator.validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        options = validated.validated_parameters
        self._check(options)
        module = _module(options["module"])
        hosts = self._hosts(options["hosts"], task_vars)
        # Written as a template, the parameters are worked out anew for each host.
        params = self._as_written("params", options["params"])
        jobs = list(self._jobs(hosts, module, params, task_vars))
        tally = asyncio.run(
            fleet.run(
                module,
                jobs,
                self._task.check_mode,
                self._task.diff,
                options["concurrency"],
                options["max_fail_percentage"],
                display.display,
            )
        )
        _keep_facts(tally.outcomes)
        result.update(_summary(tally, hosts, options["max_fail_percentage"]))
        if options["quiet"]:
            result.pop("diff", None)
        else:
            _show(result)
        return result

    @staticmethod
    def _check(options):
        most = options["max_fail_percentage"]
        if options["concurrency"] < 1:
            raise AnsibleActionFail("concurrency must be at least 1")
        if most is not None and not 0 <= most <= 100:
            raise AnsibleActionFail("max_fail_percentage must be between 0 and 100")

    @staticmethod
    def _hosts(names, task_vars):
        hosts = list(dict.fromkeys(task_vars["ansible_play_hosts"] if names is None else names))
        unknown = [host for host in hosts if host not in task_vars["hostvars"]]
        if unknown:
            raise AnsibleActionFail(f"hosts must be names of hosts in the inventory, and there is no {', '.join(unknown[:10])}")
        return hosts

    def _as_written(self, option, templated):
        """The task's *option* before Ansible filled in its templates for the first host."""
        source = self._task.get_ds() or {}
        for key in (self._task.action, _PREFIX + "whatsminer_fleet", "whatsminer_fleet", "action", "args"):
            if isinstance(source.get(key), dict) and option in source[key]:
                return source[key][option]
        return templated

    def _variables(self, hosts, task_vars):
        """(host, all that a task of its own would see) for each of *hosts*: variables of play, role and loop too."""
        hostvars = task_vars["hostvars"]
        loop = [task_vars.get(name) for name in ("ansible_loop_var", "ansible_index_var")]
        names = ("ansible_loop_var", "ansible_index_var", "ansible_loop", *loop, *_OF_THE_PLAY)
        shared = {"hostvars": hostvars, **{name: task_vars[name] for name in names if name in task_vars}}
        for name in hosts:
            host = hostvars._inventory.get_host(name)
            own = hostvars._variable_manager.get_vars(
                play=self._task.get_play(), host=host, task=self._task, include_hostvars=False, _hosts=[name], _hosts_all=[name]
            )
            yield name, {**own, **shared}

    def _jobs(self, hosts, module, params, task_vars):
        """A fleet.Job for each of *hosts*, with *params* and the way to the miner as the host's own variables say."""
        validator = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS})
        api = connection_loader.get(API, self._play_context, "/dev/null")
        names = C.config.get_plugin_vars("connection", api._load_name)
        for host, variables in self._variables(hosts, task_vars):
            self._templar.available_variables = variables
            try:
                given = _without_omitted(self._templar.template(params) or {}, variables.get("omit"))
                api.set_options(var_options={name: self._templar.template(variables[name]) for name in names if name in variables})
            except AnsibleError as error:
                yield fleet.Job(host, problem=f"its variables can't be worked out: {error}")
                continue
            reached = {name: api.get_option(name) for name in CONNECTION_OPTIONS}
            validated = validator.validate({**reached, **records_of(variables), **given})
            if validated.error_messages:
                yield fleet.Job(host, problem="; ".join(validated.error_messages))
            else:
                yield fleet.Job(host, validated.validated_parameters)


def _module(name):
    """The Python module of the collection's module called *name*."""
    short = name.removeprefix(_PREFIX)
    try:
        module = importlib.import_module(_MODULES + short) if short.isidentifier() else None
    except ImportError:
        module = None
    if not hasattr(module, "run"):
        raise AnsibleActionFail(f"module must be one of this collection that manages a miner, and not {name}")
    return module


def _without_omitted(value, omit):
    """*value* without what ``default(omit)`` stands for; ansible-core before 2.19 leaves a placeholder."""
    if isinstance(value, dict):
        return {key: _without_omitted(inner, omit) for key, inner in value.items() if not (omit and inner == omit)}
    if isinstance(value, list):
        return [_without_omitted(inner, omit) for inner in value if not (omit and inner == omit)]
    return value


def _keep_facts(outcomes):
    """Put each host's facts into the fact cache.

    Ansible gives a task's facts to the task's own host only, and this task's is the first of the play. The cache plugin is the
    place from which the next run, and later tasks for hosts that Ansible hasn't looked up yet, take them. A cache in memory is
    this process's alone, so there nothing can be kept: the results hold the facts for those who want them in this run.
    """
    if C.CACHE_PLUGIN == "memory":
        return
    cache = cache_loader.get(C.CACHE_PLUGIN)
    for host, result in outcomes.items():
        facts = result.get("ansible_facts")
        if facts:
            cache.set(host, {**(cache.get(host) if cache.contains(host) else {}), **facts})


def _summary(tally, hosts, most_lost):
    lists = {f"{verdict}_hosts": tally.hosts(verdict) for verdict in _VERDICTS}
    left = [host for host in hosts if host not in tally.outcomes]
    counts = {"total": len(hosts), "done": len(tally.outcomes), **{verdict: len(lists[f"{verdict}_hosts"]) for verdict in _VERDICTS}}
    result = {
        "changed": bool(lists["changed_hosts"]),
        **lists,
        "not_done_hosts": left,
        "counts": counts,
        "results": [{"host": host, **tally.outcomes[host]} for host in hosts if host in tally.outcomes],
        "diff": [
            {"before_header": host, "after_header": host, **tally.outcomes[host]["diff"]}
            for host in hosts
            if tally.outcomes.get(host, {}).get("changed") and tally.outcomes[host].get("diff")
        ],
        "msg": ", ".join(f"{number} {name}" for name, number in counts.items()),
    }
    if not result["diff"]:
        del result["diff"]
    if tally.stopped:
        result["failed"] = True
        result["msg"] = f"stopped: {tally.stopped}; {result['msg']}; not done: {_listed(left)}"
    elif lists["failed_hosts"] and most_lost is None:
        result["failed"] = True
        first = tally.outcomes[lists["failed_hosts"][0]]["msg"]
        result["msg"] = f"{result['msg']}; failed: {_listed(lists['failed_hosts'])}; the first: {first}"
    return result


def _listed(hosts, most=20):
    return ", ".join(hosts[:most]) + (f" and {len(hosts) - most} more" if len(hosts) > most else "")


def _show(result):
    """A line for each host that isn't simply ok, in the words of Ansible's own output."""
    for outcome in result["results"]:
        verdict = next((verdict for verdict in ("unreachable", "failed", "changed") if outcome.get(verdict)), None)
        if verdict is None:
            continue
        color = {"changed": C.COLOR_CHANGED, "failed": C.COLOR_ERROR, "unreachable": C.COLOR_UNREACHABLE}[verdict]
        text = outcome["host"] if verdict == "changed" else outcome.get("msg", "")
        display.display(f"{verdict}: [{outcome['host']}]" + ("" if verdict == "changed" else f" {text}"), color=color)
        for warning in outcome.get("warnings", ()):
            display.warning(f"{outcome['host']}: {warning}")
