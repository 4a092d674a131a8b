# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan means the addresses that are written down, and each of them once."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import targets


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["10.0.0.7"], ["10.0.0.7"]),
        (["10.0.0.0/30"], ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (["10.0.0.2/30"], ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (["10.0.0.7/32"], ["10.0.0.7"]),
        (["10.0.0.254-10.0.1.1"], ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        (["10.0.0.9-11"], ["10.0.0.9", "10.0.0.10", "10.0.0.11"]),
        ([" 10.0.0.9 - 10 "], ["10.0.0.9", "10.0.0.10"]),
        (["10.0.0.9", "10.0.0.2", "10.0.0.1-3"], ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9"]),
        (["255.255.255.254/31"], ["255.255.255.254", "255.255.255.255"]),
        ([], []),
    ],
)
def test_networks_ranges_and_addresses_mean_what_they_say_each_address_once(written, meant):
    found = targets(written)
    assert list(found) == meant
    assert len(found) == len(meant)


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        (["10.0.0.3-4"], ["10.0.0.2", "10.0.0.5"]),
        (["10.0.0.2", "10.0.0.5"], ["10.0.0.3", "10.0.0.4"]),
        (["10.0.0.0/24"], []),
        (["10.0.0.0-2", "10.0.0.4-255"], ["10.0.0.3"]),
        (["10.0.1.0/24"], ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]),
    ],
)
def test_excluded_addresses_are_left_out(excluded, left):
    assert list(targets(["10.0.0.2-5"], excluded)) == left


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0", "10.0.0.256", "10.0.0.1-", "10.0.0.1-256", "10.0.0.0/33"),
        *("fe80::1", "miner.example", "10.0.0.1-0.2", "1-2", "{{ x }}", "-5"),
    ],
)
def test_what_is_no_address_is_refused_and_quoted(text):
    with pytest.raises(BadParameter) as caught:
        targets([text])
    assert repr(text) in str(caught.value) and "networks must be" in str(caught.value)
    with pytest.raises(BadParameter, match="exclude must be"):
        targets([], [text])


def test_a_range_must_not_run_backwards():
    with pytest.raises(BadParameter, match="lower to the higher"):
        targets(["10.0.0.9-8"])


def test_a_mistyped_prefix_length_is_refused_with_the_count_and_the_option_to_raise():
    with pytest.raises(BadParameter, match=r"65536 addresses at most, and these are 16777216.*option limit"):
        targets(["10.0.0.0/8"])
    assert len(targets(["10.0.0.0/8"], limit=2**24)) == 2**24
    assert len(targets(["10.0.0.0/8"], ["10.0.0.0-10.254.255.255"])) == 2**16
