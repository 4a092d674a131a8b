# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judge what a miner makes: its hash rate, its hash boards and their chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason, below
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import ILL, WATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Board, Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds

# A board that makes less than this share of what the best board makes is dead.
_DEAD_PERCENT = 5
# How much the boards' factory rates, added up, may fall short of the miner's, in percent. A board of four is
# 25.
_ROUNDED_PERCENT = 15


def expected_ths(reading: Reading, thresholds: Thresholds) -> float | None:
    """The hash rate that a healthy miner makes as this one is set; None where nothing tells."""
    if thresholds.expected_ths is not None:
        return thresholds.expected_ths
    if reading.as_set_ths is None:
        return None
    shares = {"low": thresholds.low_mode_percent, "high": thresholds.high_mode_percent}
    return reading.as_set_ths * shares.get(reading.mode or "", 100) / 100


def percent_of_expected(reading: Reading, thresholds: Thresholds) -> float | None:
    """The present hash rate in percent of the expected one; None where nothing tells."""
    expected = expected_ths(reading, thresholds)
    if not expected or reading.rate_ths is None:
        return None
    return round(reading.rate_ths * 100 / expected, 1)


def hash_rate(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """The hash rate, beside what is expected of the miner as it is set."""
    if reading.rate_ths is None:
        # Its state comes from the API's own process, its hash rate from btminer.
        if reading.mining_seconds is None and reading.state == "on":
            yield Reason("btminer_down", ILL, "it is on, and btminer doesn't answer")
        else:
            yield Reason("not_shown", WATCH, "it doesn't show its hash rate")
        return
    percent, expected = percent_of_expected(reading, thresholds), expected_ths(reading, thresholds)
    if reading.rate_ths == 0 and expected != 0:
        yield Reason("not_mining", ILL, "it is on, and makes nothing", 0)
        return
    yield from below(
        thresholds.hashrate_percent,
        percent,
        "hashrate_low",
        text=f"it makes {reading.rate_ths:.1f} TH/s, "
        f"{percent or 0:.0f} % of the expected {expected or 0:.1f}",
        unit=" %",
    )


def boards(reading: Reading, thresholds: Thresholds) -> Iterator[Reason]:
    """The hash boards: missing ones, and those that make less than the others."""
    if reading.boards is None:
        if reading.rate_ths is not None:
            yield Reason("not_shown", WATCH, "it doesn't show its hash boards")
        return
    yield from _missing(reading, reading.boards, thresholds)
    best = max((_share(board) for board in reading.boards), default=0)
    most_chips = max((board.chips or 0 for board in reading.boards), default=0)
    for board in reading.boards:
        yield from _board(board, thresholds, best, most_chips=most_chips)


def _missing(reading: Reading, found: tuple[Board, ...], thresholds: Thresholds) -> Iterator[Reason]:
    slots = {board.slot for board in found}
    gaps = sorted(set(range(max(slots, default=-1) + 1)) - slots)
    count = f"it shows {len(found)} hash boards" if len(found) != 1 else "it shows 1 hash board"
    if gaps:
        names = ", ".join(map(str, gaps))
        yield Reason("board_missing", ILL, f"{count}: none in slot {names}", len(found))
        return
    too_few = list(below(thresholds.boards, len(found), "board_missing", text=count))
    if too_few:
        yield from too_few
        return
    # The last board may be missing: then the miner's rate by the factory is more than its boards'.
    by_factory = [board.factory_ths for board in found if board.factory_ths]
    if not found or len(by_factory) < len(found) or not reading.factory_ths:
        return
    if sum(by_factory) * 100 < reading.factory_ths * (100 - _ROUNDED_PERCENT):
        rates = f"{sum(by_factory):.1f} of {reading.factory_ths:.1f} TH/s"
        yield Reason("board_missing", ILL, f"{count}, which by the factory make {rates}", len(found))


def _board(board: Board, thresholds: Thresholds, best: float, *, most_chips: float) -> Iterator[Reason]:
    place = f"slot {board.slot}"
    percent = round(_share(board) * 100 / best, 1) if best and board.average_ths is not None else None
    if (board.chips == 0 and most_chips) or (percent is not None and percent < _DEAD_PERCENT):
        yield Reason("board_dead", ILL, f"{place}: the hash board makes nothing", board.average_ths)
        return
    # Its average counts from the start on, as that of the others does: so it is compared with theirs.
    yield from below(
        thresholds.board_percent,
        percent,
        "board_low",
        text=f"{place}: the hash board makes {board.average_ths or 0:.1f} TH/s, "
        f"{percent or 0:.0f} % of what the "
        "best board makes",
        unit=" %",
    )
    if board.chips is not None and most_chips:
        yield from below(
            thresholds.chips_percent,
            round(board.chips * 100 / most_chips, 1),
            "chips_low",
            text=f"{place}: {board.chips:g} chips work, and {most_chips:g} on the best board",
            unit=" %",
        )


def _share(board: Board) -> float:
    """What *board* makes, beside what the factory promises of it where that is known: boards may differ."""
    return (board.average_ths or 0) / (board.factory_ths or 1)
