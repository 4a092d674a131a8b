# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records that a fleet task leaves are found by the next task, and by nobody else."""

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import applied_handover, direct


@pytest.fixture(autouse=True)
def _own_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(applied_handover.C, "DEFAULT_LOCAL_TMP", str(tmp_path))


def test_records_are_found_until_they_are_dropped():
    assert applied_handover.find("m/../1") is None
    applied_handover.leave("m/../1", {"power.percent": {"value": "x"}})
    applied_handover.leave("m/../1", {"power.percent": {"value": "y"}})
    assert applied_handover.find("m/../1") == {"power.percent": {"value": "y"}}
    assert applied_handover.find("m2") is None
    applied_handover.drop("m/../1")
    applied_handover.drop("m/../1")
    assert applied_handover.find("m/../1") is None


def test_records_lie_in_one_file_that_only_its_owner_reads(tmp_path):
    applied_handover.leave("m1", {})
    (file,) = tmp_path.glob("*/*")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert applied_handover.find("m1") == {}


def test_records_that_a_fleet_task_left_win_over_older_facts_also_if_there_are_none():
    variables = {"ansible_facts": {"whatsminer_applied": {"old": {}}}}
    assert direct.records_of(variables)["applied"] == {"old": {}}
    assert direct.records_of(variables, {"new": {}})["applied"] == {"new": {}}
    assert direct.records_of(variables, {})["applied"] == {}
