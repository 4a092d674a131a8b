# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roll firmware out over all hosts of a play together: one task, batch by batch.

What is decided, and in which order things are saved, is in plugin_utils/_rollout. Here is what that does to
the world: miners are served as a fleet task serves them, images are read, and lines are shown.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import files
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.firmware import parts_of
from ansible_collections.minerops.whatsminer.plugins.modules import (
    rollout,
    whatsminer_facts,
    whatsminer_firmware,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
    Declared,
    Image,
    check_declared,
    check_previous,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.loop import Rollout
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import Entry
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        RoleResult,
        TaskResult,
    )

# The subsets of facts that a miner is judged by.
_SUBSETS = ["min", "errors", "hashrate"]


class ActionModule(RoleAction):
    """Runs the role in ``role_path``; the Fleet of loop.py."""

    _validator = ArgumentSpecValidator(rollout.ARGUMENTS)
    _prefix = "firmware_"
    _reader = whatsminer_facts

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        options = self._options(arguments["role_path"])
        self._declared_columns()  # what makes no sense is refused before any miner is asked
        rules = Rules.of(options, plain(self._task_vars["groups"]))
        declared = self._declared(options, rules)
        keeper = Keeper(
            self._hold_store(),
            options["state_file"],
            check_mode=self.check_mode,
            ignore_holds=bool(self._task.args.get("ignore_holds")),
        )
        keeper.load()  # before any miner is asked: it may be none
        run = Rollout(
            self,
            keeper,
            declared,
            rules,
            hosts=self._task_vars["ansible_play_hosts_all"],
            asked=self._task_vars["ansible_play_hosts"],
        )
        run.run()
        result: RoleResult = {
            "changed": run.changed,
            "report": {},
            "problem": run.problem and f"{OF_ALL.capitalize()}: {run.problem}",
        }
        if run.surveyed is not None and (not self.check_mode or run.problem):
            own = self._columns_of(run.surveyed.miners)
            result["report"] = found = report.make_report(run.surveyed, run.state, own)
            self.show(report.report_lines(found))
            if not self.check_mode:
                path = os.path.expanduser(options["report_file"])
                state_files.write(path, found, "firmware_report_file")
            counts = {"firmware_counts": found["counts"]}
            result["ansible_stats"] = {"data": counts, "per_host": False, "aggregate": True}
        return result

    def _declared(self, options: dict[str, Any], rules: Rules) -> Declared:
        """What is declared, with the images of all that may be sent. Raises ValueError."""
        entries = check_declared(options["declared"])
        previous = check_previous(options["previous"])
        sendable = [*entries.values(), *(previous if rules.rollback else ())]
        return Declared(entries, previous, {entry: self.image(entry) for entry in sendable})

    # The miners and the images, for loop.py

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        return self._results(whatsminer_facts, hosts, {"gather_subset": _SUBSETS, "raw": False})

    def flash(self, options: Mapping[str, dict[str, Any]]) -> list[TaskResult]:
        return self._results_of(whatsminer_firmware, options, quiet=False)

    def image(self, entry: Entry) -> Image:
        try:
            path = self._find_needle("files", entry.src)
        except AnsibleError:
            raise ValueError(f"there is no firmware image {entry.src}") from None
        try:
            files.verify(path, entry.target.checksum)
            parts = parts_of(path)
        except (BadParameter, OSError) as error:
            raise ValueError(f"the firmware image {path}: {error}") from None
        return Image(path, tuple(sorted({part.platform for part in parts if part.platform})))
