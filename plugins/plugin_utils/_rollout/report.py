# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a rollout: which firmware each miner runs, and the verdict on it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import SavedState
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Survey

# Status -> what the report calls it.
_WORDS = {
    "done": "as declared",
    "left": "left",
    "retry": "failed, to be tried again",
    "unjudged": "not judged",
    "failed": "failed",
    "unfit": "left out",
    "lost": "lost",
    "undeclared": "nothing declared",
}


def make_report(survey: Survey, state: SavedState) -> dict[str, Any]:
    """``{"miners": [a dict for each host], "counts": {verdict: number}}``."""
    rows = []
    for host, miner in survey["miners"].items():
        saved = state.get(host, {})
        # Of this version, if not of this very image.
        ours = bool(saved) and saved["target"]["version"] == miner["declared"]
        passed = ours and saved["verdict"] == "passed" and miner["standing"] == "done"
        rows.append(
            {
                "host": host,
                "model": miner["model"],
                "version_before": saved["before"]["version"] if ours else miner["version"],
                "version": miner["version"],
                "version_declared": miner["declared"],
                "verdict": "passed" if passed else _WORDS[miner["standing"]],
                "batch": saved["batch"] if ours or miner["standing"] in ("failed", "unjudged") else None,
                "reasons": miner["reasons"],
            }
        )
    return {"miners": rows, "counts": dict(Counter(row["verdict"] for row in rows))}
