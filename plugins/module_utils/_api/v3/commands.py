# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the document of API 3.0.3: its parameter, what it does, whether it's signed and encrypted.

A request of API 3 has one parameter, ``param``: a word, a number, an object or a list. Where it's an object,
its members are the command's parameters here; what isn't one is the parameter called ``param``. As for API 2,
each has an allow-list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import commands as base
from ..commands import (
    CUSTOM_KEY,
    DNS,
    FLASH_CYCLE,
    FLASH_DURATION,
    FLASH_START,
    FREQUENCY_PERCENT,
    HOSTNAME,
    IPV4,
    LOG_PROTOCOL,
    NETMASK,
    POOL_PASSWORD,
    POOL_URL,
    PORT,
    POWER_PERCENT,
    SWITCH,
    TEMPERATURE_OFFSET,
    TIMEZONE,
    UPFREQ_SPEED,
    WATTS,
    WORKER,
    ZONENAME,
    Effect,
    Form,
    Parameter,
    between,
    either,
    is_empty,
    is_server,
    is_worker,
    list_of,
    matches,
    one_of,
)
from ..errors import BadParameter
from .authentication import ACCOUNTS, USERS
from .dialect import LIKELIEST, Dialect

PARAM = "param"
"""The name of a parameter that is the request's ``param`` as a whole."""

INFO_SECTIONS = ("miner", "system", "power", "network", "salt", "error-code")
STATUS_SECTIONS = ("summary", "pools", "edevs")


@dataclass(frozen=True)
class Records(Parameter):
    """A parameter that is a list of one to *most* objects with *fields*; or text that *check* lets pass."""

    fields: Form = ()
    most: int = 1

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(name for field in self.fields for name in field.secrets)

    def encode(self, value: Any, label: str | None = None) -> Any:
        if isinstance(value, str):
            return super().encode(value, label)
        if not isinstance(value, (list, tuple)) or not 0 < len(value) <= self.most:
            raise BadParameter(label or self.name, self.expected)
        return [self._record(record, label) for record in value]

    def _record(self, record: Any, label: str | None) -> dict[str, Any]:
        if not isinstance(record, Mapping) or set(record) != {field.name for field in self.fields}:
            raise BadParameter(label or self.name, self.expected)
        return {field.name: field.encode(record[field.name]) for field in self.fields}


@dataclass(frozen=True)
class Command(base.Command):
    """A command of API 3.

    *encrypted*: its parameter goes encrypted (2.5). *effects* are those of single words, where they differ
    from the command's own, which is the most disruptive. *number_like* are the parameters that the document
    calls numbers and that firmware reads as texts (2.6). *rule* is what several parameters must keep
    together, and what it expects.
    """

    encrypted: bool = False
    effects: tuple[tuple[str, Effect], ...] = ()
    number_like: tuple[str, ...] = ()
    rule: tuple[Callable[[Mapping[str, Any]], bool], str] | None = None

    @property
    def privileged(self) -> bool:
        """Whether it's signed: reads never are, the download of logs included (5.2)."""
        return self.name.startswith("set.")

    def encode(self, params: Mapping[str, Any]) -> dict[str, Any]:
        encoded = super().encode(params)
        if self.rule is not None and encoded and not self.rule[0](encoded):
            raise BadParameter("params", self.rule[1], command=self.name)
        return encoded

    def param(self, params: Mapping[str, Any], dialect: Dialect = LIKELIEST) -> Any:
        """The request's ``param`` for *params*, a dict by name; None for none. Raises BadParameter."""
        encoded = self.encode(params)
        if dialect.numbers:
            encoded.update({name: int(encoded[name]) for name in self.number_like if name in encoded})
        return encoded.get(PARAM, encoded or None)

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        """What it does to a miner with these *params*."""
        word = params.get(PARAM)
        return next((effect for name, effect in self.effects if name == word), self.effect)


# --- Parameters ---------------------------------------------------------------------------------------------

_MOST_NTP_SERVERS = 8
_HISTORY_SECONDS = 24 * 60 * 60
_EPOCH = ("a Unix time in seconds", between(0, 9_999_999_999))
_DELAY = ("a number of seconds, 0 to 120", between(0, 120))
_ENABLE = ("enable or disable", one_of("enable", "disable"))
_WRITE_COMMAND = r"set(?:\.[a-z_]{1,32}){2}"

