# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at what the judgement left behind, or press buttons: check.py WHAT [DETAIL] INVENTORY DIRECTORY."""

from __future__ import annotations

import csv
import json
import pathlib
import re
import socket
import stat
import sys

import yaml

WHAT, INVENTORY, SCRATCH = sys.argv[1], sys.argv[-2], pathlib.Path(sys.argv[-1])

if WHAT == "untouched":
    counters = json.loads(sys.argv[2])
    assert counters["connections"] > 0
    names = ("sealed", "tokens", "token_refusals", "writes", "uploads", "reboots")
    assert [counters[name] for name in names] == [0] * len(names), counters
    sys.exit()

if WHAT == "press":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as button:
        for data in (
            *[b"IP:192.0.2.1MAC:C4:05:08:FF:FF:FE\r\n"] * 3,
            b"\xff\x1b[2J" * 100,
            b'{"ip": "192.0.2.2", "mac": "aa-bb-cc-00-00-01"}',
        ):
            button.sendto(data, ("127.0.0.1", int(sys.argv[2])))
    sys.exit()

if WHAT == "case":
    folder = SCRATCH / "case"
    rows = {row["host"]: row for row in csv.DictReader((folder / "index.csv").open(encoding="utf-8"))}
    assert set(rows) == {"gap", "hot", "dead", "still-fans-3"}
    assert rows["gap"]["reasons"] == "hashrate_low board_missing" and rows["dead"]["verdict"] == "unreachable"
    assert rows["hot"]["serial"] == "" or rows["hot"]["serial"] in (folder / "index.txt").read_text()
    for name, files in (("gap", 3), ("dead", 1)):
        assert len(list((folder / name).iterdir())) == files, name
    facts = json.loads((folder / "gap" / "facts.json").read_text())
    assert facts["model"] == rows["gap"]["model"] and facts["raw"]
    assert (folder / "gap" / "logs.tgz").stat().st_size > 0
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        assert path.is_dir() or b"fleet-pw" not in path.read_bytes()
    sys.exit()

LOG = (SCRATCH / "health.log").read_text()
REPORT = json.loads((SCRATCH / "health.json").read_text())
MINERS = {miner["host"]: miner for miner in REPORT["miners"]}


def hosts_of(node):
    """(name, variables) of each host in an inventory."""
    yield from (node.get("hosts") or {}).items()
    for child in (node.get("children") or {}).values():
        yield from hosts_of(child or {})


def check_export(expected):
    """The metrics and the assets say of each miner what is expected of it."""
    samples, log = (SCRATCH / "north.prom").read_text(), (SCRATCH / "health.log").read_text()
    found = re.findall(r'^whatsminer_health_verdict\{host="([^"]*)",.*verdict="(\w+)"\} 1$', samples, re.M)
    assert dict(found) == {host: verdict for host, one in expected.items() for verdict in one}
    lines = [line.rpartition(" ")[0] for line in samples.splitlines() if not line.startswith("#")]
    assert len(lines) == len(set(lines)) > 1500
    assert f"{len(expected)} miners read, {len(lines)} samples written to north.prom" in log
    assert f'whatsminer_export_miners{{export="north"}} {len(expected)}' in samples
    away = {"dead", "in-repair", "another"}
    down = set(re.findall(r'^whatsminer_up\{host="([^"]*)".*\} 0$', samples, re.M))
    assert down == away
    rows = {row["host"]: row for row in csv.DictReader((SCRATCH / "assets.csv").open(encoding="utf-8"))}
    assert set(rows) == set(expected)
    assert {host for host, row in rows.items() if row["answered"] == "no"} == away
    healthy = rows["healthy-3only"]
    assert all(healthy[name] for name in ("model", "mac", "serial", "psu_serial", "board_2_serial"))
    assert healthy["expected"] == '{"ok": []}' and rows["another"]["mac"] == "C4:05:08:FF:FF:FE"
    for name in ("north.prom", "assets.csv"):
        assert stat.S_IMODE((SCRATCH / name).stat().st_mode) == 0o644
        assert "fleet-pw" not in (SCRATCH / name).read_text()


EXPECTED = {
    name: variables["expected"]
    for name, variables in hosts_of(yaml.safe_load(pathlib.Path(INVENTORY).read_text())["miners"])
    if variables and "expected" in variables
}

if WHAT == "export":
    check_export(EXPECTED)
    sys.exit()

found = {
    host: {miner["verdict"]: list(dict.fromkeys(reason["code"] for reason in miner["reasons"]))}
    for host, miner in MINERS.items()
}
wrong = {
    host: (found.get(host), expected) for host, expected in EXPECTED.items() if found.get(host) != expected
}
assert not wrong, f"host: (judged as, expected): {json.dumps(wrong, indent=1)}"
assert set(found) == set(EXPECTED) and len(found) > 40

verdicts = [miner["verdict"] for miner in REPORT["miners"]]
ranks = ["ill", "unreachable", "watch", "not_judged", "held", "off", "ok"]
assert verdicts == sorted(verdicts, key=ranks.index)
assert REPORT["counts"] == {"miners": len(found), **{verdict: verdicts.count(verdict) for verdict in ranks}}
if WHAT == "site":
    assert REPORT["counts"] == {"miners": 300, "ok": 150, **dict.fromkeys(ranks[:-1], 25)}
    sys.exit()
assert REPORT["miners"][0]["host"] in ("idle", "last-board-hydro")  # it loses most

assert MINERS["healthy-hydro"]["cooling"] == MINERS["healthy-hydro-3"]["cooling"] == "hydro"
assert MINERS["another"]["model"] == "" and MINERS["dead"]["hashrate_ths"] is None
assert "ercot-4cp" in MINERS["curtailed"]["reasons"][0]["text"]
assert all(MINERS[host]["expected_percent"] > 90 for host in EXPECTED if "ok" in EXPECTED[host])

rows = list(csv.DictReader((SCRATCH / "health.csv").open(encoding="utf-8")))
assert [row["host"] for row in rows] == [miner["host"] for miner in REPORT["miners"]]
assert {row["verdict"] for row in rows} == set(ranks)
assert all(stat.S_IMODE((SCRATCH / f"health.{kind}").stat().st_mode) == 0o644 for kind in ("json", "csv"))

# More than 40 miners: those with problems are in the table.
assert "board_missing: it shows 2 hash boards: none in slot 1" in LOG
assert "healthy-2.0" not in LOG and f"{len(found)} miners: " in LOG
assert "changed=0" in LOG and "unreachable=0" in LOG
for text in (LOG, json.dumps(REPORT)):
    assert "fleet-pw" not in text
