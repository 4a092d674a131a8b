# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner remembers: the settings that commands change, and the machine they are made on."""

from __future__ import annotations

import dataclasses
import time
import typing

FACTORY_POOLS = (
    {"url": "stratum+tcp://btc.ss.poolin.com:443", "user": "microbtinit", "password": "x"},
    {"url": "stratum+tcp://btc.ss.poolin.com:1883", "user": "microbtinit", "password": "x"},
    {"url": "stratum+tcp://btc.ss.poolin.com:25", "user": "microbtinit", "password": "x"},
)
DEFAULT_PASSWORD = "admin"
OWN_LIMIT = 99999  # adjust_power_limit: the machine's own limit
CUSTOMER_KEYS = ("CustomerSn", *(f"msg{number}" for number in range(10)))
ACCOUNTS = ("super", "user1", "user2", "user3")  # of API 3
NTP_SERVERS = ("0.pool.ntp.org", "1.pool.ntp.org", "2.pool.ntp.org", "3.pool.ntp.org")


@dataclasses.dataclass(frozen=True)
class Model:
    """One type of miner, at normal power. Hash rate in GH/s, power in W."""

    name: str
    factory_ghs: int
    power: int
    chips: int
    frequency: int
    platform: str
    psu: str
    boards: int = 3
    hydro: bool = False  # liquid-cooled: no fans, 400 V
    chip: str = "K27D26"


MODELS = {
    model.name: model
    for model in (
        Model("M20SV10", 68000, 3360, 105, 608, "H3", "P21-GB-12-3360"),
        Model("M30S+VE40", 98000, 3400, 148, 646, "H6OS", "P221B"),
        Model("M50SVH50", 126000, 3276, 135, 612, "H616", "P222C"),
        Model("M60S_VK40", 186000, 3500, 225, 385, "H616", "P222D", chip="H32B04-24031801BINVE2-196214C"),
        Model("M63S_VL50", 390000, 7200, 342, 410, "H616", "P564B", 4, True, "H32L02-24052001BINVL5-196802B"),
    )
}
MODEL_OF_GENERATION = {
    "1.3": "M20SV10",
    "1.4": "M30S+VE40",
    "2.0": "M50SVH50",
    "2.2": "M60S_VK40",
    "3": "M60S_VK40",
    "3-only": "M60S_VK40",
}
FIRMWARE_OF_GENERATION = {
    "1.3": "20200207.23.1",
    "1.4": "20210322.22.REL",
    "2.0": "20230911.12.REL",
    "2.2": "20250818.14.Rel2",
    "3": "20251209.16.Rel2",
    "3-only": "20251209.16.Rel2",
}


def factory_accounts() -> dict:
    """Each account's password is its name, and only super may write."""
    return {name: {"password": name, "permissions": []} for name in ACCOUNTS}


def pools_copy(pools) -> list[dict]:
    return [{"url": pool["url"], "user": pool["user"], "password": pool["password"]} for pool in pools]


