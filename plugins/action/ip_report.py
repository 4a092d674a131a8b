# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listen to the "IP report" buttons of miners, and write which machine stands where.

What a press means is decided in plugin_utils/_ip_report.
"""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import mac_address
from ansible_collections.minerops.whatsminer.plugins.modules import ip_report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import (
    RoleAction,
    end_without,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report import (
    loop,
    positions,
    saved_walk,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.datagrams import MOST_BYTES
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.walk import Noted, Walk
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import RoleResult


class ActionModule(RoleAction):
    """Listens once for all hosts of the play; the Site of loop.py."""

    _validator = ArgumentSpecValidator(
        ip_report.ARGUMENTS, mutually_exclusive=[["positions", "positions_file"]]
    )
    _standing = ""

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        self._parent = os.getppid()
        self._dest: str = arguments["dest"]
        self._positions_file: str | None = arguments["positions_file"]
        self._positions: list[str] | None = None
        if self._positions_file:
            self._positions = positions.of_file(self._positions_file, "positions_file")
        elif arguments["positions"]:
            self._positions = positions.expanded(arguments["positions"], "positions")
        _require_bounds(arguments)
        walk = Walk(self._names(), saved_walk.read(self._dest, "dest"))
        before = len(walk.noted)
        if not self.check_mode:
            self.save(walk.noted.values())  # it's seen now whether it can be written
        with self._socket(arguments["address"], arguments["udp_port"]) as self._ear:
            self._tell_begin(arguments, before)
            found, why = loop.listen(self, walk, seconds=arguments["seconds"], count=arguments["count"])
        left = [] if self._positions is None else self._left(walk)
        self.say(
            f"{why}: {counted(len(found), 'machine')} noted"
            + (f", {counted(len(left), 'position')} left" if left else "")
            + ("" if self.check_mode else f"; {self._dest} holds {len(walk.noted)}")
        )
        report = {
            "noted": [asdict(each) for each in found],
            "unknown": [each.mac for each in found if not each.host],
            "left": left,
            "ended": why,
        }
        return {"changed": bool(found), "report": report, "problem": ""}

    def _tell_begin(self, arguments: dict[str, Any], before: int) -> None:
        goes_on = f", going on after {counted(before, 'machine')}" if before else ""
        port = self._ear.getsockname()[1]
        self.say(
            f"listening on UDP port {port} for {arguments['seconds']} s{goes_on}: press the IP report button "
            "of each miner, in the order of the positions"
        )
        self.stands(f"{self._dest} holds what was noted so far: run again to go on")

    def _left(self, walk: Walk) -> list[str]:
        taken = {each.position for each in walk.noted.values()}
        return [position for position in self._positions or () if position not in taken]

    def _names(self) -> dict[str, str]:
        """The inventory's hosts by MAC address, as far as their variables can be worked out."""
        found = {}
        for host in plain(self._task_vars["groups"]["all"]):
            try:
                mac = mac_address(self._task_vars["hostvars"][host].get("whatsminer_mac"))
            except AnsibleError:
                continue
            if mac is not None:
                found[mac] = host
        return found

    def _socket(self, address: str, port: int) -> socket.socket:
        """Raises ValueError where it can't be listened."""
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            ear.bind((address, port))
        except (OSError, OverflowError) as error:
            ear.close()
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise ValueError(
                f"UDP port {port} of {address} can't be listened on: {reason}. Is WhatsMinerTool, or another "
                "listener, running on this machine?"
            ) from None
        return ear

    # The world, for loop.py

    def moment(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))

    def receive(self, seconds: float) -> tuple[bytes, str] | None:
        self._ear.settimeout(max(seconds, 0.001))
        try:
            data, sender = self._ear.recvfrom(MOST_BYTES)
        except TimeoutError:
            end_without(self._parent)
            return None
        return data, str(sender[0])

    def positions(self) -> list[str] | None:
        if self._positions_file:
            try:
                self._positions = positions.of_file(self._positions_file, "positions_file")
            except ValueError as error:
                # It may be written just now: what it said last holds.
                self._tell_once(str(error))
        return self._positions

    def save(self, noted: Iterable[Noted]) -> None:
        if not self.check_mode:
            saved_walk.write(os.path.expanduser(self._dest), noted, "dest")

    _told = ""

    def _tell_once(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self.say(text)


def _require_bounds(arguments: dict[str, Any]) -> None:
    """Raise ValueError unless the walk will end."""
    for name in ("seconds", "count"):
        if arguments[name] is not None and arguments[name] < 1:
            raise ValueError(f"{name} must be at least 1, and is {arguments[name]}")
