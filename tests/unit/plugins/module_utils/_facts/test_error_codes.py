# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts import error_codes
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import explain
from hypothesis import given
from hypothesis import strategies as st

# What public tools know, said once more by another hand than the table's: codes, component, a word of the
# meaning.
KNOWN = [
    ([100], "fan", "recognised"),
    ([110, 120, 130], "fan", "inlet"),
    ([111, 121, 131], "fan", "outlet"),
    ([110, 111], "fan", "1000 RPM"),
    ([120, 121], "fan", "2000 RPM"),
    ([130, 131], "fan", "3000 RPM"),
    ([140], "fan", "too high"),
    ([200], "power supply", "not found"),
    ([201], "power supply", "configuration"),
    ([202, 212, 215], "power supply", "output voltage"),
    ([203, 204], "power supply", "hot"),
    ([205, 211, 219], "power supply", "current"),
    ([206, 218], "power supply", "input voltage is too low"),
    ([218], "power supply", "230 V"),
    ([207], "power supply", "bad input"),
    ([208, 214, 216], "power supply", "power is"),
    ([209], "power supply", "voltage offset"),
    ([210], "power supply", "error"),
    ([217], "power supply", "enabled"),
    ([213], "power supply", "match output"),
    ([233, 234, 235], "power supply", "output over temperature"),
    ([236, 237, 238, 268], "power supply", "output over current"),
    ([239], "power supply", "output over voltage"),
    ([240], "power supply", "output under voltage"),
    ([241], "power supply", "balance"),
    ([243, 244, 245], "power supply", "input over temperature"),
    ([246, 247, 270], "power supply", "input over voltage"),
    ([248, 249, 257, 269], "power supply", "input over current"),
    ([250, 251, 271], "power supply", "input under voltage"),
    ([253, 254, 274], "power supply", "fan"),
    ([255, 256, 272], "power supply", "output over power"),
    ([272, 273, 274, 275], "power supply", "warning"),
    ([263, 264], "power supply", "communication"),
    ([267], "power supply", "watchdog"),
    ([273], "power supply", "input is too high"),
    ([275], "power supply", "hot"),
    ([265, 266, 276, 277, 278, 279, 280], "power supply", "unknown"),
    (list(range(281, 297)), "power supply", "vendor status"),
    ([300, 301, 302, 303], "hash board", "sensor not found"),
    ([320, 321, 322, 323], "hash board", "can't be read"),
    ([329], "control board", "sensor"),
    ([350, 351, 352], "hash board", "too hot"),
    ([360, 361, 362, 363], "hash board", "too hot"),
    ([370], "environment", "swings"),
    ([380, 381, 382, 383], "environment", "humidity"),
    ([400], "hash board", "EEPROM"),
    ([410, 420, 450], "hash board", "EEPROM"),
    ([430], "hash board", "bin type"),
    ([440], "hash board", "chip count"),
    ([500], "hash board", "unknown"),
    ([510], "hash board", "miner type"),
    ([520], "hash board", "bin type"),
    ([530], "hash board", "not found"),
    ([540], "hash board", "chip id"),
    ([550], "hash board", "bad chips"),
    ([560], "hash board", "balance"),
    ([570], "hash board", "transfer"),
    ([580], "hash board", "reset"),
    ([590], "hash board", "frequency is too low"),
    ([600, 610], "environment", "too hot"),
    ([610], "environment", "high performance"),
    ([700], "control board", "MAC"),
    ([701], "control board", "chips"),
    ([710, 711, 712], "control board", "rebooted"),
    ([711], "control board", "slowed down"),
    ([713], "control board", "clock"),
    ([720, 721], "control board", "frame"),
    ([800, 801, 802], "software", "checksum"),
    ([810], "software", "serial number"),
    ([900, 902], "software", "unknown"),
    ([901], "software", "power rate"),
    ([2000], "pool", "configured"),
    ([2010], "pool", "disabled"),
    ([2020, 2021, 2022, 2023, 2024], "pool", "no connection"),
    ([2030], "pool", "rejected"),
    ([2040], "pool", "AsicBoost"),
    ([2050], "pool", "switching"),
    ([2310, 2320], "hash rate", "too low"),
    ([2330, 2340, 2350], "hash rate", "loses"),
    ([5010], "hash board", "voltage is too low"),
    ([5020], "hash board", "shifted"),
    ([5030, 5040], "hash board", "far apart"),
    ([5050], "hash board", "stopped"),
    ([5070], "cooling", "water"),
    ([5080], "hash board", "factory settings"),
    ([5090], "hash board", "calibration"),
    ([5110, 5170], "hash board", "timed out"),
    ([5120], "hash board", "CRC"),
    ([5130], "hash board", "unstable"),
    ([520000, 522137], "hash board", "wrong nonces"),
    ([530137], "hash board", "too few nonces"),
    ([540137], "hash board", "too hot"),
    ([550137], "hash board", "reset"),
    ([560137], "hash board", "no nonces"),
    ([8000], "software", "tool"),
    ([8010], "hash rate", "frequency"),
    ([8020], "hash rate", "hash rate"),
    ([8035], "hash rate", "hot"),
    ([8100], "software", "chip data"),
    ([8200], "software", "power version"),
    ([8210], "software", "miner type"),
    ([8220], "software", "version information"),
    ([8300], "software", "level"),
    ([8400], "software", "old"),
    ([8410], "software", "software version"),
    ([8500, 8510, 8550], "hash rate", "hash rate is below"),
    ([8501, 8511], "hash rate", "power is below"),
    ([8502, 8513], "hash rate", "fan speed is below"),
    ([8504], "hash rate", "voltage is below"),
    ([8600, 8620, 8621, 8630, 8631, 8632, 8670], "product data", "serial number"),
    ([8610], "product data", "product type"),
    ([8640, 8641, 8642, 8643, 8644], "product data", "power model"),
    ([8650], "product data", "structure"),
    ([8660], "product data", "cooling type"),
    ([8700], "power supply", "fit"),
    ([9000, 9010], "software", "killed"),
    ([9999], "miner", "unknown"),
    ([100000], "security", "damaged"),
    ([100001, 100002, 100003], "security", "tampered"),
    ([100100], "security", "removed"),
    ([110000], "security", "illegal file"),
    ([110001], "security", "virus"),
]


