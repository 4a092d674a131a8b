# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the simulated fleet, the report and what was said are as they should be: check.py WHAT CONTROL-URL
SCRATCH.
"""

import collections
import json
import math
import pathlib
import stat
import sys
import time
import urllib.request

WHAT, CONTROL = sys.argv[1:3]
SCRATCH = pathlib.Path(sys.argv[3])
NEW, NEXT = "20260101.1.REL", "20260202.1.REL"
UNFIT = {"powered-off", "ill", "dead", "m30-02"}
STATE = SCRATCH / "kept" / "state.json"


def ask(path):
    with urllib.request.urlopen(CONTROL + path, timeout=30) as reply:
        return json.load(reply)


def fleet():
    return {miner["name"]: miner for miner in ask("/miners?full=1")["miners"]}


def report():
    rows = json.loads((SCRATCH / "kept" / "report.json").read_text())["miners"]
    return {row["host"]: row for row in rows}


def most_down():
    """How many miners were down at once by the rollout, at worst."""
    changes = []
    for outage in ask("/outages")["outages"]:
        changes += [(outage["from"], 1), (outage["until"] or math.inf, -1)]
    now = most = 0
    for _time, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def said():
    return " ".join((SCRATCH / "said").read_text().split())


def flashed(miners):
    return {name for name, miner in miners.items() if miner["counters"]["uploads"]}


if WHAT in ("planned", "wrong_checksum", "no_part"):
    miners = fleet()
    assert not flashed(miners)
    assert sum(miner["counters"]["writes"] + miner["counters"]["tokens"] for miner in miners.values()) == 0
    assert not STATE.exists() or json.loads(STATE.read_text()) == {}
    if WHAT == "planned":
        assert "59 of 63 miners to flash" in said()
        assert "held m30-02 M30S+VE40 20210322.22.REL it is curtailed since" in said()
        assert "batch 1 m30-01 M30S+VE40 20210322.22.REL -> 20260101.1.REL" in said()
        assert "batch 1 m50-01 M50SVH50 20230911.12.REL -> 20260101.1.REL" in said()
        assert (
            "{{ lookup('pipe', " in said()
            and "it has errors: 530137" in said()
            and "it is off" in said()
            and "no connection" in said()
        )
        assert "changed=0" in said()
    elif WHAT == "wrong_checksum":
        assert "bad.bin" not in said() and "good.bin: checksum must be that of the file at src" in said(), (
            said()
        )
    else:
        assert "holds nothing for the platform h616" in said() and "m50-01," in said(), said()

elif WHAT == "stopped":
    miners, rows = fleet(), report()
    assert "1 of 2 miners passed the gate" in said(), said()
    assert "1 of 1 miner run again what they had" in said(), said()
    assert f"m50-01 M50SVH50 20230911.12.REL 20230911.12.REL {NEW} 1 failed: " in said(), said()
    assert flashed(miners) == {"m30-01", "m50-01"}, flashed(miners)
    assert (miners["m30-01"]["counters"]["uploads"], miners["m50-01"]["counters"]["uploads"]) == (1, 2)
    assert (
        "Of all hosts together: the gate of batch 1 failed: m50-01 (it has new errors: 110, it hashes at"
        in said()
    )
    verdicts = collections.Counter(row["verdict"] for row in rows.values())
    assert verdicts == {"passed": 1, "failed": 1, "left": 57, "held": 1, "left out": 2, "lost": 1}, verdicts
    assert (rows["m30-01"]["verdict"], rows["m30-01"]["version"], rows["m30-01"]["batch"]) == (
        "passed",
        NEW,
        1,
    )
    assert (rows["m50-01"]["verdict"], rows["m50-01"]["version"], rows["m50-01"]["version_before"]) == (
        "failed",
        "20230911.12.REL",
        "20230911.12.REL",
    )
    assert rows["m50-01"]["reasons"][-1] == "it runs 20230911.12.REL again", rows["m50-01"]
    assert rows["m30-02"]["reasons"][0].endswith(" by grid"), rows["m30-02"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in STATE.parent.iterdir()} == {0o600}

elif WHAT in ("finished", "unchanged"):
    miners, rows = fleet(), report()
    assert flashed(miners) == set(miners) - UNFIT
    assert all(miner["state"]["firmware"] == NEW for name, miner in miners.items() if name not in UNFIT)
    assert {
        name: miner["counters"]["uploads"]
        for name, miner in miners.items()
        if miner["counters"]["uploads"] > 1
    } == {"m50-01": 3}
    assert {host for host, row in rows.items() if row["verdict"] == "passed"} == set(miners) - UNFIT
    uploads = [entry["miner"] for entry in ask("/journal?command=update_firmware")["journal"]]
    assert set(uploads[:2]) == {"m30-01", "m50-01"} and uploads[2:4] == ["m50-01"] * 2, uploads[:6]
    sizes = collections.Counter(row["batch"] for row in rows.values())
    # Half of 63 are 31, and two are down anyway.
    assert most_down() <= 29 and max(sizes.values()) == 29, (most_down(), sizes)
    assert most_down() >= 4, "the record of outages shows nothing"
    if WHAT == "unchanged":
        assert "changed=0" in said() and "0 of 63 miners to flash" in said()

elif WHAT == "in_the_middle":
    deadline = time.monotonic() + 120
    while True:
        miners = fleet()
        if len(flashed(miners)) > 2 and any(miner["phase"] == "down" for miner in miners.values()):
            break
        assert time.monotonic() < deadline, "no second batch within two minutes"
        time.sleep(0.05)

elif WHAT == "killed":
    kept = json.loads(STATE.read_text())
    verdicts = collections.Counter(
        keep["verdict"] for keep in kept.values() if keep["target"]["version"] == NEXT
    )
    assert verdicts == {"passed": 1, "pending": 5}, verdicts

elif WHAT == "whole":
    miners, rows = fleet(), report()
    limited = {name for name in miners if name.startswith("m30-1")}
    assert set(rows) == limited and len(limited) == 10
    assert all(
        miners[name]["state"]["firmware"] == NEXT and rows[name]["verdict"] == "passed" for name in limited
    )
    assert all(miners[name]["counters"]["reboots"] == 1 for name in limited), (
        "somebody was flashed twice, or not"
    )
    assert flashed(miners) == limited
    # Half of ten.
    assert most_down() <= 5, most_down()
