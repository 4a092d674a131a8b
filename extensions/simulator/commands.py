# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writable API: what each command accepts, and what it does (API document V1.3.11, section 2).

A command function checks its parameters and returns a `Taken`, or raises Refused. It changes nothing itself: faults decide
whether the change is made.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing

from .envelopes import COMMAND_ERROR, Refused

MAX_TEXT = 256


@dataclasses.dataclass
class Taken:
    """A command that was accepted."""

    apply: typing.Callable[[], None] = lambda: None  # at once
    later: typing.Callable[[], None] | None = None  # once the reply is out
    msg: typing.Any = "API command OK"
    delay_seconds: float = 0.0  # work before the reply
    upload: bool = False
    logs: bool = False


def _bad(text: str = "command error") -> Refused:
    return Refused(COMMAND_ERROR, text)


def _text(request: dict, name: str, most: int = MAX_TEXT, empty: bool = False) -> str:
    value = request.get(name)
    if not isinstance(value, str) or len(value.encode("utf-8", "surrogatepass")) > most or (not value and not empty):
        raise _bad()
    if any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise _bad()
    return value


def _number(request: dict, name: str, least: int, most: int) -> int:
    """A number that the document types as "str": an integer is refused."""
    value = request.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,6}", value) or not least <= int(value) <= most:
        raise _bad()
    return int(value)


