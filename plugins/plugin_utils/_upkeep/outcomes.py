# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task result says in a few words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def problem_of(result: TaskResult) -> str:
    """Why the task of a host failed, without its name; empty if it didn't."""
    if not result.get("failed") and not result.get("unreachable"):
        return ""
    host = re.escape(result.get("host", ""))
    return re.sub(rf"^{host}( \([^)]*\))?: ", "", result.get("msg") or "no reason given")


def holder_of(result: TaskResult) -> str:
    """By whom the miner is held, where its task left it alone for that; else empty."""
    return ", ".join(dict.fromkeys((result.get("held") or {}).values()))
