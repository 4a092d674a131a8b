# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of fields are compared in one form, and no miner fills the memory with its own."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.tables import Folded


@pytest.mark.parametrize("written", ["Firmware Version", "firmware_version", "firmware-version"])
def test_a_name_has_one_form_however_it_is_written(written):
    assert Folded()[written] == Folded()["firmware_version"]


def test_names_are_kept_up_to_a_number_and_those_beyond_folded_all_the_same():
    folded = Folded()
    for number in range(3000):
        assert folded[f"Name {number}"] == folded[f"name_{number}"]
    assert len(folded) <= 1024


def test_a_long_name_is_cut_and_not_kept():
    folded = Folded()
    assert len(folded["x" * 100_000]) == 64
    assert len(folded) == 0
