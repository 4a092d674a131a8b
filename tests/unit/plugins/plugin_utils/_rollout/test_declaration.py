# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared is compared in one form, and refused where it makes no sense."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
    Declared,
    Entry,
    Image,
    Target,
    check_declared,
    check_previous,
    entry_for,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    NEW,
    OLD,
    declaration,
)


def test_versions_and_checksums_are_compared_in_one_form():
    entry = check_declared({"M30*": {"version": f"'{NEW}' ", "src": "a.bin", "checksum": " " + "AB" * 32}})[
        "M30*"
    ]
    assert entry == Entry("M30*", Target(NEW, "sha256:" + "ab" * 32), "a.bin")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "is empty"),
        (
            {"M30": {"version": NEW, "src": "a"}},
            r"firmware_declared\['M30'\] must have version, src and "
            r"checksum",
        ),
        ({"M30": {"version": NEW, "src": "a", "checksum": "1" * 64, "sha": ""}}, "and nothing else"),
        ({"M30": "a.bin"}, "must have version"),
        (
            {"M30": {"version": 20240419.22, "src": "a", "checksum": "1" * 64}},
            "version must be text, in quotes",
        ),
        ({"M30": {"version": NEW, "src": " ", "checksum": "1" * 64}}, "src must be text"),
        ({"M30": {"version": NEW, "src": "a", "checksum": "crc:1"}}, r"\['M30'\].*checksum"),
        (
            declaration(**{"M30S+VE40": NEW, "M30S+_VE40.H616": OLD}),
            r"'M30S\+_VE40.H616'\] is the same model "
            r"as 'M30S\+VE40'",
        ),
        (declaration(**{"M30*": NEW, "m30*": OLD}), r"'m30\*'\] is the same model as 'M30\*'"),
        ({30: {}}, "must be text, in quotes"),
    ],
)
def test_a_declaration_that_lacks_something_is_refused_naming_the_model(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        check_declared(given)


@pytest.mark.parametrize(
    ("model", "name"),
    [("M30S+VE40", "M30S*"), ("M50", "M50"), ("M50SVH50", None), ("M50_VH84.H616", "M50VH84"), (None, None)],
)
def test_a_model_is_the_first_that_it_fits_however_it_is_spelt(model, name):
    names = ("M30S*", "M50", "M30S+VE40", "M50VH84")
    entry = entry_for({each: Entry(each, Target(NEW, ""), "a.bin") for each in names}, model)
    assert (entry.model if entry else None) == name


def test_images_of_earlier_firmware_are_a_list_for_each_model():
    entry = {"version": OLD, "src": "old.bin", "checksum": "1" * 64}
    (first, second) = check_previous({"M30*": [entry, {**entry, "version": NEW}]})
    assert (first.model, first.target.version, second.target.version) == ("M30*", OLD, NEW)
    assert check_previous({}) == ()
    for wrong, complaint in (
        ({"M30": entry}, r"firmware_previous\['M30'\] must be a list"),
        ({"M30": [{**entry, "src": ""}]}, r"firmware_previous\['M30'\]: src must be text"),
        ({"M30": [], "m30": []}, r"firmware_previous\['m30'\] is the same model as 'M30'"),
    ):
        with pytest.raises(ValueError, match=complaint):
            check_previous(wrong)


@pytest.mark.parametrize(
    "model, version, platform, src",
    [
        ("M30S+VE40", OLD, "h6os", "old.bin"),
        ("M30S+VE40", NEW, "h6os", "new.bin"),
        ("M30S+VE40", OLD, "h3", None),
        ("M50", OLD, "h6os", None),
        ("M30S+VE40", "1", "h6os", None),
        (None, OLD, "h6os", None),
    ],
)
def test_the_image_of_a_version_is_found_for_a_model_and_its_platform(model, version, platform, src):
    entry = {"checksum": "1" * 64}
    entries = check_declared({"M30*": {**entry, "version": NEW, "src": "new.bin"}})
    previous = check_previous({"M30S*": [{**entry, "version": OLD, "src": "old.bin"}]})
    images = {known: Image(known.src, ("h6os",)) for known in (*entries.values(), *previous)}
    found = Declared(entries, previous, images).image_of(model, version, platform)
    assert (found.src if found else None) == src
