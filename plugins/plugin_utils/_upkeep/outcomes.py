# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What task results say in a few words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def problem_of(result: TaskResult) -> str:
    """Why the task of a host failed, without its name; empty if it didn't."""
    if not result.get("failed") and not result.get("unreachable"):
        return ""
    host = re.escape(result.get("host", ""))
    return re.sub(rf"^{host}( \([^)]*\))?: ", "", result.get("msg") or "no reason given")


def sort_out(
    results: Iterable[TaskResult], *, failed: dict[str, str], held: dict[str, str], done: list[str]
) -> None:
    """Add the host of each of *results*: to *failed* with why, to *held* with by whom, or else to *done*."""
    for result in results:
        host, problem, holder = result["host"], problem_of(result), _holder_of(result)
        if problem:
            failed[host] = problem
        elif holder:
            held[host] = holder
        else:
            done.append(host)


def _holder_of(result: TaskResult) -> str:
    """By whom the miner is held, where its task left it alone for that; else empty."""
    return ", ".join(dict.fromkeys((result.get("held") or {}).values()))
