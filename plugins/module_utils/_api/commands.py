# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command of any API is: its parameters, what may be sent in them, and what it does to a miner.

The tables themselves stand in v2/commands.py and v3/commands.py. What parameters of several APIs have in
common stands here: the checks, and the words that tell a user what is expected.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from .errors import BadParameter

Check = Callable[[str], bool]


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
    check: Check
    wire: Callable[[str], Any] = str
    required: bool = True
    secret: bool = False
    in_api_1: Parameter | None = None

    @property
    def secrets(self) -> frozenset[str]:
        """The names under which it carries what no log may show."""
        return frozenset((self.name,) if self.secret else ())

    def of_api(self, version: str | None) -> Parameter:
        """The parameter as API *version*, such as ``1.4.0``, has it; the newest API's where that is None."""
        return self.in_api_1 if self.in_api_1 and version and version.startswith("1.") else self

    def encode(self, value: Any, label: str | None = None) -> Any:
        """The value as it goes over the wire.

        Raises BadParameter, which names *label* (an option's name) if given.
        """
        text = self._as_text(value)
        if text is None or not self.check(text):
            raise BadParameter(label or self.name, self.expected)
        return self.wire(text)

    def _as_text(self, value: Any) -> str | None:
        """*value* as a string; None where its type makes no sense here.

        A truth isn't a name, nor is a long number.
        """
        if isinstance(value, bool):
            return ("true" if value else "false") if self.check is is_truth else None
        if isinstance(value, int):
            return str(value) if abs(value) < _BEYOND_NUMBERS else None
        return value if isinstance(value, str) else None


Form = tuple[Parameter, ...]


@dataclass(frozen=True)
class Command:
    """One API command: *section* of the document that describes it, its parameters, and what it does.

    *forms* are the sets of parameters it takes, one set a request. *joinable*: may stand in ``a+b``.
    *may_stay_silent*: firmware is known to take it without a reply, so silence after it means "outcome
    unknown". *stream*: what follows the JSON on the same connection, ``upload`` or ``download``. *sealed*:
    taken only sealed, though it changes nothing. *changes_password*: that with which it was sealed or signed.

    *since* is the first API version whose document has it, *until* the first one whose document no longer
    does. Firmware doesn't keep to that, so nothing is refused by it: it helps to explain a refusal.
    """

    name: str
    section: str
    summary: str
    forms: tuple[Form, ...] = ((),)
    effect: Effect = Effect.NOTHING
    joinable: bool = False
    may_stay_silent: bool = False
    stream: str = ""
    sealed: bool = False
    changes_password: bool = False
    since: str = "1.3"
    until: str = ""

    @property
    def apis(self) -> str:
        """The API versions whose documents have it: ``API 1.3 to before 2.0.5``, ``API 2.2.2 on``."""
        return f"API {self.since} to before {self.until}" if self.until else f"API {self.since} on"

    @property
    def writes(self) -> bool:
        """Whether it changes the miner, so that it's never sent twice blindly."""
        return self.effect > Effect.NOTHING

    @property
    def privileged(self) -> bool:
        """Whether the miner takes it only sealed: the document's "Writeable API"."""
        return self.writes or bool(self.stream) or self.sealed

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the parameters that no log may show."""
        return frozenset(name for form in self.forms for parameter in form for name in parameter.secrets)

    def parameter(self, name: str) -> Parameter:
        """The parameter called *name*."""
        return next(parameter for form in self.forms for parameter in form if parameter.name == name)

    def encode(self, params: Mapping[str, Any]) -> dict[str, Any]:
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

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        """What it does to a miner with these *params*, which is *effect* unless a command knows better."""
        return self.effect

    def _usage(self, given: Collection[str]) -> str:
        forms = " or ".join(
            ", ".join(p.name if p.required else f"[{p.name}]" for p in form) or "no parameters"
            for form in self.forms
        )
        return f"{forms}, and not {', '.join(sorted(map(str, given))) or 'nothing'}"


# --- Checks -------------------------------------------------------------------------------------------------


def matches(pattern: str, most: int = 255) -> Check:
    """A check: the whole text matches *pattern*, is ASCII, and has at most *most* bytes."""
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda text: len(text) <= most and match(text) is not None


def one_of(*words: str) -> Check:
    """A check: one of these *words*."""
    return lambda text: text in words


_BEYOND_NUMBERS = 10**18  # Python refuses to write much longer ones as text


def between(least: int, most: int) -> Check:
    """A check: a whole number in this range. With leading zeros it means octal to some shells."""
    match = re.compile(r"0|-?[1-9][0-9]{0,9}", re.ASCII).fullmatch
    return lambda text: match(text) is not None and least <= int(text) <= most


def either(*checks: Check) -> Check:
    """A check: one of *checks* at least."""
    return lambda text: any(check(text) for check in checks)


def list_of(check: Check, separator: str, most: int) -> Check:
    """A check: one to *most* parts divided by *separator*, each of which passes *check*."""

    def checked(text: str) -> bool:
        parts = text.split(separator)
        return len(parts) <= most and all(check(part) for part in parts)

    return checked


def is_ipv4(text: str) -> bool:
    """Whether *text* is an IPv4 address in its usual form."""
    try:
        return str(ipaddress.IPv4Address(text)) == text
    except ValueError:
        return False


def is_netmask(text: str) -> bool:
    """Whether *text* is an IPv4 netmask: ones, and then zeros."""
    if not is_ipv4(text):
        return False
    bits = int(ipaddress.IPv4Address(text))
    inverse = bits ^ 0xFFFFFFFF
    return bits != 0 and inverse & (inverse + 1) == 0


_HOSTNAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_POOL_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9_.@+=:,/%-]"
_PORT_OF_URL = re.compile(r":([0-9]{1,5})(?:/|$)")

_is_pool_url = matches(rf"(?:[a-z][a-z0-9+]*://)?{_POOL_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9_./-]*)?")


def is_url_with_port_in_range(text: str) -> bool:
    """Whether *text* is a pool's URL whose port, if it has one, there is."""
    port = _PORT_OF_URL.search(text.split("://")[-1])
    return _is_pool_url(text) and (port is None or 1 <= int(port.group(1)) <= 65535)