@dataclasses.dataclass
class State:
    """Settings as stored on the miner. A reboot keeps all but `percent`, `percent_mode` and `target_watts`."""

    mac: str
    firmware: str
    password: str
    hostname: str
    model: str
    serial: str
    api_on: bool = True
    powered: bool = True
    mode: str = "Normal"  # Low, Normal, High
    percent: int = 100  # set_power_pct, set_power_pct_v2
    percent_mode: str = ""  # fast, normal: which of the two it was
    frequency_percent: int = 0  # set_target_freq
    power_limit: int = OWN_LIMIT  # adjust_power_limit; 0: none
    target_watts: int = 0  # set_power; 0: none
    upfreq_speed: int = 0
    fast_hash: bool = False
    heat_mode: str = ""
    autostart: bool = True  # mines after a reboot
    poweroff_cool: bool = False
    fan_zero_speed: bool = False
    temp_offset: int = 0
    customer: dict = dataclasses.field(default_factory=dict)  # set_customer_msg
    fast_boot: bool = False
    web_pools: bool = True
    timezone: str = "CST-8"
    zonename: str = "Asia/Shanghai"
    led: dict = dataclasses.field(default_factory=lambda: {"mode": "auto"})
    remote_log: dict = dataclasses.field(default_factory=dict)
    ssh: bool = False
    proto: str = "dhcp"
    netmask: str = "255.0.0.0"
    gateway: str = "127.0.0.1"
    dns: str = "127.0.0.1"
    pools: list = dataclasses.field(default_factory=lambda: pools_copy(FACTORY_POOLS))
    errors: list = dataclasses.field(default_factory=list)  # [{"code", "since", and perhaps "reason"}]
    ntp_servers: list = dataclasses.field(default_factory=lambda: list(NTP_SERVERS))
    # --- what only API 3 changes
    api3_salt: str = ""
    accounts: dict = dataclasses.field(default_factory=factory_accounts)  # name: {"password", "permissions"}
    cointype: str = "BTC"
    stored_watts: int = 0  # set.miner.power; 0: none
    time_randomized: dict = dataclasses.field(default_factory=lambda: {"start": 0, "stop": 0})

    def changed(self, changes: dict) -> dict:
        """`changes`, checked. Raises ValueError naming the field that is unknown or wrong."""
        clean = {}
        for name, value in changes.items():
            kind = _KINDS.get(name)
            if kind is None:
                raise ValueError("unknown state {!r}; known: {}".format(name, ", ".join(sorted(_KINDS))))
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise ValueError(f"state {name}: {kind.__name__} is wanted, not {value!r}")
            clean[name] = _CHECKS.get(name, _same)(value)
        if "accounts" in clean:
            clean["accounts"] = self._merged_accounts(clean["accounts"])
        return clean

    def _merged_accounts(self, changes: dict) -> dict:
        """All accounts, with the changes to some of them."""
        merged = dict(self.accounts)
        for name, fields in changes.items():
            known = name in ACCOUNTS and isinstance(fields, dict)
            if not known or set(fields) - {"password", "permissions"}:
                raise ValueError(f"state accounts: {ACCOUNTS} have a password and permissions")
            merged[name] = {**merged[name], **fields}
        return merged

    def change_account(self, name: str, **fields) -> None:
        """A new password, or other permissions, for one account of API 3."""
        self.accounts = self._merged_accounts({name: fields})

    def factory_reset(self) -> None:
        """Everything back to how it left the factory, but for the firmware and what is printed on the case."""
        fresh = State(self.mac, self.firmware, DEFAULT_PASSWORD, "WhatsMiner", self.model, self.serial, api_on=False)
        fresh.errors = self.errors
        fresh.api3_salt = self.api3_salt
        self.__dict__.update(fresh.__dict__)


def _same(value):
    return value


def _check_pools(pools):
    if len(pools) > 3:
        raise ValueError("state pools: three at most")
    try:
        return [{"url": str(p["url"]), "user": str(p["user"]), "password": str(p.get("password", ""))} for p in pools]
    except (TypeError, KeyError):
        raise ValueError("state pools: a list of {url, user, password} is wanted") from None


def error_time(moment: float | None = None) -> str:
    """*moment*, in epoch seconds, as a miner writes since when it has an error; without it, now."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(moment))


def _check_errors(errors):
    out = []
    for item in errors:
        if isinstance(item, dict):
            out.append({"since": error_time(), **{name: str(value) for name, value in item.items()}})
            if "code" not in item or set(item) - {"code", "since", "reason"}:
                raise ValueError("state errors: numbers, or {code, since, reason}, are wanted")
        else:
            out.append({"code": str(item), "since": error_time()})
    return out


def _check_mode(mode):
    if mode not in ("Low", "Normal", "High"):
        raise ValueError("state mode: Low, Normal or High")
    return mode


def _check_model(model):
    if model not in MODELS:
        raise ValueError("state model: {!r} is none of {}".format(model, ", ".join(sorted(MODELS))))
    return model


_KINDS = typing.get_type_hints(State)
# What set.miner.restore_setting sets back.
_MINING = (
    "mode",
    "frequency_percent",
    "power_limit",
    "stored_watts",
    "upfreq_speed",
    "fast_hash",
    "heat_mode",
    "fast_boot",
)
FACTORY_SETTINGS = {field.name: field.default for field in dataclasses.fields(State) if field.name in _MINING}
_CHECKS = {"pools": _check_pools, "errors": _check_errors, "mode": _check_mode, "model": _check_model}
