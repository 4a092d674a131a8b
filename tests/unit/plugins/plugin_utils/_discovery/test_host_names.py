# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name that a miner shows is no pattern and no path; what names mean is tested with the plugin."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_names import (
    host_name,
    is_hostname_option,
)


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("rack1-01", "rack1-01"),
        (" rack 1/01 ", "rack_1_01"),
        ("../../etc", "_.._etc"),
        ("-all", "all"),
        ("~web.*", "_web._"),
        ("x" * 100, "x" * 64),
        (7, "7"),
        ("+++", None),
        ("", None),
        (None, None),
    ],
)
def test_a_name_holds_letters_digits_and_few_signs(shown, name):
    assert host_name(shown) == name


@pytest.mark.parametrize(
    ("hostname", "is_one"),
    [("address", True), ("{{ whatsminer.mac }}", True), ("{% if a %}", True), ("serial", False)],
)
def test_the_option_is_a_known_word_or_a_template(hostname, is_one):
    assert is_hostname_option(hostname) is is_one
