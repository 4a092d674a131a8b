# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner says of itself is data."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    facts,
)


def test_what_a_miner_says_of_itself_cannot_control_the_screen_or_fill_it():
    (miner,) = readings([facts("a-01", model="M\x1b[2J\u202e", version="9" * 10_000)]).values()
    assert miner.model == "M\\x1b[2J\\u202e" and len(miner.version) == 80
