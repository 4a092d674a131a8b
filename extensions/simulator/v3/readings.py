# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reads of API 3, in the shapes of the recordings and of the vendor's document 3.0.3.

Each function takes a miner and returns the content of `msg`. The numbers are those of port 4028, in API 3's
units: TH/s, W, MHz, degrees Celsius, rpm.
"""

from __future__ import annotations

from .. import ailments
from ..load import Load
from ..state import CUSTOMER_KEYS, OWN_LIMIT
from . import parameters
from .authentication import SUPER
from .options import VERSIONS
from .replies import DOWN_TEXT, FAIL, Refused, bad, missing

INT_MAX = (1 << 31) - 1
DAY_SECONDS = 86400
HISTORY_STEP_SECONDS = 1800
_MODES = {"Low": "0", "Normal": "1", "High": "2"}
# What each form of get.device.info lacks, by section.
_LACKS = {
    "m50": {"miner": ("eeprom-liquid-cooling",), "system": ("btrom",), "power": ()},
    "document": {"miner": ("permission", "UpfreqSpeed"), "system": (), "power": ()},
    "m60s": {
        "miner": (
            "cointype", "heatmode", "eeprom-liquid-cooling", "power-limit-set", "UpfreqSpeed", "web-pool",
            "permission",
        ),
        "system": ("btrom",),
        "power": ("iin", "vin", "vout", "pin", "temp0"),
    },
}  # fmt: skip


def _since(options, version: str) -> bool:
    return VERSIONS.index(options.api3_version) >= VERSIONS.index(version)


def _switch(on: bool) -> str:
    return "enable" if on else "disable"


# --- get.device.info


def _network(miner) -> dict:
    state = miner.state
    return {
        "ip": miner.address,
        "proto": state.proto,
        "netmask": state.netmask,
        "dns": state.dns,
        "mac": miner.shown_mac,
        "gateway": state.gateway,
        "hostname": state.hostname,
    }


def _miner(miner) -> dict:
    state, model, form = miner.state, miner.model, miner.options.api3_form
    boards = range(model.boards)
    board_rate = model.factory_ghs // model.boards
    coin = "BTC/BCH/BSV" if state.cointype == "BTC" else state.cointype
    row = {
        "working": "true" if state.powered else "false",
        "type": miner.options.shown_model or state.model,
        "hash-board": model.name.split("V")[-1],
        "detect-hash-rate": ":".join(str(board_rate - 150 * slot) for slot in boards),
        "cointype": coin,
        "pool-strategy": "FAILOVER",
        "heatmode": _heat_word(miner) if state.heat_mode else "",
        "hash-percent": str(state.frequency_percent) if state.frequency_percent or form == "m60s" else "",
        "eeprom-liquid-cooling": "0-0-0",
        **{f"chipdata{slot}": model.chip for slot in boards},
        "fast-boot": _switch(state.fast_boot),
        "board-num": str(model.boards),
        **{f"pcbsn{slot}": _board_serial(miner, slot) for slot in boards},
        "miner-sn": state.serial,
        "power-limit-set": _limit_set(miner),
        "UpfreqSpeed": str(state.upfreq_speed) if state.upfreq_speed else "",
        "web-pool": int(state.web_pools),
        "permission": " ".join(f"{account}={_rights(state, account)}" for account in state.accounts),
    }
    if model.hydro:
        row["eeprom-liquid-cooling"] = "1-1-1"
    return row


def _board_serial(miner, slot: int) -> str:
    return f"HE{miner.state.serial[-12:]}B{slot // 2 * 2 if miner.model.hydro else slot}"


def _limit_set(miner) -> str:
    if 0 < miner.state.power_limit < OWN_LIMIT:
        return str(miner.state.power_limit)
    return {"empty": "", "nominal": str(miner.nominal_limit), "int_max": str(INT_MAX)}[
        miner.options.api3_limit_unset
    ]


def _heat_word(miner) -> str:
    modes = {"": "normal", "anti-icing": miner.options.api3_heat_word}
    return modes.get(miner.state.heat_mode, miner.state.heat_mode)


_GROUPS = ("device", "fan", "log", "miner", "system", "user")


def _rights(state, account: str) -> int:
    """The number in `permission`. What its bits mean is not known: here, one for each group of commands."""
    if account == SUPER:
        return 255
    granted = {name.split(".")[1] for name in state.accounts[account]["permissions"]}
    return sum(1 << number for number, group in enumerate(_GROUPS) if group in granted)


def _system(miner) -> dict:
    return {
        "api": miner.options.api3_version,
        "platform": miner.platform,
        "fwversion": miner.state.firmware,
        "control-board-version": "CB6V10",
        "btrom": "1",
        "apiswitch": "1" if miner.state.api_on and not miner.faults.api_off else "0",
        "ledstatus": "auto" if miner.state.led.get("mode") == "auto" else "manual",
    }


def _power(miner) -> dict:
    model, watts = miner.model, Load(miner).power
    volts = 396.0 if model.hydro else 226.5
    row = {
        "type": model.psu,
        "mode": _MODES[miner.state.mode],
        "hwversion": "V03.00",
        "swversion": "V00.03",
        "model": model.psu,
        "iin": round(watts / volts if miner.hashing else 0.02, 2),
        "vin": volts,
        "vout": 1270 if miner.hashing else 0,
        "pin": watts,
        "fanspeed": 6976 if miner.hashing and not model.hydro else 0,
        "temp0": 34,
        "sn": "P" + miner.state.serial[-15:],
        "vendor": "1",
    }
    if model.hydro:
        row["liquid-temperature"] = 34.5
    return row


def _errors(miner) -> list:
    errors = miner.errors
    if not _since(miner.options, "3.0.1"):
        return [{error["code"]: error["since"]} for error in errors]
    return [
        {error["code"]: error["since"], "reason": error.get("reason") or f"error {error['code']}"}
        for error in errors
    ]


_SECTIONS = {
    "network": _network,
    "miner": _miner,
    "system": _system,
    "power": _power,
    "salt": lambda miner: miner.state.api3_salt,
    "error-code": _errors,
}


def device_info(miner, param) -> dict:
    """All sections, or the one that `param` names, under its name."""
    options = miner.options
    if param is not None and not isinstance(param, str):
        raise bad()
    names = list(_SECTIONS) if not param else [param]
    if param and options.api3_info_joins:
        names = param.split(",")
    lacks = _LACKS[options.api3_form]
    out = {}
    for name in names:
        if name not in _SECTIONS or (name == "error-code" and param and not _since(options, "3.0.1")):
            raise bad()
        content = ailments.shown3(miner, name, _SECTIONS[name](miner))
        if isinstance(content, dict):
            content = {key: value for key, value in content.items() if key not in lacks.get(name, ())}
        out[name] = content
    if options.api3_form == "m60s" and not param and not out["error-code"]:
        del out["error-code"]
    return out


# --- get.miner.status


def summary(miner) -> dict:
    load, on, state = Load(miner), miner.hashing, miner.state
    heat, rate = 30.0 * load.share, round(load.hash_mhs / 1e6, 3)
    fans = 6000 if on and not load.model.hydro else 0
    row = {
        "elapsed": int(miner.elapsed),
        "bootup-time": int(miner.uptime),
        "freq-avg": load.frequency,
        "target-freq": state.frequency_percent,
        "factory-hash": load.model.factory_ghs / 1000,
        "hash-average": rate,
        "hash-1min": round(rate * 1.002, 3),
        "hash-15min": rate,
        "hash-realtime": round(rate * 1.001, 3),
        "power-rate": round(load.power / rate, 3) if rate else 0.0,
        "power-5min": round(load.watts, 3),
        "power-realtime": load.power,
        "environment-temperature": 28.5,
        "board-temperature": [
            round(45.0 + heat + slot, 1) if on else 0.0 for slot in range(load.model.boards)
        ],
        "chip-temp-min": round(50.0 + heat, 1) if on else 0.0,
        "chip-temp-avg": round(56.0 + heat, 1) if on else 0.0,
        "chip-temp-max": round(62.0 + heat, 1) if on else 0.0,
        "power-limit": load.limit if on else 0,
        "up-freq-finish": int(load.steady),
        "fan-speed-in": fans + 60 if fans else 0,
        "fan-speed-out": fans,
    }
    if miner.options.api3_form == "m60s":
        row["Debug"] = ""
        del row["target-freq"]
    unknown = miner.options.unknown
    if "factory" in unknown:
        row["factory-hash"] = -0.001 * load.model.boards
    if "power" in unknown:
        row["power-realtime"] = row["power-5min"] = -1
    if "fans" in unknown:
        row["fan-speed-in"] = row["fan-speed-out"] = -1
    return row


def pools(miner) -> list[dict]:
    """Passwords are never shown, and API 3 has no share counts."""
    on, mined = miner.hashing, miner.hashing and not miner.pools_idle
    shape = miner.options.api3_pools or ("priority" if miner.options.api3_form == "m60s" else "rate")
    rows = []
    for number, pool in enumerate(pool for pool in miner.state.pools if pool["url"]):
        first = number == 0
        row = {
            "url": pool["url"],
            "status": "alive" if on else "dead",
            "account": pool["user"],
            "stratum-active": bool(first and mined),
        }
        if shape == "priority":
            rows.append({"pool-priority": number, **row})
            continue
        shared = miner.epoch - 4 if mined else miner.last_share
        row = {"id": number + 1, **row, "reject-" + shape: 0.0667 if first and on else 0}
        row["last-share-time"] = shared if first and on else 0
        rows.append(row)
    return rows


def edevs(miner) -> list[dict]:
    load, on, recorded = Load(miner), miner.hashing, miner.options.api3_form == "m60s"
    heat, boards = 30.0 * load.share, load.model.boards
    rate = round(load.hash_mhs / 1e6 / boards, 3)
    rows = []
    for slot in range(boards):
        row = {"id": slot}
        if not recorded:
            row["slot"] = slot
        row["hash-average"] = rate
        if recorded:
            row["hash-realtime"], row["status"] = round(rate * 1.001, 3), "alive" if on else "dead"
        row.update(
            {
                "factory-hash": load.model.factory_ghs // boards / 1000,
                "freq": load.frequency,
                "effective-chips": load.model.chips if on else 0,
                "chip-temp-min": round(50.0 + heat, 1) if on else 0.0,
                "chip-temp-avg": round(56.0 + heat, 1) if on else 0.0,
                "chip-temp-max": round(62.0 + heat, 1) if on else 0.0,
            }
        )
        rows.append(row)
    return rows


_STATUS = {"summary": summary, "pools": pools, "edevs": edevs}


def miner_status(miner, param):
    """`summary`, `pools`, `edevs`, joined with `+`. btminer answers: this fails while it is down."""
    options = miner.options
    if param is None:
        if options.api3_status_without_param == "refuse":
            raise missing()
        return {} if options.api3_status_without_param == "object" else ""
    if not isinstance(param, str):
        raise bad()
    names = param.split("+")
    for name in names:
        if name not in _STATUS:
            raise bad()
    if not miner.btminer_answers:
        raise Refused(FAIL, DOWN_TEXT)
    if not miner.state.powered and options.api3_pools_while_off == "missing":
        names = [name for name in names if name != "pools"]
        if not names:
            raise Refused(FAIL, "fail")
    return {name: ailments.shown3(miner, name, _STATUS[name](miner)) for name in names}


# --- settings


def miner_setting(miner, param) -> dict:
    options, state, load = miner.options, miner.state, Load(miner)
    own = not 0 < state.power_limit < OWN_LIMIT
    row = {
        "power-limit": miner.nominal_limit if own else state.power_limit,
        "upfreq-speed": state.upfreq_speed,
        "power-mode": state.mode.lower(),
        "fast-boot": _switch(state.fast_boot),
        "target-freq": state.frequency_percent,
    }
    if _since(options, "3.0.2"):
        row["fast-hash" if _since(options, "3.0.5") else "fast-mining"] = _switch(state.fast_hash)
    if _since(options, "3.0.3"):
        row["power"] = state.target_watts or state.stored_watts or load.limit
        row["power-percent"] = 0 if state.percent == 100 else state.percent
        if load.model.hydro or _since(options, "3.0.5"):
            row["heat-mode"] = _heat_word(miner)
    if _since(options, "3.0.5"):
        row["btrom-worker-suffix"] = ""
    return row


def miner_history(miner, param):
    """Records of time, TH/s and W, one each half hour, of at most a day, with blanks between them."""
    names = ("begin", "end")
    if miner.options.api3_history == "data" and isinstance(param, dict) and "start" in param:
        names = ("start", "stop")
    begin, end = (parameters.epoch(value) for value in parameters.fields(miner.options, param, *names))
    if not 0 <= end - begin <= DAY_SECONDS:
        raise bad()
    load = Load(miner)
    first = max(begin, int(miner.epoch - miner.uptime))
    first += -first % HISTORY_STEP_SECONDS
    moments = range(first, min(end, miner.epoch) + 1, HISTORY_STEP_SECONDS)
    text = " ".join(f"{moment},{load.hash_mhs / 1e6:.3f},{load.power}" for moment in moments)
    return {"Data": text} if miner.options.api3_history == "data" else text


def fan_setting(miner, param) -> dict:
    state = miner.state
    return {
        "fan-poweroff-cool": int(state.poweroff_cool),
        "fan-zero-speed": int(state.fan_zero_speed),
        "fan-temp-offset": state.temp_offset,
    }


def system_setting(miner, param) -> dict:
    state = miner.state
    row = {
        "web-pool": int(state.web_pools),
        "timezone": state.timezone,
        "zonename": state.zonename,
        "hostname": state.hostname,
    }
    if state.remote_log:
        row["log-upload"] = dict(state.remote_log)
    row["time-randomized"] = dict(state.time_randomized)
    row["ntp-server"] = list(state.ntp_servers)
    return row


def custom_data(miner, param) -> dict:
    texts = {key: miner.state.customer.get(key, "") for key in CUSTOMER_KEYS}
    return {miner.options.api3_custom_sn: texts.pop("CustomerSn"), **texts}


def log_download(miner, param) -> dict:
    """The size; the bytes follow on the connection."""
    return {"logsize": str(miner.options.log_bytes)}


READS = {
    "get.device.custom_data": custom_data,
    "get.device.info": device_info,
    "get.fan.setting": fan_setting,
    "get.log.download": log_download,
    "get.miner.history": miner_history,
    "get.miner.setting": miner_setting,
    "get.miner.status": miner_status,
    "get.system.setting": system_setting,
}
