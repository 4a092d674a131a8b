# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a fleet task: of all hosts together, and of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import variable_names
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import headed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list, shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        FleetResult,
        TaskResult,
    )

#: How each result of a task for all hosts begins: Ansible shows it under the first host of the play.
OF_ALL = "of all hosts together"

_VERDICTS = ("changed", "failed", "unreachable")
# How many hosts a message names.
_NAMED = 20


def task_result(
    tally: fleet.Tally, hosts: list[str], *, most_lost: float | None, own: str = ""
) -> FleetResult:
    """The task's result.

    *most_lost* is the share of hosts in percent that may fail, None where none may. *own* is the host under
    which Ansible books the result.
    """
    served = [host for host in hosts if host in tally.outcomes]
    left = [host for host in hosts if host not in tally.outcomes]
    lists = {
        f"{verdict}_hosts": [host for host in served if tally.outcomes[host].get(verdict)]
        for verdict in _VERDICTS
    }
    counts = {"total": len(hosts), "done": sum(not _is_lost(tally.outcomes[host]) for host in served)}
    counts.update((verdict, len(lists[f"{verdict}_hosts"])) for verdict in _VERDICTS)
    result: FleetResult = {
        "changed": bool(lists["changed_hosts"]),
        # Said, or else ansible-core before 2.21 takes them from any of the results.
        "failed": False,
        "unreachable": False,
        "changed_hosts": lists["changed_hosts"],
        "failed_hosts": lists["failed_hosts"],
        "unreachable_hosts": lists["unreachable_hosts"],
        "not_done_hosts": left,
        "counts": counts,
        "results": [{"host": host, **tally.outcomes[host]} for host in served],
    }
    changed = lists["changed_hosts"]
    diffs = [
        headed(tally.outcomes[host]["diff"], host) for host in changed if tally.outcomes[host].get("diff")
    ]
    if diffs:
        result["diff"] = diffs
    said = [", ".join(f"{number} {name}" for name, number in counts.items())]
    none_is_there = bool(hosts) and lists["unreachable_hosts"] == hosts
    misspelt = [
        host for host in lists["failed_hosts"] if tally.outcomes[host].get("cause") == variable_names.CAUSE
    ]
    lost = misspelt or lists["failed_hosts"] or lists["unreachable_hosts"]
    if tally.stopped:
        result["failed"] = True
        said.insert(0, f"stopped: {tally.stopped}")
        said.append(f"not done: {shorten_list(left, _NAMED)}")
    elif misspelt or (most_lost is None and (lists["failed_hosts"] or none_is_there)):
        result["failed"] = True
    if result["failed"] and lost:
        said.append(f"lost: {shorten_list(lost, _NAMED)}; the first: {shown(tally.outcomes[lost[0]]['msg'])}")
    result["msg"] = f"{OF_ALL}: {'; '.join(said)}{_booking_note(result, tally.outcomes.get(own, {}), own)}"
    return result


def _is_lost(outcome: TaskResult) -> bool:
    return bool(outcome.get("failed") or outcome.get("unreachable"))


def _booking_note(result: TaskResult, outcome: TaskResult, own: str) -> str:
    """What to know of *own*, the host under whose name Ansible shows *result*, where its own *outcome* isn't
    the same.
    """
    if not own:
        return ""
    if result["failed"] and outcome and not _is_lost(outcome):
        return f"; Ansible books this for {own}, which is done"
    if not result["failed"] and result["changed"] and not outcome.get("changed"):
        return f"; Ansible books this for {own}, which was not changed"
    return ""


def interrupted_text(tally: fleet.Tally, hosts: list[str]) -> str:
    """Which hosts were done, and which not, by name."""
    groups = {
        "done": [host for host in hosts if host in tally.outcomes],
        "halfway (a command that was just sent may have been taken)": [
            host for host in hosts if host in tally.begun
        ],
        "not begun": [host for host in hosts if host not in tally.outcomes and host not in tally.begun],
    }
    return "\n".join(
        [
            tally.stopped or "",
            *(f"  {len(names)} {what}: {', '.join(names)}" for what, names in groups.items() if names),
        ]
    )
