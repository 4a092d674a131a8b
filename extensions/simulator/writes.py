# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""All writes, which firmware knows which, and their text form."""

from __future__ import annotations

from . import commands, commands_v2
from .generations import COMMAND_LEVELS, Options

_BY_LEVEL = dict(zip(COMMAND_LEVELS, (commands.WRITES, commands_v2.V2_0_5, commands_v2.V2_2_2)))
WRITES = {name: command for table in _BY_LEVEL.values() for name, command in table.items()}


def known(options: Options, name: str) -> bool:
    """Whether this firmware knows the write `name`."""
    if name in options.unknown_commands or name not in WRITES:
        return False
    levels = COMMAND_LEVELS[: COMMAND_LEVELS.index(options.command_level) + 1]
    return name in options.extra_commands or any(name in _BY_LEVEL[level] for level in levels)


# Parameter names in the document's order: the text form `cmd|a,b,c` gives values without names.
TEXT_PARAMETERS = {
    "update_pools": (
        "pool1",
        "worker1",
        "passwd1",
        "pool2",
        "worker2",
        "passwd2",
        "pool3",
        "worker3",
        "passwd3",
    ),
    "power_off": ("respbefore",),
    "update_pwd": ("old", "new"),
    "set_target_freq": ("percent",),
    "set_hostname": ("hostname",),
    "set_zone": ("timezone", "zonename"),
    "load_log": ("ip", "port", "proto"),
    "set_power_pct": ("percent",),
    "pre_power_on": ("complete", "msg"),
    "get_miner_info": ("info",),
    "adjust_power_limit": ("power_limit",),
    "adjust_upfreq_speed": ("upfreq_speed",),
    "set_poweroff_cool": ("poweroff_cool",),
    "set_fan_zero_speed": ("fan_zero_speed",),
    "set_temp_offset": ("temp_offset",),
    "set_power_pct_v2": ("percent",),
    "set_power": ("power",),
    "set_heat_mode": ("mode",),
    "set_fast_mining": ("fast_mining",),
    "set_fast_hash": ("fast_hash",),
    "set_customer_msg": ("key", "val"),
}


def from_text(line: str) -> dict:
    """`cmd|param` as the JSON form has it. set_led and net_config take one word or many."""
    command, _bar, rest = line.partition("|")
    request: dict = {"cmd": command}
    values = rest.split(",") if rest else []
    if command == "set_led" and values and values != ["auto"]:
        for name, value in zip(("color", "period", "duration", "start"), values):
            request[name] = int(value) if value.isdigit() else value
    elif command == "net_config" and values and values != ["dhcp"]:
        request.update(zip(("ip", "mask", "gate", "dns", "host"), values))
    elif command in TEXT_PARAMETERS:
        request.update(zip(TEXT_PARAMETERS[command], values))
    elif rest:
        request["param"] = rest
    return request
