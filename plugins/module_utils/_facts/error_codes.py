# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner's error code is about: number -> component, meaning and remedy.

The API document (section 3.1, "Error Code") has numbers only and no vendor's table is published: this one
collects what public tools know. A code is decimal type / subtype / value, where the value often numbers a
slot or a pool. Six digits that don't begin with 1 are type (2), slot (1), chip (3): 530137 is type 53, slot
0, chip 137.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeVar

    from .shapes import ErrorMeaning

    Entry = TypeVar("Entry", "tuple[str, str]", str)

UNKNOWN = "unknown"

# In a code, ``n`` stands for the digit that numbers a slot, pool or level, ``ccc`` for a chip, ``x`` for any
# digit; ``233-235`` is each code from the first to the last. In a meaning, {n} and {chip} are those numbers.
# The most exact entry wins, so the order of rows means nothing.
TABLE = (
    # codes, component, meaning
    ("100", "fan", "fan not recognised"),
    ("110", "fan", "inlet fan is off its target speed by more than 1000 RPM"),
    ("111", "fan", "outlet fan is off its target speed by more than 1000 RPM"),
    ("120", "fan", "inlet fan is off its target speed by more than 2000 RPM"),
    ("121", "fan", "outlet fan is off its target speed by more than 2000 RPM"),
    ("130", "fan", "inlet fan is off its target speed by more than 3000 RPM"),
    ("131", "fan", "outlet fan is off its target speed by more than 3000 RPM"),
    ("140", "fan", "fan speed is too high"),
    ("1xx", "fan", UNKNOWN),
    ("200", "power supply", "not found"),
    ("201", "power supply", "does not match the configuration"),
    ("202", "power supply", "output voltage is wrong"),
    ("203", "power supply", "protects itself: the surroundings are too hot"),
    ("204", "power supply", "limits its current: the surroundings are too hot"),
    ("205 219", "power supply", "input current is wrong"),
    ("206", "power supply", "input voltage is too low"),
    ("207", "power supply", "protects itself: bad input"),
    ("208", "power supply", "power is wrong"),
    ("209", "power supply", "voltage offset is wrong"),
    ("210", "power supply", "reports an error"),
    ("211", "power supply", "output current is wrong"),
    ("212", "power supply", "output voltage is at its limit"),
    ("213", "power supply", "input does not match output"),
    ("214", "power supply", "input power is stuck at one value"),
    ("215", "power supply", "output voltage could not be set"),
    ("216", "power supply", "power is stuck at one value"),
    ("217", "power supply", "could not be enabled"),
    ("218", "power supply", "input voltage is too low for high power mode (under 230 V)"),
    ("233-235", "power supply", "protects itself: output over temperature"),
    ("236-238 268", "power supply", "protects itself: output over current"),
    ("239", "power supply", "protects itself: output over voltage"),
    ("240", "power supply", "protects itself: output under voltage"),
    ("241", "power supply", "output currents are out of balance"),
    ("243-245", "power supply", "protects itself: input over temperature"),
    ("246 247", "power supply", "protects itself: input over voltage (sources differ: or over current)"),
    ("248 249", "power supply", "protects itself: input over current (sources differ: or over voltage)"),
    ("270", "power supply", "protects itself: input over voltage"),
    ("257 269", "power supply", "protects itself: input over current"),
    ("250 251 271", "power supply", "protects itself: input under voltage"),
    ("253 254", "power supply", "its fan has failed"),
    ("255 256", "power supply", "protects itself: output over power"),
    ("263", "power supply", "communication is disturbed"),
    ("264", "power supply", "communication has failed"),
    ("267", "power supply", "its watchdog tripped"),
    ("272", "power supply", "warning: output over power"),
    ("273", "power supply", "warning: input is too high"),
    ("274", "power supply", "warning: its fan"),
    ("275", "power supply", "warning: hot"),
    ("265 266 276-280", "power supply", UNKNOWN),
    ("281-296", "power supply", "vendor status bit"),
    ("2xx", "power supply", UNKNOWN),
    ("30n", "hash board", "slot {n}: temperature sensor not found"),
    ("32n", "hash board", "slot {n}: temperature can't be read"),
    ("326", "cooling", "liquid temperature sensor doesn't communicate"),
    ("329", "control board", "its temperature sensor can't be read"),
    ("35n", "hash board", "slot {n}: protects itself, too hot"),
    ("360-363", "hash board", "too hot"),
    ("370", "environment", "air temperature swings too much"),
    ("380", "environment", "humidity sensor not found"),
    ("381 382", "environment", "humidity can't be read"),
    ("383", "environment", "the miner protects itself from humidity"),
    ("3xx", "temperature", UNKNOWN),
    ("400", "hash board", "unknown EEPROM fault"),
    ("41n", "hash board", "slot {n}: EEPROM not found"),
    ("42n", "hash board", "slot {n}: EEPROM can't be read"),
    ("43n", "hash board", "slot {n}: chip bin type in the EEPROM is wrong"),
    ("44n", "hash board", "slot {n}: chip count in the EEPROM is wrong"),
    ("45n", "hash board", "slot {n}: EEPROM transfer failed"),
    ("4xx", "hash board", UNKNOWN),
    ("51n", "hash board", "slot {n}: wrong miner type"),
    ("52n", "hash board", "slot {n}: wrong bin type"),
    ("53n", "hash board", "slot {n}: board not found"),
    ("54n", "hash board", "slot {n}: chip id can't be read"),
    ("55n", "hash board", "slot {n}: bad chips"),
    ("56n", "hash board", "slot {n}: out of balance"),
    ("57n", "hash board", "slot {n}: transfer failed"),
    ("58n", "hash board", "slot {n}: reset failed"),
    ("59n", "hash board", "slot {n}: frequency is too low"),
    ("5xx", "hash board", UNKNOWN),
    ("600", "environment", "air is too hot"),
    ("610", "environment", "air is too hot for high performance mode"),
    ("620", "cooling", "the miner protects itself: liquid temperature"),
    ("652", "cooling", "liquid temperature fluctuates"),
    ("6xx", "environment", UNKNOWN),
    ("700", "control board", "MAC address is invalid"),
    ("701", "control board", "does not support the chips"),
    ("702", "control board", "version of the control board is unknown"),
    ("710 712", "control board", "rebooted after a fault"),
    ("711", "control board", "rebooted after a fault and slowed down: upgrade the firmware"),
    ("713", "control board", "unstable network changed the clock"),
    ("714", "control board", "network is unstable"),
    ("72n", "control board", "slot {n}: frame error"),
    ("7xx", "control board", UNKNOWN),
    ("800", "software", "checksum of the miner program is wrong"),
    ("801", "software", "checksum of the system monitor is wrong"),
    ("802", "software", "checksum of the remote daemon is wrong"),
    ("810", "software", "serial number does not match after the change from air to liquid cooling"),
    ("820", "power supply", "serial numbers of power supply and miner differ"),
    ("8xx 9xx", "software", UNKNOWN),
    ("901", "software", "power rate is wrong"),
    ("2000", "pool", "no pool is configured"),
    ("2010", "pool", "all pools are disabled"),
    ("202n", "pool", "pool {n}: no connection"),
    ("2030", "pool", "many shares are rejected"),
    ("2040", "pool", "pool does not support AsicBoost"),
    ("2050", "pool", "switching pools failed"),
    ("20xx", "pool", UNKNOWN),
    ("211n", "hash board", "slot {n}: failed its factory test"),
    ("21xx", "hash board", UNKNOWN),
    ("2310 2320", "hash rate", "too low (sources differ: or a fan)"),
    ("2330 2340 2350", "hash rate", "loses too much (sources differ: or a fan)"),
    ("23xx", "hash rate", UNKNOWN),
    ("501n", "hash board", "slot {n}: chip voltage is too low"),
    ("502n", "hash board", "slot {n}: chip voltage has shifted"),
    ("503n 504n", "hash board", "slot {n}: chip temperatures are too far apart"),
    ("505n", "hash board", "slot {n}: stopped, chips are too hot"),
    ("507n", "cooling", "slot {n}: water flow is abnormal"),
    ("5079", "cooling", "liquid flows too slowly"),
    ("5080", "hash board", "chip temperature calibration failed: restore the factory settings"),
    ("509n", "hash board", "slot {n}: chip temperature calibration is out of balance"),
    ("511n 517n", "hash board", "slot {n}: frequency ramp timed out"),
    ("512n", "hash board", "slot {n}: many CRC errors"),
    ("513n", "hash board", "slot {n}: unstable"),
    ("50xx 51xx", "hash board", UNKNOWN),
    ("52nccc", "hash board", "slot {n} chip {chip}: wrong nonces"),
    ("53nccc", "hash board", "slot {n} chip {chip}: too few nonces"),
    ("54nccc", "hash board", "slot {n} chip {chip}: too hot"),
    ("55nccc", "hash board", "slot {n} chip {chip}: was reset"),
    ("56nccc", "hash board", "slot {n} chip {chip}: no nonces"),
    ("55n999", "hash board", "slot {n}: all chips were reset"),
    ("5xnccc", "hash board", "slot {n} chip {chip}: unknown"),
    ("6030", "hash board", "chips overheated"),
    ("60xx", "hash board", UNKNOWN),
    ("8000", "software", "setup tool is too old"),
    ("8010", "hash rate", "frequency is low"),
    ("8020", "hash rate", "hash rate is low"),
    ("8035", "hash rate", "the surroundings are hot"),
    ("8100", "software", "chip data is wrong"),
    ("8200", "software", "power version is wrong"),
    ("8210", "software", "miner type is wrong"),
    ("8220", "software", "version information is wrong"),
    ("8300", "software", "level is empty"),
    ("8400", "software", "firmware is old"),
    ("8410", "software", "wrong software version"),
    ("81xx 82xx 83xx 84xx", "software", UNKNOWN),
    ("85n0", "hash rate", "level {n}: hash rate is below standard"),
    ("85n1", "hash rate", "level {n}: power is below standard"),
    ("85n2 85n3", "hash rate", "level {n}: fan speed is below standard"),
    ("85n4", "hash rate", "level {n}: voltage is below standard"),
    ("85xx", "hash rate", UNKNOWN),
    ("8600", "product data", "product serial number is missing"),
    ("8610", "product data", "product type is missing"),
    ("8620", "product data", "miner serial number is missing"),
    ("8621", "product data", "miner serial number has the wrong length"),
    ("8630", "product data", "power supply's serial number is missing"),
    ("8631", "product data", "power supply's serial number is wrong"),
    ("8632", "product data", "miner serial number is wrong"),
    ("8640", "product data", "power model is missing"),
    ("8641", "product data", "power model's name is wrong"),
    ("8642", "product data", "power model's output voltage is wrong"),
    ("8643", "product data", "power model's rate is wrong"),
    ("8644", "product data", "power model's format is wrong"),
    ("8650", "product data", "hash board structure is wrong"),
    ("8660", "product data", "cooling type is wrong"),
    ("8670", "product data", "board serial number is missing"),
    ("86xx", "product data", UNKNOWN),
    ("8700", "power supply", "does not fit this miner"),
    ("9000 9010", "software", "a process was killed"),
    ("9999", "miner", UNKNOWN),
    ("100000", "security", "security library is damaged: upgrade the firmware"),
    ("100001-100003", "security", "signed files of the security library were tampered with"),
    ("1000xx", "security", UNKNOWN),
    ("100100", "security", "security component was removed: upgrade the firmware"),
    ("110000", "security", "illegal file: upgrade the firmware"),
    ("110001", "security", "a known virus was removed: upgrade the firmware"),
)