@pytest.mark.parametrize(
    ("code", "component", "word"),
    [(code, component, word) for codes, component, word in KNOWN for code in codes],
)
def test_a_known_code_names_its_component_and_meaning(code, component, word):
    explained = explain(code)
    assert explained["code"] == code
    assert explained["component"] == component
    assert word in explained["meaning"]


@pytest.mark.parametrize("row", error_codes.TABLE, ids=lambda row: row[0])
def test_every_row_of_the_table_is_reached_by_a_code(row):
    codes, component, meaning = row
    for pattern in error_codes._each(codes):
        candidates = [
            explain(pattern.replace("ccc", "007").replace("n", str(n)).replace("x", str(x)))
            for n in range(10)
            for x in range(10)
        ]
        assert any(
            found["component"] == component and found["meaning"] == meaning.format(n=n, chip=7)
            for found in candidates
            for n in range(10)
        )


def test_no_code_stands_in_two_rows():
    codes = [code for row in error_codes.TABLE for code in error_codes._each(row[0])]
    assert len(codes) == len(set(codes))


def test_every_pattern_has_the_form_of_a_mask():
    for row in error_codes.TABLE:
        for code in error_codes._each(row[0]):
            form = "".join("d" if digit.isdigit() else digit for digit in code)
            assert form in error_codes._MASKS[len(code)]


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (302, "slot 2: temperature sensor not found"),
        (531, "slot 1: board not found"),
        (5013, "slot 3: chip voltage is too low"),
        (2021, "pool 1: no connection"),
        (8530, "level 3: hash rate is below standard"),
        (530137, "slot 0 chip 137: too few nonces"),
        (542007, "slot 2 chip 7: too hot"),
        (571012, "slot 1 chip 12: unknown"),
    ],
)
def test_the_meaning_names_the_slot_pool_level_or_chip(code, meaning):
    assert explain(code)["meaning"] == meaning


