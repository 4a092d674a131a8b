# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout needs to know of a miner, from one result of whatsminer_facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

    #: What a miner showed, or why it showed nothing.
    Reading = Union[dict[str, Any], str]

# How many characters of what a miner says of itself are taken: those of a version have 40 at most.
_LONGEST_TEXT = 80


def reading_of(result: TaskResult | None) -> Reading:
    """What the *result* of whatsminer_facts says of a miner: a dict, or a text that says why it's nothing."""
    if result is None:
        return "it wasn't asked, as it failed earlier in this run"
    if result.get("unreachable") or result.get("failed"):
        return str(result.get("msg", "it doesn't answer"))
    facts = result["ansible_facts"]["whatsminer"]
    rate = facts.get("hashrate_ths", {})
    return {
        **{name: _text(facts.get(name)) for name in ("model", "platform", "mac", "state")},
        "version": _text(facts.get("firmware_version")),
        "hashrate_ths": rate.get("realtime", rate.get("average")),
        # What low mode makes of the factory rate, nobody knows.
        "expected_ths": rate.get(
            "expected", None if facts.get("power_mode") == "low" else rate.get("factory")
        ),
        "tuning": facts.get("tuning", False),
        "errors": sorted(error["code"] for error in recent(facts["errors"])) if "errors" in facts else None,
    }


def codes(errors: list[int]) -> str:
    """The codes *errors* as text."""
    return ", ".join(map(str, errors))


def _text(value: object) -> str | None:
    return None if value is None else shown(value, _LONGEST_TEXT)
