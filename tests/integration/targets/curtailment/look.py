# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runme.sh's checks look at: the simulated fleet at $CONTROL, the memory and the report in $SCRATCH."""

from __future__ import annotations

import json
import os
import pathlib
import time
import urllib.request

SCRATCH = pathlib.Path(os.environ["SCRATCH"])
MEMORY = SCRATCH / "memory.json"


def ask(path):
    """The answer of the simulator's control API."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(os.environ["CONTROL"] + path, timeout=30) as reply:
        return json.load(reply)


def states():
    """What each miner is: powered, mode, percent."""
    names = ("powered", "mode", "percent")
    return {
        miner["name"]: {name: miner["state"][name] for name in names}
        for miner in ask("/miners?full=1")["miners"]
    }


def off():
    """The miners that are off, and weren't from the beginning."""
    return {name for name, state in states().items() if not state["powered"]} - {"a-off"}


def note():
    """Keep the fleet's states for `before`."""
    (SCRATCH / "before.json").write_text(json.dumps(states()))


def before():
    return json.loads((SCRATCH / "before.json").read_text())


def taken(command):
    """(moment, miner) of each *command* that a miner took, in order."""
    entries = ask("/journal?command=" + command)["journal"]
    return sorted((entry["time"], entry["miner"]) for entry in entries if entry["outcome"] == 131)


def wait_until_taken(command, number, pid):
    """Until so many miners took *command*, as long as process *pid* runs."""
    while len(taken(command)) < number:
        os.kill(pid, 0)  # gone before: ProcessLookupError
        time.sleep(0.05)


def report():
    return json.loads((SCRATCH / "report.json").read_text())


def memory():
    """What is remembered of each curtailed miner, by a file that nobody else may read."""
    assert MEMORY.stat().st_mode & 0o777 == 0o600
    return json.loads(MEMORY.read_text())["curtailed"]


def held(reason):
    """The miners with a hold of *reason*."""
    miners = [json.loads(path.read_text()) for path in (SCRATCH / "holds").glob("*.json")]
    return {miner["host"] for miner in miners if reason in [hold["reason"] for hold in miner["holds"]]}


def hosts(rows):
    return {row["host"] for row in rows}


def kept_to_steps(most, pause):
    """How many miners were switched on: never more than *most* until *pause* seconds were over."""
    moments = [moment for moment, _miner in taken("power_on")]
    assert all(later - earlier >= pause for earlier, later in zip(moments, moments[most:])), moments
    return len(moments)
