# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How hard a miner works, by its settings and the time since btminer started. No physics."""

from __future__ import annotations

import math

from . import ailments
from .state import OWN_LIMIT, Model

_MODE = {"Low": (0.82, 0.75), "Normal": (1.0, 1.0), "High": (1.12, 1.2)}  # hash rate, power
_LIMIT_ABOVE_POWER = 100


def nominal_limit(model: Model) -> int:
    """The highest power limit, in W, that a machine takes."""
    return model.power + _LIMIT_ABOVE_POWER


class Load:
    """How hard the miner works right now. `limit` is the power limit in effect."""

    __slots__ = ("model", "share", "hash_mhs", "watts", "power", "limit", "frequency", "steady", "wobble")

    def __init__(self, miner):
        state, on = miner.state, miner.hashing
        self.model: Model = miner.model
        rate, power = _MODE[state.mode]
        self.limit = int(self.model.power * power) + _LIMIT_ABOVE_POWER
        if 0 < state.power_limit < OWN_LIMIT:
            self.limit = min(self.limit, state.power_limit)
        settings = (state.percent / 100.0) * (1 + state.frequency_percent / 100.0)
        settings *= self._throttle(self.model.power * power * settings, state.target_watts)
        rate *= settings * miner.harm["hashrate_percent"] / 100.0
        if miner.faults.ailments:
            rate *= ailments.share(miner.faults.ailments, self.model.boards)
        self.steady = miner.tuned
        ramp = 1.0 if self.steady else max(0.05, min(1.0, miner.elapsed / (miner.upfreq_seconds or 1.0)))
        self.share = ramp * power * settings if on else 0.0
        # A miner's hash rate is never twice the same.
        self.wobble = 1 + 0.004 * math.sin(miner.number + miner.elapsed / 60.0)
        self.hash_mhs = round(self.model.factory_ghs * 1000.0 * rate * ramp * self.wobble, 2) if on else 0.0
        self.watts = self.model.power * self.share * self.wobble if on else 0.0
        self.power = int(self.watts)
        self.frequency = int(self.model.frequency * rate * ramp) if on else 0

    def _throttle(self, watts: float, target: int) -> float:
        """The share of `watts` that the limit and a target leave."""
        most = min(self.limit, target or self.limit)
        return min(1.0, most / watts) if watts > 0 else 1.0
