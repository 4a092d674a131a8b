# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rest of the system: host name, time zone, SSH, remote log, time servers, own data.

API document V1.3.11, 2.10, 2.19 to 2.21, and what that of API 2.2.2 added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.commands import CUSTOM_KEYS
from .._api.v3.commands import PARAM
from .._facts.tables import pick
from .base import Setting, SingleValue, Unknown, checked, reject, shown_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._api.miner import Miner
    from .._facts.shapes import Facts
    from .base import ByApi, Options

SSH_PORT = 22
_SET_ZONE = "set_zone"
_SET_DELAYS = "set.system.time_randomized"
_SET_REMOTE_LOG = "load_log"
_SET_TEXT = "set_customer_msg"

OPTIONS: Options = {
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
    "ntp_servers": {"type": "list", "elements": "str"},
    "delay_seconds": {
        "type": "dict",
        "options": {
            "start": {"type": "int", "required": True},
            "stop": {"type": "int", "required": True},
        },
    },
    "custom_data": {"type": "dict"},
}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings: list[Setting] = []
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
    if options.get("ntp_servers") is not None:
        settings.append(NtpServers(options["ntp_servers"]))
    if options.get("delay_seconds") is not None:
        settings.append(DelaySeconds(options["delay_seconds"]))
    if options.get("custom_data"):
        settings.append(CustomData(options["custom_data"]))
    return settings


_FACT_OF = {"hostname": "hostname", "ssh": "ssh", "ntp_servers": "network.ntp_servers"}
# Options that stand for a setting only together, and such with parts that do.
_TOGETHER = ("timezone", "zonename")
_PARTS = {"remote_log": ("address", "port", "proto"), "delay_seconds": ("start", "stop")}
#: The facts that `observed` goes by; ``ssh`` is found out otherwise.
OBSERVED = ("hostname", "network.ntp_servers", *_TOGETHER, *_PARTS, "custom_data")


def observed(facts: Facts) -> list[Options]:
    """The options, one setting's at a time, that declare what *facts* show."""
    known: Mapping[str, Any] = facts
    found = shown_of(facts, _FACT_OF)
    if all(known.get(option) for option in _TOGETHER):
        found.append({option: known[option] for option in _TOGETHER})
    for option, parts in _PARTS.items():
        shown = known.get(option) or {}
        if all(part in shown for part in parts):
            found.append({option: {part: shown[part] for part in parts}})
    texts = {key: text for key, text in facts.get("custom_data", {}).items() if text}
    return [*found, {"custom_data": texts}] if texts else found


class Hostname(SingleValue):
    """The miner's host name."""

    desired: str
    name = fact = "hostname"
    deferred = True
    ways = {2: ("set_hostname", "hostname"), 3: ("set.system.hostname", "hostname")}


class TimeZone(Setting):
    """The time zone, as a POSIX zone and as a zone's name: the miner wants both."""

    desired: dict[str, str]
    name = "timezone"

    def __init__(self, timezone: str | None, zonename: str | None) -> None:
        for option, value in (("timezone", timezone), ("zonename", zonename)):
            if value is None:
                reject(option, "given, since the miner takes timezone and zonename only together")
            checked(_SET_ZONE, option, value, option=option)
        super().__init__({"timezone": timezone, "zonename": zonename})

    @property
    def facts(self) -> tuple[str, ...]:
        return (*self.desired, *self.besides)

    def current(self, facts: Facts) -> object:
        shown = pick(facts, self.desired)
        return shown if len(shown) == len(self.desired) else Unknown("this firmware doesn't show it")

    def requests(self, current: object) -> ByApi:
        return {2: [(_SET_ZONE, self.desired)], 3: [("set.system.timezone", self.desired)]}


class Ssh(Setting):
    """Whether the miner's SSH server is open, which its port shows."""

    desired: bool
    name = "ssh"
    besides = ()

    def __init__(self, desired: bool, port: int) -> None:
        super().__init__(desired)
        if not 1 <= port <= 65535:
            reject("ssh_port", "a port, 1 to 65535")
        self.port = port

    async def probe(self, miner: Miner) -> Facts:
        return {"ssh": await miner.accepts(self.port)}

    def current(self, facts: Facts) -> object:
        return facts["ssh"]

    def requests(self, current: object) -> ByApi:
        return {2: [("ssh_open" if self.desired else "ssh_close", {})]}


class RemoteLog(Setting):
    """Where the miner sends its log."""

    desired: dict[str, Any]
    name = fact = "remote_log"

    def __init__(self, target: dict[str, Any]) -> None:
        for option, parameter in _LOG_PARAMETERS.items():
            checked(_SET_REMOTE_LOG, parameter, target[option], option=f"remote_log.{option}")
        super().__init__(dict(target))

    def requests(self, current: object) -> ByApi:
        params = {parameter: self.desired[option] for option, parameter in _LOG_PARAMETERS.items()}
        return {2: [(_SET_REMOTE_LOG, params)], 3: [("set.log.upload", params)]}


# Option of remote_log -> the parameter that carries it, in both APIs.
_LOG_PARAMETERS = {"address": "ip", "port": "port", "proto": "proto"}


class NtpServers(SingleValue):
    """The time servers, in the order in which they are declared."""

    desired: list[str]
    name = "ntp_servers"
    fact = "network.ntp_servers"
    ways = {3: ("set.system.ntp_server", PARAM)}

    def sent(self) -> str:
        return ",".join(self.desired)


class DelaySeconds(Setting):
    """The longest random delay before a start and before a stop, so that a site's load changes smoothly."""

    desired: dict[str, int]
    name = fact = "delay_seconds"

    def __init__(self, delays: dict[str, int]) -> None:
        for option in ("start", "stop"):
            checked(_SET_DELAYS, option, delays[option], option=f"delay_seconds.{option}")
        super().__init__({option: delays[option] for option in ("start", "stop")})

    def requests(self, current: object) -> ByApi:
        start, stop = self.desired["start"], self.desired["stop"]
        old = {"start_net_max_delay_seconds": start, "stop_mining_max_delay_seconds": stop}
        return {2: [("time_randomized", old)], 3: [(_SET_DELAYS, self.desired)]}


class CustomData(Setting):
    """The owner's own texts by key, ``CustomerSn`` and ``msg0`` to ``msg9``. API 2 shows them sealed only."""

    desired: dict[str, str]
    name = fact = "custom_data"

    def __init__(self, texts: dict[str, str]) -> None:
        for key, value in texts.items():
            if key not in CUSTOM_KEYS:
                reject("custom_data", f"texts by the keys {', '.join(CUSTOM_KEYS)} only")
            checked(_SET_TEXT, "val", value, option=f"custom_data.{key}")
        super().__init__({key: str(value) for key, value in texts.items()})

    def current(self, facts: Facts) -> object:
        shown = facts.get("custom_data")
        if shown is None:
            return super().current(facts)
        return {key: shown.get(key, "") for key in self.desired}

    def requests(self, current: object) -> ByApi:
        texts = self.desired.items()
        return {
            2: [(_SET_TEXT, {"key": key, "val": text}) for key, text in texts],
            3: [("set.device.custom_data", {"key": key, "value": text}) for key, text in texts],
        }
