# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do for each host of a fleet task what Ansible does with a task's result: show it, and keep its facts."""

from __future__ import annotations

import asyncio
import itertools
import operator
from typing import TYPE_CHECKING

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import FACT
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import applied_handover
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import (
    counted,
    shorten_list,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ansible.playbook.task import Task
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

display = Display()

# How many hosts a warning names.
_NAMED = 3
# How long the line of a host may wait for those of others.
_LINES_SECONDS = 0.2


class Outcomes:
    """Does for each host, as soon as its outcome is there, what Ansible does with a task's result.

    *own* is the host under which Ansible shows the task's result: a line that says the same is left to
    Ansible.
    """

    def __init__(self, task: Task, quiet: bool, own: str) -> None:
        self._secret = bool(task.no_log)
        self._quiet = quiet
        self._check_mode = task.check_mode
        self._own = own
        self._own_line: tuple[str, str] | None = None
        self._lines: list[tuple[str, str]] = []
        self._warnings: dict[str, list[str]] = {}
        # A cache in memory is this process's own.
        self._cache = None if C.CACHE_PLUGIN == "memory" else cache_loader.get(C.CACHE_PLUGIN)

    def add(self, host: str, outcome: TaskResult) -> None:
        """Take the *outcome* of *host*."""
        if not self._quiet:
            self._show(host, outcome)
        facts = outcome.get("ansible_facts") or {}
        try:
            if FACT in facts:
                applied_handover.leave(host, facts[FACT])
            if facts and self._cache:
                self._cache.set(
                    host, {**(self._cache.get(host) if self._cache.contains(host) else {}), **facts}
                )
        except (OSError, ValueError, AnsibleError) as error:
            # ValueError: text in the cache that can't be encoded.
            display.warning(f"{host}: its facts can't be kept: {error}")

    def _show(self, host: str, outcome: TaskResult) -> None:
        """A line for a host that isn't simply ok, in the words of Ansible's own output."""
        for warning in () if self._secret else outcome.get("warnings", ()):
            self._warnings.setdefault(warning, []).append(host)
        verdict = next(
            (verdict for verdict in ("unreachable", "failed", "changed") if outcome.get(verdict)), None
        )
        if verdict is None:
            return
        color = {"changed": C.COLOR_CHANGED, "failed": C.COLOR_ERROR, "unreachable": C.COLOR_UNREACHABLE}[
            verdict
        ]
        text = ""
        if verdict != "changed":
            text = "(hidden by no_log)" if self._secret else shown(outcome.get("msg", ""))
        line = color, f"{verdict}: [{host}] {text}".rstrip()
        if host == self._own and verdict == "changed":
            self._own_line = line
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(_LINES_SECONDS, self._show_lines)
        self._lines.append(line)

    def show(self, result: TaskResult) -> None:
        """Show what is left to say once all outcomes are there: *result* is the task's."""
        if self._own_line and result["failed"]:
            self._lines.append(self._own_line)
        self._show_lines()
        for warning, hosts in self._warnings.items():
            where = (
                hosts[0]
                if len(hosts) == 1
                else f"{counted(len(hosts), 'miner')} ({shorten_list(hosts, _NAMED)})"
            )
            display.warning(f"{where}: {shown(warning)}")
        # Of a quiet task that only reads, the results are shown elsewhere; of one that failed, Ansible shows
        # the sum.
        if not result["failed"] and (not self._quiet or (result["changed"] and not self._check_mode)):
            display.display(result["msg"])

    def _show_lines(self) -> None:
        """Show the lines so far, many at once: each time, Ansible's own process has to take them."""
        lines, self._lines = self._lines, []
        for color, some in itertools.groupby(lines, key=operator.itemgetter(0)):
            display.display("\n".join(line for _color, line in some), color=color)

    def show_diffs(self, diffs: Sequence[dict[str, Any]]) -> None:
        """Show *diffs*, which Ansible does only for a task that didn't fail."""
        if diffs and not self._quiet and not self._secret:
            display.display(CallbackBase()._get_diff(diffs))
