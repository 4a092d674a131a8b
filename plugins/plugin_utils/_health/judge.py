# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge one miner by what it showed at a moment. This is the one place where that is decided.

Which verdict a miner gets is the first of these that fits:

=============  ======================================================================================
held           a hold of kind ``all``: somebody works on it, so that it may be away, too
unreachable    it doesn't answer, can't be read, or another machine is at its address
held           a hold of kind ``power``: it makes less, or nothing, because it was told to
off            it is powered off
not_judged     it has just started, or is on the way to its frequency
ill            a reason of severity ``ill``
watch          a reason of severity ``watch``
ok             nothing is wrong
=============  ======================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import ALL
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import (
    mac_address,
    serial_number,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health import (
    mining,
    pools,
    surroundings,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import (
    NOTE,
    SEVERITIES,
    Reason,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    ILL,
    WATCH,
    Thresholds,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold

#: Verdict -> what it is called, the worst first.
VERDICTS = {
    "ill": "ill",
    "unreachable": "unreachable",
    "watch": "watch",
    "not_judged": "not judged",
    "held": "held",
    "off": "off",
    "ok": "ok",
}
#: The verdicts that somebody should look at.
PROBLEMS = ("ill", "unreachable", "watch")

Rule = Callable[[Reading, Thresholds], Iterator[Reason]]

_RULES: tuple[Rule, ...] = (
    mining.hash_rate,
    mining.boards,
    surroundings.temperatures,
    surroundings.fans,
    surroundings.mains,
    pools.pools,
)


@dataclass(frozen=True)
class Codes:
    """Error codes that are *ignored*, and those that make a miner *ill* by themselves."""

    ignored: frozenset[int] = frozenset()
    ill: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lost:
    """A miner that wasn't read: *code* is ``no_answer`` or ``not_read``, and *text* says why."""

    code: str
    text: str


@dataclass(frozen=True)
class Judgement:
    """A *verdict*, one of VERDICTS, and the *reasons* for it, the worst first."""

    verdict: str
    reasons: tuple[Reason, ...] = ()


def judge(
    seen: Reading | Lost,
    thresholds: Thresholds,
    *,
    now: float,
    holds: tuple[Hold, ...] = (),
    declared_mac: str | None = None,
    declared_serial: str | None = None,
    codes: Codes = Codes(),
) -> Judgement:
    """The Judgement on a miner that showed what was *seen*.

    *holds* are the holds on it, *declared_mac* and *declared_serial* are the MAC address and the serial
    number that it should have, and *now* is the present moment, in epoch seconds.
    """
    holding = [hold for hold in holds if not hold.is_over(now)]
    held = tuple(Reason("held", NOTE, hold.told(now), hold.reason) for hold in holding)
    if any(hold.kind == ALL for hold in holding):
        return Judgement("held", held)
    if isinstance(seen, Lost):
        return Judgement("unreachable", (Reason(seen.code, ILL, seen.text), *held))
    another = another_machine(seen, declared_mac, declared_serial)
    if another is not None:
        return Judgement("unreachable", (another, *held))
    if held:
        return Judgement("held", held)
    if seen.state == "off":
        return Judgement("off", (Reason("off", NOTE, "it is powered off"),))
    early = _too_early(seen, thresholds)
    if early is not None:
        return Judgement("not_judged", (early,))
    return _of_reasons(findings(seen, thresholds, codes))


def findings(reading: Reading, thresholds: Thresholds, codes: Codes = Codes()) -> list[Reason]:
    """All that is wrong with a miner that is on and has started, the worst first."""
    found = [reason for rule in _RULES for reason in rule(reading, thresholds)]
    found += pools.errors(reading, ignored=codes.ignored, ill=codes.ill)
    if reading.is_tuning and reading.mining_seconds is not None:
        text = f"it is still tuning, {reading.mining_seconds / 60:.0f} min after btminer started"
        found.append(Reason("tuning_long", WATCH, text, reading.mining_seconds, thresholds.tuning_seconds))
    return sorted(found, key=lambda reason: SEVERITIES.index(reason.severity))


def _of_reasons(reasons: list[Reason]) -> Judgement:
    if not reasons:
        return Judgement("ok")
    return Judgement("ill" if reasons[0].severity == ILL else "watch", tuple(reasons))


def another_machine(
    reading: Reading, declared_mac: str | None, declared_serial: str | None = None
) -> Reason | None:
    """Why *reading* isn't the declared miner's, if it isn't: as `Identity` tells it before a write."""
    mac, serial = mac_address(declared_mac), serial_number(declared_serial)
    has_mac = mac is None or reading.mac is None or mac_address(reading.mac) == mac
    has_serial = serial is None or not reading.serial or reading.serial.upper() == serial.upper()
    if has_mac and has_serial:
        return None
    if has_mac:
        text = f"another machine is at its address: serial number {reading.serial}, and not {serial}"
        return Reason("wrong_machine", ILL, text, reading.serial)
    what = "another machine is at its address"
    if serial is not None and reading.serial and has_serial:
        what = f"its control board was swapped, by its serial number {serial}: set whatsminer_mac"
    return Reason("wrong_machine", ILL, f"{what}: {reading.mac}, and not {mac}", reading.mac)


def _too_early(reading: Reading, thresholds: Thresholds) -> Reason | None:
    """Why *reading* says nothing yet about the miner's health, if so.

    A miner with a broken board may tune forever: after a while, that is no reason any more. But while a new
    power limit comes into effect, which takes minutes, it shows zeros however long btminer has been running.
    """
    seconds = reading.mining_seconds
    if reading.is_tuning and (
        reading.is_restarting_power or seconds is None or seconds < thresholds.tuning_seconds
    ):
        return Reason("tuning", NOTE, "it is tuning", seconds, thresholds.tuning_seconds)
    if seconds is None:
        seconds = reading.machine_seconds
    if seconds is not None and seconds < thresholds.settle_seconds:
        text = f"it started {seconds / 60:.0f} min ago"
        return Reason("just_started", NOTE, text, seconds, thresholds.settle_seconds)
    return None
