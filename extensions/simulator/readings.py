# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The readable API: what a miner says about itself (API document V1.3.11, section 3; field notes).

Each function takes a miner and returns the data: a list of rows for btminer's commands, the content of Msg
for the daemon's. envelopes.py puts it where the firmware has it. Numbers follow the miner's state, so that a
client sees a mode, a percentage or a fault in them; they don't pretend to be physics.
"""

from __future__ import annotations

import struct

from .load import Load
from .state import OWN_LIMIT

UNKNOWN_LIMIT = 1 << 31  # of firmware that doesn't know its limit (field notes)

# What newer firmware left of summary, and of a board's row.
LEAN_SUMMARY = (
    "Elapsed", "MHS av", "MHS 1m", "MHS 15m", "HS RT", "freq_avg", "Fan Speed In", "Fan Speed Out", "Power",
    "Power Rate", "Pool Rejected%", "Uptime", "Hash Stable", "Hash Stable Cost Seconds", "Target Freq",
    "Env Temp", "Power Mode", "Factory GHS", "Power Limit", "Chip Temp Min", "Chip Temp Max", "Chip Temp Avg",
    "Debug", "Btminer Fast Boot",
)  # fmt: skip
LEAN_BOARD = (
    "Slot", "Temperature", "Chip Frequency", "MHS av", "MHS 1m", "MHS 15m", "HS RT", "Factory GHS",
    "Upfreq Complete", "Effective Chips", "PCB SN", "Chip Data",
)  # fmt: skip
# Which of them come with the digits of a number in single precision, and which as whole ones.
LONG_FLOATS = ("freq_avg", "Power Rate", "Env Temp", "Chip Temp Min", "Chip Temp Max", "Chip Temp Avg")
WHOLE_NUMBERS = ("MHS av", "MHS 1m", "MHS 15m", "HS RT")


def summary(miner) -> list[dict]:
    """Section 3.1.

    MHS in MH/s, temperatures in degrees Celsius, fans in RPM, power in W, times in seconds.
    """
    options = miner.options
    state, load = miner.state, Load(miner)
    on = miner.hashing
    heat = 30.0 * load.share
    fans = 0 if load.model.hydro or not on else 6000
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
        "Fan Speed In": fans + 60 if fans else 0,
        "Fan Speed Out": fans,
        "Voltage": 1270 if on else 0,
        "Power": load.power,
        "Power Rate": round(load.power / (average / 1e6), 2) if average else 0.0,
        "Pool Rejected%": 0.0667,
        "Pool Stale%": 0.0,
        "Last getwork": 0,
        "Uptime": int(miner.uptime),
        "Power Fanspeed": 9060 if fans else 0,
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
    if options.lean_replies:
        row = _lean_summary(row, miner.elapsed, load.watts)
    _mark_unknown(options, row)
    for name in options.string_numbers:
        if name in row:
            row[name] = str(row[name])
    if options.whole_floats:
        row = {name: float(value) if value.__class__ is int else value for name, value in row.items()}
    return [{name: value for name, value in row.items() if name not in options.summary_without}]


def _lean_summary(row, elapsed, watts) -> dict:
    lean = {name: row[name] for name in LEAN_SUMMARY}
    lean.update({name: _single(lean[name]) for name in LONG_FLOATS})
    lean.update({name: int(lean[name]) for name in WHOLE_NUMBERS})
    stable = "true" if lean["Hash Stable"] else "false"
    lean["Elapsed"], lean["Power"] = _single(elapsed), round(watts, 2)
    lean["Hash Stable"], lean["Target Freq"] = stable, 0
    return lean


def _single(number) -> float:
    """`number` with the digits that it has in single precision: 66.66666412353516."""
    return struct.unpack("f", struct.pack("f", number))[0]


_TEXTS = ("Power Mode", "power_mode", "hash_percent", "power_pct", "minersn", "powersn", "hw_version")
_MARKS = {
    "power": {"Power": -1},
    "fans": {"Fan Speed In": -1, "Fan Speed Out": -1, "Power Fanspeed": -1},
    "factory": {"Factory GHS": -1},
    "limit": {"Power Limit": UNKNOWN_LIMIT, "power_limit_set": str(UNKNOWN_LIMIT)},
    "psu": {"iin": "-1", "fan_speed": "-1", "temp0": "-1"},
    "texts": dict.fromkeys(_TEXTS, ""),
}


def _mark_unknown(options, row) -> None:
    """Put marks where the firmware doesn't know (field notes): -1 W, -1 rpm, a limit of 2^31, ""."""
    for mark in options.unknown:
        row.update({name: value for name, value in _MARKS[mark].items() if name in row})


