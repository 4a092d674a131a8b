# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each module is to do to a miner in the fault matrix, and how the miner tells that it was done."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import typing as t

PASSWORD, NEW_PASSWORD = "sim12345", "n3w_pw_1"
VERSION = "20260101.1.REL"
MAC = "C4:05:08:00:02:3B"
POOL = {"url": "stratum+tcp://pool.example.com:3333", "user": "farm.rack1", "password": "letmein9"}
#: Nothing of it may show in a result.
SECRETS = (PASSWORD, NEW_PASSWORD, POOL["password"])


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a cell's files are: *image* for firmware, *directory* for all that it writes."""

    directory: pathlib.Path
    image: str

    @property
    def logs(self) -> str:
        """Where the archive of logs goes."""
        return str(self.directory / "logs.tgz")


@dataclasses.dataclass(frozen=True)
class Declared:
    """*options* of a module, what the miner is before, which *writes* that takes, and whether it is *done*.

    *writes* are those of both APIs. *proved*: whether all firmware shows what was done, so that the
    miner's word isn't enough.
    """

    options: t.Callable[[Place, str], dict[str, t.Any]]
    done: t.Callable[[t.Any, Place], bool]
    writes: tuple[str, ...] = ()
    state: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    proved: bool = True


def _always(**options: t.Any) -> t.Callable[[Place, str], dict[str, t.Any]]:
    return lambda place, generation: options


def _command(place: Place, generation: str) -> dict[str, t.Any]:
    if generation.startswith("3"):
        return {"command": "set.miner.power_mode", "param": "low"}
    return {"command": "set_low_power"}


def _passwords(machine: t.Any) -> set[str]:
    return {machine.state.password, machine.state.accounts["super"]["password"]}


def _mines_at_pool(machine: t.Any) -> bool:
    return bool(machine.state.pools) and machine.state.pools[0]["url"].endswith("pool.example.com:3333")


MODULES = {
    "whatsminer_facts": Declared(_always(gather_subset=["all"]), lambda machine, place: True),
    "whatsminer_pools": Declared(
        _always(pools=[POOL]),
        lambda machine, place: _mines_at_pool(machine),
        ("update_pools", "set.miner.pools"),
    ),
    "whatsminer_power": Declared(
        _always(mode="low"),
        lambda machine, place: machine.state.mode == "Low",
        ("set_low_power", "set.miner.power_mode"),
    ),
    "whatsminer_cooling": Declared(
        _always(poweroff_cool=True),
        lambda machine, place: machine.state.poweroff_cool,
        ("set_poweroff_cool", "set.fan.poweroff_cool"),
        proved=False,
    ),
    "whatsminer_net": Declared(
        _always(
            proto="static",
            address="127.0.0.1",
            netmask="255.0.0.0",
            gateway="127.0.0.2",
            dns=["127.0.0.3"],
            hostname="rack1-07",
        ),
        lambda machine, place: machine.state.proto == "static",
        ("net_config", "set.system.net_config"),
        {"proto": "dhcp", "hostname": "rack1-07"},
    ),
    "whatsminer_system": Declared(
        _always(timezone="UTC0", zonename="UTC"),
        lambda machine, place: machine.state.timezone == "UTC0",
        ("set_zone", "set.system.timezone"),
        proved=False,
    ),
    "whatsminer_led": Declared(
        _always(color="red", period=500, duration=250),
        lambda machine, place: machine.state.led.get("mode") != "auto",
        ("set_led", "set.system.led"),
        proved=False,
    ),
    "whatsminer_config": Declared(
        _always(pools=[POOL], power={"mode": "low"}),
        lambda machine, place: _mines_at_pool(machine) and machine.state.mode == "Low",
        ("update_pools", "set.miner.pools", "set_low_power", "set.miner.power_mode"),
    ),
    "whatsminer_password": Declared(
        _always(old_password=[PASSWORD], new_password=NEW_PASSWORD),
        lambda machine, place: NEW_PASSWORD in _passwords(machine),
        ("update_pwd", "set.user.change_passwd"),
    ),
    "whatsminer_user": Declared(
        _always(account="user1", password=NEW_PASSWORD, old_password=["user1"]),
        lambda machine, place: machine.state.accounts["user1"]["password"] == NEW_PASSWORD,
        ("set.user.change_passwd",),
        proved=False,
    ),
    "whatsminer_firmware": Declared(
        lambda place, generation: {"src": place.image, "version": VERSION},
        lambda machine, place: machine.state.firmware == VERSION,
        ("update_firmware", "set.system.update_firmware"),
    ),
    "whatsminer_reboot": Declared(
        _always(),
        lambda machine, place: machine.counters.reboots > 0,
        ("reboot", "set.system.reboot"),
    ),
    "whatsminer_factory_reset": Declared(
        _always(confirm=True),
        lambda machine, place: machine.state.password == "admin",
        ("factory_reset", "set.system.factory_reset"),
        proved=False,
    ),
    "whatsminer_logs": Declared(
        lambda place, generation: {"dest": place.logs},
        lambda machine, place: os.path.exists(place.logs),
        ("download_logs", "get.log.download"),
    ),
    "whatsminer_command": Declared(
        _command,
        lambda machine, place: machine.state.mode == "Low",
        ("set_low_power", "set.miner.power_mode"),
        proved=False,
    ),
    "whatsminer_hold": Declared(
        _always(kind="all", reason="maintenance", until="+1h"),
        lambda machine, place: any((place.directory / "holds").glob("*.json")),
    ),
}
