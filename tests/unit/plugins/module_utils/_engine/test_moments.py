# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as people write them."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import iso, moment, told

NOW = datetime.datetime(2026, 12, 1, 14, 50, 30).timestamp()


def at(*parts):
    return datetime.datetime(*parts).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00", at(2026, 12, 1, 18)),
        ("14:50", at(2026, 12, 2, 14, 50)),
        ("9:05", at(2026, 12, 2, 9, 5)),
        ("+2h", NOW + 7200),
        ("+90m", NOW + 5400),
        ("+1d12h", NOW + 129600),
        ("+45s", NOW + 45),
        ("2026-12-01T18:00", at(2026, 12, 1, 18)),
        ("2026-12-01 18:00:30", at(2026, 12, 1, 18, 0, 30)),
        (
            "2026-12-05T18:00:00Z",
            datetime.datetime(2026, 12, 5, 18, tzinfo=datetime.timezone.utc).timestamp(),
        ),
        (
            "2026-12-05T18:00:00+02:00",
            datetime.datetime(2026, 12, 5, 16, tzinfo=datetime.timezone.utc).timestamp(),
        ),
    ],
)
def test_a_moment_is_an_iso_time_a_time_of_day_or_a_span(text, expected):
    assert moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text",
    ["", "+", "2h", "+2w", "+0h", "1080", "25:00", "18:60", "soon", "2026-11-30T18:00", "2026-13-01T18:00"]
    + ["+9999999999999999d", "9999-12-31T23:59", "١٨:٠٠", "{{ x }}"],
)
def test_what_is_no_moment_to_come_is_refused_by_the_name_of_its_option(text):
    with pytest.raises(BadParameter, match="curtailment_until must be a moment to come"):
        moment(text, NOW, "curtailment_until")


def test_a_moment_is_told_with_its_date_unless_that_is_today():
    assert told(at(2026, 12, 1, 18), NOW) == "18:00"
    assert told(at(2026, 12, 2, 18), NOW) == "2026-12-02 18:00"
    assert moment(iso(at(2026, 12, 1, 18)), NOW) == at(2026, 12, 1, 18)
