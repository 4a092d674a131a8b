# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a miner is reached.

Nothing is ever executed here: a miner has no shell, and the controller's isn't meant.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: api
short_description: Manage Whatsminers over their TCP API
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Carries the modules of this collection to a miner, in the controller's own process.
  - A miner that can't be reached is UNREACHABLE, so that the play goes on with the others; a wrong password
    or a refused command is FAILED.
  - Nothing else runs over it. A shell command or another collection's module is refused, and runs neither on
    the miner nor on the controller. Run such tasks with C(delegate_to=localhost).
  - C(gather_facts) gathers the facts of M(minerops.whatsminer.whatsminer_facts), and
    M(ansible.builtin.wait_for_connection) waits until the miner's API answers.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.plugin
"""

EXAMPLES = r"""
# inventory.yml; keep the password in Ansible Vault
miners:
  hosts:
    rack1-01:
      ansible_host: 192.168.1.101
      whatsminer_mac: C4:05:08:00:02:3B
  vars:
    ansible_connection: minerops.whatsminer.api
    ansible_password: "{{ vault_miner_password }}"
"""

import json
import os
import re
from typing import TYPE_CHECKING

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, NoReturn

# What talks to a miner is imported where it's used. In a play without a task of this collection, each worker
# loads this plugin anew for each task, and ansible-core compiles a collection's files every time.

# The name under which ansible-core's wrapper starts a module: in 2.16 to 2.18 an argument of runpy, later a
# keyword.
_WRAPPED_MODULE = re.compile(rb"^(?:module_fqn=|.*\bmod_name=)'([\w.]+)'", re.MULTILINE)
_WRAPPED_ARGUMENTS = re.compile(rb"^(?:params=|    ANSIBALLZ_PARAMS = )(.+?),?$", re.MULTILINE)

_WHERE_IS_HOME = re.compile(r"\S+ -c 'echo ~( && sleep 0)?'")
_JOB = re.compile(r"[\w.]+", re.ASCII)


class Connection(ConnectionBase):
    """A miner's API. What ansible-core's own habits send here is recognised by name and answered, not run."""

    transport = "minerops.whatsminer.api"
    has_pipelining = True
    # A module must arrive in one piece and without a temporary directory, or it couldn't be recognised.
    always_pipeline_modules = True
    # Keeps ansible-core from looking for a Python interpreter on the miner.
    _remote_is_local = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def set_options(
        self,
        task_keys: Any = None,
        var_options: Mapping[str, Any] | None = None,
        direct: Mapping[str, Any] | None = None,
    ) -> None:
        """As Ansible does, which quotes a value of the wrong type, a password too."""
        try:
            super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        except AnsibleError as error:
            from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import (
                Mask,
                secrets_in,
            )

            given = {**(var_options or {}), **(direct or {})}
            raise AnsibleError(Mask(*secrets_in(given)).text(str(error))) from None

    def close(self) -> None:
        self._connected = False

    def reset(self) -> None:
        """Nothing stays open between two tasks, so there is nothing to reset."""

    def miner_options(self) -> dict[str, Any]:
        """``{option: value}`` of what leads to the miner (_module.CONNECTION_OPTIONS)."""
        from ansible_collections.minerops.whatsminer.plugins.module_utils._module import (
            CONNECTION_OPTIONS,
        )

        options = {name: self.get_option(name) for name in CONNECTION_OPTIONS}
        # -k/--ask-pass, and with it the machine credential of AWX, doesn't come as a variable.
        options["password"] = options["password"] or self._play_context.password
        return options

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Answer the modules with which ansible-core gathers facts, waits for a connection, and asks for a
        job's result.
        """
        from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.worker_end import (
            end_with_parent,
        )

        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        end_with_parent()
        if _WHERE_IS_HOME.fullmatch(cmd) and in_data is None and not sudoable:
            # Asked by ansible-core itself before a job's result is: jobs of our modules lie where Ansible
            # runs.
            return 0, os.path.expanduser("~").encode(), b""
        found = _WRAPPED_MODULE.search(in_data or b"")
        name = found.group(1).decode().rpartition(".")[2] if found else None
        if name not in _ANSWERS:
            what = f"the module {name}" if name else "a command"
            raise AnsibleError(
                f"{self.get_option('host')}: {what} can't run on a miner, and was run nowhere. Use the "
                "modules of minerops.whatsminer, or delegate_to: localhost for what is meant for the "
                "controller"
            )
        return 0, json.dumps(_ANSWERS[name](self, in_data)).encode(), b""

    def put_file(self, in_path: str, out_path: str) -> NoReturn:
        self._refuse_files()

    def fetch_file(self, in_path: str, out_path: str) -> NoReturn:
        self._refuse_files()

    def _refuse_files(self) -> NoReturn:
        raise AnsibleError(
            f"{self.get_option('host')}: files can't be copied to or from a miner. Firmware goes there by "
            "minerops.whatsminer.whatsminer_firmware, logs come by minerops.whatsminer.whatsminer_logs"
        )

    def _gather(self, in_data: bytes | None = None, subset: Sequence[str] = ("all",)) -> dict[str, Any]:
        from ansible_collections.minerops.whatsminer.plugins.module_utils._api.network import finish
        from ansible_collections.minerops.whatsminer.plugins.module_utils._module import outcome
        from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_facts

        params = {
            **self.miner_options(),
            "gather_subset": list(subset),
            "raw": True,
            "applied": None,
            "fact_cache": False,
            "hold_as": None,
            "held": [],
            "ignore_holds": False,
        }
        result = finish(outcome(whatsminer_facts.run, params))
        if result.get("unreachable"):
            raise AnsibleConnectionFailure(result["msg"])
        return result

    def _ping(self, in_data: bytes | None) -> dict[str, Any]:
        result = self._gather(subset=["!all", "!min", "version"])
        if result.get("failed"):
            raise AnsibleError(result["msg"])
        return {"changed": False, "ping": "pong"}

    @staticmethod
    def _job_status(in_data: bytes | None) -> dict[str, Any]:
        """The result file of a module of ours that runs in the background on the controller."""
        arguments = _module_arguments(in_data)
        job = str(arguments.get("jid", ""))
        directory = os.path.expanduser(arguments.get("_async_dir") or "~/.ansible_async")
        path = os.path.join(directory, job)
        answer = {
            "ansible_job_id": job,
            "results_file": path,
            "started": True,
            "finished": False,
            "stdout": "",
            "stderr": "",
        }
        if not _JOB.fullmatch(job) or not os.path.exists(path):
            return {**answer, "failed": True, "finished": True, "msg": "could not find job"}
        if arguments.get("mode") == "cleanup":
            os.unlink(path)
            return {**answer, "erased": path}
        with open(path, encoding="utf-8") as file:
            written = file.read()
        try:
            result = json.loads(written)
        except ValueError:  # the job is just writing it
            return answer
        finished = "started" not in result or bool(result.get("finished"))
        return {**answer, **result, "started": True, "finished": finished}


_ANSWERS: dict[str, Callable[[Connection, bytes | None], dict[str, Any]]] = {
    "setup": Connection._gather,
    "whatsminer_facts": Connection._gather,  # for those who set ansible_facts_modules to it
    "ping": Connection._ping,
    "async_status": lambda connection, in_data: Connection._job_status(in_data),
}


def _module_arguments(in_data: bytes | None) -> dict[str, Any]:
    """The arguments in ansible-core's wrapper around a module: a Python literal that holds JSON."""
    import ast

    found = _WRAPPED_ARGUMENTS.search(in_data or b"")
    return json.loads(ast.literal_eval(found.group(1).decode()))["ANSIBLE_MODULE_ARGS"] if found else {}
