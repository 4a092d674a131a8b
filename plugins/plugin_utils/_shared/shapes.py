# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of what Ansible hands over, for annotations: nothing here does any work."""

from __future__ import annotations

from typing import Any, TypedDict

#: What a report for people and programs holds: JSON's types.
Report = dict[str, Any]


class TaskResult(TypedDict, total=False):
    """What a task says of one host. RETURN of each module documents its own values besides.

    *host* is its name in the results of a fleet task. *cause* is the kind of failure (README, "When
    something goes wrong"). *held*, *after_restart*, *drifted* and *unknown* are those of the engine's Result.
    """

    host: str
    changed: bool
    failed: bool
    unreachable: bool
    skipped: bool
    msg: str
    cause: str
    miner: str
    command: str
    code: int | None
    commands: list[str]
    warnings: list[str]
    diff: Any
    drifted: list[str]
    unknown: dict[str, str]
    after_restart: list[str]
    held: dict[str, str]
    ansible_facts: dict[str, Any]


class FleetResult(TaskResult, total=False):
    """What a task says of all hosts together (RETURN of whatsminer_fleet)."""

    changed_hosts: list[str]
    failed_hosts: list[str]
    unreachable_hosts: list[str]
    not_done_hosts: list[str]
    counts: dict[str, int]
    results: list[TaskResult]


class RoleResult(TaskResult, total=False):
    """What the one task of a role that works in rounds says. *problem* is why the role fails, or empty."""

    report: Report
    problem: str
    ansible_stats: dict[str, Any]


class DispatchResult(TaskResult, total=False):
    """What the decision by the price says. *run* is ``curtail``, ``resume`` or empty, for the reason *why*,
    with *overrides*, variables of the role curtailment.
    """

    run: str
    why: str
    overrides: dict[str, Any]


#: The groups of the inventory, and the names of their hosts.
Groups = dict[str, list[str]]