def _ip(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise _bad() from None


def _flag(request: dict, name: str, default: str) -> bool:
    """ "true" or "false", as strings."""
    value = request.get(name, default)
    if value not in ("true", "false"):
        raise _bad()
    return value == "true"


def update_pools(miner, request) -> Taken:
    """Section 2.1. An unused slot is "" in all three keys."""
    pools = []
    for slot in "123":
        keys = ("pool" + slot, "worker" + slot, "passwd" + slot)
        if not miner.options.strict_pools and slot != "1" and not any(key in request for key in keys):
            continue
        url, user, password = (_text(request, key, empty=True) for key in keys)
        if url and not user or user and not url:
            raise _bad()
        pools.append({"url": url, "user": user, "password": password})
    if not pools[0]["url"]:
        raise _bad()

    def apply():
        miner.state.pools = [pool for pool in pools if pool["url"]]
        if miner.options.pools_restart_btminer:
            miner.restart_btminer()

    return Taken(apply)


def restart_btminer(miner, request) -> Taken:
    """Section 2.2."""
    return Taken(miner.restart_btminer)


def power_off(miner, request) -> Taken:
    """Section 2.3. With respbefore "true" the reply comes before the work."""
    before = _flag(request, "respbefore", "false")
    if before:
        return Taken(later=miner.power_off)
    return Taken(miner.power_off, delay_seconds=miner.options.power_off_seconds)


def power_on(miner, request) -> Taken:
    """Section 2.4."""
    return Taken(miner.power_on)


def set_led(miner, request) -> Taken:
    """Section 2.5. period, duration, start in ms, as integers."""
    if "param" in request:
        if request["param"] != "auto":
            raise _bad()
        led = {"mode": "auto"}
    else:
        color = request.get("color")
        times = [request.get(name) for name in ("period", "duration", "start")]
        if color not in ("red", "green") or any(value.__class__ is not int for value in times):
            raise _bad()
        period, duration, start = times
        if not (0 < period <= 60000 and 0 < duration <= period and 0 <= start <= period):
            raise _bad()
        led = {"mode": "manual", "color": color, "period": period, "duration": duration, "start": start}
    return Taken(lambda: setattr(miner.state, "led", led))


def _power_mode(mode):
    def command(miner, request) -> Taken:
        """Section 2.6: changing the mode restarts btminer."""

        def apply():
            if miner.state.mode != mode:
                miner.state.mode = mode
                miner.restart_btminer()

        return Taken(apply)

    return command


def update_firmware(miner, request) -> Taken:
    """Section 2.7: `ready`, then size and data on the same connection."""
    return Taken(msg="ready", upload=True)


def reboot(miner, request) -> Taken:
    """Section 2.8."""
    return Taken(later=miner.reboot)


def factory_reset(miner, request) -> Taken:
    """Section 2.9."""
    return Taken(later=lambda: miner.reboot(miner.factory_reset))


def ssh_open(miner, request) -> Taken:
    """Section 2.10."""
    return Taken(lambda: miner.set_ssh(True))


def ssh_close(miner, request) -> Taken:
    return Taken(lambda: miner.set_ssh(False))


def update_pwd(miner, request) -> Taken:
    """Section 2.11: 8 bytes at most."""
    old = request.get("old")
    new = _text(request, "new", most=8)
    if " " in new or not isinstance(old, str) or old != miner.state.password:
        raise _bad()
    return Taken(lambda: miner.set_password(new))


def net_config(miner, request) -> Taken:
    """Section 2.12: the miner reboots, and comes back where it was told to."""
    if "param" in request:
        if request["param"] != "dhcp":
            raise _bad()
        return Taken(later=lambda: miner.reboot(miner.use_dhcp))
    ip, gate = _ip(_text(request, "ip")), _ip(_text(request, "gate"))
    mask = _ip(_text(request, "mask"))
    try:
        ipaddress.IPv4Network("0.0.0.0/" + mask)
    except ValueError:
        raise _bad() from None
    servers = _text(request, "dns").split(" ")
    dns = " ".join(_ip(server) for server in servers)
    host = _hostname(_text(request, "host", most=63))

    return Taken(later=lambda: miner.reboot(lambda: miner.use_static(ip, mask, gate, dns, host)))


def download_logs(miner, request) -> Taken:
    """Section 2.13."""
    return Taken(msg={"logfilelen": str(miner.options.log_bytes)}, logs=True)


def set_target_freq(miner, request) -> Taken:
    """Section 2.14: -10 to 100, as a string."""
    percent = _number(request, "percent", -10, 100)
    return Taken(lambda: setattr(miner.state, "frequency_percent", percent))


def _switch(field, value):
    def command(miner, request) -> Taken:
        """Sections 2.15 to 2.18."""
        return Taken(lambda: setattr(miner.state, field, value))

    return command


def set_hostname(miner, request) -> Taken:
    """Section 2.19."""
    name = _hostname(_text(request, "hostname", most=63))
    return Taken(lambda: setattr(miner.state, "hostname", name))


def _hostname(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", name):
        raise _bad()
    return name


def set_zone(miner, request) -> Taken:
    """Section 2.20, for example CST-8 and Asia/Shanghai."""
    timezone, zonename = _text(request, "timezone", most=64), _text(request, "zonename", most=64)
    if not re.fullmatch(r"[A-Za-z0-9<>+:,./-]+", timezone) or not re.fullmatch(r"[A-Za-z0-9_+/-]+", zonename):
        raise _bad()

    def apply():
        miner.state.timezone, miner.state.zonename = timezone, zonename

    return Taken(apply)


def load_log(miner, request) -> Taken:
    """Section 2.21: where the miner sends its log; port as a string."""
    target = {
        "ip": _ip(_text(request, "ip")),
        "port": str(_number(request, "port", 1, 65535)),
        "proto": request.get("proto"),
    }
    if target["proto"] not in ("tcp", "udp"):
        raise _bad()
    return Taken(lambda: setattr(miner.state, "remote_log", target))


def set_power_pct(miner, request) -> Taken:
    """Section 2.22: 0 to 100, as a string. Approximate and temporary: a restart of btminer loses it."""
    percent = _number(request, "percent", 0, 100)
    return Taken(lambda: setattr(miner.state, "percent", percent))


PREHEAT_MESSAGES = ("wait for adjust temp", "adjust complete", "adjust continue")


def pre_power_on(miner, request) -> Taken:
    """Section 2.23: only while powered off; the same command asks how far it is."""
    if request.get("complete", "false") not in ("true", "false"):
        raise _bad()
    if request.get("msg", PREHEAT_MESSAGES[0]) not in PREHEAT_MESSAGES:
        raise _bad()
    if miner.state.powered:
        raise _bad("btminer is not off")
    complete, words = miner.preheat_progress()
    return Taken(miner.preheat, msg={"complete": "true" if complete else "false", "msg": words})


WRITES: dict[str, typing.Callable[..., Taken]] = {
    "update_pools": update_pools,
    "restart_btminer": restart_btminer,
    "power_off": power_off,
    "power_on": power_on,
    "set_led": set_led,
    "set_low_power": _power_mode("Low"),
    "set_normal_power": _power_mode("Normal"),
    "set_high_power": _power_mode("High"),
    "update_firmware": update_firmware,
    "reboot": reboot,
    "factory_reset": factory_reset,
    "ssh_open": ssh_open,
    "ssh_close": ssh_close,
    "update_pwd": update_pwd,
    "net_config": net_config,
    "download_logs": download_logs,
    "set_target_freq": set_target_freq,
    "enable_btminer_fast_boot": _switch("fast_boot", True),
    "disable_btminer_fast_boot": _switch("fast_boot", False),
    "enable_web_pools": _switch("web_pools", True),
    "disable_web_pools": _switch("web_pools", False),
    "set_hostname": set_hostname,
    "set_zone": set_zone,
    "load_log": load_log,
    "set_power_pct": set_power_pct,
    "pre_power_on": pre_power_on,
}

# Parameter names in the document's order: the text form `cmd|a,b,c` gives values without names.
TEXT_PARAMETERS = {
    "update_pools": ("pool1", "worker1", "passwd1", "pool2", "worker2", "passwd2", "pool3", "worker3", "passwd3"),
    "power_off": ("respbefore",),
    "update_pwd": ("old", "new"),
    "set_target_freq": ("percent",),
    "set_hostname": ("hostname",),
    "set_zone": ("timezone", "zonename"),
    "load_log": ("ip", "port", "proto"),
    "set_power_pct": ("percent",),
    "pre_power_on": ("complete", "msg"),
    "get_miner_info": ("info",),
}


def from_text(line: str) -> dict:
    """`cmd|param` as the JSON form has it. set_led and net_config have a form of one word and a form of many."""
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
