# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache answers the question that was asked, and no other."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan, scan_cache
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import targets

ASKED = scan_cache.question(targets(["10.0.0.0/28"]), scan.Scan())


def test_an_answer_comes_back_from_json_in_the_order_of_addresses():
    found = scan.ScanResult(addresses=16, miners={"10.0.0.10": {"mac": "x"}, "10.0.0.9": {}})
    cache = {"k": json.loads(json.dumps(scan_cache.entry(ASKED, found)))}
    again = scan_cache.answer(cache, "k", ASKED)
    assert list(again.miners.items()) == [("10.0.0.9", {}), ("10.0.0.10", {"mac": "x"})]
    assert again.addresses == 16


@pytest.mark.parametrize(
    "other", [{"ports": {"2": 4028}}, {"networks": []}, {"subsets": ["identity", "pools"]}]
)
def test_another_question_has_no_answer(other):
    assert scan_cache.answer({"k": {"asked": ASKED, "found": {}}}, "k", {**ASKED, **other}) is None


@pytest.mark.parametrize("cache", [{}, {"k": None}, {"k": {}}, {"k": {"asked": ASKED, "found": {"x": 1}}}])
def test_what_makes_no_sense_is_no_answer(cache):
    assert scan_cache.answer(cache, "k", ASKED) is None