def pools(miner) -> list[dict]:
    """Section 3.2. Passwords are never shown."""
    options, state, on = miner.options, miner.state, miner.hashing
    mined = on and not miner.pools_idle
    shared = miner.epoch - 4 if mined else miner.last_share
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
                "Last Share Time": shared if first and on else 0,
                "Diff1 Shares": 0,
                "Proxy Type": "",
                "Proxy": "",
                "Difficulty Accepted": 0.0,
                "Difficulty Rejected": 0.0,
                "Difficulty Stale": 0.0,
                "Last Share Difficulty": 0.0,
                "Work Difficulty": 0.0,
                "Has Stratum": 1,
                "Stratum Active": first and mined,
                "Stratum URL": pool["url"].split("://")[-1].rsplit(":", 1)[0] if first and mined else "",
                "Stratum Difficulty": 262144.0,
                "Best Share": 0,
                "Pool Rejected%": 0.0667 if first and on else 0.0,
                "Pool Stale%": 0.0,
                "Bad Work": 0,
                "Current Block Height": 626663,
                "Current Block Version": 536870912,
            }
        )
    return rows


def edevs(miner) -> list[dict]:
    """Section 3.3: one row a hash board."""
    options, load, on = miner.options, Load(miner), miner.hashing
    heat = 30.0 * load.share
    rows = []
    boards = load.model.boards
    rate = round(load.hash_mhs / boards / (1e6 if options.board_rates == "ths" else 1), 2)
    for slot in range(boards):
        # Two boards of a liquid-cooled machine can share a serial number.
        serial = f"HE{miner.state.serial[-12:]}B{slot // 2 * 2 if load.model.hydro else slot}"
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
                "HS Factory": load.model.factory_ghs // boards * 1000,
                "Factory GHS": load.model.factory_ghs // boards,
                "Accepted": 0,
                "Rejected": 0,
                "Last Valid Work": miner.epoch if on else 0,
                "Upfreq Complete": 1 if load.steady else 0,
                "Effective Chips": load.model.chips if on else 0,
                "PCB SN": serial,
                "Chip Data": load.model.chip if options.lean_replies else f"K27D26-2011 BIN1-0{slot}",
                "Chip Temp Min": round(50.0 + heat, 2) if on else 0.0,
                "Chip Temp Max": round(62.0 + heat, 2) if on else 0.0,
                "Chip Temp Avg": round(56.0 + heat, 2) if on else 0.0,
                "chip_vol_diff": 8,
            }
        )
    if options.lean_replies:
        rows = [{name: row[name] for name in LEAN_BOARD} for row in rows]
    for row in rows:
        _mark_unknown(options, row)
    return rows


def devdetails(miner) -> list[dict]:
    """Section 3.4."""
    return [
        {
            "DEVDETAILS": slot,
            "Name": "SM",
            "ID": slot,
            "Driver": "bitmicro",
            "Kernel": "",
            "Model": _model_name(miner),
        }
        for slot in range(miner.model.boards)
    ]


def _model_name(miner) -> str:
    return miner.options.shown_model or miner.state.model


def get_psu(miner) -> dict:
    """Section 3.5, whose fields the document leaves open: those of recorded replies, most of them strings."""
    on, options, model = miner.hashing, miner.options, miner.model
    watts = Load(miner).power
    volts = 396.0 if model.hydro else 226.5
    amperes = watts / volts if on else 0.02
    current = {"ma": str(int(amperes * 1000)), "ma_decimals": f"{amperes * 1000:.2f}", "a": round(amperes, 2)}
    row = {
        "name": model.psu,
        "hw_version": "V03.00",
        "sw_version": "V00.03",
        "model": model.psu,
        "iin": current[options.psu_current],
        "vin": int(volts) if options.psu_voltage == "volts" else str(int(volts * 100)),
        "pin": str(watts),
        "fan_speed": "6976" if on and not model.hydro else "0",
        "serial_no": "P" + miner.state.serial[-15:],
        options.psu_vendor_key: "1",
        "temp0": "34",
    }
    _mark_unknown(options, row)
    return row