# What to do about it. An entry for codes beats that of its component.
_REMEDIES = {
    "100": "Check that the fans are plugged in, and replace the one that isn't recognised",
    "1xx": "Clean the fans and check their cables; replace the fan if the error comes back",
    "200 210 217 263 264 267": "Check the cable between power supply and control board; replace the power "
    "supply if the error comes back",
    "201 820 8700": "Fit a power supply that belongs to this model",
    "206 207 218 250 251 271": "Measure the mains voltage under load; use low or normal power mode where the "
    "mains is weak",
    "246 247 248 249 270 273": "Measure the mains voltage and current, and check plugs and cables",
    "203 204 233-235 243-245 275": "Lower the temperature around the power supply, and clean its fan and "
    "vents",
    "253 254 274": "Clean or replace the fan of the power supply",
    "255 256 272 236-238 268": "Lower the power limit or power mode; replace the power supply if the error "
    "comes back",
    "2xx": "Power the miner off at the mains for some minutes; replace the power supply if the error comes "
    "back",
    "326": "Check the plug of the liquid temperature sensor; replace the sensor if the error comes back",
    "329": "Replace the control board if the error comes back after a restart",
    "30n 32n": "Reseat the cable of the hash board; have the board repaired if the error comes back",
    "35n 360-363 505n 54nccc 6030": "Check fans or liquid flow, and the temperature of what comes in; lower "
    "the power mode",
    "370 380 381 382 383": "Check temperature and humidity of the air that comes in",
    "53n 51n 52n": "Reseat the hash board and its cable; have the board repaired if the error comes back",
    "600 610": "Lower the temperature of the air that comes in, or the power mode",
    "620 652 507n 5079": "Check pump, flow, and temperature of the cooling liquid",
    "700 702": "Have the control board repaired or replaced",
    "710-712": "Upgrade the firmware; replace the control board if the error comes back",
    "713 714": "Check cable, switch port and NTP servers",
    "800-802 81xx 82xx 83xx 9000 9010": "Upgrade the firmware or install it again",
    "8400 8410 8000": "Upgrade the firmware",
    "2000": "Set pools",
    "2010 202n": "Check address, port and name resolution of the pools, and the network's way to them",
    "2030": "Check the pool's difficulty and the delay to it, then the hash boards",
    "2040": "Use a pool that supports AsicBoost",
    "2050": "Check that the backup pools can be reached",
    "2310 2320 8010 8020": "Look at the other errors and at the boards' hash rates; restart btminer once",
    "8035": "Lower the temperature of the air that comes in",
    "5080": "Restore the factory settings",
    "1000xx 100100 110000 110001": "Install firmware of the vendor again, and change all passwords",
}
_REMEDY_OF_COMPONENT = {
    "fan": "Clean the fans and check their cables",
    "power supply": "Power the miner off at the mains for some minutes; replace the power supply if the "
    "error comes back",
    "temperature": "Check cooling, and the temperature of what comes in",
    "cooling": "Check pump, flow, and temperature of the cooling liquid",
    "hash board": "Restart the miner; reseat the hash board or have it repaired if the error comes back",
    "control board": "Restart the miner; replace the control board if the error comes back",
    "environment": "Check temperature and humidity of the air that comes in",
    "software": "Restart the miner, then install its firmware again",
    "pool": "Check the pools and the network's way to them",
    "hash rate": "Look at the other errors and at the boards' hash rates",
    "product data": "Ask the vendor: the data that the factory wrote are wrong",
    "security": "Install firmware of the vendor again, and change all passwords",
}
_ANY_REMEDY = "Ask the vendor what this code means, and send the miner's log"