is_worker = matches(rf"(?!-){_WORD}+")
is_hostname = matches(_HOSTNAME, 63)
is_server = matches(_POOL_HOST, 253)
is_empty = one_of("")
is_truth = one_of("true", "false")
is_dns_list = list_of(is_ipv4, " ", 3)


# --- Parameters that several APIs have: (what is expected, check) -------------------------------------------

IPV4 = ("an IPv4 address such as 192.168.1.20", is_ipv4)
NETMASK = ("a netmask such as 255.255.255.0", is_netmask)
DNS = ("one to three IPv4 addresses divided by a space", is_dns_list)
TRUTH = ("true or false", is_truth)
SWITCH = ("0 or 1", one_of("0", "1"))
WATTS = ("a whole number of watts, 0 to 99999", between(0, 99999))
PORT = ("a port, 1 to 65535", between(1, 65535))
LOG_PROTOCOL = ("tcp or udp", one_of("tcp", "udp"))
TEMPERATURE_OFFSET = ("a whole number, -30 to 0", between(-30, 0))
UPFREQ_SPEED = ("a whole number, 0 to 10", between(0, 10))
FREQUENCY_PERCENT = ("a whole number, -100 to 100", between(-100, 100))
POWER_PERCENT = ("a whole number, 0 to 200", between(0, 200))  # air-cooled miners: 0 to 100
FLASH_CYCLE = ("the flash cycle in ms, 1 to 3600000", between(1, 3_600_000))
FLASH_DURATION = ("the time on in a cycle in ms, 0 to 3600000", between(0, 3_600_000))
FLASH_START = ("the offset in a cycle in ms, 0 to 3600000", between(0, 3_600_000))
HOSTNAME = ("a host name (letters, digits and -; at most 63 bytes; no - at either end)", is_hostname)
TIMEZONE = ("a POSIX time zone such as CST-8", matches(r"[A-Za-z]{3,}[A-Za-z0-9+:,./-]*", 64))
ZONENAME = ("a zone's name such as Asia/Shanghai", matches(r"[A-Za-z0-9]+(?:[/_+-][A-Za-z0-9]+)*", 64))
POOL_URL = (
    "a pool's URL such as stratum+tcp://pool.example.com:3333 "
    "(host name or IPv4; letters, digits and . - : / only; at most 255 bytes)",
    is_url_with_port_in_range,
)
WORKER = ("a worker's name (letters, digits and _ . @ + = : , / % - only; at most 255 bytes)", is_worker)
POOL_PASSWORD = (
    "a pool password (letters, digits and _ . @ + = : , / % - only; at most 255 bytes)",
    is_worker,
)

CUSTOM_KEYS = ("CustomerSn", *(f"msg{number}" for number in range(10)))
CUSTOM_KEY = ("CustomerSn, or msg0 to msg9", one_of(*CUSTOM_KEYS))
