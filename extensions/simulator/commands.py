# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writable API: what each command accepts, and what it does (API document V1.3.11, section 2).

A command function checks its parameters and returns a `Taken`, or raises Refused. It changes nothing itself:
faults decide whether the change is made.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import re
import typing

from . import parameters


@dataclasses.dataclass
class Taken:
    """A command that was accepted."""

    apply: typing.Callable[[], None] = lambda: None  # at once
    later: typing.Callable[[], None] | None = None  # once the reply is out
    msg: typing.Any = "API command OK"
    delay_seconds: float = 0.0  # work before the reply
    upload: bool = False
    logs: bool = False


def update_pools(miner, request) -> Taken:
    """Section 2.1. An unused slot is "" in all three keys."""
    pools = []
    for slot in "123":
        keys = ("pool" + slot, "worker" + slot, "passwd" + slot)
        if not miner.options.strict_pools and slot != "1" and not any(key in request for key in keys):
            continue
        url, user, password = (parameters.text(request, key, empty=True) for key in keys)
        if url and not user or user and not url:
            raise parameters.bad()
        pools.append({"url": url, "user": user, "password": password})
    if not pools[0]["url"]:
        raise parameters.bad()

    def apply():
        miner.set_pools([pool for pool in pools if pool["url"]])
        if miner.options.pools_restart_btminer:
            miner.restart_btminer()

    return Taken(apply)


def restart_btminer(miner, request) -> Taken:
    """Section 2.2."""
    return Taken(miner.restart_btminer)


def power_off(miner, request) -> Taken:
    """Section 2.3. With respbefore "true" the reply comes before the work."""
    before = parameters.flag(request, "respbefore", "false")
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
            raise parameters.bad()
        led = {"mode": "auto"}
    else:
        color = request.get("color")
        times = [request.get(name) for name in ("period", "duration", "start")]
        if color not in ("red", "green") or any(value.__class__ is not int for value in times):
            raise parameters.bad()
        period, duration, start = times
        if not (0 < period <= 60000 and 0 < duration <= period and 0 <= start <= period):
            raise parameters.bad()
        led = {"mode": "manual", "color": color, "period": period, "duration": duration, "start": start}
    return Taken(lambda: setattr(miner.state, "led", led))


def _power_mode(mode):
    def command(miner, request) -> Taken:
        """Section 2.6: changing the mode restarts btminer."""
        return Taken(lambda: miner.set_mode(mode))

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
    new = parameters.text(request, "new", most=8)
    if " " in new or not isinstance(old, str) or old != miner.state.password:
        raise parameters.bad()
    return Taken(lambda: miner.set_password(new))


def net_config(miner, request) -> Taken:
    """Section 2.12: the miner reboots, and comes back where it was told to."""
    if "param" in request:
        if request["param"] != "dhcp":
            raise parameters.bad()
        return Taken(later=lambda: miner.reboot(miner.use_dhcp))
    ip, gate = parameters.ip(parameters.text(request, "ip")), parameters.ip(parameters.text(request, "gate"))
    mask = parameters.ip(parameters.text(request, "mask"))
    try:
        ipaddress.IPv4Network("0.0.0.0/" + mask)
    except ValueError:
        raise parameters.bad() from None
    servers = parameters.text(request, "dns").split(" ")
    dns = " ".join(parameters.ip(server) for server in servers)
    host = parameters.hostname(parameters.text(request, "host", most=63))

    return Taken(later=lambda: miner.reboot(lambda: miner.use_static(ip, mask, gate, dns, host)))


def download_logs(miner, request) -> Taken:
    """Section 2.13."""
    return Taken(msg={"logfilelen": str(miner.options.log_bytes)}, logs=True)


def set_target_freq(miner, request) -> Taken:
    """Section 2.14: -10 to 100, as a string; -100 to 100 since V2."""
    least = -10 if miner.options.command_level == "1.3.11" else -100
    percent = parameters.number(request, "percent", least, 100)

    return Taken(lambda: miner.set_frequency(percent))


def _switch(field, value):
    def command(miner, request) -> Taken:
        """Sections 2.15 to 2.18."""
        return Taken(functools.partial(miner.store, **{field: value}))

    return command


def set_hostname(miner, request) -> Taken:
    """Section 2.19."""
    name = parameters.hostname(parameters.text(request, "hostname", most=63))
    return Taken(lambda: miner.store(hostname=name))


def set_zone(miner, request) -> Taken:
    """Section 2.20, for example CST-8 and Asia/Shanghai."""
    timezone, zonename = (parameters.text(request, key, most=64) for key in ("timezone", "zonename"))
    if not re.fullmatch(r"[A-Za-z0-9<>+:,./-]+", timezone) or not re.fullmatch(r"[A-Za-z0-9_+/-]+", zonename):
        raise parameters.bad()
    return Taken(lambda: miner.store(timezone=timezone, zonename=zonename))


def load_log(miner, request) -> Taken:
    """Section 2.21: where the miner sends its log; port as a string."""
    target = {
        "ip": parameters.ip(parameters.text(request, "ip")),
        "port": str(parameters.number(request, "port", 1, 65535)),
        "proto": request.get("proto"),
    }
    if target["proto"] not in ("tcp", "udp"):
        raise parameters.bad()
    return Taken(lambda: setattr(miner.state, "remote_log", target))


def set_power_pct(miner, request) -> Taken:
    """Section 2.22: 0 to 100, as a string. Approximate and temporary: a restart of btminer loses it."""
    percent = parameters.number(request, "percent", 0, 100)
    return Taken(lambda: miner.set_percent(percent, "fast"))


PREHEAT_MESSAGES = ("wait for adjust temp", "adjust complete", "adjust continue")


def pre_power_on(miner, request) -> Taken:
    """Section 2.23: only while powered off; the same command asks how far it is."""
    if request.get("complete", "false") not in ("true", "false"):
        raise parameters.bad()
    if request.get("msg", PREHEAT_MESSAGES[0]) not in PREHEAT_MESSAGES:
        raise parameters.bad()
    if miner.state.powered:
        raise parameters.bad("btminer is not off")
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
