# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model is the same model, however firmware or an operator spells it, and no other."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import (
    fits,
    folded,
    most_j_per_th,
)

SPELLINGS = (
    ("M30S+VE40", "M30S+_VE40", "M30S+ VE40", "m30s+_ve40"),
    ("M50VH84", "M50_VH84", "M50_VH84.H616", " M50 VH84.H616 "),
    ("M60SVK40", "M60S_VK40", "M60S_VK40.H616"),
    ("M30SVE40", "M30S_VE40"),
    ("M30S++VE40", "M30S++_VE40"),
)


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_all_spellings_of_a_model_are_one(spellings):
    assert {folded(model) for model in spellings} == {spellings[0]}
    assert all(fits(model, declared) for model, declared in itertools.product(spellings, repeat=2))


def test_two_models_are_never_taken_for_one():
    for ours, theirs in itertools.permutations(SPELLINGS, 2):
        assert not [
            (model, declared) for model, declared in itertools.product(ours, theirs) if fits(model, declared)
        ]


@pytest.mark.parametrize(
    ("declared", "model", "fit"),
    [
        ("M30S*", "M30S+_VE40", True),
        ("M30S+_*", "M30S+VE40", True),
        ("M30S+_*", "M30S_VE40", False),
        ("M50_VH84.*", "M50VH84", True),
        ("M50_VH8?.H616", "M50_VH84", True),
        ("M50_*", "M50VH84", True),
        ("M50_*", "M50S_VH50", False),
        ("M50*", "M50S_VH50", True),
        ("M50V*", "M50_VH84.H616", True),
        ("M50?VH50", "M50SVH50", True),
        ("M50?VH50", "M50_VH50", False),
        ("M30S_PLUS_*", "M30S_PLUS_VE40", True),
        ("M[35]0*", "M30_V10", True),
        ("M[35]0*", "M60S_VK40", False),
        ("*", "M60S_VK40", True),
        ("M60", "M60S_VK40", False),
        ("M60S_VK40.H616", "M60S_VK40.H3", True),
    ],
)
def test_a_pattern_fits_every_spelling_alike(declared, model, fit):
    assert fits(model, declared) is fit


@pytest.mark.parametrize(
    ("model", "most"),
    [("M60S_VK40.H616", 20), ("m30s+ ve40", 39), ("M31S_V10", 56), ("M20SV10", 61), ("X9", None), ("", None)],
)
def test_what_a_healthy_miner_takes_at_most_is_known_by_its_series(model, most):
    assert most_j_per_th(model) == most
