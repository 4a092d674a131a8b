# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can ail a miner: boards, chips, fans, power supply, pools. Its readings on both APIs then show it.

The readings are made as those of a healthy miner; here they are changed before they are sent.
"""

from __future__ import annotations

_PERCENT = "hashrate_percent"
# Ailment -> what it takes: a number, a list of slots or priorities, or a number for each slot.
KINDS = {
    _PERCENT: float,
    "boards_missing": list,
    "boards_dead": list,
    "board_percent": dict,
    "board_chips": dict,
    "chip_celsius": float,
    "board_celsius": float,
    "environment_celsius": float,
    "liquid_celsius": float,
    "psu_celsius": float,
    "psu_volts": float,
    "inlet_rpm": float,
    "outlet_rpm": float,
    "psu_fan_rpm": float,
    "pools_dead": list,
    "pool_mined": float,
    "rejected_percent": float,
}


def checked(ailments) -> dict:
    """*ailments* as they are kept. Raises ValueError naming what is unknown or wrong."""
    if not isinstance(ailments, dict):
        raise ValueError("fault ailments: a dictionary is wanted")
    out = {}
    for name, value in ailments.items():
        if name not in KINDS:
            raise ValueError("unknown ailment {!r}; known: {}".format(name, ", ".join(sorted(KINDS))))
        out[name] = _checked(name, value)
    return out


def _checked(name, value):
    kind = KINDS[name]
    try:
        if kind is float:
            return _number(value)
        if kind is list:
            return [int(_number(item)) for item in value]
        return {int(slot): _number(number) for slot, number in value.items()}
    except (TypeError, ValueError, AttributeError):
        wanted = {float: "a number", list: "a list of numbers", dict: "slot: number"}[kind]
        raise ValueError(f"ailment {name}: {wanted} is wanted, not {value!r}") from None


def _number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError
    return value


def share(ailments: dict, boards: int) -> float:
    """What is left of the hash rate of a miner with so many *boards*."""
    weights = _weights(ailments, range(boards))
    return ailments.get(_PERCENT, 100) / 100.0 * sum(weights.values()) / boards


def _weights(ailments: dict, slots) -> dict:
    """Slot -> what its board makes, 1 being a healthy one."""
    dead = (*ailments.get("boards_dead", ()), *ailments.get("boards_missing", ()))
    percents = ailments.get("board_percent", {})
    return {slot: 0.0 if slot in dead else percents.get(slot, 100) / 100.0 for slot in slots}


# --- Port 4028

_RATES = ("MHS av", "MHS 5s", "MHS 1m", "MHS 5m", "MHS 15m", "HS RT")
# Ailment -> the fields that show it, by command.
_FIELDS = {
    "summary": {
        "chip_celsius": ("Chip Temp Max",),
        "board_celsius": ("Temperature",),
        "environment_celsius": ("Env Temp",),
        "inlet_rpm": ("Fan Speed In",),
        "outlet_rpm": ("Fan Speed Out",),
        "psu_fan_rpm": ("Power Fanspeed",),
    },
    "edevs": {"chip_celsius": ("Chip Temp Max",), "board_celsius": ("Temperature",)},
    "get_psu": {"psu_celsius": ("temp0",), "psu_fan_rpm": ("fan_speed",)},
    "status": {"liquid_celsius": ("liquid_temp",)},
}
_FIELDS["devs"] = _FIELDS["edevs"]


def shown(miner, command: str, data):
    """The *data* of *command* on port 4028 as the ailing *miner* shows them."""
    ailments = miner.faults.ailments
    if not ailments or not miner.hashing:
        return data
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        _replace(row, _FIELDS.get(command, {}), ailments)
    if command in ("edevs", "devs"):
        return _boards(rows, ailments, "Slot", _RATES, "Effective Chips")
    if command == "pools":
        names = ("Priority", "Status", "Stratum Active", ("Pool Rejected%",))
        _pools(rows, ailments, names, ("Alive", "Dead"))
    elif command == "get_psu" and "psu_volts" in ailments:
        volts = ailments["psu_volts"]
        data["vin"] = int(volts) if miner.options.psu_voltage == "volts" else str(int(volts * 100))
    return data


# --- Port 4433

_FIELDS3 = {
    "summary": {
        "chip_celsius": ("chip-temp-max",),
        "environment_celsius": ("environment-temperature",),
        "inlet_rpm": ("fan-speed-in",),
        "outlet_rpm": ("fan-speed-out",),
    },
    "edevs": {"chip_celsius": ("chip-temp-max",)},
    "power": {
        "psu_celsius": ("temp0",),
        "psu_fan_rpm": ("fanspeed",),
        "psu_volts": ("vin",),
        "liquid_celsius": ("liquid-temperature",),
    },
}


def shown3(miner, section: str, data):
    """The *data* of a *section* of get.miner.status or get.device.info as the ailing *miner* shows them."""
    ailments = miner.faults.ailments
    if not ailments or not miner.hashing:
        return data
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        _replace(row, _FIELDS3.get(section, {}), ailments)
    if section == "edevs":
        return _boards(rows, ailments, "id", ("hash-average", "hash-realtime"), "effective-chips")
    if section == "pools":
        for number, row in enumerate(rows):
            row["number"] = number
        names = ("number", "status", "stratum-active", ("reject-rate", "reject-percent"))
        _pools(rows, ailments, names, ("alive", "dead"))
        for row in rows:
            del row["number"]
    elif section == "summary" and "board_celsius" in ailments:
        data["board-temperature"] = [ailments["board_celsius"]] * len(data["board-temperature"])
    return data


# --- Both


def _replace(row, fields: dict, ailments: dict) -> None:
    """Put the ailments' values where *row* has such a field, as text where that is text."""
    for ailment, names in fields.items():
        for name in names:
            if ailment in ailments and name in row:
                value = ailments[ailment]
                row[name] = str(value) if isinstance(row[name], str) else value


def _boards(rows: list, ailments: dict, slot_name: str, rates: tuple, chips: str) -> list:
    """The boards that are there. Their rates together stay what they were: `share` has taken its part."""
    weights = _weights(ailments, [row[slot_name] for row in rows])
    total = sum(weights.values())
    for row in rows:
        weight = weights[row[slot_name]]
        for name in rates:
            if name in row and total:
                row[name] = round(row[name] * len(rows) * weight / total, 3)
        row[chips] = int(ailments.get("board_chips", {}).get(row[slot_name], row[chips])) if weight else 0
    return [row for row in rows if row[slot_name] not in ailments.get("boards_missing", ())]


def _pools(rows: list, ailments: dict, names: tuple, words: tuple) -> None:
    number, status, active, rejected = names
    for row in rows:
        if row[number] in ailments.get("pools_dead", ()):
            row[status] = words[1]
        if "pool_mined" in ailments:
            row[active] = row[number] == ailments["pool_mined"]
        for name in rejected:
            if name in row and "rejected_percent" in ailments:
                row[name] = ailments["rejected_percent"]
