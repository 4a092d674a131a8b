# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which miner is on which password after a run, by label: no password is in any of it."""

from __future__ import annotations

import collections
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import aligned, natural_key
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._passwords.candidates import Candidates

#: What a miner's run came to -> in words. The worst are first; of the last two, nothing is left to do.
STATUSES = {
    "unknown": "on one of both, since the change wasn't confirmed",
    "other": "on a password that is none of those given",
    "locked": "gave no more tokens, and wasn't asked again",
    "failed": "failed",
    "partly": "on the new password over one of its APIs only",
    "unreachable": "unreachable",
    "held": "held, and left alone",
    "changed": "changed to the new password",
    "already": "on the new password already",
}
_DONE = ("changed", "already")
_CAUSES = {"wrong_password": "other", "token_limit": "locked", "outcome_unknown": "unknown"}
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Row:
    """What is known of *host*: its *status*, on which password each of its APIs was *before* and is *now*, by
    label, and the *reason* for what isn't done.
    """

    host: str
    status: str
    before: dict[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def row_of(host: str, outcome: Mapping[str, Any], candidates: Candidates | None) -> Row:
    """The Row of *host*, whose *outcome* is that of whatsminer_password for its *candidates*."""
    before = outcome.get("found") or {}
    if candidates is not None:
        before = {api: candidates.label(found) for api, found in before.items()}
    holds = outcome.get("passwords") or {}
    now = {api: before.get(api, word) if word == "old" else word for api, word in holds.items()}
    reason = shown(outcome.get("msg") or "; ".join(outcome.get("warnings") or ()), _LONGEST_REASON)
    status = _status(outcome, holds)
    return Row(host, status, before, now, "" if status in _DONE else reason)


def _status(outcome: Mapping[str, Any], holds: Mapping[str, str]) -> str:
    if outcome.get("unreachable"):
        return "unreachable"
    if "unknown" in holds.values():
        return "unknown"
    if outcome.get("failed"):
        if "new" in holds.values():
            return "partly"
        return _CAUSES.get(str(outcome.get("cause")), "failed")
    if outcome.get("held"):
        return "held"
    if any(word != "new" for word in holds.values()):
        return "partly"
    return "changed" if outcome.get("changed") else "already"


def counts_of(rows: Iterable[Row]) -> dict[str, int]:
    """How many miners came to what: all statuses, and ``miners`` for all of them."""
    counted_rows = collections.Counter(row.status for row in rows)
    return {"miners": sum(counted_rows.values()), **{status: counted_rows[status] for status in STATUSES}}


def lines_of(rows: list[Row], *, check_mode: bool) -> list[str]:
    """The report as lines of text: a table of the miners that aren't done, and the sums."""
    left = [row for row in sorted_rows(rows) if row.status not in _DONE]
    table = [["miner", "status", "before", "now"]]
    table += [[shown(row.host), row.status, _told(row.before), _told(row.now)] for row in left]
    lines = []
    if left:
        heading, *cells = aligned(table)
        lines.append(heading)
        for row, line in zip(left, cells):
            lines += [line, *([f"    {row.reason}"] if row.reason else [])]
    by_label = collections.Counter(label for row in rows for label in dict.fromkeys(row.before.values()))
    for label, number in sorted(by_label.items(), key=lambda it: (-it[1], it[0])):
        lines.append(f"on {label} before: {counted(number, 'miner')}")
    counts = counts_of(rows)
    told = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
    would = ", by what was tried in check mode" if check_mode else ""
    lines.append(f"{counted(counts['miners'], 'miner')}: {', '.join(told)}{would}")
    return lines


def sorted_rows(rows: Iterable[Row]) -> list[Row]:
    """*rows*, the worst first."""
    order = list(STATUSES)
    return sorted(rows, key=lambda row: (order.index(row.status), natural_key(row.host)))


def to_dict(rows: list[Row]) -> dict[str, Any]:
    """The report as JSON's types."""
    return {"counts": counts_of(rows), "miners": [asdict(row) for row in sorted_rows(rows)]}


def problem_of(rows: list[Row]) -> str:
    """Why the run is to fail: which miners aren't on the new password. Empty if all are."""
    counts = counts_of(rows)
    left = [
        f"{counts[status]} {what}"
        for status, what in STATUSES.items()
        if status not in _DONE and counts[status]
    ]
    if not left:
        return ""
    return f"of {counted(counts['miners'], 'miner')}, {'; '.join(left)}. Run it again once that is mended"


def _told(by_api: Mapping[str, str]) -> str:
    return ", ".join(f"{api} {label}" for api, label in sorted(by_api.items()))
