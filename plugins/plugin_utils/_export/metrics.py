# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which metrics there are, and the samples of a miner: of its facts, and of the judgement on its health.

Names and units follow Prometheus: base units, hashes a second too, and ratios of 1. docs/metrics.md lists
them for people.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.tables import find
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.exposition import (
    COUNTER,
    Exposition,
    Metric,
    label_pairs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner

#: The labels of each sample of a miner.
OF_A_MINER = ("host", "model", "site")

_H, _TO_HERTZ = 1e12, 1e6
# No miner has as many boards, pools or errors: one that says so doesn't fill the file.
_MOST_ROWS = 64

# Metric, what it says, the fact that it shows, and by what that is multiplied.
_OF_FACTS = (
    ("hashrate_hashes_per_second", "Present hash rate.", "hashrate_ths.realtime", _H),
    (
        "hashrate_average_hashes_per_second",
        "Average hash rate since btminer started.",
        "hashrate_ths.average",
        _H,
    ),
    (
        "hashrate_factory_hashes_per_second",
        "Hash rate that the factory promises.",
        "hashrate_ths.factory",
        _H,
    ),
    ("power_watts", "Power that it takes.", "power_watts", 1),
    ("power_limit_watts", "Power limit that was asked for.", "power_limit_watts", 1),
    ("uptime_seconds", "Time since the miner booted.", "uptime_seconds", 1),
    ("btminer_uptime_seconds", "Time since btminer started.", "elapsed_seconds", 1),
    ("psu_input_volts", "Input voltage of the power supply.", "psu.input_voltage_volts", 1),
    ("psu_input_amperes", "Input current of the power supply.", "psu.input_current_amperes", 1),
    ("psu_input_watts", "Input power of the power supply.", "psu.input_power_watts", 1),
)
# The same of what a miner has several of: the label tells which.
_TEMPERATURES = {
    "environment": "temperature_c.environment",
    "board_max": "temperature_c.board_max",
    "chip_max": "temperature_c.chip_max",
    "liquid": "temperature_c.liquid",
    "psu": "psu.temperature_c",
}
_FANS = {"inlet": "fans_rpm.inlet", "outlet": "fans_rpm.outlet", "psu": "fans_rpm.psu"}
_OF_BOARDS = (
    ("board_hashrate_hashes_per_second", "Average hash rate of a hash board.", "hashrate_ths", _H),
    ("board_hashrate_factory_hashes_per_second", "Hash rate that the factory promises of a hash board.",
     "hashrate_factory_ths", _H),
    ("board_temperature_celsius", "Temperature of a hash board.", "temperature_c", 1),
    ("board_chip_temperature_celsius", "Hottest chip of a hash board.", "chip_temperature_max_c", 1),
    ("board_frequency_hertz", "Frequency of a hash board.", "frequency_mhz", _TO_HERTZ),
    ("board_chips", "Working chips of a hash board.", "chips", 1),
)  # fmt: skip
_PREFIX = "whatsminer_"
_POOL = ("pool", "url")

#: The metrics of the export itself; their only label is ``export``, the name of the file.
OF_THE_EXPORT = (
    Metric(
        f"{_PREFIX}export_timestamp_seconds", "When the miners were read, in seconds since 1970.", ("export",)
    ),
    Metric(f"{_PREFIX}export_duration_seconds", "How long reading all miners took.", ("export",)),
    Metric(f"{_PREFIX}export_miners", "How many miners were asked.", ("export",)),
)

#: All metrics, in the sequence in which they are written.
METRICS: tuple[Metric, ...] = (
    *OF_THE_EXPORT,
    Metric(f"{_PREFIX}up", "Whether the miner answered."),
    Metric(
        f"{_PREFIX}info",
        "What the miner is. Always 1.",
        ("address", "mac", "serial", "firmware_version", "api", "location"),
    ),
    Metric(f"{_PREFIX}health_verdict", "The verdict on the miner's health. Always 1.", ("verdict",)),
    Metric(f"{_PREFIX}health_reason", "A reason for the verdict. Always 1.", ("code", "severity")),
    Metric(f"{_PREFIX}powered_on", "Whether the miner is to mine."),
    Metric(f"{_PREFIX}tuning", "Whether the miner is on the way to its frequency."),
    Metric(
        f"{_PREFIX}hashrate_expected_hashes_per_second",
        "Hash rate that the miner should make as it is set. Only of miners that are judged.",
    ),
    *(Metric(_PREFIX + name, text) for name, text, _fact, _factor in _OF_FACTS),
    Metric(f"{_PREFIX}temperature_celsius", "Temperatures.", ("sensor",)),
    Metric(f"{_PREFIX}fan_rpm", "Fan speeds, in revolutions a minute.", ("fan",)),
    Metric(f"{_PREFIX}boards", "How many hash boards the miner shows."),
    *(Metric(_PREFIX + name, text, ("slot",)) for name, text, _fact, _factor in _OF_BOARDS),
    Metric(f"{_PREFIX}pool_alive", "Whether a pool that is set answers the miner.", _POOL),
    Metric(f"{_PREFIX}pool_active", "Whether the miner mines at a pool.", _POOL),
    Metric(f"{_PREFIX}pool_rejected_ratio", "Rejected shares beside all shares.", _POOL),
    Metric(
        f"{_PREFIX}pool_shares_total",
        "Shares since btminer started, by what the pool said to them.",
        (*_POOL, "result"),
        COUNTER,
    ),
    Metric(
        f"{_PREFIX}pool_last_share_timestamp_seconds",
        "When the last share was found, in seconds since 1970.",
        _POOL,
    ),
    Metric(f"{_PREFIX}errors", "How many errors of the last week the miner reports."),
    Metric(f"{_PREFIX}error", "An error of the last week. Always 1.", ("code", "component")),
)


class MinerSamples:
    """Adds the samples of one miner after the other to an Exposition."""

    def __init__(self, exposition: Exposition) -> None:
        self._exposition = exposition
        self._own = ""

    def add(self, miner: Miner, facts: Mapping[str, Any], *, model: str, site: str, location: str) -> None:
        """The samples of *miner*, which showed *facts*; none if it wasn't read, or was another machine."""
        self._own = label_pairs({"host": miner.host, "model": model, "site": site})
        self._sample("up", bool(facts))
        self._sample("health_verdict", 1, verdict=miner.verdict)
        for reason in miner.reasons:
            self._sample("health_reason", 1, code=reason.code, severity=reason.severity)
        if not facts:
            return
        api = find(facts, "api.version") or facts.get("api_version")
        self._sample(
            "info",
            1,
            address=miner.address,
            mac=facts.get("mac"),
            serial=facts.get("serial"),
            firmware_version=facts.get("firmware_version"),
            api=api,
            location=location,
        )
        self._of_state(miner, facts)
        for name, _text, fact, factor in _OF_FACTS:
            self._scaled(name, find(facts, fact), factor)
        for sensor, fact in _TEMPERATURES.items():
            self._scaled("temperature_celsius", find(facts, fact), 1, sensor=sensor)
        for fan, fact in _FANS.items():
            self._scaled("fan_rpm", find(facts, fact), 1, fan=fan)
        self._of_boards(facts.get("boards"))
        for position, pool in enumerate(_rows(facts.get("pools"))):
            self._of_pool(pool, str(pool.get("priority", position)))
        self._of_errors(facts.get("errors"))

    def _of_state(self, miner: Miner, facts: Mapping[str, Any]) -> None:
        if facts.get("state") in ("on", "off"):
            self._sample("powered_on", facts["state"] == "on")
        if facts.get("tuning") is not None:
            self._sample("tuning", bool(facts["tuning"]))
        self._scaled("hashrate_expected_hashes_per_second", miner.expected_ths, _H)

    def _of_boards(self, boards: Any) -> None:
        if isinstance(boards, list):
            self._sample("boards", len(boards))
        for position, board in enumerate(_rows(boards)):
            for name, _text, fact, factor in _OF_BOARDS:
                self._scaled(name, board.get(fact), factor, slot=str(board.get("slot", position)))

    def _of_pool(self, pool: Mapping[str, Any], priority: str) -> None:
        labels = {"pool": priority, "url": without_account(str(pool.get("url") or ""))}
        if pool.get("status") is not None:
            self._sample("pool_alive", str(pool["status"]).lower() == "alive", **labels)
        if pool.get("active") is not None:
            self._sample("pool_active", bool(pool["active"]), **labels)
        self._scaled("pool_rejected_ratio", pool.get("rejected_percent"), 0.01, **labels)
        last_share = pool.get("last_share_epoch") or None  # 0: there was none
        self._scaled("pool_last_share_timestamp_seconds", last_share, 1, **labels)
        for result in ("accepted", "rejected"):
            self._scaled("pool_shares_total", pool.get(result), 1, **labels, result=result)

    def _of_errors(self, errors: Any) -> None:
        if not isinstance(errors, list):
            return
        found = recent(errors)
        self._sample("errors", len(found))
        for error in found[:_MOST_ROWS]:
            self._sample("error", 1, code=error.get("code"), component=error.get("component"))

    def _scaled(self, name: str, value: Any, factor: float, **labels: object) -> None:
        found = number(value)
        if found is not None:
            self._sample(name, found if factor == 1 else round(found * factor, 6), **labels)

    def _sample(self, name: str, value: float, **labels: object) -> None:
        texts = {label: "" if text is None else str(text) for label, text in labels.items()}
        self._exposition.add(_PREFIX + name, value, self._own, label_pairs(texts))


_ACCOUNT = re.compile(r"^([a-z0-9+.-]*://)?[^/@]*@", re.IGNORECASE)


def without_account(url: str) -> str:
    """A pool's *url* without a name and a password in it."""
    return _ACCOUNT.sub(r"\1", url)


def _rows(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (row for row in value[:_MOST_ROWS] if isinstance(row, dict))
