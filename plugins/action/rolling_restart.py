# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restart all miners of a play batch by batch: one task.

What is decided is in plugin_utils/_upkeep/restart.py.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import (
    rolling_restart,
    whatsminer_facts,
    whatsminer_reboot,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.run_lock import alone
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shorten_list
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep import restart as loop

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        RoleResult,
        TaskResult,
    )

_NAMED = 20


class ActionModule(RoleAction):
    """Restarts once for all hosts of the play; the Fleet of restart.py."""

    _validator = ArgumentSpecValidator(rolling_restart.ARGUMENTS)
    _reader = whatsminer_facts

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        for name in ("pause", "max_failures", "wait_timeout"):
            if arguments[name] < 0:
                raise ValueError(f"{name} must be at least 0, and is {arguments[name]}")
        size = loop.batch_size(arguments["batch"], len(hosts))
        self._options_of_each = {"scope": arguments["scope"], "wait_timeout": arguments["wait_timeout"]}
        rules = {"size": size, "pause_seconds": arguments["pause"], "max_failures": arguments["max_failures"]}
        if self.check_mode:
            found = loop.restart(self, hosts, **rules)
        else:
            store = self._hold_store()
            # There is no state file that two runs could share: a path of its own, then.
            own = os.path.join(store.directory, f"restart-{os.getpid()}")
            with alone(store, "a rolling restart", hosts, path=own):
                found = loop.restart(self, hosts, **rules)
        self._tell(found)
        result: RoleResult = {"changed": bool(found.restarted), "report": vars(found), "problem": ""}
        if found.failed:
            failed = "; ".join(f"{host}: {why}" for host, why in list(found.failed.items())[:_NAMED])
            left = f". Left as they are: {shorten_list(found.left, _NAMED)}" if found.left else ""
            result["problem"] = (
                f"{OF_ALL.capitalize()}: {counted(len(found.failed), 'miner')} failed: {failed}{left}"
            )
            result["failed"], result["msg"] = True, result["problem"]
        return result

    def _tell(self, found: loop.Restarted) -> None:
        for host, holder in found.held.items():
            self.say(f"left alone: {host}: {holder}")
        for host, why in found.lost.items():
            self.say(f"not restarted: {host}: {why}")
        if found.off:
            self.say(f"off, and left so: {', '.join(found.off)}")
        numbers = {
            "would be restarted" if self.check_mode else "restarted": len(found.restarted),
            "failed": len(found.failed),
            "held": len(found.held),
            "off": len(found.off),
            "not answering": len(found.lost),
            "left": len(found.left),
        }
        self.say(", ".join(f"{number} {name}" for name, number in numbers.items() if number) or "no miners")

    # The miners, for restart.py

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        return self._results(whatsminer_facts, hosts, {"gather_subset": ["min"], "raw": False})

    def restart(self, hosts: Sequence[str]) -> list[TaskResult]:
        return self._results(whatsminer_reboot, hosts, self._options_of_each)
