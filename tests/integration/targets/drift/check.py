# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at what a comparison left behind: check.py WHAT [COUNTERS] DIRECTORY."""

from __future__ import annotations

import json
import pathlib
import stat
import sys

WHAT, SCRATCH = sys.argv[1], pathlib.Path(sys.argv[-1])
LOG = (SCRATCH / "drift.log").read_text()

if WHAT == "untouched":
    counters = json.loads(sys.argv[2])
    assert counters["connections"] > 0
    assert [
        counters[name] for name in ("sealed", "tokens", "token_refusals", "writes", "uploads", "reboots")
    ] == [0] * 6, counters
    assert "get_token" not in counters["requests"], counters
    sys.exit()

REPORT = json.loads((SCRATCH / "fleet.json").read_text())
MINERS = {miner["host"]: miner for miner in REPORT["miners"]}
FLEET = REPORT["fleet"]
SAID = LOG + json.dumps(REPORT)

for secret in ("p00l_s3cret", "an0ther_s3cret", "fleet-pw"):
    assert secret not in SAID, secret


def drifted(host):
    return [entry["setting"] for entry in MINERS[host]["drift"]]


if WHAT == "all":
    page = (SCRATCH / "fleet.html").read_text()
    assert "fleet-pw" not in page
    assert all(stat.S_IMODE((SCRATCH / f"fleet.{kind}").stat().st_mode) == 0o644 for kind in ("json", "html"))

    verdicts = {host: miner["verdict"] for host, miner in MINERS.items()}
    assert verdicts == {
        **dict.fromkeys(("declared-1", "declared-2", "declared-1.4", "declared-2.0"), "as_declared"),
        **dict.fromkeys(("drifted-mode", "drifted-off", "hostile"), "drifted"),
        **dict.fromkeys(("failed", "misdeclared"), "failed"),
        "unknown": "unknown",
        "undeclared": "undeclared",
        "dead": "no_answer",
    }, verdicts
    assert MINERS["drifted-mode"]["drift"] == [{"setting": "power.mode", "before": "high", "after": "low"}]
    assert "power.state" in drifted("drifted-off")
    assert set(drifted("hostile")) == {"pools", "hostname"}
    assert set(MINERS["unknown"]["unknown"]) == {"hostname"}
    assert MINERS["failed"]["cause"] == "wrong_machine" and "C4:05:08:FF:FF:FE" in MINERS["failed"]["message"]
    assert "mode" in MINERS["misdeclared"]["message"]
    assert "refused" in MINERS["dead"]["message"]
    # Readings are those of the declared machine, and of no other at its address.
    assert MINERS["failed"]["hashrate_ths"] is None and MINERS["dead"]["model"] is None
    assert MINERS["misdeclared"]["hashrate_ths"] > 0 and MINERS["drifted-off"]["state"] == "off"
    assert [error["code"] for error in MINERS["declared-2.0"]["errors"]] == [110, 540001]

    assert FLEET["miners"] == 12 and FLEET["with_errors"] == 2 and FLEET["hashing"] == 9, FLEET
    groups = {group["name"]: group for group in REPORT["groups"]}
    assert set(groups) == {"api_1_3", "api_1_4", "api_2_0", "api_3_only", "rack1", "rack2", "rack3"}
    assert [groups[name]["drifted"] for name in ("rack1", "rack2")] == [0, 3]
    assert [groups[name]["no_answer"] + groups[name]["failed"] for name in ("rack1", "rack2")] == [2, 1]
    shared = ("miners", "hashing", "drifted", "power_watts")
    assert all(
        sum(groups[f"rack{number}"][name] for number in (1, 2, 3)) == FLEET[name] for name in shared
    ), REPORT

    assert "power.mode: high -> low" in LOG, LOG
    assert "12 miners: 4 as declared, 1 nothing declared, 1 unknown, 3 drifted, 2 failed, 1 no answer" in LOG
    assert "3 of 12 miners drifted, 1 didn't answer, 2 couldn't be compared" in " ".join(LOG.split())
    assert "changed=0" in LOG and "unreachable=0" in LOG and "--- before" not in LOG
    assert "by drift_fail and drift_fail_on_lost, which false switches off" in " ".join(LOG.split())

elif WHAT == "lost":
    said = " ".join(LOG.split())
    assert (
        "0 of 5 miners drifted, 1 didn't answer" in said
        and "by drift_fail_on_lost, which false switches off" in said
    ), said

elif WHAT == "limited":
    assert len(MINERS) == 6 and FLEET["as_declared"] == 4 and FLEET["no_answer"] == 0
    assert "failed=0" in LOG and "changed=0" in LOG

elif WHAT == "applied":
    others = [miner for miner in REPORT["miners"] if miner["verdict"] != "as_declared"]
    assert len(MINERS) == 8 and others == [], others

elif WHAT == "repassworded":
    assert FLEET["drifted"] == 8 and all(drifted(host) == ["pools"] for host in MINERS)
    assert "another password" in LOG
    page = (SCRATCH / "secret.html").read_text()
    assert "p00l_s3cret" not in page and "an0ther_s3cret" not in page

elif WHAT == "repooled":
    # The records are of the pools that were there before: they say nothing of these.
    assert FLEET["unknown"] == 8 and all(set(miner["unknown"]) == {"pools"} for miner in MINERS.values()), (
        REPORT
    )
    assert "another password" not in LOG
