# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check a role's variables once for all hosts of the play, before any miner is asked.

Ansible's own check of a role's arguments takes a task for each host, and what a filter says of a value later
comes wrapped in several layers of Ansible's own words. This says it plainly.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared


class ActionModule(ActionBase):
    """Checks variables of the role in ``role_path`` by its argument spec."""

    BYPASS_HOST_LOOP = True
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("role_path", "entry_point"))

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        self._variables = task_vars
        role_path = self._task.args["role_path"]
        problem = self._problem(role_path, self._task.args.get("entry_point", "main"))
        if problem:
            # Not raised: Ansible would put words of its own before it.
            result.update(failed=True, msg=problem)
        return {**result, "changed": False}

    def _problem(self, role_path: str, entry_point: str) -> str | None:
        misspelt = variable_names.problem(self._variables, self._templar.template)
        if misspelt:
            return misspelt
        try:
            declared(role_path, entry_point, self._variables, resolve=self._templar.template)
        except (ValueError, AnsibleError) as error:
            return str(error)
        return None
