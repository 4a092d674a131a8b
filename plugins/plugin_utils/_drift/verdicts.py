# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge a miner by what is declared of it: settings, and the firmware of its model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Unknown
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import entry_for

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import Entries
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

VERDICTS = {
    "no_answer": "no answer",
    "failed": "failed",
    "drifted": "drifted",
    "held": "held",
    "unknown": "unknown",
    "undeclared": "nothing declared",
    "as_declared": "as declared",
}
"""Verdict -> what it's called, what needs a look first."""

PROBLEMS = ("no_answer", "failed", "drifted")

_UNKNOWN = str(Unknown(""))
_FIRMWARE = "firmware.version"


def compare_miner(
    host: str, result: TaskResult | None, *, readings: dict[str, Any], entries: Entries
) -> dict[str, Any]:
    """A miner's verdict, what stands behind it, and its *readings*; *entries*: the firmware that is declared
    by model.
    """
    if result is None:
        result = {"failed": True, "msg": "it wasn't compared: it had been lost earlier in the play"}
    lost = result.get("failed") or result.get("unreachable")
    before, after = ((result.get("diff") or {}).get(when, {}) for when in ("before", "after"))
    unknown, held = dict(result.get("unknown", {})), dict(result.get("held", {}))
    drift = [
        {"setting": name, "before": _known(before.get(name)), "after": after.get(name)}
        for name in result.get("drifted", ())
    ]
    runs, wanted = readings["firmware_version"], _wanted_firmware(readings["model"], entries)
    if wanted is not None and not lost:
        if runs is None or readings["model"] is None:
            unknown[_FIRMWARE] = "the miner doesn't show its model, or its version"
        elif runs != wanted:
            drift.append({"setting": _FIRMWARE, "before": runs, "after": wanted})
    if lost:
        verdict = "no_answer" if result.get("unreachable") else "failed"
    elif not result.get("declared") and wanted is None:
        verdict = "undeclared"
    elif drift:
        verdict = "drifted"
    elif held:
        verdict = "held"
    else:
        verdict = "unknown" if unknown else "as_declared"
    return {
        "verdict": verdict,
        "drift": drift,
        "unknown": unknown,
        "held": held,
        "cause": result.get("cause"),
        "message": re.sub(rf"^{re.escape(host)}( \([^)]*\))?: ", "", result.get("msg", "")) if lost else "",
        **readings,
    }


def _wanted_firmware(model: str | None, entries: Entries) -> str | None:
    """The version that a miner of *model* is to run, None where nothing is declared of it; of no model:
    anything.
    """
    if model is None:
        return next(iter(entries), None)
    entry = entry_for(entries, model)
    return entry.target.version if entry is not None else None


def _known(value: Any) -> Any:
    """*value*, None where it stands for one that nobody knows."""
    return None if isinstance(value, str) and value.startswith(_UNKNOWN) else value
