# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of API 3: what each write accepts, and what it does.

A command function gets the miner, its parameter and the sender. It changes nothing itself: it returns a
Taken, or raises Refused. The parameters of SEALED commands have been decrypted before.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import re
import typing

from ..commands import Taken
from ..state import CUSTOMER_KEYS, FACTORY_SETTINGS, OWN_LIMIT
from . import parameters
from .authentication import SUPER
from .options import VERSIONS
from .parameters import fields
from .replies import bad, missing

COIN_TYPES = ("BTC", "BCH", "BSV", "DCR", "HC", "DGB", "SHA256")
MOST_MESSAGE = 127  # msg0 to msg9: fewer than 128 bytes
MOST_GAP = 285
MOST_PASSWORD = 32
SEALED = ("set.miner.pools", "set.user.change_passwd")


@dataclasses.dataclass
class Report(Taken):
    """A command that was accepted, and starts (or ends) reports on its connection."""

    gap_seconds: int = 0


def _on_air(miner) -> None:
    if miner.model.hydro:
        raise bad()


# --- the device and its fans


def custom_data(miner, param, caller) -> Taken:
    """Texts that the miner keeps for its owner."""
    key, value = fields(miner.options, param, "key", "value")
    parameters.choice(key, *CUSTOMER_KEYS)
    text = parameters.text(value, MOST_MESSAGE, empty=True)
    return Taken(lambda: miner.state.customer.update({key: text}))


def _fan_switch(field):
    def command(miner, param, caller) -> Taken:
        """0 or 1, on air-cooled machines."""
        on = parameters.whole(param, 0, 1) == 1
        _on_air(miner)
        return Taken(functools.partial(miner.store, **{field: on}))

    return command


def temp_offset(miner, param, caller) -> Taken:
    """-30 to 0 degrees, on air-cooled machines."""
    offset = parameters.whole(param, -30, 0)
    _on_air(miner)
    return Taken(lambda: miner.store(temp_offset=offset))


def log_upload(miner, param, caller) -> Taken:
    """Where the miner sends its log. The port is a string."""
    address, port, proto = fields(miner.options, param, "ip", "port", "proto")
    parameters.matching(port, "[0-9]{1,5}", 5)
    if not 0 < int(port) < 65536:
        raise bad()
    target = {
        "ip": parameters.ip(address),
        "port": str(int(port)),
        "proto": parameters.choice(proto, "tcp", "udp"),
    }
    return Taken(lambda: setattr(miner.state, "remote_log", target))


# --- mining


def cointype(miner, param, caller) -> Taken:
    (coin,) = fields(miner.options, param, "cointype")
    parameters.choice(coin, *COIN_TYPES)
    return Taken(lambda: setattr(miner.state, "cointype", coin))


def fast_hash(miner, param, caller) -> Taken:
    """0 or 1, of models VK, VL and VM, as on 4028."""
    on = parameters.whole(param, 0, 1) == 1
    if not re.search("V[KLM][0-9]", miner.state.model):
        raise bad()
    return Taken(lambda: miner.store(fast_hash=on))


def fastboot(miner, param, caller) -> Taken:
    on = parameters.choice(param, "enable", "disable") == "enable"
    return Taken(lambda: miner.store(fast_boot=on))


def heat_mode(miner, param, caller) -> Taken:
    """Where liquid-cooled only."""
    modes = {"heating": "heating", "normal": "", miner.options.api3_heat_word: "anti-icing"}
    mode = modes[parameters.choice(param, *modes)]
    if not miner.model.hydro:
        raise bad()
    return Taken(lambda: miner.store(heat_mode=mode))


def pools(miner, param, caller) -> Taken:
    """One to three, at once. Slots that aren't named are empty afterwards."""
    if not isinstance(param, list) or not 1 <= len(param) <= 3:
        raise bad()
    clean = []
    for item in param:
        if not isinstance(item, dict):
            raise bad()
        if any(item.get(name) is None for name in ("pool", "worker", "passwd")):
            raise missing()
        url, user, password = (
            parameters.text(item[name], empty=True) for name in ("pool", "worker", "passwd")
        )
        if bool(url) != bool(user):
            raise bad()
        clean.append({"url": url, "user": user, "password": password})
    if not clean[0]["url"]:
        raise bad()

    def apply():
        miner.set_pools([pool for pool in clean if pool["url"]])
        if miner.options.pools_restart_btminer:
            miner.restart_btminer()

    return Taken(apply)


def power(miner, param, caller) -> Taken:
    """Watts, stored: at once after tuning, at the next start before. 0: none."""
    watts = parameters.whole(param, 0, miner.nominal_limit)
    return Taken(lambda: miner.store_target(watts))


