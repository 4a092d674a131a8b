# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of fleet tasks, and what is saved of miners, for the tests of a rollout."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import survey

OLD, NEW = "20210322.22.REL", "20240419.22.REL"
CHECKSUM, MENDED = "sha256:" + "1" * 64, "sha256:" + "2" * 64
VARIABLES = {
    "canaries": 1,
    "batches": [5, 20, 50, 100],
    "max_down_percent": 10,
    "hashrate_percent": 90,
    "expected_hashrate_percent": 70,
    "allowed_errors": [],
    "retry_failed": False,
    "wait_timeout": 900,
    "gate_timeout": 1800,
    "gate_delay": 15,
    "settle": 120,
    "sites": [],
    "groups": {},
}


def rules(**changes):
    return Rules.of({**VARIABLES, **changes})


def declaration(checksum=CHECKSUM, **versions):
    return {
        model: {"version": version, "src": f"{model}.bin", "checksum": checksum}
        for model, version in versions.items()
    }


ENTRIES = declaration(M30=NEW, M50=NEW)
IMAGES = {"M30": {"path": "/M30.bin", "platforms": ["h6os"]}, "M50": {"path": "/M50.bin", "platforms": []}}


def facts(host, model="M30", version=OLD, rate=100.0, errors=(), mac=None, state="on", **more):
    """The result of whatsminer_facts for a miner, as a fleet task gives it."""
    known = {
        "model": model,
        "platform": "h6os",
        "mac": mac or "C4:05:08:00:00:" + host[-2:],
        "state": state,
        "firmware_version": version,
        "hashrate_ths": {"average": rate - 1, "realtime": rate, "factory": 100.0},
        "errors": [{"code": code, "component": "fan", "meaning": "unknown"} for code in errors],
        **more,
    }
    shown = {name: value for name, value in known.items() if value is not None}
    return {"host": host, "changed": False, "ansible_facts": {"whatsminer": shown}}


def many(count, **more):
    return [facts(f"a-{number:02d}", **more) for number in range(count)]


def lost(host):
    return {"host": host, "unreachable": True, "changed": False, "msg": f"{host}: no connection"}


def surveyed(results, hosts, entries, images, state, rules):
    return survey(results, hosts, entries=entries, images=images, state=state, rules=rules)


def look(results, state=None, entries=ENTRIES, images=None, **changes):
    hosts = [result["host"] for result in results]
    return surveyed(
        results, hosts, entries, IMAGES if images is None else images, state or {}, rules(**changes)
    )


def statuses(results, **more):
    return {host: miner["standing"] for host, miner in look(results, **more)["miners"].items()}


def flashed(host, **saved):
    """What is saved of a miner that was well before it got the image."""
    entry = {
        "verdict": "pending",
        "reasons": [],
        "batch": 1,
        "sent": True,
        "target": {"version": NEW, "checksum": CHECKSUM},
        "before": {"version": OLD, "mac": "C4:05:08:00:00:" + host[-2:], "hashrate_ths": 100.0, "errors": []},
        "earlier": None,
    }
    return {host: {**entry, **saved}}
