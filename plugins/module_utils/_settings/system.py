# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rest of the system: host name, time zone, SSH, remote log, own data.

API document V1.3.11, 2.10, 2.19 to 2.21, and what that of API 2.2.2 added.
"""

from __future__ import annotations

from .._api.v2.commands import CUSTOM_KEYS
from .base import Setting, checked, reject

SSH_PORT = 22

OPTIONS = {
    "hostname": {"type": "str"},
    "timezone": {"type": "str"},
    "zonename": {"type": "str"},
    "ssh": {"type": "bool"},
    "ssh_port": {"type": "int", "default": SSH_PORT},
    "remote_log": {
        "type": "dict",
        "options": {
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "required": True},
            "proto": {"type": "str", "choices": ["tcp", "udp"], "default": "udp"},
        },
    },
    "custom_data": {"type": "dict"},
}


def declared(options):
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings = []
    if options.get("hostname") is not None:
        settings.append(Hostname(options["hostname"]))
    zone = [options.get(name) for name in ("timezone", "zonename")]
    if zone != [None, None]:
        settings.append(TimeZone(*zone))
    if options.get("remote_log") is not None:
        settings.append(RemoteLog(options["remote_log"]))
    if options.get("ssh") is not None:
        port = options.get("ssh_port")
        settings.append(Ssh(options["ssh"], SSH_PORT if port is None else port))
    if options.get("custom_data"):
        settings.append(CustomData(options["custom_data"]))
    return settings


class Hostname(Setting):
    """The miner's host name."""

    name = "hostname"
    reads = ("summary", "get_miner_info")
    fact = "hostname"
    deferred = True

    def __init__(self, desired):
        super().__init__(checked("set_hostname", "hostname", desired, "hostname"))

    def orders(self, current):
        return [("set_hostname", {"hostname": self.desired})]


class TimeZone(Setting):
    """The time zone, as a POSIX zone and as a zone's name: the miner wants both."""

    name = "timezone"
    reads = ("summary",)

    def __init__(self, timezone, zonename):
        for option, value in (("timezone", timezone), ("zonename", zonename)):
            if value is None:
                reject(option, "given, since the miner takes timezone and zonename only together")
            checked("set_zone", option, value, option)
        super().__init__({"timezone": timezone, "zonename": zonename})

    def orders(self, current):
        return [("set_zone", self.desired)]


class Ssh(Setting):
    """Whether the miner's SSH server is open, which its port shows."""

    name = "ssh"

    def __init__(self, desired, port):
        super().__init__(desired)
        if not 1 <= port <= 65535:
            reject("ssh_port", "a port, 1 to 65535")
        self.port = port

    async def probe(self, miner):
        return {"ssh": await miner.accepts(self.port)}

    def current(self, facts):
        return facts["ssh"]

    def orders(self, current):
        return [("ssh_open" if self.desired else "ssh_close", {})]


class RemoteLog(Setting):
    """Where the miner sends its log."""

    name = "remote_log"
    reads = ("summary",)

    def __init__(self, target):
        for option, parameter in (("address", "ip"), ("port", "port"), ("proto", "proto")):
            checked("load_log", parameter, target[option], f"remote_log.{option}")
        super().__init__(dict(target))

    def orders(self, current):
        return [
            ("load_log", {"ip": self.desired["address"], "port": self.desired["port"], "proto": self.desired["proto"]})
        ]


class CustomData(Setting):
    """The owner's own texts by key, ``CustomerSn`` and ``msg0`` to ``msg9``. Only a sealed command shows them."""

    name = "custom_data"
    reads = ("summary",)

    def __init__(self, texts):
        for key, value in texts.items():
            if key not in CUSTOM_KEYS:
                reject("custom_data", f"texts by the keys {', '.join(CUSTOM_KEYS)} only")
            checked("set_customer_msg", "val", value, f"custom_data.{key}")
        super().__init__({key: str(value) for key, value in texts.items()})

    def orders(self, current):
        return [("set_customer_msg", {"key": key, "val": value}) for key, value in self.desired.items()]
