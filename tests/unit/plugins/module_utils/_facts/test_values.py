# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values come in many forms, and have one meaning or none."""

from __future__ import annotations

import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.json_text import MAX_TEXT
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as readings2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as readings3
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import (
    api_version,
    firmware_version,
    mac_address,
    number,
    on_if,
    slot,
    text,
    url,
)


@pytest.mark.parametrize(
    "written",
    [
        "C4:05:08:00:02:3B",
        "c4-05-08-00-02-3b",
        "C4050800023B",
        "c405.0800.023b",
        " c4:05:08:00:02:3b\n",
        "C4 05 08 00 02 3B",
    ],
)
def test_a_mac_address_has_one_form(written):
    assert mac_address(written) == "C4:05:08:00:02:3B"


def test_a_pool_s_url_is_shown_without_the_password_in_it():
    assert url("stratum+tcp://user:s3cret@pool.example:3333") == "stratum+tcp://user:********@pool.example:3333"
    assert url(" stratum+tcp://pool.example:3333 ") == "stratum+tcp://pool.example:3333"
    assert (url("N/A"), url(None)) == (None, None)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "N/A",
        None,
        7,
        [],
        "C4:05:08:00:02",
        "C4:05:08:00:02:3B:00",
        "G4:05:08:00:02:3B",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
    ],
)
def test_what_names_no_machine_is_no_mac_address(written):
    assert mac_address(written) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        ("-7", -7),
        (7.5, 7.5),
        ("7.50", 7.5),
        ("1e3", 1000.0),
        (True, None),
        ("", None),
        ("x", None),
        ("1_0", None),
    ]
    + [(float("nan"), None), (float("inf"), None), ("inf", None), (None, None), ([], None), ({}, None)]
    + [
        pytest.param(text, None, id=f"enormous {name}")
        for name, text in (("int", 10**5000), ("text", "9" * 5000), ("decimal", "9" * 400 + ".5"))
    ],
)
def test_number_takes_numbers_and_their_text(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    "written", ["'20210322.22.REL'", '"20210322.22.REL"', " 20210322.22.REL ", "20210322.22.REL"]
)
def test_a_firmware_version_loses_its_quotes(written):
    assert firmware_version(written) == "20210322.22.REL"


@pytest.mark.parametrize("written", ["", "''", "N/A", "'N/A'", None, [], {}])
def test_an_empty_firmware_version_is_none(written):
    assert firmware_version(written) is None


@pytest.mark.parametrize(
    ("written", "version"),
    [("1.3.11", "1.3.11"), ("whatsminer v1.4.0", "1.4.0"), ("2.0.5", "2.0.5"), ("v2", None), (2.0, None)],
)
def test_an_api_version_is_its_digits(written, version):
    assert api_version(written) == version


@pytest.mark.parametrize(
    ("shown", "meant"), [(0, 0), ("3", 3), (63, 63), (-1, None), (64, None), (10**29, None), ("x", None)]
)
def test_no_miner_has_boards_without_end(shown, meant):
    assert slot(shown) == meant


_CONVERTERS = {
    convert
    for table in (
        *(readings2._FACTS, readings2._BOARD, readings2._POOL),
        *(readings3._FACTS, readings3._BOARD, readings3._POOL),
    )
    for convert, _sources in table.values()
}


@pytest.mark.parametrize(
    "unit", ["1", "1.", ".1", " ", "1 ", "a=1 ", "a", "A:", "-", "\u0661", "{{", "'\"", "V1", ":", "@", ":a"]
)
def test_no_text_costs_much_time_however_it_is_converted(unit):
    longest = (unit * MAX_TEXT)[:MAX_TEXT]
    started = time.process_time()
    for convert in _CONVERTERS:
        convert(longest)
        convert(f"{longest}!@")
    # Some milliseconds, or ten seconds where a pattern begins at each place.
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("value", "state"), [("true", "on"), (True, "on"), ("false", "off"), ("perhaps", None), (None, None)]
)
def test_what_does_not_tell_whether_a_miner_is_on_tells_nothing(value, state):
    assert on_if(value) == state


def test_text_that_is_longer_than_any_miners_is_none():
    assert text("x" * 1000) == "x" * 1000
    assert text("x" * 1001) is None


def test_text_shows_what_acts_on_a_screen_as_its_escape():
    assert text(" \x1b[2J\x9b1m\u202e\u2028\x00 caf\u00e9\tx\n") == (
        r"\x1b[2J\x9b1m\u202e\u2028\x00 caf" + "\u00e9\tx"
    )
