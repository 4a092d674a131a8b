# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network: DHCP or a static address, and the host name (API document, 2.12).

Changing it reboots the miner.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._api.errors import BadParameter
from .._facts.tables import pick
from .base import Setting, Unknown, checked, reject, with_value
from .system import Hostname

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .._api.miner import Requests
    from .._engine.converge import Session
    from .._facts.shapes import Facts
    from .base import ByApi, Options

OPTIONS: Options = {
    "proto": {"type": "str", "choices": ["dhcp", "static"]},
    "address": {"type": "str"},
    "netmask": {"type": "str"},
    "gateway": {"type": "str"},
    "dns": {"type": "list", "elements": "str"},
    "hostname": {"type": "str"},
}

_NOT_SHOWN = "given, since the command carries all of it and this firmware doesn't show what it is now"

_CONFIGURE = "net_config"
# The same of API 3.
_CONFIGURE3 = "set.system.net_config"

# Option -> the parameter of net_config that carries it.
_PARAMETERS = {"address": "ip", "netmask": "mask", "gateway": "gate", "dns": "dns"}
# The same of set.system.net_config.
_API3_PARAMETERS = {"address": "ip", "netmask": "netmask", "gateway": "gateway", "dns": "dns"}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter.

    A host name alone doesn't need the reboot that net_config brings.
    """
    settings: list[Setting] = []
    wanted = {name: options[name] for name in _PARAMETERS if options.get(name) is not None}
    proto = options.get("proto") or ("static" if wanted else None)
    if proto is not None:
        settings.append(Network({"proto": proto, **wanted}, options.get("hostname")))
    if options.get("hostname") is not None:
        settings.append(Hostname(options["hostname"]))
    return settings


#: The facts that `observed` goes by.
OBSERVED = tuple(f"network.{name}" for name in ("proto", *_PARAMETERS))


def observed(facts: Facts) -> list[Options]:
    """The options that declare what *facts* show. The host name stands among the system's."""
    network: Mapping[str, Any] = facts.get("network", {})
    if network.get("proto") != "static":
        return [{"proto": "dhcp"}] if network.get("proto") == "dhcp" else []
    return [{"proto": "static", **{name: network[name] for name in _PARAMETERS if network.get(name)}}]


class Network(Setting):
    """``{"proto": "dhcp"}``, or static with address, netmask, gateway and dns (a list).

    What isn't declared stays as the miner shows it; firmware that doesn't show it needs it declared, since
    net_config carries all of it.
    """

    desired: dict[str, Any]
    name = "net"

    def __init__(self, desired: dict[str, Any], hostname: str | None = None) -> None:
        if desired["proto"] == "dhcp" and len(desired) > 1:
            reject("proto", f"static where {', '.join(name for name in desired if name != 'proto')} is given")
        for name, parameter in _PARAMETERS.items():
            if name in desired:
                checked(_CONFIGURE, parameter, _sent(desired[name]), option=name)
        if desired["proto"] == "static":
            _check_plausible(desired)
        super().__init__(desired)
        self.hostname = hostname
        self.address = desired.get("address")

    @property
    def facts(self) -> tuple[str, ...]:
        return (*(f"network.{name}" for name in self.desired), "hostname", *self.besides)

    def current(self, facts: Facts) -> object:
        shown = pick(facts.get("network", {}), self.desired)
        if len(shown) < len(self.desired):
            return Unknown("this firmware doesn't show its network settings")
        return shown

    def requests(self, current: object) -> ByApi:
        if self.desired["proto"] == "dhcp":
            return {2: [(_CONFIGURE, {"param": "dhcp"})], 3: [with_value(_CONFIGURE3, "dhcp")]}
        sent = {name: _sent(self.desired.get(name, "")) for name in _PARAMETERS}
        old = {_PARAMETERS[name]: text for name, text in sent.items()}
        new = {_API3_PARAMETERS[name]: text for name, text in sent.items()}
        return {
            2: [(_CONFIGURE, {**old, "host": self.hostname or ""})],
            3: [(_CONFIGURE3, new)],
        }

    def completed(self, facts: Facts) -> Network:
        """The same setting with what isn't declared taken from *facts*.

        Raises BadParameter for what neither gives.
        """
        if self.desired["proto"] == "dhcp":
            return self
        network = facts.get("network", {})
        whole: dict[str, Any] = {"proto": "static"}
        for name in _PARAMETERS:
            whole[name] = self.desired.get(name) or network.get(name)
            if not whole[name]:
                reject(name, _NOT_SHOWN)
        hostname = self.hostname or facts.get("hostname")
        if facts.get("api", {}).get("generation") == 3:  # its command doesn't carry the host name
            return Network(whole, self.hostname)
        if not hostname:
            reject("hostname", _NOT_SHOWN)
        return Network(whole, self._sendable(hostname))

    def _sendable(self, hostname: str) -> str:
        """*hostname*, checked: a declared one strictly, while one that the miner has may hold ``_``."""
        if self.hostname:
            return str(Hostname(hostname).desired)
        try:
            return checked(_CONFIGURE, "host", hostname, option="hostname")
        except BadParameter as error:
            raise BadParameter(
                "hostname",
                f"given, since the one that the miner has can't be sent: it isn't {error.expected}",
            ) from None

    async def apply(self, session: Session, requests: Requests) -> None:
        ((command, params),) = requests
        await session.move(self, command, params, address=params.get("ip"))


def _sent(value: str | list[str]) -> str:
    return " ".join(value) if isinstance(value, list) else value


def _check_plausible(desired: dict[str, Any]) -> None:
    """Refuse addresses that would leave the miner out of reach, as far as *desired* tells."""
    address, gateway = (
        desired.get(name) and ipaddress.IPv4Address(desired[name]) for name in ("address", "gateway")
    )
    for option, value in (("address", address), ("gateway", gateway)):
        if value and (
            value.is_multicast or value.is_unspecified or value.is_reserved or value in _THIS_NETWORK
        ):
            reject(option, "an address that a host can have")
    if address and address == gateway:
        reject("gateway", f"another address than the miner's own, {address}")
    if address and "netmask" in desired:
        network = ipaddress.IPv4Network(f"{address}/{desired['netmask']}", strict=False)
        if network.prefixlen > 30:
            reject("netmask", "one that leaves room for a gateway (at most 255.255.255.252)")
        if address in (network.network_address, network.broadcast_address):
            reject("address", f"a host's, and not the network or broadcast address of {network}")
        if gateway and (
            gateway not in network or gateway in (network.network_address, network.broadcast_address)
        ):
            reject("gateway", f"a host's address inside the miner's network {network}")


_THIS_NETWORK = ipaddress.IPv4Network("0.0.0.0/8")
