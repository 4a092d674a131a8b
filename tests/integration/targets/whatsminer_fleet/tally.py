# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the result of a fleet task over big.yml with what it must be: tally.py RESULT STATE CONTROL."""

from __future__ import annotations

import json
import pathlib
import sys
import urllib.request

EXPECTED = {"good": 920, "dead": 50, "silent": 20, "garbled": 10}

result = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
powered = sys.argv[2] == "on"
with urllib.request.urlopen(f"{sys.argv[3]}/miners?full=1", timeout=60) as answer:
    miners = {miner["name"]: miner for miner in json.load(answer)["miners"]}


def kind(host):
    return host.rstrip("0123456789")


def by_kind(hosts):
    return {name: sum(kind(host) == name for host in hosts) for name in {kind(host) for host in hosts}}


assert by_kind(miners) == EXPECTED
assert sorted(outcome["host"] for outcome in result["results"]) == sorted(miners)
assert by_kind(result["changed_hosts"]) == {"good": 920}, by_kind(result["changed_hosts"])
assert by_kind(result["unreachable_hosts"]) == {"dead": 50, "silent": 20}, by_kind(
    result["unreachable_hosts"]
)
assert by_kind(result["failed_hosts"]) == {"garbled": 10}, by_kind(result["failed_hosts"])
assert result["counts"] == {"total": 1000, "done": 920, "changed": 920, "failed": 10, "unreachable": 70}
for outcome in result["results"]:
    host = outcome["host"]
    assert kind(host) == "good" or host in outcome["msg"], outcome
assert all(miner["state"]["powered"] == powered for name, miner in miners.items() if kind(name) == "good")
