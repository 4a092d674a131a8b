# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the API document V1.3.11, and the two that newer firmware added (field notes).

This table is the only place where a command's parameters, their ranges and what the command does to a miner stand.
Parameters reach a root shell in some firmware, so each has an allow-list: what isn't known to be harmless isn't sent.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import IntEnum

from .errors import BadParameter


class Effect(IntEnum):
    """What a command does to a miner, in the order in which a plan sends them: least disruptive first."""

    NOTHING = 0  # reads
    CHANGES = 1  # changes a setting; mining goes on
    RESTARTS = 2  # btminer restarts: minutes of hashing lost
    SWITCHES = 3  # mining stops or starts
    REBOOTS = 4  # the control board reboots: the API is gone for a while, tokens are void
    MOVES = 5  # reboots, and may come back at another address
    RESETS = 6  # password, API switch, pools and network go back to the factory's


@dataclass(frozen=True)
class Parameter:
    """One parameter of a command.

    *check* takes the value as a string and returns whether it may be sent; *expected* completes the sentence
    "NAME must be ...". *wire* is the JSON type the miner wants: most numbers travel as strings (field notes).
    """

    name: str
    expected: str
    check: object
    wire: type = str
    required: bool = True
    secret: bool = False

    def encode(self, value, label=None):
        """The value as it goes over the wire. Raises BadParameter, which names *label* (an option's name) if given."""
        text = self._as_text(value)
        if text is None or not self.check(text):
            raise BadParameter(label or self.name, self.expected)
        return self.wire(text)

    def _as_text(self, value):
        """*value* as a string; None where its type makes no sense here. A truth isn't a name, nor is a long number."""
        if isinstance(value, bool):
            return ("true" if value else "false") if self.check is _is_truth else None
        if isinstance(value, int):
            return str(value) if abs(value) < _BEYOND_NUMBERS else None
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class Command:
    """One API command: *section* of the document that describes it, its parameters, and what it does.

    *forms* are the sets of parameters it takes, one set a request. *joinable*: may stand in ``a+b``. *may_stay_silent*:
    firmware is known to take it without a reply, so silence after it means "outcome unknown". *stream*: what follows the
    JSON on the same connection, ``upload`` or ``download``.
    """

    name: str
    section: str
    summary: str
    forms: tuple = ((),)
    effect: Effect = Effect.NOTHING
    joinable: bool = False
    may_stay_silent: bool = False
    stream: str = ""

    @property
    def writes(self):
        """Whether it changes the miner, so that it's never sent twice blindly."""
        return self.effect > Effect.NOTHING

    @property
    def privileged(self):
        """Whether the miner takes it only sealed: the document's "Writeable API"."""
        return self.writes or bool(self.stream)

    @property
    def secrets(self):
        """Names of the parameters that no log may show."""
        return frozenset(parameter.name for form in self.forms for parameter in form if parameter.secret)

    def parameter(self, name):
        """The parameter called *name*."""
        return next(parameter for form in self.forms for parameter in form if parameter.name == name)

    def encode(self, params):
        """Validate *params* and return them as they go over the wire, in the document's order.

        Raises BadParameter for a value out of range, an unknown name, or a missing one.
        """
        given = set(params)
        for form in self.forms:
            names = {parameter.name for parameter in form}
            required = {parameter.name for parameter in form if parameter.required}
            if required <= given <= names:
                try:
                    return {p.name: p.encode(params[p.name]) for p in form if p.name in params}
                except BadParameter as error:
                    error.at(None, self.name)
                    raise
        raise BadParameter("params", self._usage(given), command=self.name)

    def _usage(self, given):
        forms = " or ".join(
            ", ".join(p.name if p.required else f"[{p.name}]" for p in form) or "no parameters" for form in self.forms
        )
        return f"{forms}, and not {', '.join(sorted(map(str, given))) or 'nothing'}"


def _matches(pattern, most=255):
    """A check: the whole text matches *pattern*, is ASCII, and has at most *most* bytes."""
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda text: len(text) <= most and match(text) is not None


def _one_of(*words):
    return lambda text: text in words


_BEYOND_NUMBERS = 10**18  # Python refuses to write much longer ones as text


def _between(least, most):
    """A check: a whole number in this range, written as everybody writes it. Leading zeros mean octal to some shells."""
    match = re.compile(r"0|-?[1-9][0-9]{0,9}", re.ASCII).fullmatch
    return lambda text: match(text) is not None and least <= int(text) <= most