def get_version(miner):
    """Section 3.6. Very old firmware has a string as Msg (field notes)."""
    options = miner.options
    if options.version_is_text:
        return options.api_ver
    row = {"api_ver": options.api_ver, "fw_ver": miner.state.firmware}
    if options.has_platform_in_version:
        row.update(platform=miner.platform, chip=miner.model.chip)
    if options.has_miner_type:
        row["miner_type"] = _model_name(miner)
    return row


def status(miner) -> dict:
    """Section 3.8 (bare), and the later forms of the field notes: with other names, and with what was set."""
    state, options = miner.state, miner.options
    off = "false" if state.powered else "true"
    if options.status_form in ("bare", "msg"):
        return {"btmineroff": off, "Firmware Version": _firmware(miner)}
    mode = "" if options.empty_power_mode else state.mode.lower()
    row = {
        "mineroff": off,
        "mineroff_reason": "" if state.powered else "by whatsminer api",
        "mineroff_time": "",
        "FirmwareVersion": state.firmware,
        "power_mode": "sleep" if options.sleep_when_off and not state.powered else mode,
        "power_limit_set": "" if state.power_limit == OWN_LIMIT else str(state.power_limit),
        "hash_percent": "",
    }
    if options.status_form == "grown":
        if state.power_limit == OWN_LIMIT:
            row["power_limit_set"] = str(miner.nominal_limit)
        fast = "true" if state.fast_hash else "false"
        liquid = "34.50" if miner.model.hydro else ""
        row.update(hash_percent=str(state.frequency_percent), power_pct=str(state.percent))
        row.update(fast_mining=fast, fast_hash=fast, liquid_temp=liquid)
    _mark_unknown(options, row)
    return row


def get_miner_info(miner, wanted=None) -> dict:
    """Since 2.0 (field notes). `wanted`: comma-separated names, the request's `info`."""
    state, options = miner.state, miner.options
    row = {
        "ip": miner.address,
        "proto": state.proto,
        "netmask": state.netmask,
        "gateway": state.gateway,
        "dns": state.dns,
        "hostname": state.hostname,
        "mac": miner.shown_mac,
        "ledstat": _ledstat(miner),
        "minersn": state.serial,
        "powersn": "P" + state.serial[-15:],
    }
    if options.status_form == "grown":
        row = {"ntp": list(state.ntp_servers), **row, "upfreq_speed": str(state.upfreq_speed)}
    _mark_unknown(options, row)
    if wanted and options.info_selects:
        names = [name.strip() for name in wanted.split(",")]
        row = {name: row[name] for name in names if name in row}
    return row


def _ledstat(miner) -> str:
    """`auto`, `manual`, or the pattern itself: LED, period, duration, start, and a blank after them."""
    led = miner.state.led
    if led.get("mode") == "auto":
        return "auto"
    if not miner.options.led_pattern:
        return "manual"
    return "".join(_led_pattern(pattern) for pattern in led.get("patterns") or [led])


def _led_pattern(pattern) -> str:
    number = 1 if pattern.get("color") == "green" else 0
    return "{},{},{},{} ".format(number, *(pattern.get(name) for name in ("period", "duration", "start")))


def _reason(error) -> str:
    return error.get("reason") or "error {}".format(error["code"])


_ERROR_FORMS = {
    "pairs": lambda errors: [{error["code"]: error["since"]} for error in errors],
    "object": lambda errors: {error["code"]: error["since"] for error in errors},
    "strings": lambda errors: [error["code"] for error in errors],
    "numbers": lambda errors: [int(error["code"]) for error in errors],
    "reasons": lambda errors: [{error["code"]: error["since"], "reason": _reason(error)} for error in errors],
    "described": lambda errors: [{"code": int(error["code"]), "desc": _reason(error)} for error in errors],
}


def get_error_code(miner) -> dict:
    """Since 2.0 (field notes), in one of many forms: [{"218": "2024-06-15 10:30:00"}]."""
    return {"error_code": _ERROR_FORMS[miner.options.error_form](miner.errors)}


def _firmware(miner) -> str:
    return f"'{miner.state.firmware}'" if miner.options.quoted_firmware else miner.state.firmware


# Answered by btminer itself: silent while it is down, and the ones that join.
BTMINER = {"summary": summary, "pools": pools, "devs": edevs, "edevs": edevs, "devdetails": devdetails}
# Answered by the API daemon.
DAEMON = {"get_psu": get_psu, "get_version": get_version, "status": status}
# The same, of firmware with `has_miner_info`.
DAEMON_2_0 = {"get_miner_info": get_miner_info, "get_error_code": get_error_code}
