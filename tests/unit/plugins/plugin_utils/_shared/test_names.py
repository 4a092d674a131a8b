# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A message names many, and stays readable."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.names import listed


def test_many_names_are_cut_and_their_number_said():
    assert listed([f"h{number}" for number in range(25)], 20).endswith("h18, h19 and 5 more")


def test_few_names_are_all_said():
    assert listed(["a", "b"], 2) == "a, b"
    assert listed([], 2) == ""