def _is_ipv4(text):
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


def _is_netmask(text):
    if not _is_ipv4(text):
        return False
    bits = int(ipaddress.IPv4Address(text))
    inverse = bits ^ 0xFFFFFFFF
    return bits != 0 and inverse & (inverse + 1) == 0


def _is_dns_list(text):
    servers = text.split(" ")
    return len(servers) <= 3 and all(_is_ipv4(server) for server in servers)


_HOSTNAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_POOL_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9_.@+=:,/%-]"

_is_pool_url = _matches(rf"(?:[a-z][a-z0-9+]*://)?{_POOL_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9_./-]*)?")
_is_worker = _matches(rf"(?!-){_WORD}+")
_EMPTY = _one_of("")
_PORT_OF_URL = re.compile(r":([0-9]{1,5})(?:/|$)")


def _either(*checks):
    return lambda text: any(check(text) for check in checks)


def _is_url_with_port_in_range(text):
    port = _PORT_OF_URL.search(text.split("://")[-1])
    return _is_pool_url(text) and (port is None or 1 <= int(port.group(1)) <= 65535)


def _pool(number):
    """The three parameters of pool slot *number*; unused slots are sent as empty strings (field notes)."""
    return (
        Parameter(
            f"pool{number}",
            "a pool's URL such as stratum+tcp://pool.example.com:3333 "
            "(host name or IPv4; letters, digits and . - : / only; at most 255 bytes)",
            _either(_EMPTY, _is_url_with_port_in_range),
        ),
        Parameter(
            f"worker{number}",
            "a worker's name (letters, digits and _ . @ + = : , / % - only; at most 255 bytes)",
            _either(_EMPTY, _is_worker),
        ),
        Parameter(
            f"passwd{number}",
            "a pool password (letters, digits and _ . @ + = : , / % - only; at most 255 bytes)",
            _either(_EMPTY, _is_worker),
            secret=True,
        ),
    )


_IPV4 = "an IPv4 address such as 192.168.1.20"
_is_truth = _one_of("true", "false")
_TRUTH = ("true or false", _is_truth)
_MILLISECONDS = _between(0, 3_600_000)
_PORT = Parameter("port", "a port, 1 to 65535", _between(1, 65535))

_HOST_PARAMETER_EXPECTED = "a host name (letters, digits and -; at most 63 bytes; no - at either end)"


def _write(name, section, summary, *forms, effect=Effect.CHANGES, silent=False, stream=""):
    return Command(name, section, summary, forms or ((),), effect, may_stay_silent=silent, stream=stream)


def _read(name, section, summary, joinable=False):
    return Command(name, section, summary, joinable=joinable)


