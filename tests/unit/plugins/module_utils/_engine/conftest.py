# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the engine share: simulated miners."""

from __future__ import annotations

import contextlib

import pytest


@pytest.fixture
def site(token_directory):
    """`site(generation, options, **fields of the simulator's spec)`: an async context manager that gives a
    Site.
    """
    # Imported here: conftests are loaded before the collection is importable.
    import simulator
    from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import QUICK, Site

    @contextlib.asynccontextmanager
    async def start(generation="2.0", options=None, **fields):
        spec = simulator.MinerSpec(
            name="m",
            generation=generation,
            address="127.0.0.1",
            port=0,
            options={**QUICK, **(options or {})},
            **fields,
        )
        async with simulator.Fleet([spec], seed=1) as fleet:
            yield Site(fleet["m"], token_directory)

    return start


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import converge

    monkeypatch.setattr(converge, "PATIENCE_SECONDS", 0.15)
