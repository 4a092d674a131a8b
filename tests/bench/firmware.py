# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firmware to 50 miners in one task, beside a bare loop that sends the same image to as many at once.

Both read which machine it is, get a token, order, and stream; neither waits for the reboot. Times as in
fleet_read.py.
"""

from __future__ import annotations

import plays
import report
import stage

MINERS = 50
MEGABYTES = 16
BEGIN = {
    "options": {
        "reboot_delay_seconds": 0,
        "reboot_seconds": 0,
        "restart_seconds": 0,
        "upfreq_seconds": 0,
        "flash_seconds": 0,
    },
    "actions": ["void_tokens"],
    "advance_seconds": 1801,
}


class Firmware:
    """The image is sent whole again each time, though the version is there."""

    ROUNDS = 3
    ROWS = [report.Row("fleet firmware", "bare sends")]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION)
        self._player = on.plays(self._miners)
        self._hosts = min(MINERS, on.count)
        self._image = on.place / "image.bin"
        on.make_image(self._image, MEGABYTES)
        params = {"src": str(self._image), "force": True, "wait": False}
        self._task = {"fleet firmware": [plays.by_fleet("whatsminer_firmware", **params)]}

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner."""
        if number == 0:
            stage.same_requests(self._miners, lambda: self._ours(0), self._bare)
        return {"fleet firmware": self._ours(number), "bare sends": self._bare()}

    def _begin(self):
        self._miners.change(BEGIN)
        self._player.forget_tokens()

    def _ours(self, number):
        self._begin()
        names = frozenset(self._task)
        return self._player.per_host_task(self._task, number, hosts=self._hosts, once=names, changed=names)[
            "fleet firmware"
        ]

    def _bare(self):
        self._begin()
        return self._on.bare(
            self._miners, "firmware", units=self._hosts, first=self._hosts, image=str(self._image)
        )
