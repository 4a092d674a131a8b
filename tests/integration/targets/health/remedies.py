# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at what the remedies left behind, or let time go by: remedies.py WHAT INVENTORY DIRECTORY STATE."""

from __future__ import annotations

import collections
import json
import pathlib
import stat
import sys

import yaml

WHAT, INVENTORY, SCRATCH, STATE = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
WAIT_SECONDS = 30 * 60
MOMENTS = ("at", "well_at", "given_up_at")


def hosts_of(node):
    """(name, variables) of each host in an inventory."""
    yield from (node.get("hosts") or {}).items()
    for child in (node.get("children") or {}).values():
        yield from hosts_of(child or {})


ENDS = {
    name: variables["ends"]
    for name, variables in hosts_of(yaml.safe_load(INVENTORY.read_text())["miners"])
    if variables and "ends" in variables
}


def those(*beginnings):
    return sorted(host for host in ENDS if host.startswith(beginnings))


def require(found, expected):
    assert found == expected, f"{json.dumps(found, indent=1)}\nand not\n{json.dumps(expected, indent=1)}"


if WHAT == "later":
    state = json.loads(STATE.read_text())
    for course in state["miners"].values():
        for moment in [course, *course["remedies"]]:
            moment.update({name: moment[name] - WAIT_SECONDS for name in MOMENTS if moment.get(name)})
    STATE.write_text(json.dumps(state))
    sys.exit()

CYCLED = (SCRATCH / "pdu.log").read_text().split() if (SCRATCH / "pdu.log").exists() else []
SAVED = json.loads(STATE.read_text())["miners"] if STATE.exists() else {}
REMEDIES = {
    host: [(remedy["name"], remedy["outcome"]) for remedy in course["remedies"]]
    for host, course in SAVED.items()
}
CHOSEN_FIRST = sorted([*those("down", "idle", "slow", "board", "gap", "broken"), *those("switched")[:8]])
ILL = those("down", "idle", "slow", "board", "gap", "broken")
LEFT = those("hot", "away")
assert len(CYCLED) == len(set(CYCLED)), CYCLED
assert not SAVED or stat.S_IMODE(STATE.stat().st_mode) == 0o600

if WHAT == "killed":
    # The others had got their remedies before, and those that were begun count as done.
    require(REMEDIES["unplugged"], [("power_cycle", "begun")])
    require(REMEDIES["switched-9"], [("power_cycle", "begun")])
    assert sorted(CYCLED) == [*those("switched"), "unplugged"]
    sys.exit()

REPORT = json.loads((SCRATCH / "remedies.json").read_text())
BY_STATUS = collections.defaultdict(list)
for row in REPORT["miners"]:
    BY_STATUS[row["status"]].append(row["host"])
BY_STATUS = {status: sorted(hosts) for status, hosts in BY_STATUS.items()}
assert REPORT["counts"]["miners"] == 300
if WHAT != "storm":
    require(BY_STATUS.pop("left"), LEFT)
    assert not any(site["storm"] for site in REPORT["sites"])

if WHAT == "check":
    assert not SAVED and not CYCLED
    require(BY_STATUS, {"planned": CHOSEN_FIRST, "postponed": ["switched-9", "unplugged"]})
elif WHAT == "first":
    # A tenth of the site, and no more; the worst first.
    require(BY_STATUS, {"done": CHOSEN_FIRST, "postponed": ["switched-9", "unplugged"]})
    kinds = {host: "restart" if host in ILL else "power_cycle" for host in CHOSEN_FIRST}
    require(REMEDIES, {host: [(kind, "done")] for host, kind in kinds.items()})
    second = " ".join((SCRATCH / "second.log").read_text().split())
    assert "another run works on the state file" in second and "Nothing was done" in second, second
elif WHAT == "second":
    rebooted = those("board", "gap", "broken")
    require(BY_STATUS, {"done": rebooted, "given_up": ["unplugged"], "mended": ["switched-9"]})
    assert all(REMEDIES[host] == [("restart", "done"), ("reboot", "done")] for host in rebooted)
elif WHAT == "third":
    require(BY_STATUS, {"given_up": those("broken", "unplugged"), "mended": those("board", "gap")})
elif WHAT == "storm":
    assert set(BY_STATUS) == {"storm", "left", "given_up"} and len(BY_STATUS["storm"]) > 200
    require(BY_STATUS["given_up"], those("broken", "unplugged"))
    (site,) = REPORT["sites"]
    assert "more than remediation_storm_percent, 20 %" in site["storm"]
    assert site["storm"] in REPORT["problems"][0]

if WHAT in ("third", "storm"):
    # Nobody but those that were to get one got a remedy, and each one once.
    assert set(REMEDIES) == {host for host in ENDS if host not in LEFT}
    assert all(len(set(names)) == len(names) for names in REMEDIES.values())
    assert {host for host, end in ENDS.items() if end == "given_up"} == {*those("broken", "unplugged")}
