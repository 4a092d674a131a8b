# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes of API 2.0.5 to 2.2.2, by the user's manual V2.2.2 and public clients.

As in commands.py, a function checks its parameters and returns a `Taken`, or raises Refused. Values are
strings.
"""

from __future__ import annotations

import functools
import re

from . import parameters
from .commands import Taken
from .state import CUSTOMER_KEYS, OWN_LIMIT


def adjust_power_limit(miner, request) -> Taken:
    """0 (none) to nominal, in W, or 99999 (the machine's own). Mining restarts at each call."""
    watts = parameters.number(request, "power_limit", 0, OWN_LIMIT)
    if miner.nominal_limit < watts < OWN_LIMIT:
        if miner.options.limit_above_nominal == "refuse":
            raise parameters.bad()
        watts = miner.nominal_limit
    return Taken(lambda: miner.set_power_limit(watts))


def adjust_upfreq_speed(miner, request) -> Taken:
    """0 (normal) to 9 (fastest), to 10 since 2.2.2."""
    speed = parameters.number(request, "upfreq_speed", 0, 10 if miner.options.command_level == "2.2.2" else 9)
    return Taken(lambda: miner.store(upfreq_speed=speed))


def _switch(name):
    def command(miner, request) -> Taken:
        """ "0" or "1"."""
        on = parameters.number(request, name, 0, 1) == 1
        return Taken(functools.partial(miner.store, **{name: on}))

    return command


def set_temp_offset(miner, request) -> Taken:
    """-30 to 0 degrees. Sources differ on the type: a string or an integer."""
    value = request.get("temp_offset")
    if value.__class__ is int:
        request = {"temp_offset": str(value)}
    offset = parameters.number(request, "temp_offset", -30, 0)
    return Taken(lambda: miner.store(temp_offset=offset))


def set_power_pct_v2(miner, request) -> Taken:
    """The slow way to a percentage: up to 200 where liquid-cooled, up to 100 on air."""
    percent = parameters.number(request, "percent", 0, 200 if miner.model.hydro else 100)
    return Taken(lambda: miner.set_percent(percent, "normal"))


def restore_power_pct(miner, request) -> Taken:
    """Ends what set_power_pct and set_power_pct_v2 did, without a restart."""
    return Taken(lambda: miner.set_percent(100, ""))


def set_power(miner, request) -> Taken:
    """Watts, directly."""
    watts = parameters.number(request, "power", 1, miner.nominal_limit)
    return Taken(lambda: miner.set_target(watts))


def set_heat_mode(miner, request) -> Taken:
    """Where liquid-cooled only."""
    mode = request.get("mode")
    if mode not in ("anti-icing", "heating") or not miner.model.hydro:
        raise parameters.bad()
    return Taken(lambda: miner.store(heat_mode=mode))


def _autostart(on):
    def command(miner, request) -> Taken:
        """Whether it mines after a reboot."""
        return Taken(lambda: miner.store(autostart=on))

    return command


def _fast_hash(parameter):
    def command(miner, request) -> Taken:
        """Of models VK, VL and VM."""
        on = parameters.number(request, parameter, 0, 1) == 1
        if not re.search("V[KLM][0-9]", miner.state.model):
            raise parameters.bad()
        return Taken(lambda: miner.store(fast_hash=on))

    return command


def set_customer_msg(miner, request) -> Taken:
    """One of eleven texts that the miner keeps for its owner."""
    key = request.get("key")
    if key not in CUSTOMER_KEYS:
        raise parameters.bad()
    text = parameters.text(request, "val", empty=True)
    return Taken(lambda: miner.state.customer.update({key: text}))


def get_customer_msg(miner, request) -> Taken:
    """A read, that the manual lists among the writes: it wants a token."""
    return Taken(msg={key: miner.state.customer.get(key, "") for key in CUSTOMER_KEYS})


V2_0_5 = {
    "adjust_power_limit": adjust_power_limit,
    "adjust_upfreq_speed": adjust_upfreq_speed,
    "set_poweroff_cool": _switch("poweroff_cool"),
    "set_fan_zero_speed": _switch("fan_zero_speed"),
    "set_temp_offset": set_temp_offset,
}
V2_2_2 = {
    "set_power_pct_v2": set_power_pct_v2,
    "restore_power_pct": restore_power_pct,
    "set_power": set_power,
    "set_heat_mode": set_heat_mode,
    "enable_btminer_init": _autostart(True),
    "disable_btminer_init": _autostart(False),
    "set_fast_mining": _fast_hash("fast_mining"),
    "set_fast_hash": _fast_hash("fast_hash"),
    "set_customer_msg": set_customer_msg,
    "get_customer_msg": get_customer_msg,
}
