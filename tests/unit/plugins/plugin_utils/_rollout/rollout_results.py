# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of fleet tasks, and what is saved of miners, for the tests of a rollout."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
    Declared,
    Image,
    Target,
    check_declared,
    check_previous,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
    Before,
    SavedMiner,
)
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
    "rollback": False,
    "wait_timeout": 900,
    "gate_timeout": 1800,
    "gate_delay": 15,
    "settle": 120,
    "sites": [],
}


def rules(groups=None, **changes):
    return Rules.of({**VARIABLES, **changes}, groups or {})


def declaration(checksum=CHECKSUM, **versions):
    return {
        model: {"version": version, "src": f"{model}.bin", "checksum": checksum}
        for model, version in versions.items()
    }


def declared(given=None, previous=None, platforms=("h6os",)):
    """What is declared by *given*, with images for *platforms*; that of the M50 is for any."""
    entries = check_declared(given or declaration(M30=NEW, M50=NEW))
    earlier = check_previous(previous or {})
    images = {
        entry: Image(f"/{entry.src}", () if entry.model == "M50" else platforms)
        for entry in (*entries.values(), *earlier)
    }
    return Declared(entries, earlier, images)


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


def surveyed(results, chosen, state=None, known=None, held=None, hosts=None):
    """The survey by *results* and the rules *chosen*; *known* is what is declared."""
    return survey(
        readings(results),
        [result["host"] for result in results] if hosts is None else hosts,
        declared=known or declared(),
        state=state or {},
        rules=chosen,
        held=held or {},
    )


def look(results, state=None, known=None, held=None, **changes):
    """The survey by *results* and *changes* of the rules."""
    return surveyed(results, rules(**changes), state, known, held)


def statuses(results, **more):
    return {host: miner.status for host, miner in look(results, **more).miners.items()}


def flashed(host, **saved):
    """What is saved of a miner that was well before it got the image."""
    entry = SavedMiner(
        "pending",
        Target(NEW, CHECKSUM),
        Before(OLD, "C4:05:08:00:00:" + host[-2:], 100.0, ()),
        batch=1,
        sent=True,
    )
    return {host: replace(entry, **saved)}
