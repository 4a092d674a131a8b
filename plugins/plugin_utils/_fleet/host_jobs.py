# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work out for each host of a fleet task what Ansible works out for the first host only.

That is how a host is reached, its records, and templates in ``params``: all by the host's own variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import Mask, secrets_in
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, as_arguments
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    applied_handover,
    fleet,
    variable_names,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.connection_options import (
    ConnectionOptions,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import (
    API,
    as_a_module_says,
    plain,
    records_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType
    from typing import Any

    from ansible.playbook.task import Task

    # Called with a host's name, its variables, and what fills in the templates of a value of theirs.
    Note = Callable[[str, dict[str, Any], Callable[[Any], Any]], object]

# What Ansible says of the play's hosts: lists as long as the fleet, so they aren't made anew for each of its
# hosts.
_OF_THE_PLAY = ("ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_batch", "play_hosts")
_OF_THE_TASK = ("ansible_loop_var", "ansible_index_var", "ansible_loop", "ansible_search_path")


class HostJobs:
    """Works out jobs from a fleet task as it's written; *note* is called for each host, before its job is
    there.
    """

    def __init__(self, task: Task, templar: Any, play_context: Any, note: Note | None = None) -> None:
        self._task = task
        self._templar = templar
        self._play_context = play_context
        self._note = note

    def of(
        self,
        hosts: list[str],
        module: ModuleType,
        *,
        shared: dict[str, Any],
        params: Any,
        task_vars: dict[str, Any],
    ) -> Iterator[fleet.Job]:
        """A fleet.Job for each of *hosts*, with the parameters and the connection to the miner as the host's
        own variables say.

        *shared* are options that hold for each host, *params* those that may have templates, and *task_vars*
        the variables of the task's own host.
        """
        validator = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS})
        connection_options = ConnectionOptions(self._resolved)
        # Without templates they are the same for all hosts, and so is what validation makes of them.
        differ = self._templar.is_template(params)
        given: dict[str, Any] = {}
        validated = None
        password = self._asked_password(task_vars)
        for host, variables in self._variables(hosts, task_vars):
            self._templar.available_variables = variables
            if self._note is not None:
                self._note(host, variables, self._resolved)
            misspelt = variable_names.problem(variables, self._resolved)
            if misspelt:
                yield fleet.Job(host, problem=misspelt, cause=variable_names.CAUSE)
                continue
            try:
                self._check_connection(variables)
                options = connection_options.of(variables)
                if differ or validated is None:
                    given = plain({**shared, **self._filled_in(params, variables)})
                    validated = validator.validate(given)
            except Exception as error:
                # Whatever it is, it's this host's alone: others are being served by now.
                problem = f"its variables can't be worked out: {type(error).__name__}"
                if isinstance(error, AnsibleError):  # which may quote them
                    problem = Mask(*secrets_in(variables), *secrets_in(params)).text(str(error))
                yield fleet.Job(host, problem=problem)
                continue
            options["password"] = options["password"] or password
            if validated.error_messages:
                yield fleet.Job(
                    host,
                    problem=as_a_module_says(
                        module.__name__.rpartition(".")[2], validator, validated.errors, given=given
                    ),
                )
            else:
                found = {
                    **as_arguments(options, module.ARGUMENTS),
                    **records_of(variables, applied_handover.find(host)),
                    "hold_as": host,
                }
                found = {option: value for option, value in found.items() if option not in given}
                yield fleet.Job(host, {**validated.validated_parameters, **found})

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
        if asked:  # mostly not, and a host's variables are expensive
            _name, variables = next(self._variables([task_vars["inventory_hostname"]], task_vars))
            if any(name in variables for name in ("ansible_password", "ansible_ssh_pass")):
                return None
        return asked


def _without_omitted(value: Any, omit: object) -> Any:
    """*value* without what ``default(omit)`` stands for; ansible-core before 2.19 leaves a placeholder."""
    if isinstance(value, dict):
        return {
            key: _without_omitted(inner, omit) for key, inner in value.items() if not (omit and inner == omit)
        }
    if isinstance(value, list):
        return [_without_omitted(inner, omit) for inner in value if not (omit and inner == omit)]
    return value
