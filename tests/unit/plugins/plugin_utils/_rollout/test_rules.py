# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule that makes no sense is refused before anything is begun."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    rules,
)


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"batches": []}, "firmware_batches"),
        ({"batches": [5, 50]}, "firmware_batches"),
        ({"batches": [50, 20, 100]}, "firmware_batches"),
        ({"batches": [0, 100]}, "firmware_batches"),
        ({"batches": ["some", 100]}, "firmware_batches"),
        ({"batches": [100, 101]}, "firmware_batches"),
        ({"canaries": 0}, "firmware_canaries"),
        ({"max_down_percent": 0}, "firmware_max_down_percent"),
        ({"max_down_percent": 101}, "firmware_max_down_percent"),
        ({"hashrate_percent": -1}, "firmware_hashrate_percent"),
        ({"expected_hashrate_percent": None}, "firmware_expected_hashrate_percent"),
        ({"gate_delay": 0}, "firmware_gate_delay"),
        ({"wait_timeout": 100000}, "firmware_wait_timeout"),
        ({"sites": ["hall_c"]}, "firmware_sites.*hall_c"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_naming_its_variable(changes, variable):
    with pytest.raises(ValueError, match=variable):
        rules(**changes)


def test_rules_may_come_as_text():
    text = rules(canaries="2", max_down_percent="2.5", batches=["10", "100"])
    assert text == rules(canaries=2, max_down_percent=2.5, batches=[10, 100])