_POOLS = Records(
    name=PARAM,
    expected="a list of one to three pools with pool, worker and passwd",
    check=one_of(),
    fields=(
        Parameter("pool", *POOL_URL),
        Parameter("worker", *WORKER),
        Parameter("passwd", POOL_PASSWORD[0], either(is_empty, POOL_PASSWORD[1]), secret=True),
    ),
    most=3,
)
_LED = Records(
    name=PARAM,
    expected="auto, or a list of one to eight flashes with color, period, duration and start",
    check=one_of("auto"),
    fields=(
        Parameter("color", "red or green", one_of("red", "green")),
        Parameter("period", *FLASH_CYCLE, wire=int),
        Parameter("duration", *FLASH_DURATION, wire=int),
        Parameter("start", *FLASH_START, wire=int),
    ),
    most=8,
)


def _value(expected: str, check: base.Check, **more: Any) -> Form:
    """The form of a command whose ``param`` is one value."""
    return (Parameter(PARAM, expected, check, **more),)


def _number(expected: str, check: base.Check) -> Form:
    return _value(expected, check, wire=int)


def _read(name: str, summary: str, *forms: Form, since: str = "3.0.0", **more: Any) -> Command:
    return Command(name, f"API {since}", summary, forms or ((),), since=since, **more)


def _write(
    name: str,
    summary: str,
    *forms: Form,
    effect: Effect = Effect.CHANGES,
    since: str = "3.0.0",
    **more: Any,
) -> Command:
    """A write. Who reboots may do so before the reply is out."""
    silent = effect >= Effect.REBOOTS
    return Command(
        name, f"API {since}", summary, forms or ((),), effect, may_stay_silent=silent, since=since, **more
    )


def _is_within_a_day(params: Mapping[str, Any]) -> bool:
    begin, end = (int(value) for value in params.values())
    return 0 <= end - begin <= _HISTORY_SECONDS


# --- The table ----------------------------------------------------------------------------------------------

