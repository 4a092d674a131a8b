# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of facts, for annotations: nothing here does any work.

RETURN of whatsminer_facts says what each fact means. No key is certain: a miner shows what its firmware
gives. `Facts` is what all code above the APIs reads.
"""

from __future__ import annotations

from typing import Any, TypedDict


class ErrorMeaning(TypedDict):
    """What an error code is about."""

    code: int | None
    component: str
    meaning: str
    remedy: str


class ErrorFact(ErrorMeaning, total=False):
    """An error that a miner reports: *since* by the miner's own clock, *reason* in its own words."""

    since: str
    reason: str


class ApiFacts(TypedDict, total=False):
    """Which API answered, and the *generations* of all that do, where both were asked."""

    generation: int
    generations: list[int]
    version: str
    port: int
    writable: bool


class HashrateFacts(TypedDict, total=False):
    """Hash rates, in TH/s."""

    average: float
    realtime: float
    factory: float
    expected: float


class TemperatureFacts(TypedDict, total=False):
    """Temperatures, in degrees Celsius."""

    environment: float
    board_max: float
    chip_max: float
    liquid: float


class FanFacts(TypedDict, total=False):
    """Speeds of fans, in revolutions per minute."""

    inlet: int
    outlet: int
    psu: int


class CoolingFacts(TypedDict, total=False):
    """How cooling is set."""

    poweroff_cool: bool
    fan_zero_speed: bool
    temp_offset: int


class BoardFacts(TypedDict, total=False):
    """A hash board."""

    slot: int
    temperature_c: float
    chip_temperature_max_c: float
    frequency_mhz: int
    hashrate_ths: float
    hashrate_factory_ths: float
    upfreq_complete: bool
    serial: str
    chips: int


class PoolFacts(TypedDict, total=False):
    """A pool, as the miner has it."""

    id: int
    url: str
    user: str
    status: str
    priority: int
    active: bool
    accepted: int
    rejected: int
    rejected_percent: float
    difficulty: float
    last_share_epoch: int


class PsuFacts(TypedDict, total=False):
    """The power supply."""

    model: str
    serial: str
    vendor: str
    firmware: str
    hardware: str
    temperature_c: float
    input_voltage_volts: float
    input_current_amperes: float
    input_power_watts: int
    fan_rpm: int


class NetworkFacts(TypedDict, total=False):
    """How the miner's network is set."""

    address: str
    netmask: str
    gateway: str
    dns: list[str]
    proto: str
    hostname: str
    mac: str
    ntp_servers: list[str]


class Facts(TypedDict, total=False):
    """What a miner shows: none but what it shows."""

    api: ApiFacts
    api_version: str
    boards: list[BoardFacts]
    coin_type: str
    cooling: CoolingFacts
    custom_data: dict[str, str]
    delay_seconds: dict[str, int]
    efficiency_j_per_th: float
    elapsed_seconds: int
    errors: list[ErrorFact]
    fans_rpm: FanFacts
    fast_boot: bool
    fast_hash: bool
    firmware_version: str
    frequency_percent: int
    hashrate_ths: HashrateFacts
    heat_mode: str
    hostname: str
    led: str
    mac: str
    model: str
    network: NetworkFacts
    permissions: dict[str, int]
    platform: str
    pools: list[PoolFacts]
    power_limit_effective_watts: int
    power_limit_watts: int
    power_mode: str
    power_percent: int
    power_target_watts: int
    power_watts: int
    psu: PsuFacts
    raw: dict[str, Any]
    remote_log: dict[str, Any]
    serial: str
    ssh: bool
    state: str
    temperature_c: TemperatureFacts
    timezone: str
    tuning: bool
    upfreq_speed: int
    user_password_taken: bool  # found out by trying it; no API shows it
    uptime_seconds: int
    web_access: bool
    zonename: str
