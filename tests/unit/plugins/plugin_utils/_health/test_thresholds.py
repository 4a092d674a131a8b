# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared thresholds hold instead of the defaults, and nonsense is named."""

from __future__ import annotations

import dataclasses
import pathlib
import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import (
    HostDeclarations,
    declared_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    DEFAULTS,
    Levels,
    Thresholds,
    thresholds,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    NOW,
    air,
    hydro,
    reasons,
)

COLLECTION = pathlib.Path(__file__).resolve().parents[5]
OPTIONS = {
    "fail_on": ["ill"],
    "ignored_errors": [],
    "ill_errors": [],
    "table": "auto",
    "json_file": "",
    "csv_file": "",
}


def test_nothing_declared_is_the_defaults():
    assert thresholds({}) == thresholds(None) == DEFAULTS


def test_a_level_that_is_not_declared_stays():
    assert thresholds({"chip_c": {"watch": 100}})["air"].chip_c == Levels(100, 115)


def test_what_is_declared_for_a_cooling_holds_for_that_one_and_beats_the_general_one():
    found = thresholds({"chip_c": {"watch": 95}, "hydro": {"chip_c": {"watch": 80}}})
    assert [found[cooling].chip_c.watch for cooling in ("air", "hydro", "immersion")] == [95, 80, 95]


def test_a_threshold_that_is_nothing_is_switched_off():
    assert reasons(air(fans_rpm={"inlet": 0}), {"fan_rpm": None, "fan_percent": None}) == []
    assert reasons(hydro(temperature_c={"liquid": 99.0}), {"hydro": {"liquid_c": None}}) == []


def test_one_level_can_be_switched_off_alone():
    assert reasons(air(temperature_c={"chip_max": 130.0}), {"chip_c": {"ill": None}}) == [
        ("chip_hot", "watch")
    ]


def test_text_that_is_a_number_is_one():
    assert thresholds({"settle_seconds": "60", "psu_c": {"ill": "99.5"}})["air"].settle_seconds == 60


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ([1], "health_thresholds must be a dictionary"),
        ({"chips": {}}, "health_thresholds.chips is no threshold: there are hashrate_percent"),
        ({"air": 1}, "health_thresholds.air must be a dictionary"),
        ({"air": {"hydro": {}}}, "health_thresholds.air.hydro is no threshold"),
        ({"chip_c": 100}, "health_thresholds.chip_c must be a dictionary with watch, ill or both"),
        ({"chip_c": {"warn": 1}}, "health_thresholds.chip_c must be a dictionary with watch, ill or both"),
        ({"chip_c": {"watch": "hot"}}, "health_thresholds.chip_c.watch must be a number"),
        ({"chip_c": {"watch": True}}, "health_thresholds.chip_c.watch must be a number"),
        ({"chip_c": {"watch": 120}}, "health_thresholds.chip_c: ill, 115, must be at least watch, 120"),
        ({"fan_rpm": {"ill": 2000}}, "health_thresholds.fan_rpm: ill, 2000, must be at most watch, 1000"),
        ({"settle_seconds": None}, "health_thresholds.settle_seconds must be a number"),
        ({"settle_seconds": -1}, "health_thresholds.settle_seconds must be a number of 0 or more"),
    ],
)
def test_nonsense_is_named(declared, complaint):
    with pytest.raises(ValueError, match="health_thresholds") as caught:
        thresholds(declared)
    assert str(caught.value).startswith(complaint)


def test_a_host_can_say_how_it_is_cooled():
    host = HostDeclarations().of({}, "immersion")
    assert host.of(reading_of(air(), NOW)) == host.of(None) == DEFAULTS["immersion"]
    assert HostDeclarations().of({}, "auto").of(reading_of(air(), NOW)) == DEFAULTS["air"]


def test_hosts_that_declare_the_same_share_it_and_others_do_not():
    declarations = HostDeclarations()
    first, second = declarations.of({}, "auto"), declarations.of({}, "auto")
    assert first is second
    assert declarations.of({"psu_c": None}, "auto").thresholds["air"].psu_c == Levels()
    assert declarations.of({}, "air").cooling == "air"


def test_a_cooling_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="health_cooling must be one of auto, air, hydro, immersion"):
        HostDeclarations().of({}, "oil")


def test_the_verdicts_that_fail_a_run_are_told_worst_first():
    assert declared_of({**OPTIONS, "fail_on": ["watch", "ill"]}).fail_on == ("ill", "watch")
    assert declared_of({**OPTIONS, "fail_on": ["False"]}).fail_on == ("off",)
    assert declared_of({**OPTIONS, "fail_on": ["none"]}).fail_on == ()
    assert declared_of({**OPTIONS, "fail_on": [""]}).fail_on == ()


@pytest.mark.parametrize("words", [["sick"], ["none", "ill"]])
def test_verdicts_that_make_no_sense_are_refused(words):
    with pytest.raises(ValueError, match="health_fail_on"):
        declared_of({**OPTIONS, "fail_on": words})


def test_the_roles_page_names_all_thresholds_and_verdicts():
    page = (COLLECTION / "roles" / "health" / "README.md").read_text(encoding="utf-8")
    names = [*(field.name for field in dataclasses.fields(Thresholds)), *VERDICTS]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_roles_page_names_the_codes_of_all_reasons():
    page = (COLLECTION / "roles" / "health" / "README.md").read_text(encoding="utf-8")
    folder = COLLECTION / "plugins" / "plugin_utils" / "_health"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    codes = {
        *re.findall(r'(?:Reason|Lost)\(\s*"(\w+)"', source),
        *re.findall(r'"(\w+_(?:hot|low|slow|stopped|missing|dead|rejected))"', source),
        "no_answer",
        "not_read",
    }
    assert len(codes) > 30
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def test_the_roles_page_says_the_defaults():
    page = (COLLECTION / "roles" / "health" / "README.md").read_text(encoding="utf-8")
    rows = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].startswith("`"):
            rows[cells[0].strip("`")] = cells[1:4]
    for name in (field.name for field in dataclasses.fields(Thresholds)):
        found = [getattr(DEFAULTS[cooling], name) for cooling in ("air", "hydro", "immersion")]
        if isinstance(found[0], Levels):
            assert rows[name] == [_told(levels) for levels in found], name


def _told(levels):
    if levels == Levels():
        return "-"
    return " / ".join("-" if level is None else f"{level:g}" for level in (levels.watch, levels.ill))