# How a code of so many digits may be written in the table, most exact first: ``d`` keeps a digit, any other
# letter replaces it.
_MASKS = {
    3: ("ddd", "ddn", "dxx"),
    4: ("dddd", "dddn", "ddnd", "ddxx"),
    6: ("dddddd", "ddnddd", "ddnccc", "dxnccc", "ddddxx"),
}


def _each(codes: str) -> Iterator[str]:
    """The codes that one row's first column stands for."""
    for code in codes.split():
        first, dash, last = code.partition("-")
        yield from (str(number) for number in range(int(first), int(last) + 1)) if dash else (first,)


_MEANINGS = {code: (component, meaning) for codes, component, meaning in TABLE for code in _each(codes)}
_REMEDY_OF_CODE = {code: remedy for codes, remedy in _REMEDIES.items() for code in _each(codes)}


def explain(code: Any) -> ErrorMeaning:
    """``{"code": int, "component": str, "meaning": str, "remedy": str}`` for *code*, an int or its text.

    Never raises. The meaning names the slot, pool or chip where the code does (``"slot 2: board not
    found"``). What nobody knows is "unknown". The remedy says in a sentence what to do. What isn't a number
    comes back with None for its code.
    """
    try:
        number: int | None = int(code)
    except (TypeError, ValueError, OverflowError):
        number = None
    digits = str(number) if number is not None and 100 <= number <= 999_999 else ""
    component, meaning = _entry(_MEANINGS, digits) or (UNKNOWN, UNKNOWN)
    remedy = _entry(_REMEDY_OF_CODE, digits) or _REMEDY_OF_COMPONENT.get(component, _ANY_REMEDY)
    return {"code": number, "component": component, "meaning": meaning, "remedy": remedy}


