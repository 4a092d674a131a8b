# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs of a playbook, by host and by fleet, lost the same hosts in the same way: recap.py LOG LOG."""

from __future__ import annotations

import pathlib
import re
import sys

RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=\d+\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
by_host, by_fleet = (
    {
        host: (int(gone), int(failed))
        for host, gone, failed in RECAP.findall(pathlib.Path(log).read_text(encoding="utf-8"))
    }
    for log in sys.argv[1:]
)
lost = {host: verdict for host, verdict in by_host.items() if any(verdict)}
assert lost == {host: verdict for host, verdict in by_fleet.items() if any(verdict)}, (by_host, by_fleet)
assert len(lost) == 4, lost
