# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any bytes in any pieces give a reply or one of our errors, whatever they are fed to (tests/fuzz)."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.tests.fuzz.targets import TARGETS, UNDERSTOOD
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2 import fuzz_replies
from hypothesis import given, settings
from hypothesis import strategies as st

NAME = pytest.mark.parametrize("name", TARGETS)


@NAME
def test_what_miners_were_seen_to_say_is_understood(name):
    outcomes = {TARGETS[name].check(seed) for seed in TARGETS[name].seeds}
    assert UNDERSTOOD in outcomes or name in ("frames3", "flash2", "flash3")


@NAME
def test_what_was_a_finding_once_is_none_any_more(name):
    assert all(isinstance(TARGETS[name].check(data), str) for data in TARGETS[name].findings())


@NAME
@settings(max_examples=25, deadline=2000)
@given(
    st.binary(max_size=100),
    st.binary(min_size=2, max_size=2),
    st.integers(0, 20),
    st.randoms(use_true_random=False),
)
def test_any_bytes_give_an_outcome_that_is_foreseen(name, drawn, cut, number, rng):
    target = TARGETS[name]
    seed = target.seeds[number % len(target.seeds)]
    for data in (drawn, cut + fuzz_replies.mutate(seed[2:], rng)):
        assert isinstance(target.check(data), str)
