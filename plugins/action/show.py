# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show a table, whatever the settings of Ansible's output are: ``display_ok_hosts = false`` hides results."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

_LONGEST_LINE = 1000


class ActionModule(ActionBase):
    """Shows the option ``lines`` once for all hosts of the play."""

    BYPASS_HOST_LOOP = True
    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("lines",))

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        lines = self._task.args["lines"]
        if isinstance(lines, str):
            lines = lines.splitlines()
        lines = [shown(line, _LONGEST_LINE) for line in lines]
        Display().display("\n".join(lines))
        return {**result, "changed": False, "lines": lines}
