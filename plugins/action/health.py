# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all miners of a play, judge each, and show and write the report: one task.

What makes a miner ill is decided in plugin_utils/_health.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import health
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.health_action import HealthAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import (
    Declared,
    declared_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import (
    Report,
    report_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.table import csv_report, table_lines
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import RoleResult


class ActionModule(HealthAction):
    """Runs the role in ``role_path``."""

    _validator = ArgumentSpecValidator(health.ARGUMENTS)
    _prefix = "health_"
    _standing = ""  # it only reads

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        wanted = declared_of(self._options(arguments["role_path"]))
        return self._reported(wanted, list(self._task_vars["ansible_play_hosts_all"]))

    def _reported(self, wanted: Declared, hosts: list[str]) -> RoleResult:
        """The task's result, once the report is shown and written."""
        columns = self._declared_columns()
        miners = self._judged(hosts, wanted.codes, columns=columns)
        report = report_of(miners, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), columns)
        for line in table_lines(report, wanted.table):
            self.say(line)
        content = report.to_dict()
        if wanted.json_file:
            report_files.write(wanted.json_file, json.dumps(content, indent=1) + "\n", "health_json_file")
        if wanted.csv_file:
            report_files.write(wanted.csv_file, csv_report(report), "health_csv_file")
        stats = {"data": {"health": report.counts}, "per_host": False, "aggregate": True}
        return {
            "changed": False,
            "report": content,
            "problem": _problem(report, wanted.fail_on),
            "ansible_stats": stats,
        }


def _problem(report: Report, fail_on: tuple[str, ...]) -> str:
    """Why the run is to fail, by the verdicts in *fail_on*; empty if it isn't."""
    counts = report.counts
    found = [f"{counts[verdict]} {VERDICTS[verdict]}" for verdict in fail_on if counts[verdict]]
    if not found:
        return ""
    return (
        f"{OF_ALL.capitalize()}: of {counted(counts['miners'], 'miner')}, {', '.join(found)}. That fails the "
        f"run by health_fail_on, which is {', '.join(fail_on)}"
    )
