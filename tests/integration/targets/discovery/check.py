# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what ansible-inventory printed with the fleet that is there: check.py WHAT DIRECTORY."""

from __future__ import annotations

import json
import pathlib
import sys

import yaml

WHAT, SCRATCH = sys.argv[1], pathlib.Path(sys.argv[2])


def unmarked(value):
    """*value* without the marks with which ansible-core says that text is no template."""
    if isinstance(value, dict):
        if set(value) == {"__ansible_unsafe"}:
            return value["__ansible_unsafe"]
        return {name: unmarked(inner) for name, inner in value.items()}
    return [unmarked(inner) for inner in value] if isinstance(value, list) else value


def found():
    """({host: variables}, {group: hosts}, warnings)"""
    listed = json.loads((SCRATCH / f"{WHAT}.json").read_text())
    groups = {name: sorted(group.get("hosts", [])) for name, group in listed.items() if name != "_meta"}
    warnings = " ".join((SCRATCH / f"{WHAT}.err").read_text().split())
    return unmarked(listed.get("_meta", {}).get("hostvars", {})), groups, warnings


def fleet():
    """{name: address} of all that the simulator runs."""
    places = {}

    def collect(group):
        for name, own in (group.get("hosts") or {}).items():
            places.setdefault(name, {}).update(own or {})
        for child in (group.get("children") or {}).values():
            collect(child or {})

    for group in yaml.safe_load((SCRATCH / "inventory.yml").read_text()).values():
        collect(group)
    return {name: own["ansible_host"] for name, own in places.items() if "ansible_host" in own}


hosts, groups, warnings = found() if WHAT != "emptied" else ({}, {}, "")
there = fleet()
miners = {name: address for name, address in there.items() if name.startswith("miner")}

if WHAT == "plain":
    by_address = {address: name for name, address in miners.items()}
    assert len(miners) == 23, miners
    assert set(hosts) == set(by_address), (set(hosts) ^ set(by_address), warnings)
    # Firmware of 1.3 and 1.4 that is off shows neither model nor MAC address: nobody knows which machine it
    # is.
    unidentified = {miners["miner-1.3-off"], miners["miner-1.4-off"]}
    assert set(groups["unidentified"]) == unidentified == set(by_address) - set(groups["miners"]), groups
    assert not [
        name
        for name, members in groups.items()
        if name not in ("all", "unidentified") and unidentified & set(members)
    ], groups
    assert "2 miners don't show which machines they are" in warnings, warnings
    for address, variables in hosts.items():
        facts, name = variables["whatsminer"], by_address[address]
        assert variables["ansible_host"] == address
        assert variables["ansible_connection"] == "minerops.whatsminer.api"
        assert "ansible_port" not in variables and "raw" not in facts
        assert facts["state"] == ("off" if name.endswith("-off") else "on"), (name, facts)
        assert facts["firmware_version"], name
        if address in unidentified:
            assert "whatsminer_mac" not in variables and "model" not in facts, name
        else:
            assert address in groups[f"state_{facts['state']}"]
            assert variables["whatsminer_mac"] == facts["mac"], name
            assert facts["model"], name
    assert len(groups["model_M30S_VE40"]) == 4 and len(groups["firmware_20210322_22_REL"]) == 4, groups
    newest = {miners[f"miner-{kind}"] for kind in ("2.2", "2.2-off", "3", "3-off", "3-only")}
    assert set(groups["model_M60SVK40"]) == newest, groups
    both, only = {miners["miner-3"], miners["miner-3-off"]}, {miners["miner-3-only"]}
    assert set(groups["api_3"]) == both | only, groups
    assert set(groups["api_2"]) == set(groups["miners"]) - only, groups
    for address in both | only:
        generations = [2, 3] if address in both else [3]
        assert hosts[address]["whatsminer"]["api"]["generations"] == generations, hosts[address]
        assert "whatsminer_api3_port" not in hosts[address], hosts[address]
    assert "at 4028" not in warnings and "aren't Whatsminers" not in warnings, warnings
    assert "3 took the connection and gave no whole answer" in warnings, warnings
    assert all(there[name] in warnings for name in there if name.startswith(("silent", "mute"))), warnings

elif WHAT == "full":
    assert len(hosts) == len(miners), (hosts.keys(), warnings)
    assert {variables["ansible_host"] for variables in hosts.values()} == set(miners.values())
    assert len(groups["api_1_3"]) == 5 and len(groups["api_1_4"]) == 4 and len(groups["api_2_0"]) == 7, groups
    assert len(groups["api_2_2"]) == 2 and len(groups["api_3_0"]) == 3, groups
    (evil,) = [host for host, variables in hosts.items() if variables["ansible_host"] == miners["miner-evil"]]
    assert not set("{}'( |~)") & set(evil), evil
    assert hosts[evil]["worker"].startswith("{{ lookup("), hosts[evil]
    assert hosts[evil]["worker"] == hosts[evil]["whatsminer"]["pools"][0]["user"]
    assert hosts[evil]["whatsminer"]["network"]["hostname"].startswith("{{ lookup(")
    assert all(not set("{}'( |~)") & set(group) for group in groups), groups
    assert evil in sum((hosts for group, hosts in groups.items() if group.startswith("worker_")), [])
    assert len(groups["mode_normal"]) >= 13, groups
    assert len(groups["thirsty"]) == 18, groups["thirsty"]
    assert "2 aren't Whatsminers" in warnings, warnings
    # Neither host name nor MAC: firmware of 1.3 and 1.4 that is off.
    assert set(groups["unidentified"]) == {miners["miner-1.3-off"], miners["miner-1.4-off"]} < set(hosts), (
        hosts.keys()
    )
    assert "worker" not in hosts[miners["miner-1.4-off"]] and "named by" not in warnings, warnings

elif WHAT == "emptied":
    listed = json.loads((SCRATCH / "cached.json").read_text())
    assert not listed["_meta"]["hostvars"], listed
    assert "no miner found at 256 addresses" in " ".join((SCRATCH / "cached.err").read_text().split())

elif WHAT == "remembered":
    off = {name: address for name, address in miners.items() if name in ("miner-1.3-1", "miner-1.4-1")}
    assert len(off) == 2 and set(off.values()) < set(groups["state_off"]) & set(groups["miners"]), groups
    first = json.loads((SCRATCH / "first.json").read_text())["_meta"]["hostvars"]
    for address in off.values():
        assert hosts[address]["whatsminer_mac"] == first[address]["whatsminer_mac"], address
        assert hosts[address]["whatsminer"]["model"] == unmarked(first[address]["whatsminer"]["model"]), (
            address
        )
        assert (
            hosts[address]["whatsminer"]["state"] == "off"
            and "power_watts" not in hosts[address]["whatsminer"]
        ), address
    # Those that were off from the beginning, nobody ever saw.
    assert set(groups["unidentified"]) == {miners["miner-1.3-off"], miners["miner-1.4-off"]}, groups

elif WHAT == "many":
    assert len(there) == 300
    assert {variables["ansible_host"] for variables in hosts.values()} == set(there.values())
    assert all(
        variables["whatsminer"]["model"] and variables["whatsminer_mac"] for variables in hosts.values()
    )
    assert (
        "gave no whole answer" not in warnings and "completely" not in warnings and "address" not in warnings
    ), warnings
