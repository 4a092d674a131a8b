# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print a fleet file: a miner for each writable command and each thing that can become of it.

What all firmware has is tried on an old and a newer API, what only API 2.2 has on that, and API 3 by its own
commands.
"""

from __future__ import annotations

import contextlib
import json
import socket

GENERATIONS = ("1.3", "2.0")
NEWEST = ("2.2",)
API_3 = ("3-only",)
POOLS = [{"url": "stratum+tcp://pool.example.com:3333", "user": "farm.rack1"}]
MANUAL = {"mode": "manual", "color": "red", "period": 1000, "duration": 500, "start": 0}


def ssh_port():
    """Where a fake miner's SSH can listen: port 22, where nothing else on this machine has it."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.200.200.200", 22))
            probe.listen()
        except OSError:
            return 2022
    return 22


SSH = ssh_port()

# (command, what is declared, the state that the miner begins with, the generations that show what became of
# it)
SETTINGS = (
    ("update_pools", {"pools": POOLS}, {}, GENERATIONS),
    ("power_off", {"power": {"state": "off"}}, {}, GENERATIONS),
    ("power_on", {"power": {"state": "on"}}, {"powered": False}, GENERATIONS),
    ("set_low_power", {"power": {"mode": "low"}}, {}, GENERATIONS),
    ("set_normal_power", {"power": {"mode": "normal"}}, {"mode": "Low"}, GENERATIONS),
    ("set_high_power", {"power": {"mode": "high"}}, {}, GENERATIONS),
    ("ssh_open", {"system": {"ssh": True, "ssh_port": SSH}}, {}, GENERATIONS),
    ("ssh_close", {"system": {"ssh": False, "ssh_port": SSH}}, {"ssh": True}, GENERATIONS),
    ("net_config", {"net": {"proto": "dhcp"}}, {"proto": "static"}, GENERATIONS),
    ("set_hostname", {"system": {"hostname": "rack1-01"}}, {}, ("2.0",)),
    ("enable_btminer_fast_boot", {"power": {"fast_boot": True}}, {}, ("2.0",)),
    ("disable_btminer_fast_boot", {"power": {"fast_boot": False}}, {"fast_boot": True}, ("2.0",)),
    ("set_led", {"led": {"mode": "auto"}}, {"led": MANUAL}, ("2.0",)),
    ("enable_web_pools", {"pools": {"web_access": True}}, {"web_pools": False}, ()),
    ("disable_web_pools", {"pools": {"web_access": False}}, {}, ()),
    ("set_zone", {"system": {"timezone": "UTC-3", "zonename": "Europe/Istanbul"}}, {}, ()),
    ("load_log", {"system": {"remote_log": {"address": "127.0.0.9", "port": 514}}}, {}, ()),
    ("set_power_pct", {"power": {"percent": 80}}, {}, ()),
    ("set_target_freq", {"power": {"frequency_percent": 5}}, {}, ()),
    ("pre_power_on", {"power": {"state": "preheated"}}, {"powered": False}, ()),
)
NEWER = (
    ("adjust_power_limit", {"power": {"limit_watts": 3200}}, {}, NEWEST),
    ("adjust_upfreq_speed", {"power": {"upfreq_speed": 3}}, {}, NEWEST),
    ("set_fast_hash", {"power": {"fast_hash": True}}, {}, NEWEST),
    ("set_power_pct_v2", {"power": {"percent": 80, "percent_mode": "normal"}}, {}, NEWEST),
    ("restore_power_pct", {"power": {"percent": 100}}, {"percent": 80}, NEWEST),
    ("set_poweroff_cool", {"cooling": {"poweroff_cool": True}}, {}, ()),
    ("set_customer_msg", {"system": {"custom_data": {"msg0": "rack1"}}}, {}, ()),
)
# What modules of their own do. An image isn't sent to a miner that doesn't say that it's ready.
ACTS = (
    ("reboot", {}, {}, GENERATIONS),
    ("restart_btminer", {}, {}, GENERATIONS),
    ("factory_reset", {}, {}, GENERATIONS),
    ("update_pwd", {}, {}, GENERATIONS),
    ("update_firmware", {}, {}, ()),
    ("download_logs", {}, {}, ()),
)
# API 3's commands show all but whether mining starts with the machine.
SETTINGS_OF_3 = (
    ("set.miner.pools", {"pools": POOLS}, {}, API_3),
    ("set.miner.service", {"power": {"state": "off"}}, {}, API_3),
    ("set.miner.power_mode", {"power": {"mode": "low"}}, {}, API_3),
    ("set.miner.power_limit", {"power": {"limit_watts": 3200}}, {}, API_3),
    ("set.miner.target_freq", {"power": {"frequency_percent": -5}}, {}, API_3),
    ("set.miner.fastboot", {"power": {"fast_boot": True}}, {}, API_3),
    ("set.fan.poweroff_cool", {"cooling": {"poweroff_cool": True}}, {}, API_3),
    ("set.system.net_config", {"net": {"proto": "dhcp"}}, {"proto": "static"}, API_3),
    ("set.system.hostname", {"system": {"hostname": "rack1-01"}}, {}, API_3),
    ("set.system.timezone", {"system": {"timezone": "UTC-3", "zonename": "Europe/Istanbul"}}, {}, API_3),
    ("set.log.upload", {"system": {"remote_log": {"address": "127.0.0.9", "port": 514}}}, {}, API_3),
    ("set.system.ntp_server", {"system": {"ntp_servers": ["ntp.example.com"]}}, {}, API_3),
    ("set.device.custom_data", {"system": {"custom_data": {"msg0": "rack1"}}}, {}, API_3),
    ("set.system.webpools", {"pools": {"web_access": False}}, {}, API_3),
    ("set.system.led", {"led": {"mode": "auto"}}, {"led": MANUAL}, API_3),
)
ACTS_OF_3 = {
    "reboot": "set.system.reboot",
    "restart_btminer": "set.miner.service",
    "factory_reset": "set.system.factory_reset",
    "update_pwd": "set.user.change_passwd",
    "update_firmware": "set.system.update_firmware",
    "download_logs": "get.log.download",
}


