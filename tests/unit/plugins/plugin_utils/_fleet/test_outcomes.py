# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task shows of each host."""

from __future__ import annotations

import asyncio
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import direct, outcomes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import task_result
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._fleet.fleet_outcomes import (
    CHANGED,
    FAILED,
    HOSTS,
    OK,
    tally,
)


@pytest.fixture
def screen(monkeypatch):
    """What is displayed: (lines, warnings)."""
    lines, warnings = [], []
    monkeypatch.setattr(outcomes.display, "display", lambda text, color=None: lines.extend(text.split("\n")))
    monkeypatch.setattr(outcomes.display, "warning", warnings.append)
    return lines, warnings


def show(of_hosts, quiet=False, own="a", check_mode=False, **summary):
    """Show the outcomes *of_hosts* as a task does that Ansible books for the host *own*."""

    async def serve():
        shown = outcomes.Outcomes(types.SimpleNamespace(no_log=False, check_mode=check_mode), quiet, own)
        for host, outcome in of_hosts.items():
            shown.add(host, outcome)
        shown.show(task_result(tally(of_hosts), HOSTS, most_lost=summary.get("most_lost", 100), own=own))

    asyncio.run(serve())


def test_the_host_for_which_ansible_shows_the_change_is_not_shown_twice(screen):
    show({"a": CHANGED, "b": FAILED, "d": CHANGED})
    assert screen[0] == [
        "failed: [b] b: no",
        "changed: [d]",
        "of all hosts together: 4 total, 2 done, 2 changed, 1 failed, 0 unreachable",
    ]


def test_it_is_shown_where_ansible_shows_a_failure_instead(screen):
    show({"b": FAILED, "a": CHANGED}, most_lost=None)
    assert screen[0] == ["failed: [b] b: no", "changed: [a]"]


def test_a_warning_is_shown_once_with_how_many_miners_it_is_about(screen):
    warned = {**CHANGED, "warnings": ["no fact cache"]}
    show({"a": warned, "b": {**warned, "warnings": ["no fact cache", "it is old"]}, "c": warned, "d": OK})
    assert screen[1] == ["3 miners (a, b, c): no fact cache", "b: it is old"]


def test_a_quiet_task_shows_its_sum_only_if_it_changed_something(screen):
    show({"a": OK, "b": FAILED}, quiet=True)
    show({"a": OK, "b": CHANGED}, quiet=True, check_mode=True)
    assert screen == ([], [])
    show({"a": CHANGED}, quiet=True)
    assert screen[0] == ["of all hosts together: 4 total, 1 done, 1 changed, 0 failed, 0 unreachable"]


def test_text_of_a_miner_cannot_control_the_screen(screen):
    show({"b": {**FAILED, "msg": "b: \x1b[2J\u202e" + "x" * 1000}})
    assert screen[0][0].startswith("failed: [b] b: \\x1b[2J\\u202exx") and len(screen[0][0]) < 600
    assert direct.headed({"before": {"mode": "\x1b[2J"}, "after": {}}, "b") == {
        "before_header": "b",
        "after_header": "b",
        "before": {"mode": "\\x1b[2J"},
        "after": {},
    }
