# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let LEDs flash for a while, and have them back as they were, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shorten_list
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep.outcomes import (
    problem_of,
    sort_out,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

    #: The options of whatsminer_led, of one host.
    Led = dict[str, Any]

AUTO: Led = {"mode": "auto"}
_NAMED = 20


class Fleet(Protocol):
    """The miners and the people."""

    check_mode: bool

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        """The results of whatsminer_facts, with the LED."""

    def declared_led(self, host: str) -> Led | None:
        """What the variables of *host* declare of its LED."""

    def set_leds(self, leds: Mapping[str, Led]) -> list[TaskResult]:
        """The results of whatsminer_led, with the options of each host."""

    def set_afterwards(self, leds: Mapping[str, Led]) -> AbstractContextManager[None]:
        """While the block runs: whatever ends this process, *leds* are set then."""

    def pause(self, seconds: float) -> None:
        """Let so much time go by."""

    def say(self, text: str) -> None:
        """Show a line."""

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""


@dataclass
class Located:
    """The miners that flashed, those that are *held*, and what went wrong with others: host -> why.

    *taken_over* flashed before, and nobody knows how: their LEDs are left to the miners. *not_back* still
    flash.
    """

    flashed: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    taken_over: list[str] = field(default_factory=list)
    not_back: dict[str, str] = field(default_factory=dict)


def locate(fleet: Fleet, hosts: Sequence[str], led: Led, seconds: float) -> Located:
    """Let the LEDs of *hosts* flash like *led* for so many *seconds*. In check mode nothing is set."""
    found = Located()
    before = _as_they_were(fleet, hosts, found)
    if not before:
        return found
    if fleet.check_mode:
        _flash(fleet, before, led, found)
        return found
    fleet.stands("the LEDs are given back now")
    with fleet.set_afterwards(before):
        try:
            _flash(fleet, before, led, found)
            if found.flashed:
                names = shorten_list(found.flashed, _NAMED)
                fleet.say(f"flashing {counted(len(found.flashed), 'LED')} for {seconds:g} s: {names}")
                fleet.pause(seconds)
        finally:
            # Also where setting it failed: it may have been set all the same.
            back = {host: was for host, was in before.items() if host not in found.held}
            for result in fleet.set_leds(back):
                problem = problem_of(result)
                if problem:
                    found.not_back[result["host"]] = problem
    return found


def _as_they_were(fleet: Fleet, hosts: Sequence[str], found: Located) -> dict[str, Led]:
    """What to set afterwards, of each of *hosts* that can be read.

    How an LED flashes can't be read. One that flashes already is given back what is declared of it, or else
    left to the miner.
    """
    before: dict[str, Led] = {}
    for result in fleet.read(hosts):
        host, problem = result["host"], problem_of(result)
        if problem:
            found.failed[host] = problem
            continue
        facts = (result.get("ansible_facts") or {}).get("whatsminer") or {}
        declared = fleet.declared_led(host) if facts.get("led") == "manual" else AUTO
        if declared is None:
            found.taken_over.append(host)
        before[host] = AUTO if declared is None else declared
    return before


def _flash(fleet: Fleet, before: Mapping[str, Led], led: Led, found: Located) -> None:
    results = fleet.set_leds(dict.fromkeys(before, led))
    sort_out(results, failed=found.failed, held=found.held, done=found.flashed)
