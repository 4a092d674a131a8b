# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check a role's variables once for all hosts of the play, before any miner is asked.

Ansible's own check of a role's arguments takes a task for each host, and what a filter says of a value later
comes wrapped in several layers of Ansible's own words. This says it plainly.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import check_declared
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import read_saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared


class ActionModule(ActionBase):
    """Checks variables of the role in ``role_path`` by its argument spec, and by what it makes of them."""

    BYPASS_HOST_LOOP = True
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("role_path", "entry_point"))

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        self._variables = task_vars
        role_path = self._task.args["role_path"]
        problem = self._problem(
            os.path.basename(role_path), role_path, self._task.args.get("entry_point", "main")
        )
        if problem:
            # Not raised: Ansible would put words of its own before it.
            result.update(failed=True, msg=problem)
        return {**result, "changed": False}

    def _problem(self, role: str, role_path: str, entry_point: str) -> str | None:
        misspelt = variable_names.problem(self._variables, self._templar.template)
        if misspelt:
            return misspelt
        try:
            declared(role_path, entry_point, self._variables, self._templar.template)
            check = _CHECKS.get((role, entry_point))
            if check:
                check(self)
        except (ValueError, AnsibleError) as error:
            return str(error)
        return None

    def _value(self, name: str) -> Any:
        return plain(self._templar.template(self._variables[name]))

    def _check_firmware(self) -> None:
        Rules.of(self._value("firmware_rules"))
        image = lookup_loader.get(
            "minerops.whatsminer.firmware_image", loader=self._loader, templar=self._templar
        )
        for entry in check_declared(self._value("firmware_declared")).values():
            image.run([entry["src"]], self._variables, checksum=entry["checksum"])
        path = os.path.expanduser(self._value("firmware_state_file"))
        read_saved_state(_text_of(path), path)


def _text_of(path: str) -> str | None:
    """What the file at *path* holds; None if there is none. Raises ValueError where it can't be read."""
    if not path or not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        raise ValueError(f"the state file {path} can't be read: {error.strerror}") from None


# (role, entry point) -> what the role makes of its variables. Raises ValueError or AnsibleError where that is
# nonsense.
_CHECKS: dict[tuple[str, str], Callable[[ActionModule], None]] = {
    ("firmware", "main"): ActionModule._check_firmware,
}