def power_limit(miner, param, caller) -> Taken:
    """A bare number of W, 0 (none) to nominal, or 99999 (the machine's own). Mining restarts at each call."""
    watts = parameters.whole(param, 0, OWN_LIMIT)
    if miner.nominal_limit < watts < OWN_LIMIT:
        if miner.options.limit_above_nominal == "refuse":
            raise bad()
        watts = miner.nominal_limit
    return Taken(lambda: miner.set_power_limit(watts))


def power_mode(miner, param, caller) -> Taken:
    mode = parameters.choice(param, "low", "normal", "high").capitalize()
    return Taken(lambda: miner.set_mode(mode))


def power_percent(miner, param, caller) -> Taken:
    """Temporary, and lost before tuning has ended. Above 100 on liquid-cooled machines."""
    percent, mode = fields(miner.options, param, "percent", "mode")
    kind = miner.options.api3_percent_type
    if isinstance(percent, str) and kind != "number":
        percent = int(parameters.matching(percent, "[0-9]+", 3))
    elif isinstance(percent, str):
        raise bad("percent must be a number")
    elif kind == "text":
        raise bad("percent must be a string")
    parameters.whole(percent, 0, 200 if miner.model.hydro else 100)
    parameters.choice(mode, "fast", "normal")
    return Taken(lambda: miner.set_percent(percent, mode))


def report(miner, param, caller) -> Taken:
    """Frames with the miner's status each `gap` seconds, on this connection. 0 ends them."""
    (gap,) = fields(miner.options, param, "gap")
    return Report(gap_seconds=parameters.whole(gap, 0, MOST_GAP))


def restore_setting(miner, param, caller) -> Taken:
    """The miner's settings, and neither its pools nor what belongs to the system."""

    def apply():
        vars(miner.state).update(FACTORY_SETTINGS)
        miner.restart_btminer()

    return Taken(apply)


def service(miner, param, caller) -> Taken:
    def autostart(on):
        return lambda: miner.store(autostart=on)

    actions = {
        "restart": miner.restart_btminer,
        "start": miner.power_on,
        "stop": miner.power_off,
        "enable": autostart(True),
        "disable": autostart(False),
    }
    return Taken(actions[parameters.choice(param, *actions)])


def target_freq(miner, param, caller) -> Taken:
    """Percent, below 0 only on air. Mining restarts."""
    percent = parameters.whole(param, -100, 100)
    if percent > 0:
        _require_liquid(miner)
    return Taken(lambda: miner.set_frequency(percent))


def _require_liquid(miner) -> None:
    if not miner.model.hydro:
        raise bad()


def upfreq_speed(miner, param, caller) -> Taken:
    speed = parameters.whole(param, 0, 10)
    return Taken(lambda: miner.store(upfreq_speed=speed))


# --- the system


def factory_reset(miner, param, caller) -> Taken:
    return Taken(later=lambda: miner.reboot(miner.factory_reset))


HOST_NAME = r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?"


def hostname(miner, param, caller) -> Taken:
    (name,) = fields(miner.options, param, "hostname")
    parameters.matching(name, HOST_NAME, 63, "invalid hostname")
    return Taken(lambda: miner.store(hostname=name))


def led(miner, param, caller) -> Taken:
    """`auto`, or patterns in ms: each goes on `start` ms after the period began, for `duration` ms."""
    if parameters.given(param) == "auto":
        return Taken(lambda: setattr(miner.state, "led", {"mode": "auto"}))
    if not isinstance(param, list) or not param:
        raise bad()
    patterns = [_led_pattern(item) for item in param]
    manual = {"mode": "manual", **patterns[0]}
    if len(patterns) > 1:
        manual["patterns"] = patterns
    return Taken(lambda: setattr(miner.state, "led", manual))


def _led_pattern(item) -> dict:
    if not isinstance(item, dict):
        raise bad()
    pattern = {"color": parameters.choice(item.get("color"), "red", "green")}
    pattern["period"] = parameters.whole(item.get("period"), 1, 60000)
    pattern["duration"] = parameters.whole(item.get("duration"), 1, pattern["period"])
    pattern["start"] = parameters.whole(item.get("start"), 0, pattern["period"])
    return pattern


def net_config(miner, param, caller) -> Taken:
    """`dhcp`, or an address with all that belongs to it. The miner reboots, and keeps its host name."""
    if parameters.given(param) == "dhcp":
        return Taken(later=lambda: miner.reboot(miner.use_dhcp))
    words = "invalid network config"
    ip, netmask, gateway, dns = fields(miner.options, param, "ip", "netmask", "gateway", "dns")
    ip, netmask, gateway = (parameters.ip(value, words) for value in (ip, netmask, gateway))
    try:
        ipaddress.IPv4Network("0.0.0.0/" + netmask)
    except ValueError:
        raise bad(words) from None
    if not isinstance(dns, str):
        raise bad(words)
    servers = " ".join(parameters.ip(server, words) for server in dns.split(" "))
    return Taken(later=lambda: miner.reboot(lambda: miner.use_static(ip, netmask, gateway, servers)))


