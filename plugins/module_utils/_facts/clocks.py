# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts by which a restart is seen."""

from __future__ import annotations

CLOCKS = {"miner": "uptime_seconds", "btminer": "elapsed_seconds"}
"""What may restart -> the fact that counts the seconds since its last start."""