_TABLE = (
    _read(
        "get.device.info",
        "Model, versions, network, power supply, error codes",
        (
            Parameter(
                PARAM,
                f"one of {', '.join(INFO_SECTIONS)}, or nothing",
                one_of(*INFO_SECTIONS),
                required=False,
            ),
        ),
    ),
    _read(
        "get.miner.status",
        "Hash rate, fans, power, pools, hash boards",
        _value(
            f"{', '.join(STATUS_SECTIONS)}, or several of them divided by +",
            list_of(one_of(*STATUS_SECTIONS), "+", len(STATUS_SECTIONS)),
        ),
    ),
    _read("get.miner.setting", "Power, frequency and start as they are set"),
    _read(
        "get.miner.history",
        "What the miner made in a day at most",
        (Parameter("begin", *_EPOCH), Parameter("end", *_EPOCH)),
        (Parameter("start", *_EPOCH), Parameter("stop", *_EPOCH)),  # one client sends these
        number_like=("begin", "end", "start", "stop"),
        rule=(_is_within_a_day, "a beginning and an end at most 24 hours later"),
    ),
    _read("get.fan.setting", "Cooling as it is set"),
    _read("get.system.setting", "Host name, time zone, remote log, NTP servers"),
    _read("get.device.custom_data", "The owner's own data", since="3.0.1"),
    _read("get.log.download", "Download logs", stream="download"),
    _write(
        "set.device.custom_data",
        "Store the owner's own data",
        (
            Parameter("key", *CUSTOM_KEY),
            Parameter(
                "value",
                "text (letters, digits and _ . @ + = : , / % - only; no - in front; at most 127 bytes)",
                either(is_empty, lambda text: len(text) < 128 and is_worker(text)),
            ),
        ),
        since="3.0.1",
    ),
    _write("set.fan.poweroff_cool", "Cool on when mining is stopped", _number(*SWITCH)),
    _write("set.fan.temp_offset", "Set the offset of the target temperature", _number(*TEMPERATURE_OFFSET)),
    _write("set.fan.zero_speed", "Let fans stand still", _number(*SWITCH)),
    _write(
        "set.log.upload",
        "Send logs to a remote server",
        (Parameter("ip", *IPV4), Parameter("port", *PORT), Parameter("proto", *LOG_PROTOCOL)),
    ),
    _write(
        "set.miner.cointype",
        "Set the coin that is mined",
        (
            Parameter(
                "cointype",
                "BTC, BCH, BSV, DCR, HC, DGB or SHA256",
                one_of("BTC", "BCH", "BSV", "DCR", "HC", "DGB", "SHA256"),
            ),
        ),
    ),
    _write("set.miner.fast_hash", "Start fast, close to the power limit", _number(*SWITCH), since="3.0.2"),
    _write("set.miner.fastboot", "Switch fast boot, from btminer's next start on", _value(*_ENABLE)),
    _write(
        "set.miner.heat_mode",
        "Set the heating mode of a liquid-cooled miner",
        # The vendor's demonstration of 3.0.0 has anti-icing for anti-freezing.
        _value(
            "heating, normal, anti-freezing or anti-icing",
            one_of("heating", "normal", "anti-freezing", "anti-icing"),
        ),
    ),
    _write("set.miner.pools", "Set the pools", (_POOLS,), encrypted=True),
    _write("set.miner.power", "Set the power in watts", _number(*WATTS)),
    _write(
        "set.miner.power_limit",
        "Set the power limit; 99999 is the machine's own",
        _number(*WATTS),
        effect=Effect.RESTARTS,
    ),
    _write(
        "set.miner.power_mode",
        "Switch power mode",
        _value("low, normal or high", one_of("low", "normal", "high")),
        effect=Effect.RESTARTS,  # as in API 2: the document doesn't say
    ),
    _write(
        "set.miner.power_percent",
        "Set power percentage until the next restart, fast or with less loss",
        (
            Parameter("percent", *POWER_PERCENT),
            Parameter("mode", "fast or normal", one_of("fast", "normal")),
        ),
        number_like=("percent",),
    ),
    _write(
        "set.miner.report",
        "Have the status sent on this connection; 0 ends that",
        (Parameter("gap", "a number of seconds, 0 to 285", between(0, 285), wire=int),),
        effect=Effect.NOTHING,
        sealed=True,
        stream="reports",
    ),
    _write(
        "set.miner.restore_setting",
        "Restore the settings of mining",
        effect=Effect.REBOOTS,  # so does the vendor's tool: the document doesn't say
    ),
    _write(
        "set.miner.service",
        "Start and stop btminer, and whether it starts with the machine",
        _value(
            "restart, start, stop, enable or disable", one_of("restart", "start", "stop", "enable", "disable")
        ),
        effect=Effect.SWITCHES,
        effects=(
            ("restart", Effect.RESTARTS),
            ("enable", Effect.CHANGES),
            ("disable", Effect.CHANGES),
        ),
    ),
    _write(
        "set.miner.target_freq",
        "Set target frequency",  # air-cooled miners: negative only
        _number(*FREQUENCY_PERCENT),
        effect=Effect.RESTARTS,
    ),
    _write("set.miner.upfreq_speed", "Set how fast btminer tunes its frequencies", _number(*UPFREQ_SPEED)),
    _write("set.system.factory_reset", "Restore to factory setting", effect=Effect.RESETS),
    _write("set.system.hostname", "Set host name", (Parameter("hostname", *HOSTNAME),)),
    _write("set.system.led", "Manage led", (_LED,)),
    _write(
        "set.system.net_config",
        "Modify network configuration",
        _value("dhcp", one_of("dhcp")),
        (
            Parameter("ip", *IPV4),
            Parameter("netmask", *NETMASK),
            Parameter("gateway", *IPV4),
            Parameter("dns", *DNS),
        ),
        effect=Effect.MOVES,
    ),
    _write(
        "set.system.ntp_server",
        "Set the NTP servers",
        _value(
            "host names or IPv4 addresses, one to eight, divided by commas",
            list_of(is_server, ",", _MOST_NTP_SERVERS),
        ),
    ),
    _write("set.system.reboot", "Reboot system", effect=Effect.REBOOTS),
    _write(
        "set.system.time_randomized",
        "Spread starts and stops over time",
        (Parameter("start", *_DELAY, wire=int), Parameter("stop", *_DELAY, wire=int)),
    ),
    _write(
        "set.system.timezone",
        "Set time zone",
        (Parameter("timezone", *TIMEZONE), Parameter("zonename", *ZONENAME)),
    ),
    _write("set.system.update_firmware", "Firmware upgrading", effect=Effect.REBOOTS, stream="upload"),
    _write("set.system.webpools", "Whether the web page may change pools", _value(*_ENABLE)),
    _write(
        "set.user.change_passwd",
        "Modify the password of an account",
        (
            Parameter("account", ", ".join(ACCOUNTS), one_of(*ACCOUNTS)),
            # The document has no limits: API 2's characters, and more of them.
            Parameter(
                "new",
                "1 to 32 letters, digits or underscores",
                matches(r"[A-Za-z0-9_]{1,32}"),
                secret=True,
            ),
            Parameter(
                "old", "the present password, 1 to 64 bytes of ASCII", matches(r"[!-~]{1,64}"), secret=True
            ),
        ),
        encrypted=True,
        changes_password=True,
    ),
    _write(
        "set.user.permission",
        "Set which commands an account may send",
        (
            Parameter("user", "user1, user2 or user3", one_of(*USERS)),
            Parameter(
                "permission",
                "names of commands such as set.system.led, divided by commas, or nothing",
                either(is_empty, list_of(matches(_WRITE_COMMAND), ",", 40)),
            ),
        ),
    ),
)

COMMANDS = {command.name: command for command in _TABLE}
