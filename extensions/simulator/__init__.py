# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fake Whatsminers on loopback addresses, for trying and testing the collection. See README.md."""

from .control import Control
from .faults import Faults
from .fleet import Fleet, FleetError, MinerSpec, load_fleet_file, make_specs, read_fleet
from .generations import GENERATIONS, Options
from .miner import Miner

__all__ = [
    "Control",
    "Faults",
    "Fleet",
    "FleetError",
    "GENERATIONS",
    "Miner",
    "MinerSpec",
    "Options",
    "load_fleet_file",
    "make_specs",
    "read_fleet",
]
