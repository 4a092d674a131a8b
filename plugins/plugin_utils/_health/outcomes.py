# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task result of whatsminer_facts says for the judgement: a reading, or why there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Lost
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    Reading,
    reading_of,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def without_host(host: str, text: str) -> str:
    """*text*, an outcome's message, without the name of *host* and its address, which stand elsewhere."""
    return re.sub(rf"^{re.escape(host)}( \([^)]*\))?: ", "", text)


def seen_in(host: str, outcome: TaskResult, now: float) -> Reading | Lost:
    """What *outcome*, of *host*, shows; *now* is the present moment, in epoch seconds."""
    if outcome.get("unreachable") or outcome.get("failed"):
        text = without_host(host, str(outcome.get("msg") or "no reason given"))
        return Lost("no_answer" if outcome.get("unreachable") else "not_read", text)
    return reading_of((outcome.get("ansible_facts") or {}).get("whatsminer") or {}, now)
