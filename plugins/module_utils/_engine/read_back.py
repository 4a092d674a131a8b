# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a miner until it shows what was applied, or has tuned its frequencies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._api.errors import NotAMiner, NotConverged, Unreachable, WhatsminerError
from .._facts.clocks import CLOCKS
from .._settings.base import Unknown
from .plan import shown
from .restarts import Pauses

if TYPE_CHECKING:
    from .._settings.base import Setting
    from .reader import Reader


class ReadBack:
    """Reads back by *reader*, for *timeout* seconds at most. *tuning*: it ended while the miner tuned."""

    def __init__(self, reader: Reader, timeout: float) -> None:
        self.tuning = False
        self._reader = reader
        self._timeout = timeout

    async def wait_until_shown(
        self,
        settings: list[Setting],
        *,
        patience: float | None = None,
        restarted: bool = False,
        tuned: bool = False,
    ) -> None:
        """Read until the miner shows all of *settings* that it can show as desired, and is up.

        *restarted*: it may be down, and the facts that tell are read in any case. Raises NotConverged after
        the timeout, or once the miner has shown an old value for *patience* seconds: that starts anew
        whenever the miner is away or starting. Without *patience* the miner has said yes:
        then it needn't show a deferred setting, and one that makes it tune counts as applied as long as it
        tunes. With *tuned* the end of that is waited for, as far as the timeout allows.
        """
        begun = time.monotonic()
        steady_since = None
        async for _again in Pauses():
            remaining, down, fault = settings, True, None
            try:
                down = await self._reader.read(settings, *(CLOCKS.values() if restarted else ()), once=True)
                remaining = [
                    it for it in settings if self._is_open(it, down, patience is not None, tuned=tuned)
                ]
            except (Unreachable, NotAMiner) as error:
                fault = error
            if not remaining:
                return
            now = time.monotonic()
            steady_since = (steady_since or now) if not down else None
            gave_up = patience is not None and steady_since is not None and now - steady_since > patience
            if not gave_up and now - begun <= self._timeout:
                continue
            if patience is None and fault is None and all(map(self._is_tuning_for, remaining)):
                self.tuning = True
                return
            problem = self._still(remaining, fault, now - begun)
            raise NotConverged(problem, miner=self._reader.miner.name)

    async def wait_until_tuned(self, setting: Setting) -> None:
        """Wait until the miner has tuned its frequencies, since *setting*, sent before, would be lost.

        Firmware that doesn't show whether it tunes isn't waited for. Raises NotConverged.
        """
        begun = time.monotonic()
        async for _again in Pauses():
            fault = "the miner is still tuning"
            try:
                reading = await self._reader.miner.read("tuning", "state", once=True)
                if not reading.down and not reading.facts.get("tuning"):
                    return
            except (Unreachable, NotAMiner) as error:
                fault = error.problem
            if time.monotonic() - begun > self._timeout:
                raise NotConverged(
                    f"{setting.name} wasn't sent, since it would be lost: after {self._timeout:g} s {fault}",
                    miner=self._reader.miner.name,
                )

    def _is_open(self, setting: Setting, down: bool, unproved: bool, *, tuned: bool) -> bool:
        """Whether the miner may still come to show *setting* as desired.

        *unproved*: nothing but that proves that it was taken; *tuned* as in `wait_until_shown`.
        """
        current = setting.current(self._reader.known)
        is_shown = isinstance(current, Unknown) or setting.met_by(current)
        if not is_shown and (unproved or not setting.deferred):
            return True
        starting = down and self._reader.known.get("state") != "off"
        return starting or (tuned and self._is_tuning_for(setting))

    def _is_tuning_for(self, setting: Setting) -> bool:
        return setting.tunes and self._reader.known.get("tuning", False)

    def _still(self, settings: list[Setting], fault: WhatsminerError | None, seconds: float) -> str:
        if fault is not None:
            names = ", ".join(setting.name for setting in settings)
            return f"after {seconds:.0f} s it doesn't show {names}: {fault.problem}"
        mask = self._reader.miner.mask
        differences = (
            f"{setting.name} is {mask.value(shown(setting, setting.current(self._reader.known)))} and "
            f"not {shown(setting, setting.desired)}"
            for setting in settings
        )
        return f"after {seconds:.0f} s {'; '.join(differences)}"
