# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Direct execution: a module's ``run()`` in the controller's own process, at a tenth of what shipping it
costs.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.connection.api import Connection
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.network import finish
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import (
    FACT,
    usable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import without_url_passwords
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    OPTIONS,
    as_arguments,
    outcome,
    without_secrets,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import (
    applied_handover,
    rehearsal,
    shared_addresses,
    variable_names,
    worker_end,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from ansible.module_utils.errors import AnsibleValidationErrorMultiple
    from ansible.playbook.task import Task
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import Record

API = Connection.transport

display = Display()

# The options of the connection that are paths of this machine. Tokens are kept where they are used.
_PATHS_HERE = ("token_directory", "holds")

#: The name by which Ansible's configuration knows it. Making one here, before ansible-core forks, spares each
#: worker reading its documentation, and looking for the shell that each connection has.
API_PLUGIN = connection_loader.get(API, PlayContext(), os.devnull)._load_name


class DirectAction(ActionBase):
    """Base of the action plugins: *module* is the Python module with ``ARGUMENTS`` and ``run``."""

    module: ModuleType
    _supports_check_mode = True
    _supports_async = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._validator = ArgumentSpecValidator({**OPTIONS, **cls.module.ARGUMENTS})
        rehearsal.rehearse()

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        here = self._connection.transport == API
        host = task_vars["inventory_hostname"]
        misspelt = variable_names.problem(task_vars, self._templar.template)
        if misspelt:
            return {
                **result,
                "failed": True,
                "changed": False,
                "msg": f"{host}: {misspelt}",
                "cause": variable_names.CAUSE,
            }
        warn_of_shared_addresses(task_vars, self._task)
        left = applied_handover.find(host)
        arguments = {
            **as_arguments(self._miner_options(here, task_vars), self.module.ARGUMENTS),
            **records_of(task_vars, left),
            "hold_as": self._task.args.get("host") or host,  # which may be another than the task's host
            **self._task.args,
        }
        if here and "src" in arguments:
            try:
                arguments["src"] = self._find_needle("files", str(arguments["src"]))
            except AnsibleError as error:  # which quotes a URL with an account in it, too
                # Not raised: until ansible-core 2.19 the new error would have the traceback of this one.
                return {
                    **result,
                    "failed": True,
                    "changed": False,
                    "msg": without_url_passwords(str(error)),
                }
        # Also before shipping: what AnsibleModule says of bad arguments shows all the others, passwords too.
        validated = self._validator.validate(plain(arguments))
        if validated.error_messages:
            result.update(
                failed=True,
                changed=False,
                msg=as_a_module_says(self._task.action, self._validator, validated.errors, given=arguments),
            )
        elif here and not self._task.async_val:
            result.update(self._run_here(validated.validated_parameters, host))
        else:
            result.update(self._ship(arguments, here, task_vars))
        if left is not None and not result.get("failed") and not result.get("unreachable"):
            result["ansible_facts"] = {FACT: left, **result.get("ansible_facts", {})}
            applied_handover.drop(host)
        if result.get("diff"):
            result["diff"] = headed(result["diff"], host)
        return result

    def _run_here(self, params: dict[str, Any], host: str) -> dict[str, Any]:
        worker_end.end_with_parent()
        return finish(
            outcome(
                self.module.run,
                params,
                check_mode=self._task.check_mode,
                diff=self._task.diff,
                name=host,
                on_progress=lambda text: display.display(f"{host}: {text}"),
                trace=tracer(host),
            )
        )

    def _ship(self, arguments: dict[str, Any], here: bool, task_vars: dict[str, Any]) -> dict[str, Any]:
        """As an ordinary module, to where the connection leads; with async over the API, that is this
        machine.
        """
        worker_end.end_with_parent(signal.SIGTERM)  # which newer workers pass on to what they started
        if here:
            self._connection = connection_loader.get("ansible.builtin.local", self._play_context, "/dev/null")
            self._connection.set_options(var_options={})
            task_vars = {**task_vars, "ansible_python_interpreter": sys.executable}
        else:
            try:
                held = held_on(arguments)
            except HoldStoreFault as error:
                error.at(task_vars["inventory_hostname"])
                return {"failed": True, "changed": False, "commands": [], **error.to_dict()}
            # A path of this machine means nothing there, unless the task itself names it.
            unknown = set(_PATHS_HERE) - set(self._task.args)
            arguments = {name: value for name, value in arguments.items() if name not in unknown}
            arguments["held"] = held
        given = Unshown({name: value for name, value in arguments.items() if value is not None})
        result: dict[str, Any] = self._execute_module(
            module_args=given, task_vars=task_vars, wrap_async=bool(self._task.async_val)
        )
        return result

    def _miner_options(self, here: bool, task_vars: dict[str, Any]) -> dict[str, Any]:
        """What leads to the miner: the connection's options, or where that leads elsewhere, what they would
        be.
        """
        if here:
            options: dict[str, Any] = self._connection.miner_options()
            return options
        connection = connection_loader.get(API, self._play_context, "/dev/null")
        names = C.config.get_plugin_vars("connection", API_PLUGIN)
        connection.set_options(
            var_options={name: self._templar.template(task_vars[name]) for name in names if name in task_vars}
        )
        return {name: connection.get_option(name) for name in CONNECTION_OPTIONS}


class Unshown(dict[str, Any]):
    """Arguments of a module, passwords among them: ansible-core shows them in its own debug output."""

    def __repr__(self) -> str:
        return "(not shown)"


def held_on(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The holds on the miner of a module's *arguments*, which are kept on this machine.

    Raises HoldStoreFault.
    """
    held = HoldStore(arguments["holds"]).find(arguments["hold_as"], arguments.get("mac"))
    return [asdict(hold) for hold in held.holds] if held else []


def tracer(host: str) -> Callable[[str], None] | None:
    """What shows a line about *host* with -vvv; None, which costs nothing, with less."""
    if display.verbosity < _TRACE_VERBOSITY:
        return None
    return lambda text: display.vvv(text, host=host)


_TRACE_VERBOSITY = 3


def headed(diff: dict[str, Any], host: str) -> dict[str, Any]:
    """*diff* with *host* in its header, where a diff of a file has the file's name, and a miner's text as it
    may be shown.
    """
    return {"before_header": host, "after_header": host, **shown_in(diff)}


def warn_of_shared_addresses(task_vars: dict[str, Any], task: Task) -> None:
    """Warn, once a run, of hosts that have the same address."""
    if not shared_addresses.first_in_this_run():
        return
    usual = task.get_play().connection
    text = shared_addresses.warning(
        task_vars["hostvars"], lambda variables: variables.get("ansible_connection", usual) == API
    )
    if text:
        display.warning(text)


def as_a_module_says(
    name: str,
    validator: ArgumentSpecValidator,
    errors: AnsibleValidationErrorMultiple,
    *,
    given: dict[str, Any],
) -> str:
    """What AnsibleModule of the module called *name* says of the same *errors*, without secrets among the
    arguments *given*, in which *validator* found them.
    """
    problem = without_secrets(errors.msg, plain(given), validator.argument_spec)
    return (
        f"Unsupported parameters for ({name}) module: {problem}"
        if isinstance(errors[0], UnsupportedError)
        else problem
    )


def records_of(variables: Mapping[str, Any], left: dict[str, Record] | None = None) -> dict[str, Any]:
    """The options that hold a host's records of what was applied, from its *variables*, or those *left* by a
    fleet task since.
    """
    records = variables.get("ansible_facts", {}).get(FACT) if left is None else left
    return {"applied": usable(plain(records or {})), "fact_cache": C.CACHE_PLUGIN != "memory"}


def plain(value: Any) -> Any:
    """*value* without the tags that ansible-core 2.19 puts on values: validation copies it, and most of that
    is the tags.
    """
    if isinstance(value, dict):
        return {plain(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if isinstance(value, int) else float(value)
    # Text that is encrypted by itself in a file (!vault), which before ansible-core 2.19 is no str.
    return str(value) if type(value).__name__ == _ENCRYPTED else value


_ENCRYPTED = "AnsibleVaultEncryptedUnicode"
