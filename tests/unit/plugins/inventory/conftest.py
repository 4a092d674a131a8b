# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the inventory plugin."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def discovery(tmp_path, monkeypatch):
    # Imported here: conftests are loaded before the one above this makes the collection importable.
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan
    from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import (
        Discovery,
    )

    found = Discovery(tmp_path)

    def run(plan, addresses):
        return found.run(plan, addresses)

    monkeypatch.setattr(scan.Scan, "run", run)
    return found


@pytest.fixture
def cached(discovery, tmp_path):
    yield {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