def ntp_server(miner, param, caller) -> Taken:
    """A string: servers with commas between them."""
    if not isinstance(parameters.given(param), str):
        raise bad()
    servers = [parameters.matching(name, r"[A-Za-z0-9][A-Za-z0-9.-]*", 253) for name in param.split(",")]
    return Taken(lambda: setattr(miner.state, "ntp_servers", servers))


def reboot(miner, param, caller) -> Taken:
    return Taken(later=miner.reboot)


def time_randomized(miner, param, caller) -> Taken:
    """Two numbers of seconds, 120 at most."""
    start, stop = (parameters.whole(value, 0, 120) for value in fields(miner.options, param, "start", "stop"))
    return Taken(lambda: setattr(miner.state, "time_randomized", {"start": start, "stop": stop}))


def timezone(miner, param, caller) -> Taken:
    zone, name = fields(miner.options, param, "timezone", "zonename")
    parameters.matching(zone, r"[A-Za-z0-9<>+:,./-]+", 64)
    parameters.matching(name, r"[A-Za-z0-9_+/-]+", 64)
    return Taken(lambda: miner.store(timezone=zone, zonename=name))


def update_firmware(miner, param, caller) -> Taken:
    """`ready`, then size and data on the same connection."""
    return Taken(msg="ready", upload=True)


def webpools(miner, param, caller) -> Taken:
    on = parameters.choice(param, "enable", "disable") == "enable"
    return Taken(lambda: miner.store(web_pools=on))


# --- accounts


def change_passwd(miner, param, caller) -> Taken:
    """Of any account, by one that may: the old password proves it."""
    if not isinstance(param, dict):
        raise bad()
    if any(param.get(name) is None for name in ("account", "new", "old")):
        raise missing()
    account = parameters.choice(param["account"], *miner.state.accounts)
    new = parameters.matching(param["new"], "[!-~]+", MOST_PASSWORD)
    if param["old"] != miner.state.accounts[account]["password"]:
        raise bad()
    return Taken(lambda: miner.set_account_password(account, new))


def permission(miner, param, caller) -> Taken:
    """What user1, user2 or user3 may do from now on: names of writes with commas between, or nothing."""
    user, names = fields(miner.options, param, "user", "permission")
    parameters.choice(user, *(account for account in miner.state.accounts if account != SUPER))
    granted = [name.strip() for name in parameters.text(names, 2048, empty=True).split(",") if name.strip()]
    for name in granted:
        parameters.choice(name, *(write for write in WRITES if write != "set.user.permission"))
    return Taken(lambda: miner.state.change_account(user, permissions=granted))


WRITES: dict[str, typing.Callable[..., Taken]] = {
    "set.device.custom_data": custom_data,
    "set.fan.poweroff_cool": _fan_switch("poweroff_cool"),
    "set.fan.temp_offset": temp_offset,
    "set.fan.zero_speed": _fan_switch("fan_zero_speed"),
    "set.log.upload": log_upload,
    "set.miner.cointype": cointype,
    "set.miner.fast_hash": fast_hash,
    "set.miner.fastboot": fastboot,
    "set.miner.heat_mode": heat_mode,
    "set.miner.pools": pools,
    "set.miner.power": power,
    "set.miner.power_limit": power_limit,
    "set.miner.power_mode": power_mode,
    "set.miner.power_percent": power_percent,
    "set.miner.report": report,
    "set.miner.restore_setting": restore_setting,
    "set.miner.service": service,
    "set.miner.target_freq": target_freq,
    "set.miner.upfreq_speed": upfreq_speed,
    "set.system.factory_reset": factory_reset,
    "set.system.hostname": hostname,
    "set.system.led": led,
    "set.system.net_config": net_config,
    "set.system.ntp_server": ntp_server,
    "set.system.reboot": reboot,
    "set.system.time_randomized": time_randomized,
    "set.system.timezone": timezone,
    "set.system.update_firmware": update_firmware,
    "set.system.webpools": webpools,
    "set.user.change_passwd": change_passwd,
    "set.user.permission": permission,
}
READS = (
    "get.device.custom_data",
    "get.device.info",
    "get.fan.setting",
    "get.log.download",
    "get.miner.history",
    "get.miner.setting",
    "get.miner.status",
    "get.system.setting",
)
SINCE = {"get.device.custom_data": "3.0.1", "set.device.custom_data": "3.0.1", "set.miner.fast_hash": "3.0.2"}


def known(options, name: str) -> bool:
    """Whether this firmware knows the command `name`."""
    if name in options.unknown_commands or (name not in WRITES and name not in READS):
        return False
    since = SINCE.get(name, VERSIONS[0])
    return name in options.extra_commands or VERSIONS.index(options.api3_version) >= VERSIONS.index(since)
