# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listen until all positions are noted, as many machines are as were asked for, or the time is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.excerpt import printable
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.datagrams import press_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.walk import Noted, Walk

# So many datagrams that report nothing are told one by one: whoever floods the port doesn't flood the screen.
_MOST_TOLD = 20
# Nobody presses more buttons on a walk: whoever floods the port with made-up machines doesn't fill the file.
_MOST_NOTED = 2_000
# How often the positions are read again while nothing comes.
_LOOK_SECONDS = 1.0


class Site(Protocol):
    """What a walk needs of the world."""

    def clock(self) -> float:
        """Seconds that only go forward."""

    def moment(self) -> str:
        """The present moment, as text."""

    def say(self, text: str) -> None:
        """Show a line."""

    def receive(self, seconds: float) -> tuple[bytes, str] | None:
        """A datagram and the address of its sender, if one comes within so many *seconds*."""

    def positions(self) -> list[str] | None:
        """The positions in order, as they stand now; None if none are declared."""

    def save(self, noted: Iterable[Noted]) -> None:
        """Write all that is *noted*."""


def listen(site: Site, walk: Walk, *, seconds: float, count: int | None) -> tuple[list[Noted], str]:
    """The machines that were noted now, and why the walk ended."""
    until, ignored = site.clock() + seconds, 0
    found: list[Noted] = []
    named = None
    while True:
        positions = site.positions()
        position = "" if positions is None else walk.next_position(positions)
        if position is None:
            return found, "all positions are noted"
        if count is not None and len(found) >= count:
            return found, f"{counted(count, 'machine')} noted, as asked for"
        if len(found) >= _MOST_NOTED:
            return found, f"{_MOST_NOTED} machines noted, the most of one walk (run again to go on)"
        if position and position != named:
            site.say(f"next: {shown(position)}")
            named = position
        while True:
            left = until - site.clock()
            if left <= 0:
                return found, "the time is over"
            received = site.receive(min(left, _LOOK_SECONDS))
            if received is None:
                break
            data, sender = received
            press = press_of(data, sender)
            if press is None:
                ignored += 1
                _tell_ignored(site, data, sender, ignored)
                continue
            is_new, line = walk.press(press, position, at=site.moment(), clock=site.clock())
            if line:
                site.say(line)
            if is_new:
                found.append(walk.noted[press.mac])
                site.save(walk.noted.values())
                break


def _tell_ignored(site: Site, data: bytes, sender: str, number: int) -> None:
    if number <= _MOST_TOLD:
        site.say(f"ignored: {counted(len(data), 'byte')} from {sender} report nothing: {printable(data, 60)}")
    if number == _MOST_TOLD:
        site.say("further ones are ignored without a word")
