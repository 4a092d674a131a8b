# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the API document V1.3.11, and those that the documents of API 2.0.5 and 2.2.2 added.

This table is the only place where a command's parameters, their ranges and what the command does to a miner
stand. Parameters reach a root shell in some firmware, so each has an allow-list: what isn't known to be
harmless isn't sent. A command whose parameters no document and no client tells (set_fan_manual) isn't in the
table.
"""

from __future__ import annotations

from typing import Any

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
    TRUTH,
    UPFREQ_SPEED,
    WATTS,
    WORKER,
    ZONENAME,
    Check,
    Command,
    Effect,
    Form,
    Parameter,
    between,
    either,
    is_empty,
    is_worker,
    matches,
    one_of,
)

TOKEN = "get_token"
"""The command that begins each sealed dialogue (section 3.7)."""


def _or_empty(expected: str, check: Check) -> tuple[str, Check]:
    return expected, either(is_empty, check)


def _pool(number: int) -> Form:
    """The three parameters of pool slot *number*; unused slots are sent as empty strings (field notes)."""
    return (
        Parameter(f"pool{number}", *_or_empty(*POOL_URL)),
        Parameter(f"worker{number}", *_or_empty(*WORKER)),
        Parameter(f"passwd{number}", *_or_empty(*POOL_PASSWORD), secret=True),
    )


_DELAY = ("a number of seconds, 0 to 86400", between(0, 86400))
# Of a name that the miner has already: factories and tools give names such as WhatsMiner_6e07 (field notes).
_KEPT_HOSTNAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"


def _write(
    name: str,
    section: str,
    summary: str,
    *forms: Form,
    effect: Effect = Effect.CHANGES,
    silent: bool = False,
    **more: Any,
) -> Command:
    return Command(name, section, summary, forms or ((),), effect, may_stay_silent=silent, **more)


def _read(
    name: str,
    section: str,
    summary: str,
    *forms: Form,
    joinable: bool = False,
    sealed: bool = False,
    since: str = "1.3",
    until: str = "",
) -> Command:
    return Command(
        name, section, summary, forms or ((),), joinable=joinable, sealed=sealed, since=since, until=until
    )


def _added(
    name: str, since: str, summary: str, *forms: Form, effect: Effect = Effect.CHANGES, silent: bool = False
) -> Command:
    """A write that the document of API *since* added; that is its section too."""
    return _write(name, f"API {since}", summary, *forms, effect=effect, silent=silent, since=since)


_TABLE = (
    _write("update_pools", "2.1", "Update pools information", _pool(1) + _pool(2) + _pool(3)),
    _write("restart_btminer", "2.2", "Restart btminer", effect=Effect.RESTARTS, silent=True),
    _write(
        "power_off",
        "2.3",
        "Power off miner",
        (Parameter("respbefore", *TRUTH, required=False),),
        effect=Effect.SWITCHES,
        silent=True,
    ),
    _write("power_on", "2.4", "Power on miner", effect=Effect.SWITCHES),
    _write(
        "set_led",
        "2.5",
        "Manage led",
        (Parameter("param", "auto", one_of("auto")),),
        (
            Parameter(
                "color",
                "a colour's name in lower-case letters, such as red or green",
                matches(r"[a-z]{1,16}"),
            ),
            Parameter("period", *FLASH_CYCLE, wire=int),
            Parameter("duration", *FLASH_DURATION, wire=int),
            Parameter("start", *FLASH_START, wire=int),
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
                "old", "the present password, 1 to 8 bytes of ASCII", matches(r"[!-~]{1,8}"), secret=True
            ),
            Parameter(
                "new", "1 to 8 letters, digits or underscores", matches(r"[A-Za-z0-9_]{1,8}"), secret=True
            ),
        ),
        changes_password=True,
    ),
    _write(
        "net_config",
        "2.12",
        "Modify network configuration",
        (Parameter("param", "dhcp", one_of("dhcp")),),
        (
            Parameter("ip", *IPV4),
            Parameter("mask", *NETMASK),
            Parameter("gate", *IPV4),
            Parameter("dns", *DNS),
            Parameter(
                "host",
                "a host name (letters, digits, - and _; at most 63 bytes; no - or _ at either end)",
                matches(_KEPT_HOSTNAME, 63),
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
                *FREQUENCY_PERCENT,
                in_api_1=Parameter(
                    "percent", "a whole number, -10 to 100, on a miner with API 1", between(-10, 100)
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
        (Parameter("hostname", *HOSTNAME),),
        silent=True,
    ),
    _write(
        "set_zone",
        "2.20",
        "Set time zone",
        (
            Parameter("timezone", *TIMEZONE),
            Parameter(
                "zonename",
                *ZONENAME,
            ),
        ),
        silent=True,
    ),
    _write(
        "load_log",
        "2.21",
        "Send logs to a remote server",
        (Parameter("ip", *IPV4), Parameter("port", *PORT), Parameter("proto", *LOG_PROTOCOL)),
    ),
    _write(
        "set_power_pct",
        "2.22",
        "Set power percentage",
        (Parameter("percent", "a whole number, 0 to 100", between(0, 100)),),
        silent=True,
    ),
    _write(
        "pre_power_on",
        "2.23",
        "Preheat before power on",
        (
            Parameter("complete", *TRUTH, required=False),
            Parameter(
                "msg",
                "'wait for adjust temp', 'adjust complete' or 'adjust continue'",
                one_of("wait for adjust temp", "adjust complete", "adjust continue"),
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
        (Parameter("power_limit", *WATTS),),
        effect=Effect.RESTARTS,  # at each call, with an unchanged value too (field notes)
        silent=True,
    ),
    _added(
        "adjust_upfreq_speed",
        "2.0.5",
        "Set how fast btminer tunes its frequencies",
        (Parameter("upfreq_speed", *UPFREQ_SPEED),),  # 2.0.5: 0 to 9
    ),
    _added(
        "set_poweroff_cool",
        "2.0.5",
        "Cool on when mining is stopped",
        (Parameter("poweroff_cool", *SWITCH),),
    ),
    _added("set_fan_zero_speed", "2.0.5", "Let fans stand still", (Parameter("fan_zero_speed", *SWITCH),)),
    _added(
        "set_temp_offset",
        "2.0.5",
        "Set the offset of the target temperature",
        (Parameter("temp_offset", *TEMPERATURE_OFFSET),),
    ),
    _added(
        "set_power_pct_v2",
        "2.0.5",
        "Set power percentage, slowly and with less loss",
        (Parameter("percent", *POWER_PERCENT),),  # air-cooled miners: 0 to 100
        silent=True,
    ),
    _added("restore_power_pct", "2.2.2", "Undo both power percentages", silent=True),
    _added("set_power", "2.2.2", "Set the power in watts", (Parameter("power", *WATTS),), silent=True),
    _added(
        "set_heat_mode",
        "2.2.2",
        "Set the heating mode of a liquid-cooled miner",
        (Parameter("mode", "anti-icing or heating", one_of("anti-icing", "heating")),),
    ),
    # Firmware with API 1.3 knows these two as well; the documents have them from 2.2.2 on.
    _added("enable_btminer_init", "2.2.2", "Start mining when the machine starts"),
    _added("disable_btminer_init", "2.2.2", "Don't start mining when the machine starts"),
    _added("set_fast_mining", "2.2.2", "The same as set_fast_hash", (Parameter("fast_mining", *SWITCH),)),
    _added(
        "set_fast_hash", "2.2.2", "Start fast, with VK, VL and VM models", (Parameter("fast_hash", *SWITCH),)
    ),
    _added(
        "set_customer_msg",
        "2.2.2",
        "Store the owner's own data",
        (
            Parameter("key", *CUSTOM_KEY),
            Parameter(
                "val",
                "text (letters, digits and _ . @ + = : , / % - only; no - in front; at most 255 bytes)",
                either(is_empty, is_worker),
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
        (Parameter("percent", "a whole number, 0 to 100", between(0, 100)),),
    ),
    _read("summary", "3.1", "Hash rate, fans, power, errors", joinable=True),
    _read("pools", "3.2", "Pools", joinable=True),
    _read("edevs", "3.3", "Hash boards", joinable=True),
    _read("devs", "3.3", "Hash boards", joinable=True),
    _read("devdetails", "3.4", "Model", joinable=True, until="2.2.2"),
    _read("get_psu", "3.5", "Power supply"),
    _read("get_version", "3.6", "API and firmware version"),
    _read(TOKEN, "3.7", "Token for sealed commands"),
    _read("status", "3.8", "Whether btminer is off, and the firmware version"),
    _read(
        "get_miner_info",
        "API 2.0",
        "Network, LED, serial numbers",
        (
            Parameter(
                "info", "names of fields, divided by commas", matches(r"[a-z]+(?:,[a-z]+)*"), required=False
            ),
        ),
        since="2.0",
    ),
    _read("get_error_code", "API 2.0", "Error codes with their times", since="2.0"),
    _read("get_customer_msg", "API 2.2.2", "The owner's own data", sealed=True, since="2.2.2"),
)

COMMANDS = {command.name: command for command in _TABLE}


def is_write(command: str) -> bool:
    """Whether *command* changes a miner, or may, for all that's known of it."""
    return command not in COMMANDS or COMMANDS[command].writes
