# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run whatsminer_hold in the controller's own process, wherever the task's connection leads.

Holds are kept on the controller, so the module is never shipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import DirectAction, plain

if TYPE_CHECKING:
    from typing import Any


class ActionModule(DirectAction):
    """Takes or ends a hold."""

    module = whatsminer_hold
    _supports_async = False

    def _ship(self, arguments: dict[str, Any], here: bool, task_vars: dict[str, Any]) -> dict[str, Any]:
        if not arguments.get("host"):
            raise AnsibleActionFail("host must be set: the address or host name of the miner")
        validated = self._validator.validate(plain(arguments))
        return self._run_here(validated.validated_parameters, arguments["hold_as"])
