# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collect what a vendor wants to see of sick miners: one task.

What is in the folder is in plugin_utils/_upkeep/case.py.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import whole_or_nothing
from ansible_collections.minerops.whatsminer.plugins.modules import (
    collect_logs,
    whatsminer_facts,
    whatsminer_logs,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.health_action import HealthAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import LIMITS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import report_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep import case
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep.outcomes import problem_of

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import RoleResult


class ActionModule(HealthAction):
    """Collects once for all hosts of the play."""

    _validator = ArgumentSpecValidator(collect_logs.ARGUMENTS)
    _standing = "what was collected so far stays, without an index"

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        wanted = case.chosen_verdicts(arguments["verdicts"])
        if arguments["concurrency"] < 1:
            raise ValueError(f"concurrency must be at least 1, and is {arguments['concurrency']}")
        dest, columns = os.path.abspath(os.path.expanduser(arguments["dest"])), self._declared_columns()
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        miners = self._judged(hosts, self._declared_codes(), columns=columns)
        chosen = [miner for miner in report_of(miners, at).miners if miner.verdict in wanted]
        folders = case.folders(miner.host for miner in chosen)
        if self.check_mode:
            rows = [_planned(miner, folders[miner.host]) for miner in chosen]
        else:
            rows = self._collected(chosen, folders, dest, arguments=arguments)
            _write(os.path.join(dest, "index.csv"), case.index_csv(rows, columns))
            _write(os.path.join(dest, "index.txt"), case.index_text(rows, columns, at))
        return self._told(rows, dest, read=len(miners))

    def _collected(
        self, miners: list[Miner], folders: dict[str, str], dest: str, *, arguments: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The rows of the index, once all else is written. Raises ValueError where it can't be."""
        _make_folder(dest)
        for miner in miners:
            path = os.path.join(dest, folders[miner.host], case.HEALTH)
            state_files.write(path, miner.to_dict(), "dest")
        hosts = [miner.host for miner in miners if _answers(miner)]
        facts: dict[str, dict[str, Any]] = {}
        problems: dict[str, str] = {}
        for result in self._results(whatsminer_facts, hosts, {"gather_subset": ["all"], "raw": True}):
            found = result.get("ansible_facts", {}).get("whatsminer", {})
            host, problem = result["host"], problem_of(result)
            facts[host] = found
            if problem:
                problems[host] = f"facts: {problem}"
            else:
                state_files.write(os.path.join(dest, folders[host], case.FACTS), found, "dest")
        fetched = set()
        if arguments["archives"]:
            wanted = {host: {"dest": os.path.join(dest, folders[host], case.ARCHIVE)} for host in hosts}
            limits = {**LIMITS, "concurrency": arguments["concurrency"]}
            for result in self._results_of(whatsminer_logs, wanted, limits=limits):
                host, problem = result["host"], problem_of(result)
                if problem:
                    problems[host] = "; ".join(filter(None, (problems.get(host), f"logs: {problem}")))
                else:
                    fetched.add(host)
        return [
            case.row_of(
                miner,
                folders[miner.host],
                facts.get(miner.host, {}),
                archive=case.ARCHIVE if miner.host in fetched else "",
                problem=problems.get(miner.host, ""),
            )
            for miner in miners
        ]

    def _told(self, rows: list[dict[str, Any]], dest: str, *, read: int) -> RoleResult:
        """The task's result, once it is shown."""
        for row in rows:
            said = ", ".join(filter(None, (row["reasons"], row["problem"])))
            self.say(f"{row['host']}: {row['verdict']}{said and f' ({said})'}")
        counts = {
            "miners": len(rows),
            "archives": sum(bool(row["archive"]) for row in rows),
            "failed": sum(bool(row["problem"]) for row in rows),
        }
        number = f"{len(rows)} of {counted(read, 'miner')}"
        self.say(
            f"{number} would be collected in {dest}"
            if self.check_mode
            else f"{number} collected in {dest}, {counts['archives']} with logs"
        )
        lost = [f"{row['host']}: {row['problem']}" for row in rows if row["problem"]]
        result: RoleResult = {
            "changed": bool(rows),
            "report": {"counts": counts, "miners": rows},
            "problem": f"{OF_ALL.capitalize()}: {'; '.join(lost)}" if lost else "",
        }
        if lost:
            result["failed"], result["msg"] = True, result["problem"]
        return result


def _answers(miner: Miner) -> bool:
    return miner.verdict != "unreachable"


def _planned(miner: Miner, folder: str) -> dict[str, Any]:
    return case.row_of(miner, folder, {}, archive="", problem="")


def _write(path: str, text: str) -> None:
    """Make the file at *path* hold *text*, readable by its owner alone. Raises ValueError."""
    try:
        with whole_or_nothing(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise ValueError(f"dest: {path} can't be written: {error.strerror}") from None


def _make_folder(path: str) -> None:
    """Make the folder at *path*, for its owner alone, unless it is there. Raises ValueError."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, mode=0o700)
    except OSError as error:
        raise ValueError(f"dest: {path} can't be made: {error.strerror}") from None
