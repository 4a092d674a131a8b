# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The thresholds by which miners are judged: those of the collection, and what a user declares instead.

A threshold has two levels, watch and ill. The defaults differ by how a miner is cooled. They are wide, so
that a healthy miner on a hot day isn't called ill.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "health_thresholds"

AIR, HYDRO, IMMERSION, UNKNOWN = "air", "hydro", "immersion", "unknown"
#: How a miner is cooled.
COOLINGS = (AIR, HYDRO, IMMERSION, UNKNOWN)

WATCH, ILL = "watch", "ill"
_BELOW, _ABOVE = "below", "above"


@dataclass(frozen=True)
class Levels:
    """From which value on a miner is to be watched, and from which on it is ill. None: never."""

    watch: float | None = None
    ill: float | None = None

    def below(self, value: float) -> tuple[str, float] | None:
        """(severity, the level) if *value* is below one of the levels."""
        for severity, level in ((ILL, self.ill), (WATCH, self.watch)):
            if level is not None and value < level:
                return severity, level
        return None

    def above(self, value: float) -> tuple[str, float] | None:
        """(severity, the level) if *value* is above one of the levels."""
        for severity, level in ((ILL, self.ill), (WATCH, self.watch)):
            if level is not None and value > level:
                return severity, level
        return None


@dataclass(frozen=True)
class Thresholds:
    """What a miner is judged by. The defaults are those of a miner that fans cool.

    The names and units are those of the variable. roles/health/README.md says what each is about.
    """

    hashrate_percent: Levels = Levels(92, 80)
    board_percent: Levels = Levels(85, 70)
    chips_percent: Levels = Levels(90, 75)
    boards: Levels = Levels(None, 3)
    chip_c: Levels = Levels(105, 115)
    board_c: Levels = Levels(85, 95)
    environment_c: Levels = Levels(40, 50)
    liquid_c: Levels = Levels()
    psu_c: Levels = Levels(85, 95)
    fan_rpm: Levels = Levels(1000, 1)
    fan_percent: Levels = Levels(70, 40)
    psu_fan_rpm: Levels = Levels(1, None)
    input_volts: Levels = Levels(200, 180)
    input_volts_three_phase: Levels = Levels(342, 323)
    rejected_percent: Levels = Levels(3, 10)
    # Numbers without levels
    low_mode_percent: float = 75
    high_mode_percent: float = 100
    expected_ths: float | None = None
    settle_seconds: float = 900
    tuning_seconds: float = 3600


_NEVER = Levels()
_NO_FANS = {
    "fan_rpm": _NEVER,
    "fan_percent": _NEVER,
    "psu_fan_rpm": _NEVER,
    "environment_c": _NEVER,
    "boards": _NEVER,
}
_COOLED_BY_LIQUID: dict[str, Levels] = {
    **_NO_FANS,
    "chip_c": Levels(100, 110),
    "liquid_c": Levels(50, 60),
}
#: What holds unless something else is declared, by cooling.
DEFAULTS = {
    AIR: Thresholds(),
    HYDRO: replace(Thresholds(), **_COOLED_BY_LIQUID),  # type: ignore[arg-type]
    IMMERSION: replace(Thresholds(), **_COOLED_BY_LIQUID),  # type: ignore[arg-type]
    UNKNOWN: replace(Thresholds(), **_NO_FANS),  # type: ignore[arg-type]
}

_FIELDS = tuple(each.name for each in fields(Thresholds))
# A miner is ill above these, and below all other levels.
_ILL_ABOVE = frozenset(("chip_c", "board_c", "environment_c", "liquid_c", "psu_c", "rejected_percent"))
_MAY_BE_NOTHING = ("expected_ths",)


def thresholds(declared: Any) -> dict[str, Thresholds]:
    """Cooling -> the Thresholds that hold, by what is *declared*, the value of the variable.

    Raises ValueError, which names the variable and what is wrong in it.
    """
    if not declared:
        return DEFAULTS
    if not isinstance(declared, dict):
        raise ValueError(f"{VARIABLE} must be a dictionary")
    general = {name: value for name, value in declared.items() if name not in COOLINGS}
    found = {}
    for cooling, defaults in DEFAULTS.items():
        own = declared.get(cooling) or {}
        if not isinstance(own, dict):
            raise ValueError(f"{VARIABLE}.{cooling} must be a dictionary")
        found[cooling] = _changed(_changed(defaults, general, ""), own, f"{cooling}.")
    return found


def _side_of(name: str) -> str:
    return _ABOVE if name in _ILL_ABOVE else _BELOW


def _changed(defaults: Thresholds, declared: Mapping[str, Any], place: str) -> Thresholds:
    changes: dict[str, Any] = {}
    for name, value in declared.items():
        if name not in _FIELDS:
            known = ", ".join((*_FIELDS, *COOLINGS) if not place else _FIELDS)
            raise ValueError(f"{VARIABLE}.{place}{name} is no threshold: there are {known}")
        before = getattr(defaults, name)
        side = _side_of(name) if isinstance(before, Levels) else None
        whole_name = f"{VARIABLE}.{place}{name}"
        changes[name] = _number(value, whole_name) if side is None else _levels(value, before, whole_name)
        if side is not None:
            _require_sequence(changes[name], side, whole_name)
        elif changes[name] is None and name not in _MAY_BE_NOTHING:
            raise ValueError(f"{whole_name} must be a number")
    return replace(defaults, **changes)


def _levels(value: Any, before: Levels, name: str) -> Levels:
    """The levels that *value* declares; a level that it doesn't name stays as it was."""
    if value is None:
        return _NEVER
    if not isinstance(value, dict) or set(value) - {WATCH, ILL}:
        raise ValueError(f"{name} must be a dictionary with watch, ill or both, or nothing to switch it off")
    given = {level: _number(inner, f"{name}.{level}") for level, inner in value.items()}
    return Levels(given.get(WATCH, before.watch), given.get(ILL, before.ill))


def _require_sequence(levels: Levels, side: str, name: str) -> None:
    """A miner that is ill must have been worth watching before."""
    if levels.watch is None or levels.ill is None:
        return
    if (levels.ill > levels.watch) if side == _BELOW else (levels.ill < levels.watch):
        bound = "at most" if side == _BELOW else "at least"
        raise ValueError(f"{name}: ill, {levels.ill:g}, must be {bound} watch, {levels.watch:g}")


def _number(value: Any, name: str) -> float | None:
    if value is None:
        return None
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = None
    if found is None or not 0 <= found < float("inf"):
        raise ValueError(f"{name} must be a number of 0 or more, and not {value!r}")
    return found
