# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readable API: what a miner says about itself (API document V1.3.11, section 3; field notes).

Each function takes a miner and returns the reply as a dict. Numbers follow the miner's state, so that a client sees a mode,
a percentage or a fault in them; they don't pretend to be physics.
"""

from __future__ import annotations

import math

from .envelopes import COMMAND_OK, envelope, list_status
from .generations import Options
from .state import MODELS, Model

BOARDS = 3
_MODE = {"Low": (0.82, 0.75), "Normal": (1.0, 1.0), "High": (1.12, 1.2)}  # hash rate, power


class Load:
    """How hard the miner works right now."""

    __slots__ = ("model", "share", "hash_mhs", "power", "limit", "frequency", "steady", "wobble")

    def __init__(self, miner):
        state = miner.state
        self.model: Model = MODELS[state.model]
        elapsed = miner.elapsed
        on = miner.hashing
        rate, power = _MODE[state.mode]
        rate *= (state.percent / 100.0) * (1 + state.frequency_percent / 100.0) * miner.harm["hashrate_percent"] / 100.0
        power *= (state.percent / 100.0) * (1 + state.frequency_percent / 100.0)
        self.steady = on and elapsed >= miner.upfreq_seconds
        ramp = 1.0 if self.steady else max(0.05, min(1.0, elapsed / (miner.upfreq_seconds or 1.0)))
        self.share = ramp * power if on else 0.0
        # A miner's hash rate is never twice the same.
        self.wobble = 1 + 0.004 * math.sin(miner.number + elapsed / 60.0)
        self.hash_mhs = round(self.model.factory_ghs * 1000.0 * rate * ramp * self.wobble, 2) if on else 0.0
        self.power = int(self.model.power * self.share * self.wobble) if on else 0
        self.limit = int(self.model.power * _MODE[state.mode][1]) + 100
        self.frequency = int(self.model.frequency * rate * ramp) if on else 0


def summary(miner) -> dict:
    """Section 3.1. MHS in MH/s, temperatures in degrees Celsius, fans in RPM, power in W, times in seconds."""
    options: Options = miner.options
    state, load = miner.state, Load(miner)
    on = miner.hashing
    heat = 30.0 * load.share
    average = load.hash_mhs
    row = {
        "Elapsed": int(miner.elapsed),
        "MHS av": average,
        "MHS 5s": round(average * 1.01, 2),
        "MHS 1m": round(average * 1.002, 2),
        "MHS 5m": round(average * 0.999, 2),
        "MHS 15m": average,
        "HS RT": round(average * 1.001, 2),
        "Accepted": int(miner.elapsed / 3),
        "Rejected": int(miner.elapsed / 3000),
        "Total MH": round(average * miner.elapsed, 4),
        "Temperature": round(45.0 + heat, 2) if on else 0.0,
        "freq_avg": load.frequency,
        "Fan Speed In": 6060 if on else 0,
        "Fan Speed Out": 6000 if on else 0,
        "Voltage": 1270 if on else 0,
        "Power": load.power,
        "Power Rate": round(load.power / (average / 1e6), 2) if average else 0.0,
        "Pool Rejected%": 0.0667,
        "Pool Stale%": 0.0,
        "Last getwork": 0,
        "Uptime": int(miner.uptime),
        "Power Fanspeed": 9060 if on else 0,
        "Error Code Count": len(miner.errors),
    }
    for number, error in enumerate(miner.errors):
        row[f"Error Code {number}"] = int(error["code"]) if error["code"].isdigit() else error["code"]
    row.update(
        {
            "Security Mode": 0,
            "Hash Stable": load.steady,
            "Hash Stable Cost Seconds": 1200 if load.steady else 0,
            "Hash Deviation%": 0.1398,
            "Target Freq": int(load.model.frequency * (1 + state.frequency_percent / 100.0)),
            "Target MHS": load.model.factory_ghs * 1000,
            "Env Temp": 28.5,
            "Power Mode": "" if options.empty_power_mode else state.mode,
            "Firmware Version": _firmware(miner),
            "CB Platform": miner.platform,
            "CB Version": "V10",
            "MAC": miner.shown_mac,
            "Factory GHS": load.model.factory_ghs,
            "Power Limit": load.limit if on or not options.zeros_when_off else 0,
            "Chip Temp Min": round(50.0 + heat, 2) if on else 0.0,
            "Chip Temp Max": round(62.0 + heat, 2) if on else 0.0,
            "Chip Temp Avg": round(56.0 + heat, 2) if on else 0.0,
            "Upfreq Complete": 1 if load.steady else 0,
            "Debug": "-0.0_100.0_354",
        }
    )
    if options.has_miner_info:
        row["Btminer Fast Boot"] = "enable" if state.fast_boot else "disable"
    for name in options.string_numbers:
        if name in row:
            row[name] = str(row[name])
    return {"STATUS": list_status(options, "Summary", 11, miner.epoch), "SUMMARY": [row], "id": 1}


def pools(miner) -> dict:
    """Section 3.2. Passwords are never shown."""
    options, state, on = miner.options, miner.state, miner.hashing
    rows = []
    for number, pool in enumerate(pool for pool in state.pools if pool["url"]):
        first = number == 0
        rows.append(
            {
                "POOL": number + options.pool_base,
                "URL": pool["url"],
                "Status": "Alive" if on else "Dead",
                "Priority": number,
                "Quota": 1,
                "Long Poll": "N",
                "Getworks": 1,
                "Accepted": int(miner.elapsed / 3) if first else 0,
                "Rejected": int(miner.elapsed / 3000) if first else 0,
                "Works": 0,
                "Discarded": 0,
                "Stale": 0,
                "Get Failures": 0,
                "Remote Failures": 0,
                "User": pool["user"],
                "Last Share Time": miner.epoch - 4 if first and on else 0,
                "Diff1 Shares": 0,
                "Proxy Type": "",
                "Proxy": "",
                "Difficulty Accepted": 0.0,
                "Difficulty Rejected": 0.0,
                "Difficulty Stale": 0.0,
                "Last Share Difficulty": 0.0,
                "Work Difficulty": 0.0,
                "Has Stratum": 1,
                "Stratum Active": first and on,
                "Stratum URL": pool["url"].split("://")[-1].rsplit(":", 1)[0] if first and on else "",
                "Stratum Difficulty": 262144.0,
                "Best Share": 0,
                "Pool Rejected%": 0.0667,
                "Pool Stale%": 0.0,
                "Bad Work": 0,
                "Current Block Height": 626663,
                "Current Block Version": 536870912,
            }
        )
    return {"STATUS": list_status(options, f"{len(rows)} Pool(s)", 7, miner.epoch), "POOLS": rows, "id": 1}


def edevs(miner) -> dict:
    """Section 3.3: one row a hash board."""
    options, load, on = miner.options, Load(miner), miner.hashing
    heat = 30.0 * load.share
    rows = []
    for slot in range(BOARDS):
        rate = round(load.hash_mhs / BOARDS, 2)
        rows.append(
            {
                "ASC": slot,
                "Slot": slot,
                "Enabled": "Y",
                "Status": "Alive" if on else "Dead",
                "Temperature": round(45.0 + heat + slot, 2) if on else 0.0,
                "Chip Frequency": load.frequency,
                "MHS av": rate,
                "MHS 5s": rate,
                "MHS 1m": rate,
                "MHS 5m": rate,
                "MHS 15m": rate,
                "HS RT": rate,
                "HS Factory": load.model.factory_ghs // BOARDS * 1000,
                "Factory GHS": load.model.factory_ghs // BOARDS,
                "Accepted": 0,
                "Rejected": 0,
                "Last Valid Work": miner.epoch if on else 0,
                "Upfreq Complete": 1 if load.steady else 0,
                "Effective Chips": load.model.chips if on else 0,
                "PCB SN": f"HE{miner.state.serial[-12:]}B{slot}",
                "Chip Data": f"K27D26-2011 BIN1-0{slot}",
                "Chip Temp Min": round(50.0 + heat, 2) if on else 0.0,
                "Chip Temp Max": round(62.0 + heat, 2) if on else 0.0,
                "Chip Temp Avg": round(56.0 + heat, 2) if on else 0.0,
                "chip_vol_diff": 8,
            }
        )
    return {"STATUS": list_status(options, f"{BOARDS} ASC(s)", 9, miner.epoch), "DEVS": rows, "id": 1}


def devdetails(miner) -> dict:
    """Section 3.4."""
    rows = [
        {"DEVDETAILS": slot, "Name": "SM", "ID": slot, "Driver": "bitmicro", "Kernel": "", "Model": miner.state.model}
        for slot in range(BOARDS)
    ]
    return {"STATUS": list_status(miner.options, "Device Details", 69, miner.epoch), "DEVDETAILS": rows, "id": 1}


def get_psu(miner) -> dict:
    """Section 3.5, whose fields the document leaves open: those of recorded replies, all of them strings."""
    on = miner.hashing
    return _ok(
        miner,
        {
            "name": MODELS[miner.state.model].psu,
            "hw_version": "V03.00",
            "sw_version": "V00.03",
            "model": MODELS[miner.state.model].psu,
            "iin": "1536" if on else "20",
            "vin": "22650",
            "pin": str(Load(miner).power),
            "fan_speed": "6976" if on else "0",
            "serial_no": "P" + miner.state.serial[-15:],
            "vendor": "1",
            "temp0": "34",
        },
    )


def get_version(miner) -> dict:
    """Section 3.6."""
    msg = {"api_ver": miner.options.api_ver, "fw_ver": miner.state.firmware}
    if miner.options.has_platform_in_version:
        msg.update(platform=miner.platform, chip="K27D26")
    return _ok(miner, msg)


def status(miner) -> dict:
    """Section 3.8 (bare), and the two later forms of the field notes."""
    off = "false" if miner.state.powered else "true"
    form = miner.options.status_form
    if form == "renamed":
        return _ok(
            miner,
            {
                "mineroff": off,
                "mineroff_reason": "" if miner.state.powered else "by whatsminer api",
                "mineroff_time": "",
                "FirmwareVersion": miner.state.firmware,
                "power_mode": "" if miner.options.empty_power_mode else miner.state.mode.lower(),
                "power_limit_set": "",
                "hash_percent": "0",
            },
        )
    msg = {"btmineroff": off, "Firmware Version": _firmware(miner)}
    return msg if form == "bare" else _ok(miner, msg)


def get_miner_info(miner, wanted=None) -> dict:
    """Of 2.0 only (field notes). `wanted`: comma-separated names, the request's `info`."""
    state = miner.state
    row = {
        "ip": miner.address,
        "proto": state.proto,
        "netmask": state.netmask,
        "gateway": state.gateway,
        "dns": state.dns,
        "hostname": state.hostname,
        "mac": miner.shown_mac,
        "ledstat": "auto" if state.led.get("mode") == "auto" else "manual",
        "minersn": state.serial,
        "powersn": "P" + state.serial[-15:],
    }
    if wanted:
        names = [name.strip() for name in wanted.split(",")]
        row = {name: row[name] for name in names if name in row}
    return _ok(miner, row)


def get_error_code(miner) -> dict:
    """Of 2.0 only (field notes): [{"218": "2024-06-15 10:30:00"}]."""
    return _ok(miner, {"error_code": [{error["code"]: error["since"]} for error in miner.errors]})


def _ok(miner, msg) -> dict:
    return envelope(miner.options, "S", COMMAND_OK, msg, miner.epoch)


def _firmware(miner) -> str:
    return f"'{miner.state.firmware}'" if miner.options.quoted_firmware else miner.state.firmware


# Answered by btminer itself: silent while it is down, and the ones that join.
BTMINER = {"summary": summary, "pools": pools, "devs": edevs, "edevs": edevs, "devdetails": devdetails}
# Answered by the API daemon.
DAEMON = {"get_psu": get_psu, "get_version": get_version, "status": status}
# The same, of generations with `has_miner_info`.
DAEMON_2_0 = {"get_miner_info": get_miner_info, "get_error_code": get_error_code}