def _entry(table: dict[str, Entry], digits: str) -> Entry | None:
    """What *table* has for a code of these *digits*, with its numbers filled in, the most exact entry; None
    without one.
    """
    for mask in _MASKS.get(len(digits), ()):
        found = table.get("".join(digit if letter == "d" else letter for digit, letter in zip(digits, mask)))
        if isinstance(found, tuple):
            numbers = {"n": digits[mask.find("n")], "chip": int(digits[-3:])}
            return found[0], found[1].format(**numbers)
        if found is not None:
            return found
    return None


_RECENT = datetime.timedelta(days=7)
_ANY_ZONE = datetime.timedelta(hours=14)  # a miner's clock doesn't say in which zone it is
_CLOCKS_SET_SINCE = 2015  # before it was set by NTP, a miner's clock stands in 1970


def recent(errors: list[dict[str, Any]], now: datetime.datetime | None = None) -> list[dict[str, Any]]:
    """Those of *errors*, as facts have them, that may tell the miner's state: *now* is a time in UTC, this
    moment's without.

    Firmware since 2022 lists a history with times: what is older than a week says nothing of today. What has
    no time, or one of a clock that wasn't set, counts.
    """
    now = now or datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return [error for error in errors if _is_recent(error.get("since"), now)]


def _is_recent(since: Any, now: datetime.datetime) -> bool:
    try:
        moment = datetime.datetime.strptime(since or "", "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        return True
    return moment.year < _CLOCKS_SET_SINCE or moment > now - _RECENT - _ANY_ZONE
