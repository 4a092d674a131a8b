# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runme.sh asks.

check.py job KEY=VALUE...     a job for awx.py: VALUE is JSON, or text check.py results OUT...       what the
events of the jobs say of each miner's Converge task; no miner may be in two check.py state < LIST
{miner: its state} of the miners' JSON, one a line check.py machine FILE         the inventory without the
miners' password, which a machine credential brings check.py quiet no miner was written to, of counters on
stdin check.py tokens MOST          each miner of the JSON on stdin, one a line, has given at most so many
tokens, those of API 3 none, and refused none
"""

from __future__ import annotations

import json
import pathlib
import sys

TASK = "Converge the miner to what is declared"


def parsed(text):
    """JSON, or else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def results(directories):
    """{host: {verdict, commands, settings}} of the jobs' events."""
    found = {}
    for directory in directories:
        for event in json.loads(pathlib.Path(directory, "events.json").read_text(encoding="utf-8")):
            data = event.get("event_data", {})
            if data.get("task") == TASK and event["event"] in (
                "runner_on_ok",
                "runner_on_failed",
                "runner_on_unreachable",
            ):
                assert data["host"] not in found, f"{data['host']} is in two jobs"
                found[data["host"]] = {
                    "verdict": "changed"
                    if data["res"].get("changed")
                    else event["event"].removeprefix("runner_on_"),
                    "commands": data["res"].get("commands"),
                }
    return found


def main():
    """Print what was asked for."""
    what, *rest = sys.argv[1:]
    if what == "job":
        job = {
            "slice": [1, 1],
            "extra_vars": {},
            "injected_vars": {},
            "arguments": [],
            "passwords": {},
            "environment": {},
        }
        job.update((key, parsed(value)) for key, _equals, value in (pair.partition("=") for pair in rest))
        job["inventory"] = json.loads(pathlib.Path(job["inventory"]).read_text(encoding="utf-8"))
        print(json.dumps(job))
    elif what == "results":
        print(json.dumps(results(rest), sort_keys=True, indent=1))
    elif what == "state":
        miners = [json.loads(line) for line in sys.stdin]
        print(json.dumps({miner["name"]: miner["state"] for miner in miners}, sort_keys=True, indent=1))
    elif what == "machine":
        inventory = json.loads(pathlib.Path(rest[0]).read_text(encoding="utf-8"))
        for variables in inventory["_meta"]["hostvars"].values():
            variables.pop("ansible_password", None)
        for group in inventory.values():
            group.get("vars", {}).pop("ansible_password", None)
        assert "vault_miner_password" not in json.dumps(inventory)
        print(json.dumps(inventory))
    elif what == "quiet":
        counters = json.load(sys.stdin)
        assert (counters["sealed"], counters["tokens"], counters["writes"]) == (0, 0, 0), counters
    elif what == "tokens":
        for miner in map(json.loads, sys.stdin):
            counters = miner["counters"]
            fewest, most = (0, 0) if miner["generation"].startswith("3") else (1, int(rest[0]))
            assert fewest <= counters["tokens"] <= most and not counters["token_refusals"], (
                miner["name"],
                counters,
            )


if __name__ == "__main__":
    main()
