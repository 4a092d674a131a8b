# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Survey a fleet for a rollout: what each miner shows now and what is saved of it give its status.

A survey is plain data: ``{"miners": {host: {...}}, "problems": [...], "crowded": "..."}``. A miner's status
is its ``standing``:

    ``done``        runs the declared version
    ``left``        is to get it
    ``retry``       failed its gate, and gets what has been declared since
    ``unjudged``    may have got an image, and has no verdict
    ``failed``      got it, and isn't what it was before
    ``unfit``       is excluded, with the reasons: off, errors, a low hash rate
    ``lost``        doesn't answer
    ``undeclared``  is of a model for which nothing is declared

The version that a miner runs decides whether it is done, whatever is saved of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.batches import crowding
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
    entry_for,
    target_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import codes, reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import (
    percentage,
    shorten_list,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Entries,
        Image,
        Target,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

    #: What `survey` returns.
    Survey = dict[str, Any]

# How many hosts a message names.
_NAMED = 10


def survey(
    results: list[TaskResult],
    hosts: list[str],
    *,
    entries: Entries,
    images: dict[str, Image],
    state: SavedState,
    rules: Rules,
) -> Survey:
    """The miners as they are now, by *results*, the newest of whatsminer_facts.

    *entries* are those of `declaration.check_declared`, *images* maps their names to ``{"path",
    "platforms"}`` (an empty list of platforms is an image for any), and *state* is what is saved.
    ``problems`` are errors in the declaration, for which nothing should be begun. ``crowded`` says why no
    miner may go down where one is left, and is empty otherwise.
    """
    answers = {result["host"]: result for result in results}
    targets = [target_of(entry) for entry in entries.values()]
    site_of = {host: site for site, members in reversed(list(rules.sites.items())) for host in members}
    miners: dict[str, dict[str, Any]] = {}
    misfits: dict[tuple[str, str | None], list[str]] = {}
    for host in hosts:
        reading, saved = reading_of(answers.get(host)), state.get(host)
        miner: dict[str, Any] = {
            "site": site_of.get(host, ""),
            "declared": None,
            "target": None,
            "group": None,
            "src": None,
        }
        if isinstance(reading, str):
            miner.update(problem=reading, model=None, version=None, up=False)
        else:
            miner.update(reading, up=reading["state"] != "off" and bool(reading["hashrate_ths"]))
        name = entry_for(entries, miner["model"])
        if name is not None:
            entry = entries[name]
            # One image holds a part for each platform: what proved itself on one says nothing of the others.
            miner.update(declared=entry["version"], target=target_of(entry), src=images[name]["path"])
            miner["group"] = f"{name} {miner['platform']}"
        miner["standing"], miner["reasons"] = _status(miner, saved, targets, rules)
        miner["up"] = miner["up"] and miner["standing"] not in ("unjudged", "failed", "retry")
        if (
            name is not None
            and miner["standing"] in ("left", "retry")
            and not _is_for(images[name]["platforms"], miner["platform"])
        ):
            misfits.setdefault((name, miner["platform"]), []).append(host)
        miners[host] = miner
    problems = [
        f"the image for {name} holds nothing for the platform {platform or 'which they do not show'} of "
        f"{shorten_list(hosts, _NAMED)}: it is for {', '.join(images[name]['platforms'])}"
        for (name, platform), hosts in misfits.items()
    ]
    found = {"miners": miners, "problems": problems}
    return {**found, "crowded": crowding(found, state, rules)}


def _is_for(platforms: list[str], platform: str | None) -> bool:
    """Whether an image with parts for *platforms* has one for *platform*."""
    return not platforms or (platform or "") in platforms


def _status(
    miner: dict[str, Any], saved: SavedMiner | None, targets: list[Target], rules: Rules
) -> tuple[str, list[str]]:
    """(status, reasons) of *miner*, of which *saved* is saved; *targets* are all that is declared now."""
    was = saved or {}
    verdict = was.get("verdict")
    if verdict == "pending":
        return "unjudged", was["reasons"]
    failed = verdict == "failed"
    if failed and was["target"] in targets and not rules.retry_failed:
        return "failed", was["reasons"]
    if "problem" in miner:
        return "lost", [miner["problem"]]
    if verdict == "unsent":
        return "lost", was["reasons"]
    if miner["model"] is None:
        return "unfit", ["it is off" if miner["state"] == "off" else "it doesn't show its model"]
    if miner["target"] is None:
        return "undeclared", []
    if failed:
        return "retry", was["reasons"]
    if miner["version"] == miner["declared"]:
        return "done", []
    reasons = _exclusion_reasons(miner, rules)
    return ("unfit", reasons) if reasons else ("left", [])


def _exclusion_reasons(miner: dict[str, Any], rules: Rules) -> list[str]:
    """Why *miner* must not be flashed; empty where it may be."""
    if miner["state"] == "off":
        return ["it is off"]
    reasons = []
    errors = [code for code in miner["errors"] or () if code not in rules.allowed_errors]
    if errors:
        reasons.append(f"it has errors: {codes(errors)}")
    rate, expected = miner["hashrate_ths"], miner["expected_ths"]
    if not rate:
        reasons.append("it is tuning" if miner["tuning"] else "it doesn't hash")
    elif expected and rate * 100 < rules.expected_hashrate_percent * expected:
        reasons.append(
            f"it hashes at {rate:g} TH/s, {percentage(rate, expected)} of the {expected:g} expected of it"
        )
    if not miner["mac"]:
        reasons.append("it doesn't show its MAC")
    return reasons
