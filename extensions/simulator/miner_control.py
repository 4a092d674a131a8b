# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the control API does with one miner: change it, and tell all there is to know."""

from __future__ import annotations

from .faults import Faults
from .listening import GONE, UP

KEYS = ("state", "faults", "options", "actions", "advance_seconds")
ACTIONS = {
    "reboot": lambda miner: miner.reboot(),
    "restart_btminer": lambda miner: miner.restart_btminer(),
    "expire_tokens": lambda miner: miner.tokens.void(remember=True),
    "void_tokens": lambda miner: miner.tokens.void(remember=False),
    "reset_counters": lambda miner: miner.reset_counters(),
}


def patch(miner, changes: dict) -> None:
    """Change `state`, `faults`, `options`, push the clock (`advance_seconds`) or do `actions`.

    All is checked before anything is changed. `"faults": null` ends all faults. Raises ValueError.
    """
    unknown = set(changes) - set(KEYS)
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)}; known: {', '.join(KEYS)}")
    actions = changes.get("actions") or []
    for action in actions:
        if action not in ACTIONS:
            raise ValueError("unknown action {!r}; known: {}".format(action, ", ".join(sorted(ACTIONS))))
    advance = changes.get("advance_seconds", 0)
    if not isinstance(advance, (int, float)) or advance < 0:
        raise ValueError("advance_seconds: a number of 0 or more is wanted")
    faults = miner.faults
    if "faults" in changes:
        faults = Faults() if changes["faults"] is None else faults.changed(changes["faults"])
    options = miner.options.changed(changes.get("options") or {})
    state = miner.state.changed(changes.get("state") or {})

    miner.clock_offset += advance
    miner.options = options
    if "upfreq_seconds" in (changes.get("options") or {}):
        miner.upfreq_seconds = options.upfreq_seconds
    miner.faults = faults
    _store(miner, state)
    if miner.phase == GONE and not faults.hang_after_reboot and miner.booted:
        miner.phase = UP
    miner.ports.sync()
    for action in actions:
        ACTIONS[action](miner)
    miner.fleet.notify()


def _store(miner, state: dict) -> None:
    if "password" in state:
        miner.set_password(state.pop("password"))
    if "ssh" in state:
        miner.set_ssh(state.pop("ssh"))
    if "powered" in state:
        miner.switched(state["powered"])
    for name, value in state.items():
        setattr(miner.state, name, value)


def brief(miner) -> dict:
    out = {
        "name": miner.name,
        "address": miner.address,
        "port": miner.port,
        "generation": miner.generation,
        "mac": miner.state.mac,
        "phase": miner.phase,
        "listening": miner.listening,
    }
    if miner.port3 is not None:
        out["port3"] = miner.port3
    return out


def _preheat(miner) -> dict | None:
    if not miner.preheat_started:
        return None
    return dict(zip(("complete", "msg"), miner.preheat_progress()))


def describe(miner) -> dict:
    """All there is to know, passwords included: the miners are fake."""
    miner.wake()
    return {
        **brief(miner),
        "platform": miner.platform,
        "uptime_seconds": round(miner.uptime, 3),
        "elapsed_seconds": round(miner.elapsed, 3),
        "btminer": "answers" if miner.btminer_answers else "down",
        "hashing": miner.hashing,
        "state": {**vars(miner.state), "pools": [dict(pool) for pool in miner.state.pools]},
        "pending": dict(miner.pending),
        "ssh_port": miner.ssh_port,
        "preheat": _preheat(miner),
        "live_tokens": miner.tokens.count(),
        "last_upload": dict(miner.last_upload),
        "log_sha256": miner.log_digest(),
        "counters": miner.counters.as_dict(),
        "faults": miner.faults.as_dict(),
        "options": miner.options.as_dict(),
        "groups": list(miner.spec.groups),
    }
