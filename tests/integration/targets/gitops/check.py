# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runme.sh asks.

check.py drift                   the drift to make: a miner, and what to tell the simulator
check.py shown LOG               LOG shows exactly that drift, by its miners and settings
check.py shown_hosts LOG         by its miners alone
check.py state JSON USER URL PW  the miner has that first pool
check.py found FILE              the inventory that was discovered
check.py ci                      both CI files run ./pipeline and nothing else
"""

from __future__ import annotations

import json
import pathlib
import re
import sys

import yaml

# What to tell the simulator of each miner, and the settings that are no more as declared.
DRIFT = {
    "north-r1-01": (
        {
            "pools": [
                {"url": "stratum+tcp://elsewhere.example.com:1", "user": "somebody.else", "password": "x"}
            ]
        },
        {"pools"},
    ),
    "north-r1-02": ({"mode": "High"}, {"power.mode"}),
    "north-r1-03": ({"hostname": "wrong"}, {"hostname"}),
    # What is off shows no mode, with API 1.3.
    "south-r1-02": ({"powered": False}, {"power.state", "power.mode"}),
}


def shown(log):
    """{host: {setting, ...}} of the diffs in a log: a diff stands before the line that says "changed"."""
    found, settings, setting = {}, set(), None
    for line in pathlib.Path(log).read_text(encoding="utf-8").splitlines():
        changed = re.match(r"changed: \[([^\]]+)\]", line)
        name = re.match(r"[ +-] {4}([a-z_.]+):", line)
        if changed:
            found[changed.group(1)] = settings
            settings = set()
        elif line.startswith(("---", "+++", "@@")):
            setting = None
        elif name:
            setting = name.group(1)
        if setting and line.startswith(("+ ", "- ")):
            settings.add(setting)
    return found


def ci():
    """Both run the same verbs; only what was merged or is scheduled is enforced; drift fails no merge
    request.
    """
    gitlab = yaml.safe_load(pathlib.Path(".gitlab-ci.yml").read_text(encoding="utf-8"))
    verbs = [gitlab[job]["script"] for job in gitlab["stages"]]
    assert verbs == [["./pipeline lint"], ["./pipeline check"], ["./pipeline enforce"]], verbs
    assert gitlab["default"]["before_script"] == ["./pipeline install"]
    assert gitlab["check"]["allow_failure"] == {"exit_codes": [10]}
    assert [rule["if"] for rule in gitlab["check"]["rules"]] == [
        '$CI_PIPELINE_SOURCE == "merge_request_event"'
    ]
    assert all("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule["if"] for rule in gitlab["enforce"]["rules"])
    github = yaml.safe_load(pathlib.Path(".github/workflows/miners.yml").read_text(encoding="utf-8"))
    runs = {
        job: [step["run"] for step in steps["steps"] if "run" in step]
        for job, steps in github["jobs"].items()
    }
    about_the_vault = [run for job in runs.values() for run in job if "ANSIBLE_VAULT_PASSWORD_FILE" in run]
    left = {job: [run for run in runs[job] if run not in about_the_vault] for job in runs}
    assert left == {
        "lint": ["./pipeline install", "./pipeline lint"],
        "check": ["./pipeline install", "./pipeline check || [ $? -eq 10 ]"],
        "enforce": ["./pipeline install", "./pipeline enforce"],
    }, left
    assert github["jobs"]["enforce"]["if"] == "github.event_name != 'pull_request'"
    assert github[True]["push"] == {"branches": ["main"]} and github[True]["schedule"], github[True]


def main():
    """Do what the command line asks for."""
    what, *rest = sys.argv[1:]
    if what == "drift":
        print(
            *(f"{name} {json.dumps({'state': state})}" for name, (state, _settings) in DRIFT.items()),
            sep="\n",
        )
    elif what == "shown":
        wanted = {name: settings for name, (_state, settings) in DRIFT.items()}
        assert shown(rest[0]) == wanted, (shown(rest[0]), wanted)
    elif what == "shown_hosts":
        assert set(shown(rest[0])) == set(DRIFT), shown(rest[0])
    elif what == "state":
        pool = json.loads(rest[0])["state"]["pools"][0]
        assert [pool["user"], pool["url"], pool["password"]] == rest[1:], pool
    elif what == "found":
        listed = json.loads(pathlib.Path(rest[0]).read_text(encoding="utf-8"))
        sizes = {name: len(group.get("hosts", [])) for name, group in listed.items()}
        wanted = {"site_north": 7, "model_M30S_VE40": 2, "model_M50SVH50": 3, "model_M20SV10": 2}
        assert {name: sizes.get(name) for name in wanted} == wanted, sizes
    elif what == "ci":
        ci()


if __name__ == "__main__":
    main()
