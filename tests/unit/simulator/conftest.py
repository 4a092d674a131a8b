# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of one miner, and a client for them."""

from __future__ import annotations

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE, HERE.parent.parent.parent / "extensions"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

pytest.importorskip("cryptography")

import simulator  # noqa: E402
from simulator_client import QUICK, Client  # noqa: E402


@pytest.fixture
def start():
    """`start(generation, ...)` runs a miner on a free port until the test ends, and returns a client of it.
    """
    fleets = []

    def run(generation="2.0", address="127.0.0.1", port=0, options=None, **fields):
        spec = simulator.MinerSpec(
            name="m",
            generation=generation,
            address=address,
            port=port,
            options={**QUICK, **(options or {})},
            **fields,
        )
        fleet = simulator.Fleet([spec], seed=1).start_in_thread()
        fleets.append(fleet)
        return Client(fleet, fleet["m"])

    yield run
    for fleet in fleets:
        fleet.stop_thread()


@pytest.fixture(params=simulator.GENERATIONS)
def generation(request):
    return request.param