_TABLE = (
    _write("update_pools", "2.1", "Update pools information", _pool(1) + _pool(2) + _pool(3)),
    _write("restart_btminer", "2.2", "Restart btminer", effect=Effect.RESTARTS, silent=True),
    _write(
        "power_off",
        "2.3",
        "Power off miner",
        (Parameter("respbefore", *_TRUTH, required=False),),
        effect=Effect.SWITCHES,
        silent=True,
    ),
    _write("power_on", "2.4", "Power on miner", effect=Effect.SWITCHES),
    _write(
        "set_led",
        "2.5",
        "Manage led",
        (Parameter("param", "auto", _one_of("auto")),),
        (
            Parameter("color", "a colour's name in lower-case letters, such as red or green", _matches(r"[a-z]{1,16}")),
            Parameter("period", "the flash cycle in ms, 1 to 3600000", _between(1, 3_600_000), wire=int),
            Parameter("duration", "the time on in a cycle in ms, 0 to 3600000", _MILLISECONDS, wire=int),
            Parameter("start", "the offset in a cycle in ms, 0 to 3600000", _MILLISECONDS, wire=int),
        ),
    ),
    _write("set_low_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write("set_normal_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write("set_high_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write("update_firmware", "2.7", "Firmware upgrading", effect=Effect.REBOOTS, silent=True, stream="upload"),
    _write("reboot", "2.8", "Reboot system", effect=Effect.REBOOTS, silent=True),
    _write("factory_reset", "2.9", "Restore to factory setting", effect=Effect.RESETS, silent=True),
    _write("ssh_open", "2.10", "Open SSH"),
    _write("ssh_close", "2.10", "Close SSH"),
    _write(
        "update_pwd",
        "2.11",
        "Modify the password of the admin account",
        (
            Parameter("old", "the present password, 1 to 8 bytes of ASCII", _matches(r"[!-~]{1,8}"), secret=True),
            Parameter("new", "1 to 8 letters, digits or underscores", _matches(r"[A-Za-z0-9_]{1,8}"), secret=True),
        ),
    ),
    _write(
        "net_config",
        "2.12",
        "Modify network configuration",
        (Parameter("param", "dhcp", _one_of("dhcp")),),
        (
            Parameter("ip", _IPV4, _is_ipv4),
            Parameter("mask", "a netmask such as 255.255.255.0", _is_netmask),
            Parameter("gate", _IPV4, _is_ipv4),
            Parameter("dns", "one to three IPv4 addresses divided by a space", _is_dns_list),
            Parameter("host", _HOST_PARAMETER_EXPECTED, _matches(_HOSTNAME, 63)),
        ),
        effect=Effect.MOVES,
        silent=True,
    ),
    _write("download_logs", "2.13", "Download logs", effect=Effect.NOTHING, stream="download"),
    _write(
        "set_target_freq",
        "2.14",
        "Set target frequency",
        (Parameter("percent", "a whole number, -10 to 100", _between(-10, 100)),),
        silent=True,
    ),
    _write("enable_btminer_fast_boot", "2.15", "Enable btminer fast boot", silent=True),
    _write("disable_btminer_fast_boot", "2.16", "Disable btminer fast boot", silent=True),
    _write("enable_web_pools", "2.17", "Let the web page change pools"),
    _write("disable_web_pools", "2.18", "Keep the web page from changing pools"),
    _write(
        "set_hostname",
        "2.19",
        "Set host name",
        (Parameter("hostname", _HOST_PARAMETER_EXPECTED, _matches(_HOSTNAME, 63)),),
        silent=True,
    ),
    _write(
        "set_zone",
        "2.20",
        "Set time zone",
        (
            Parameter("timezone", "a POSIX time zone such as CST-8", _matches(r"[A-Za-z]{3,}[A-Za-z0-9+:,./-]*", 64)),
            Parameter(
                "zonename", "a zone's name such as Asia/Shanghai", _matches(r"[A-Za-z0-9]+(?:[/_+-][A-Za-z0-9]+)*", 64)
            ),
        ),
        silent=True,
    ),
    _write(
        "load_log",
        "2.21",
        "Send logs to a remote server",
        (Parameter("ip", _IPV4, _is_ipv4), _PORT, Parameter("proto", "tcp or udp", _one_of("tcp", "udp"))),
    ),
    _write(
        "set_power_pct",
        "2.22",
        "Set power percentage",
        (Parameter("percent", "a whole number, 0 to 100", _between(0, 100)),),
        silent=True,
    ),
    _write(
        "pre_power_on",
        "2.23",
        "Preheat before power on",
        (
            Parameter("complete", *_TRUTH, required=False),
            Parameter(
                "msg",
                "'wait for adjust temp', 'adjust complete' or 'adjust continue'",
                _one_of("wait for adjust temp", "adjust complete", "adjust continue"),
                required=False,
            ),
        ),
        effect=Effect.SWITCHES,
    ),
    _read("summary", "3.1", "Hash rate, fans, power, errors", joinable=True),
    _read("pools", "3.2", "Pools", joinable=True),
    _read("edevs", "3.3", "Hash boards", joinable=True),
    _read("devs", "3.3", "Hash boards", joinable=True),
    _read("devdetails", "3.4", "Model", joinable=True),
    _read("get_psu", "3.5", "Power supply"),
    _read("get_version", "3.6", "API and firmware version"),
    _read("get_token", "3.7", "Token for sealed commands"),
    _read("status", "3.8", "Whether btminer is off, and the firmware version"),
    _read("get_miner_info", "field notes", "Network, LED, serial number (API 2.0)"),
    _read("get_error_code", "field notes", "Error codes with their times (API 2.0)"),
)

COMMANDS = {command.name: command for command in _TABLE}

POWER_MODES = {
    name.split("_")[1]: name for name in COMMANDS if name.startswith("set_") and name.endswith("_power")
}