def test_an_exact_entry_beats_a_pattern():
    assert explain(329)["component"] == "control board"
    assert explain(328)["component"] == "hash board"
    assert explain(400)["meaning"] == "unknown EEPROM fault"
    assert explain(5080)["meaning"] != explain(5081)["meaning"]


@pytest.mark.parametrize(
    ("code", "component"),
    [
        (199, "fan"),
        (299, "power supply"),
        (399, "temperature"),
        (499, "hash board"),
        (509, "hash board"),
        (699, "environment"),
        (799, "control board"),
        (899, "software"),
        (999, "software"),
        (2099, "pool"),
        (2399, "hash rate"),
        (5199, "hash board"),
        (8699, "product data"),
        (100099, "security"),
        (590001, "hash board"),
    ],
)
def test_an_unknown_code_still_names_the_component_of_its_range(code, component):
    explained = explain(code)
    assert explained["component"] == component
    assert explained["meaning"].endswith("unknown")


@pytest.mark.parametrize(
    "code",
    [-530, -1, 0, 1, 53, 99, 7777, 12345, 620137, 999999, 1000000, pytest.param(10**5000, id="enormous")],
)
def test_a_code_that_nobody_knows_is_unknown(code):
    explained = explain(code)
    assert "vendor" in explained.pop("remedy")
    assert explained == {"code": code, "component": "unknown", "meaning": "unknown"}


@pytest.mark.parametrize("code", ["218", " 218 ", "0218", 218.0])
def test_a_code_may_be_text(code):
    assert explain(code) == explain(218)


@pytest.mark.parametrize(
    "code",
    ["", "fan", "21 8", None, [], {}, float("nan"), float("inf"), pytest.param("9" * 5000, id="enormous")],
)
def test_what_is_no_number_is_unknown(code):
    assert explain(code)["component"] == "unknown"
    assert explain(code)["meaning"] == "unknown"


@given(st.one_of(st.integers(), st.integers(0, 10**6), st.text(), st.floats(), st.none()))
def test_nothing_makes_it_raise(code):
    explained = explain(code)
    assert set(explained) == {"code", "component", "meaning", "remedy"}
    assert explained["component"]
    assert explained["meaning"]
    assert "{" not in explained["meaning"]


@pytest.mark.parametrize(
    "code, word",
    [
        (100, "fan"),
        (218, "mains"),
        (329, "control board"),
        (530, "Reseat"),
        (620, "pump"),
        (2021, "pools"),
        (541003, "power mode"),
        (551999, "Restart"),
    ],
)
def test_every_error_says_what_to_do(code, word):
    assert word in explain(code)["remedy"]


@pytest.mark.parametrize(
    "code, component, meaning",
    [
        (326, "cooling", "liquid temperature sensor doesn't communicate"),
        (2112, "hash board", "slot 2: failed its factory test"),
        (551999, "hash board", "slot 1: all chips were reset"),
        (551998, "hash board", "slot 1 chip 998: was reset"),
        (5079, "cooling", "liquid flows too slowly"),
        (5071, "cooling", "slot 1: water flow is abnormal"),
    ],
)
def test_codes_of_liquid_cooled_miners_are_known(code, component, meaning):
    explained = explain(code)
    assert (explained["component"], explained["meaning"]) == (component, meaning)


@pytest.mark.parametrize("code", [246, 249, 2310, 2350])
def test_it_says_where_sources_differ(code):
    assert "sources differ" in explain(code)["meaning"]


@pytest.mark.parametrize(
    "since, counts",
    [
        ("2026-01-14 10:00:00", True),
        ("2026-01-20 23:59:59", True),
        ("2026-01-05 10:00:00", False),
        ("2025-01-15 10:00:00", False),
        ("1970-01-01 08:00:12", True),
        ("yesterday", True),
        (None, True),
    ],
)
def test_an_error_of_long_ago_is_history(since, counts):
    error = {"code": 218, **({} if since is None else {"since": since})}
    assert error_codes.recent([error], datetime.datetime(2026, 1, 15, 12)) == ([error] if counts else [])
