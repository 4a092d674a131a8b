# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the API document V1.3.11, and those that the documents of API 2.0.5 and 2.2.2 added.

This table is the only place where a command's parameters, their ranges and what the command does to a miner stand.
Parameters reach a root shell in some firmware, so each has an allow-list: what isn't known to be harmless isn't sent.
A command whose parameters no document and no client tells (set_fan_manual) isn't in the table.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import IntEnum

from ..errors import BadParameter


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
    *in_api_1* is the same parameter with the smaller range of the document of API 1, where that differs.
    """

    name: str
    expected: str
    check: object
    wire: type = str
    required: bool = True
    secret: bool = False
    in_api_1: Parameter | None = None

    def of_api(self, version: str | None) -> Parameter:
        """The parameter as API *version*, such as ``1.4.0``, has it; the newest API's where that is None."""
        return self.in_api_1 if self.in_api_1 and version and version.startswith("1.") else self

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
    firmware is known to take it without a reply, so silence after it means "outcome unknown". *stream*: what follows
    the JSON on the same connection, ``upload`` or ``download``. *sealed*: taken only sealed, though it changes nothing.

    *since* is the first API version whose document has it, *until* the first one whose document no longer does.
    Firmware doesn't keep to that, so nothing is refused by it: it helps to explain a refusal.
    """

    name: str
    section: str
    summary: str
    forms: tuple = ((),)
    effect: Effect = Effect.NOTHING
    joinable: bool = False
    may_stay_silent: bool = False
    stream: str = ""
    sealed: bool = False
    since: str = "1.3"
    until: str = ""

    @property
    def apis(self) -> str:
        """The API versions whose documents have it: ``API 1.3 to before 2.0.5``, ``API 2.2.2 on``."""
        return f"API {self.since} to before {self.until}" if self.until else f"API {self.since} on"

    @property
    def writes(self):
        """Whether it changes the miner, so that it's never sent twice blindly."""
        return self.effect > Effect.NOTHING

    @property
    def privileged(self):
        """Whether the miner takes it only sealed: the document's "Writeable API"."""
        return self.writes or bool(self.stream) or self.sealed

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

_DELAY = ("a number of seconds, 0 to 86400", _between(0, 86400))
_SWITCH = ("0 or 1", _one_of("0", "1"))
_WATTS = ("a whole number of watts, 0 to 99999", _between(0, 99999))

_HOST_PARAMETER_EXPECTED = "a host name (letters, digits and -; at most 63 bytes; no - at either end)"
# Of a name that the miner has already: factories and tools give names such as WhatsMiner_6e07 (field notes).
_KEPT_HOSTNAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
CUSTOM_KEYS = ("CustomerSn", *(f"msg{number}" for number in range(10)))


def _write(
    name, section, summary, *forms, effect=Effect.CHANGES, silent=False, stream="", since="1.3", until=""
):
    return Command(
        name,
        section,
        summary,
        forms or ((),),
        effect,
        may_stay_silent=silent,
        stream=stream,
        since=since,
        until=until,
    )


def _read(name, section, summary, *forms, joinable=False, sealed=False, since="1.3", until=""):
    return Command(
        name, section, summary, forms or ((),), joinable=joinable, sealed=sealed, since=since, until=until
    )