def faults(fault, command, generation):
    """The simulator's faults: firmware may close the connection in silence, or leave it open."""
    if command == "get.log.download" and fault != "refused":  # no write: what isn't answered isn't done
        return {"silent": True, "only_commands": [command]}
    if fault == "refused":
        return {"deny": {command: "not today"}}
    how = "close" if generation == "1.3" else "hang"
    return {{"silent": "write_silent", "lost": "write_lost"}[fault]: [command], "silent_how": how}


def miners():
    """The fleet's miners."""
    acts_of_3 = [(act, declared, state, shown_by and API_3) for act, declared, state, shown_by in ACTS]
    for group, table, generations in (
        ("settings", SETTINGS, GENERATIONS),
        ("settings", NEWER, NEWEST),
        ("settings", SETTINGS_OF_3, API_3),
        ("acts", ACTS, GENERATIONS),
        ("acts", acts_of_3, API_3),
    ):
        for what, declared, state, shown_by in table:
            for generation in generations:
                command = ACTS_OF_3.get(what, what) if generation in API_3 else what
                for fault in ("silent", "lost", "refused"):
                    yield {
                        "name": f"{what.replace('_', '-')}-{fault}-{generation}",
                        "generation": generation,
                        "groups": [group],
                        "state": state,
                        "faults": faults(fault, command, generation),
                        "vars": {
                            "command": command,
                            "act": what,
                            "declared": declared,
                            "fault": fault,
                            "shown": generation in shown_by,
                        },
                    }


DEFAULTS = {
    "password": "fleet-pw",
    "options": {
        "reboot_delay_seconds": 0.05,
        "reboot_seconds": 0.4,
        "restart_seconds": 0.3,
        "upfreq_seconds": 0.1,
        "power_off_seconds": 0.05,
        "ssh_fallback_port": 2022,
    },
}

print(json.dumps({"defaults": DEFAULTS, "miners": list(miners())}))