def _added(name, since, summary, *forms, effect=Effect.CHANGES, silent=False):
    """A write that the document of API *since* added; that is its section too."""
    return _write(name, f"API {since}", summary, *forms, effect=effect, silent=silent, since=since)


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
            Parameter(
                "color",
                "a colour's name in lower-case letters, such as red or green",
                _matches(r"[a-z]{1,16}"),
            ),
            Parameter("period", "the flash cycle in ms, 1 to 3600000", _between(1, 3_600_000), wire=int),
            Parameter("duration", "the time on in a cycle in ms, 0 to 3600000", _MILLISECONDS, wire=int),
            Parameter("start", "the offset in a cycle in ms, 0 to 3600000", _MILLISECONDS, wire=int),
        ),
    ),
    _write("set_low_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write("set_normal_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write("set_high_power", "2.6", "Switch power mode", effect=Effect.RESTARTS, silent=True),
    _write(
        "update_firmware", "2.7", "Firmware upgrading", effect=Effect.REBOOTS, silent=True, stream="upload"
    ),
    _write("reboot", "2.8", "Reboot system", effect=Effect.REBOOTS, silent=True),
    _write("factory_reset", "2.9", "Restore to factory setting", effect=Effect.RESETS, silent=True),
    _write("ssh_open", "2.10", "Open SSH", until="2.0.5"),
    _write("ssh_close", "2.10", "Close SSH", until="2.0.5"),
    _write(
        "update_pwd",
        "2.11",
        "Modify the password of the admin account",
        (
            Parameter(
                "old", "the present password, 1 to 8 bytes of ASCII", _matches(r"[!-~]{1,8}"), secret=True
            ),
            Parameter(
                "new", "1 to 8 letters, digits or underscores", _matches(r"[A-Za-z0-9_]{1,8}"), secret=True
            ),
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
            Parameter(
                "host",
                "a host name (letters, digits, - and _; at most 63 bytes; no - or _ at either end)",
                _matches(_KEPT_HOSTNAME, 63),
            ),
        ),
        effect=Effect.MOVES,
        silent=True,
    ),
    _write("download_logs", "2.13", "Download logs", effect=Effect.NOTHING, stream="download"),
    _write(
        "set_target_freq",
        "2.14",
        "Set target frequency",
        (
            Parameter(
                "percent",
                "a whole number, -100 to 100",
                _between(-100, 100),
                in_api_1=Parameter(
                    "percent", "a whole number, -10 to 100, on a miner with API 1", _between(-10, 100)
                ),
            ),
        ),
        effect=Effect.RESTARTS,
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
            Parameter(
                "timezone", "a POSIX time zone such as CST-8", _matches(r"[A-Za-z]{3,}[A-Za-z0-9+:,./-]*", 64)
            ),
            Parameter(
                "zonename",
                "a zone's name such as Asia/Shanghai",
                _matches(r"[A-Za-z0-9]+(?:[/_+-][A-Za-z0-9]+)*", 64),
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
        until="2.2.2",
    ),
    _added(
        "adjust_power_limit",
        "2.0.5",
        "Set the power limit; 99999 is the machine's own",
        (Parameter("power_limit", *_WATTS),),
        effect=Effect.RESTARTS,  # at each call, with an unchanged value too (field notes)
        silent=True,
    ),
    _added(
        "adjust_upfreq_speed",
        "2.0.5",
        "Set how fast btminer tunes its frequencies",
        (Parameter("upfreq_speed", "a whole number, 0 to 10", _between(0, 10)),),  # 2.0.5: 0 to 9
    ),
    _added(
        "set_poweroff_cool",
        "2.0.5",
        "Cool on when mining is stopped",
        (Parameter("poweroff_cool", *_SWITCH),),
    ),
    _added("set_fan_zero_speed", "2.0.5", "Let fans stand still", (Parameter("fan_zero_speed", *_SWITCH),)),
    _added(
        "set_temp_offset",
        "2.0.5",
        "Set the offset of the target temperature",
        (Parameter("temp_offset", "a whole number, -30 to 0", _between(-30, 0)),),
    ),
    _added(
        "set_power_pct_v2",
        "2.0.5",
        "Set power percentage, slowly and with less loss",
        (Parameter("percent", "a whole number, 0 to 200", _between(0, 200)),),  # air-cooled miners: 0 to 100
        silent=True,
    ),
    _added("restore_power_pct", "2.2.2", "Undo both power percentages", silent=True),
    _added("set_power", "2.2.2", "Set the power in watts", (Parameter("power", *_WATTS),), silent=True),
    _added(
        "set_heat_mode",
        "2.2.2",
        "Set the heating mode of a liquid-cooled miner",
        (Parameter("mode", "anti-icing or heating", _one_of("anti-icing", "heating")),),
    ),
    # Firmware with API 1.3 knows these two as well; the documents have them from 2.2.2 on.
    _added("enable_btminer_init", "2.2.2", "Start mining when the machine starts"),
    _added("disable_btminer_init", "2.2.2", "Don't start mining when the machine starts"),
    _added("set_fast_mining", "2.2.2", "The same as set_fast_hash", (Parameter("fast_mining", *_SWITCH),)),
    _added(
        "set_fast_hash", "2.2.2", "Start fast, with VK, VL and VM models", (Parameter("fast_hash", *_SWITCH),)
    ),
    _added(
        "set_customer_msg",
        "2.2.2",
        "Store the owner's own data",
        (
            Parameter("key", "CustomerSn, or msg0 to msg9", _one_of(*CUSTOM_KEYS)),
            Parameter(
                "val",
                "text (letters, digits and _ . @ + = : , / % - only; no - in front; at most 255 bytes)",
                _either(_EMPTY, _is_worker),
            ),
        ),
    ),
    _write(
        "time_randomized",
        "undocumented",
        "Spread starts and stops over time",
        (
            Parameter("start_net_max_delay_seconds", *_DELAY),
            Parameter("stop_mining_max_delay_seconds", *_DELAY),
        ),
    ),
    _write(
        "set_fan_speed",
        "undocumented",
        "Set the fans' speed",
        (Parameter("percent", "a whole number, 0 to 100", _between(0, 100)),),
    ),
    _read("summary", "3.1", "Hash rate, fans, power, errors", joinable=True),
    _read("pools", "3.2", "Pools", joinable=True),
    _read("edevs", "3.3", "Hash boards", joinable=True),
    _read("devs", "3.3", "Hash boards", joinable=True),
    _read("devdetails", "3.4", "Model", joinable=True, until="2.2.2"),
    _read("get_psu", "3.5", "Power supply"),
    _read("get_version", "3.6", "API and firmware version"),
    _read("get_token", "3.7", "Token for sealed commands"),
    _read("status", "3.8", "Whether btminer is off, and the firmware version"),
    _read(
        "get_miner_info",
        "API 2.0",
        "Network, LED, serial numbers",
        (
            Parameter(
                "info", "names of fields, divided by commas", _matches(r"[a-z]+(?:,[a-z]+)*"), required=False
            ),
        ),
        since="2.0",
    ),
    _read("get_error_code", "API 2.0", "Error codes with their times", since="2.0"),
    _read("get_customer_msg", "API 2.2.2", "The owner's own data", sealed=True, since="2.2.2"),
)

COMMANDS = {command.name: command for command in _TABLE}

POWER_MODES = {mode: f"set_{mode}_power" for mode in ("low", "normal", "high")}
