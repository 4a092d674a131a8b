# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Curtailment: who sheds how much power, what they were before, and how they come back.

Calculation alone, over dicts that JSON can hold: what whatsminer_fleet returned goes in; the next orders for
whatsminer_fleet, the memory and the report come out. Power is in watts inside and in kW where people read it;
moments are epoch seconds.

A *run* is one curtailment or one resumption on its way. The *memory* outlives it, in a file that is written
before each order:

``{"version": 1, "goal": GOAL or null, "resuming": MOMENT or null, "curtailed": {HOST: ENTRY}}``

- An ENTRY is ``{"at", "order", "done", "percent_set", "watts", "mac", "before": {"state", "mode", "percent",
  "watts", "efficiency"}}``. *before* is what the miner was when it was first curtailed, and is never
  overwritten; *order*, *at* and *watts* are of the last order, and *done* says that the miner was seen to
  have followed it.
- The GOAL is there as long as it isn't met, so that the same curtailment, run again, goes on to the same
  level of power instead of shedding as much once more.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.clocks import CLOCKS
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.power import Percent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import (
    counted,
    shorten_list,
    shown,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Params
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import Record
    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        Groups,
        Report,
        TaskResult,
    )

    #: What the file holds; see above.
    Memory = dict[str, Any]
    #: A curtailment or a resumption on its way; see `curtail` and `resume`.
    Run = dict[str, Any]
    #: What a miner showed at a moment; see `sights`.
    Sight = dict[str, Any]

VERSION = 1
TRIES = 3
ROUNDS = 20
FULL = 100  # percent: what a miner runs at unless told otherwise

_UNLIMITED = sys.float_info.max  # infinity is no number here, nor in JSON
_GOALS = ("shed_kw", "shed_percent", "to_kw", "all")
_WAYS = ("off", "low", "percent")
_LONGEST_PROBLEM = 300
# How many hosts a message names.
_NAMED = 10
# What a memory, and each of its entries, has at least.
_OF_A_MEMORY = {"version", "goal", "resuming", "curtailed"}
_OF_AN_ENTRY = {"at", "order", "done", "percent_set", "watts", "mac", "before"}
# Texts come from miners, and end in variables of Ansible: no brace, no template.
_NO_TEMPLATE = {ord("{"): "(", ord("}"): ")"} | {code: " " for code in range(32)}


class CurtailmentError(ValueError):
    """What was declared makes no sense; the text names the variable and what was expected."""


# --- What is declared ---------------------------------------------------------------------------------------


def _given(options: Params, name: str) -> Any:
    value = options.get(name)
    return None if value is None or value == "" else value


def _number(options: Params, name: str, least: float, most: float = _UNLIMITED) -> float | None:
    """The number of option *name*, or None without one; as -e gives it, it may be text."""
    value = _given(options, name)
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = None
    if number is None or isinstance(value, bool) or not least <= number <= most:
        bounds = f"of {least:g} or more" if most == _UNLIMITED else f"from {least:g} to {most:g}"
        raise CurtailmentError(f"curtailment_{name} must be a number {bounds}, and not {value!r}")
    return number


def _names(options: Params, name: str) -> list[str]:
    value = _given(options, name)
    if value is None:
        return []
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CurtailmentError(f"curtailment_{name} must be a list of names")
    return value


def _flag(value: object) -> bool:
    return value is True or str(value).lower() in ("true", "yes", "on", "1")


def _request(options: Params) -> dict[str, Any]:
    """What is to be shed, as the memory keeps it: ``{"shed_kw": 500.0, "by": "off"}``.

    Raises CurtailmentError.
    """
    goals = {
        name: _number(options, name, 0, 100 if name == "shed_percent" else _UNLIMITED) for name in _GOALS[:-1]
    }
    goals["all"] = True if _flag(options.get("all")) else None
    goals = {name: value for name, value in goals.items() if value is not None}
    if len(goals) != 1:
        names = ", ".join(f"curtailment_{name}" for name in _GOALS)
        given = ", ".join(f"curtailment_{name}" for name in goals) or "none"
        raise CurtailmentError(f"exactly one of {names} must say what to shed, and given was: {given}")
    way = options.get("by") or "off"  # YAML reads a bare off as false
    if way not in _WAYS:
        raise CurtailmentError(f"curtailment_by must be one of {', '.join(_WAYS)}, and not {way!r}")
    percent = _number(options, "percent", 0, 99)
    if (way == "percent") != (percent is not None):
        raise CurtailmentError(
            "curtailment_percent, from 0 to 99, goes with curtailment_by: percent, and only with that"
        )
    return {**goals, "by": way, **({} if percent is None else {"percent": int(percent)})}


# --- What the miners show -----------------------------------------------------------------------------------


def _problem(result: TaskResult) -> str | None:
    """Why the fleet's *result* for one host is no success, as harmless text; None if it is one."""
    if not (result.get("failed") or result.get("unreachable")):
        return None
    text = str(result.get("msg") or "no reason given").removeprefix(f"{result['host']}: ")
    return shown(text.translate(_NO_TEMPLATE), _LONGEST_PROBLEM)


def sights(results: list[TaskResult]) -> dict[str, Sight]:
    """host -> ``{"state", "watts", "mode", "percent", "efficiency", "mac"}`` of whatsminer_fleet's *results*,
    or ``{"lost": why}``.

    A miner that is off takes 0 W, and one that is tuning is on. What else a miner doesn't show is None.
    """
    seen = {}
    for result in results:
        facts = (result.get("ansible_facts") or {}).get("whatsminer") or {}
        problem = _problem(result)
        state = facts.get("state") or ("on" if facts.get("tuning") else None)
        if problem is None and state not in ("on", "off"):
            problem = "it doesn't show whether it is on"
        seen[str(result["host"])] = {"lost": problem} if problem is not None else _sight(facts, state)
    return seen


def _sight(facts: Facts, state: str | None) -> Sight:
    mac, efficiency = facts.get("mac"), facts.get("efficiency_j_per_th")
    return {
        "state": str(state),
        "watts": 0 if state == "off" else _watts(facts),
        "mode": str(facts["power_mode"]) if facts.get("power_mode") else None,
        "percent": number(facts.get("power_percent")),
        "efficiency": None if efficiency is None else float(efficiency),
        "mac": str(mac) if mac else None,
    }


def _watts(facts: dict[str, Any]) -> int | None:
    """What a miner that is on takes, or None: a miner that is tuning shows zeros for minutes, and is about to
    take more.
    """
    watts = number(facts.get("power_watts"))
    if watts is None:
        return None
    return int(watts) if watts > 0 or (watts == 0 and not facts.get("tuning")) else None


def known_percents(
    results: list[TaskResult], applied: dict[str, dict[str, Record]], age: float
) -> dict[str, int | None]:
    """host -> the power percent that was set, where a record in *applied* (host -> its whatsminer_applied)
    still holds.

    The API doesn't show it, and records hold only a fingerprint: of 101 values, the one that has it. *age* is
    how many seconds old *results* may be: the miners' clocks, by which a record is judged, went on since.
    """
    known = {}
    for result in results:
        host = str(result["host"])
        record = (applied.get(host) or {}).get(Percent.name)
        facts = (result.get("ansible_facts") or {}).get("whatsminer")
        if not record or not facts:
            continue
        clocks = {name: facts[name] + age for name in CLOCKS.values() if name in facts}
        if applied_records.holds(record, Percent(FULL), {**facts, **clocks}):
            percents = (
                percent for percent in range(FULL + 1) if applied_records.matches(record, Percent(percent))
            )
            known[host] = next(percents, None)
    return known


# --- The memory ---------------------------------------------------------------------------------------------


def recalled(text: str | None, path: str) -> Memory:
    """The memory in *text*, what the file at *path* holds; an empty one where *text* is None, since there is
    no file.

    Raises CurtailmentError, also for a file that is empty: that it should be so says nothing of what was
    curtailed.
    """
    try:
        memory = state_files.read(text, path, "curtailment_state_file")
    except ValueError as error:
        raise CurtailmentError(str(error)) from None
    if memory is None:
        return {"version": VERSION, "goal": None, "resuming": None, "curtailed": {}}
    if not _is_memory(memory):
        raise CurtailmentError(
            f"curtailment_state_file {path} is no memory of a curtailment of version {VERSION}: move it "
            "away, or name another"
        )
    return memory


def _is_memory(memory: dict[str, Any]) -> bool:
    entries = memory.get("curtailed")
    if not set(memory) >= _OF_A_MEMORY or memory["version"] != VERSION or not isinstance(entries, dict):
        return False
    return all(isinstance(entry, dict) and set(entry) >= _OF_AN_ENTRY for entry in entries.values())


def _remember(memory: Memory, host: str, miner: dict[str, Any], order: dict[str, Any], now: float) -> None:
    """Put *host* into *memory* as about to get *order*; what it was when it was first curtailed stays."""
    old = memory["curtailed"].get(host)
    if old and old["mac"] and miner["mac"] and old["mac"] != miner["mac"]:
        old = None  # another machine stands there now
    before = {name: miner[name] for name in ("state", "mode", "percent", "watts", "efficiency")}
    memory["curtailed"][host] = {
        "at": now,
        "order": order,
        "done": False,
        "percent_set": "percent" in order or bool(old and old["percent_set"]),
        "watts": miner["watts"],
        "mac": (old and old["mac"]) or miner["mac"],
        "before": old["before"] if old else before,
    }


# --- Curtail ------------------------------------------------------------------------------------------------


def curtail(
    results: list[TaskResult],
    options: Params,
    memory: Memory,
    groups: Groups,
    percents: dict[str, int | None],
    begun: float,
    now: float,
) -> Run:
    """The run of a curtailment, with its first orders, from the first read of all miners.

    *results* are whatsminer_fleet's of whatsminer_facts; *options* the role's variables without their prefix;
    *memory* is changed; *groups* maps the inventory's groups to their hosts; *percents* is from
    `known_percents`. Raises CurtailmentError.
    """
    request = _request(options)
    seen = sights(results)
    chosen = _order(seen, options, groups)
    entries = memory["curtailed"]
    miners = {
        host: _miner(sight, percents.get(host), entries.get(host))
        for host, sight in seen.items()
        if "lost" not in sight
    }
    request["hosts"] = hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()[:16]
    total = sum(miner["watts"] or 0 for miner in miners.values())
    goal = memory["goal"]
    continued = bool(goal) and goal["request"] == request
    if not continued:
        goal = {"request": request, "at": now, "before_watts": total, "level_watts": _level(request, total)}
    memory.update(goal=goal, resuming=None)
    run = {
        "goal": goal,
        "begun": begun,
        "deadline": begun + (_number(options, "deadline_seconds", 1) or 300),
        "wait_timeout": _number(options, "wait_timeout", 1) or 120,
        "settle_seconds": 0 if request["by"] == "off" else int(_number(options, "settle_seconds", 0) or 0),
        "low_percent": _number(options, "low_percent", 1, 100) or 80,
        "continued": continued,
        "round": 0,
        "miners": miners,
        "lost": {host: sight["lost"] for host, sight in seen.items() if "lost" in sight},
        "unreached": [host for host in chosen if host not in miners] if "all" in request else [],
        "off_before": sorted(host for host, miner in miners.items() if miner["state"] == "off"),
        "chosen": [host for host in chosen if host in miners],
        "queue": [],
        "memory": memory,
    }
    return _choose(run, now)


def _level(request: dict[str, Any], total: float) -> float:
    """The watts to get down to from *total*; 0 stands for all there is to shed."""
    if "shed_kw" in request:
        return total - float(request["shed_kw"]) * 1000
    if "shed_percent" in request:
        return total * (1 - float(request["shed_percent"]) / 100)
    return float(request.get("to_kw", 0)) * 1000


def _miner(sight: Sight, percent: float | None, entry: dict[str, Any] | None) -> dict[str, Any]:
    """What a run knows of one miner.

    Its percentage is what it shows, or else the *percent* of its record, or else that of its *entry* if its
    power agrees.
    """
    if sight["percent"] is not None:
        percent = sight["percent"]
    elif percent is None and entry and entry["done"] and "percent" in entry["order"]:
        was, ordered = entry["before"]["watts"], entry["order"]["percent"]
        if was and sight["watts"] is not None and sight["watts"] <= was * (ordered + 10) / FULL:
            percent = ordered
    return {
        **sight,
        "percent": percent,
        "was": sight["watts"],
        "expected": None,
        "tries": 0,
        "done": False,
        "problem": None,
    }


def _order(seen: dict[str, Sight], options: Params, groups: Groups) -> list[str]:
    """The hosts of *seen* that may be curtailed, who goes first at the front. Raises CurtailmentError."""
    known = {host for hosts in groups.values() for host in hosts}

    def resolved(names: list[str], option: str) -> list[str]:
        """The hosts that *names* of hosts and groups stand for."""
        hosts = []
        for name in names:
            if name not in groups and name not in known:
                raise CurtailmentError(
                    f"curtailment_{option} names {name}, and the inventory has no such host or group"
                )
            hosts += [name] if name in known else sorted(groups[name], key=worst)
        return hosts

    def worst(host: str) -> tuple[bool, float, str]:
        """Most joules a terahash first; who takes power and hashes nothing is worse than all."""
        sight = seen.get(host, {})
        efficiency = sight.get("efficiency")
        return (efficiency is not None, -(efficiency or 0), host)

    spared = set(resolved(_names(options, "spare"), "spare"))
    first = _given(options, "first") or "efficiency"
    if isinstance(first, dict) and set(first) <= {"groups", "hosts"} and len(first) == 1:
        chosen = resolved(_names({"first": next(iter(first.values()))}, "first"), "first")
    elif first == "efficiency":
        chosen = []
    else:
        raise CurtailmentError(
            "curtailment_first must be efficiency, or groups or hosts with a list of names"
        )
    rest = _given(options, "rest") or "efficiency"
    if rest not in ("efficiency", "untouched"):
        raise CurtailmentError(f"curtailment_rest must be efficiency or untouched, and not {rest!r}")
    if rest == "efficiency" or first == "efficiency":
        chosen = chosen + sorted(seen, key=worst)
    return [host for host in dict.fromkeys(chosen) if host in seen and host not in spared]


def _can_shed(miner: dict[str, Any], request: dict[str, Any]) -> bool:
    """Whether ordering *miner* as *request* says lessens what it takes."""
    if miner["state"] != "on" or not miner["watts"] and "all" not in request:
        return False
    if request["by"] == "low":
        return bool(miner["mode"] != "low")
    runs_at = FULL if miner["percent"] is None else miner["percent"]
    return bool(request["by"] == "off" or runs_at > request["percent"])


def _expected(run: Run, miner: dict[str, Any]) -> int | None:
    """The watts that *miner* is expected to take once it has followed its order; None if nobody knows what it
    takes.
    """
    request, watts = run["goal"]["request"], miner["watts"]
    if request["by"] == "off":
        return 0
    if watts is None:
        return None
    if request["by"] == "low":
        return int(watts * run["low_percent"] / FULL)
    return int(watts * request["percent"] / (FULL if miner["percent"] is None else miner["percent"]))


def _saving(miner: dict[str, Any]) -> int:
    """The watts that *miner* is expected to save by its order, as far as that is known."""
    return 0 if miner["watts"] is None or miner["expected"] is None else miner["watts"] - miner["expected"]


def _choose(run: Run, now: float) -> Run:
    """Put the next orders into *run*, and the chosen into its memory; or its ``verdict``.

    It is ``met``, ``unreached`` where all are to be curtailed and some didn't answer, or a key of _VERDICTS.
    """
    goal = run["goal"]
    run["watts"] = sum(miner["watts"] or 0 for miner in run["miners"].values())
    run["missing_watts"] = max(0, run["watts"] - goal["level_watts"])
    run["orders"] = []
    tried = [host for host, miner in run["miners"].items() if miner["tries"] and not miner["done"]]
    if not run["queue"]:
        untried = [host for host in run["chosen"] if not run["miners"][host]["tries"]]
        run["queue"] = [host for host in untried if _can_shed(run["miners"][host], goal["request"])]
    if not run["queue"]:
        run["queue"] = [host for host in tried if run["miners"][host]["tries"] < TRIES]
    if "all" in goal["request"]:
        run["missing_watts"] = sum(run["miners"][host]["watts"] or 0 for host in {*tried, *run["queue"]})
        followed = "unreached" if run["unreached"] else "met"
        run["verdict"] = "" if tried or run["queue"] else followed
    else:
        run["verdict"] = "" if run["missing_watts"] > 0 else "met"
    if not run["verdict"]:
        ends = {
            "exhausted": not run["queue"],
            "deadline": now >= run["deadline"],
            "rounds": run["round"] >= ROUNDS,
        }
        run["verdict"] = next((verdict for verdict, ended in ends.items() if ended), "")
    if not run["verdict"]:
        _give_orders(run, now)
    elif run["verdict"] == "met":
        run["memory"]["goal"] = None
    return run


def _give_orders(run: Run, now: float) -> None:
    request = run["goal"]["request"]
    order = {"off": {"state": "off"}, "low": {"mode": "low"}, "percent": {"percent": request.get("percent")}}[
        request["by"]
    ]
    chosen, saved = [], 0
    for host in run["queue"]:
        if "all" not in request and saved >= run["missing_watts"]:
            break
        miner = run["miners"][host]
        miner["tries"] += 1
        miner["expected"] = _expected(run, miner)
        saved += _saving(miner)
        chosen.append(host)
        _remember(run["memory"], host, miner, order, now)
    run["round"] += 1
    run["queue"] = run["queue"][len(chosen) :]
    run["orders"] = [{"hosts": chosen, "params": {**order, "wait_timeout": _remaining(run, now)}}]


def _remaining(run: Run, now: float, timeout: str = "wait_timeout") -> int:
    """Seconds that an order given *now* may take: whole, and at least one."""
    left = run[timeout] if run["deadline"] is None else min(run[timeout], run["deadline"] - now)
    return int(max(1, left))


def curtail_on(run: Run, ordered: list[TaskResult], read: list[TaskResult], now: float) -> Run:
    """The *run* after its orders: what they came to, and the next ones.

    *ordered* are whatsminer_fleet's results of the orders, *read* those of reading all its miners again. A
    miner that is lost now counts with what it took when it was last seen.
    """
    run = copy.deepcopy(run)
    problems = {str(result["host"]): _problem(result) for result in ordered}
    seen = sights(read)
    for host, miner in run["miners"].items():
        sight = seen.get(host, {"lost": "it wasn't read back"})
        if "lost" not in sight:
            miner.update(state=sight["state"], mode=sight["mode"] or miner["mode"])
            miner.update({name: sight[name] for name in ("watts", "percent") if sight[name] is not None})
        if host in problems:
            miner["problem"] = problems[host] or sight.get("lost")
            miner["done"] = "lost" not in sight and _has_followed(run, miner)
            if miner["done"]:
                miner["problem"] = None
                run["memory"]["curtailed"][host]["done"] = True
            elif miner["problem"] is None:
                miner["problem"] = f"it took the order, and {_as_it_is(miner)}"
        if miner["done"] and miner["state"] == "on" and miner["expected"] is not None:
            # It may still be on its way: one that has just restarted takes less than it's going to.
            miner["watts"] = max(miner["watts"] or 0, miner["expected"])
    return _choose(run, now)


def _as_it_is(miner: dict[str, Any]) -> str:
    return f"is {miner['state']}" + (f" in mode {miner['mode']}" if miner["mode"] else "")


def _has_followed(run: Run, miner: dict[str, Any]) -> bool:
    way: str = run["goal"]["request"]["by"]
    if miner["state"] == "off":
        return True
    followed: dict[str, bool] = {
        "off": False,
        "low": miner["mode"] == "low",
        "percent": miner["problem"] is None,
    }
    return followed[way]


# --- Resume -------------------------------------------------------------------------------------------------


def resume(
    results: list[TaskResult],
    options: Params,
    memory: Memory,
    begun: float,
    now: float,
    hosts: list[str] | None = None,
) -> Run:
    """The run of a resumption, with all its steps, from a read of the miners to restore.

    *results* are whatsminer_fleet's of whatsminer_facts for hosts in *memory*, which is changed: who is found
    to be as before is struck from it. The most efficient come first. *hosts* are those of the play: whom the
    memory names besides can't be restored in it. Raises CurtailmentError.
    """
    deadline = _number(options, "deadline_seconds", 1)
    interrupted = memory["resuming"] is not None
    memory.update(goal=None, resuming=now)
    run: Run = {
        "begun": begun,
        "deadline": begun + deadline if deadline else None,
        "wait_timeout": _number(options, "wait_timeout", 1) or 120,
        "pause_seconds": int(_number(options, "step_pause_seconds", 0) or 0),
        "preheat": _flag(options.get("preheat")),
        "preheat_timeout": _number(options, "preheat_timeout", 1) or 600,
        "wait_first": interrupted,
        "miners": {},
        "elsewhere": []
        if hosts is None
        else [host for host in memory["curtailed"] if host not in set(hosts)],
        "cold": {},
        "step": -1,
        "late": False,
        "memory": memory,
    }
    for host, sight in sights(results).items():
        entry = memory["curtailed"][host]
        miner = {**sight, "was": entry["before"]["watts"], "found": sight.get("watts")}
        miner.update(
            percent_set=False, back=False, restored=False, problem=sight.get("lost") or _another(entry, sight)
        )
        run["miners"][host] = miner
        if miner["problem"] is None and not _restoration(entry, miner):
            _strike(run, host)
    run["steps"] = _steps(run, options)
    return _proceed(run, now)


def _another(entry: dict[str, Any], sight: Sight) -> str | None:
    if entry["mac"] and sight["mac"] and entry["mac"] != sight["mac"]:
        return f"another machine is there, {sight['mac']} instead of the {entry['mac']} that was curtailed"
    return None


def _restoration(entry: dict[str, Any], miner: dict[str, Any]) -> dict[str, Any]:
    """The options of whatsminer_power that bring *miner* a step closer to what it was; none if it's there."""
    before = entry["before"]
    if miner["state"] == "off":
        return {"state": "on"}
    order = {}
    if before["mode"] and miner["mode"] and before["mode"] != miner["mode"]:
        order["mode"] = before["mode"]
    # A restart makes it full power, which is what a miner is taken to have had if nothing else is known.
    percent = FULL if before["percent"] is None else before["percent"]
    shown = miner.get("percent")
    is_set = miner["percent_set"] if shown is None else shown == percent
    if (entry["percent_set"] or percent != FULL) and (order or not is_set):
        order["percent"] = percent
    return order


def _strike(run: Run, host: str) -> None:
    run["miners"][host]["back"] = True
    del run["memory"]["curtailed"][host]


def _steps(run: Run, options: Params) -> list[list[str]]:
    """Lists of hosts to restore together, each within the declared kW or number of miners.

    Raises CurtailmentError.
    """
    most_watts = _number(options, "step_kw", 0.001)
    most_miners = _number(options, "step_miners", 1)
    if most_watts is not None and most_miners is not None:
        raise CurtailmentError(
            "only one of curtailment_step_kw and curtailment_step_miners can say how big a step is"
        )
    most_miners = most_miners or (50 if most_watts is None else len(run["miners"]))
    most_watts = _UNLIMITED if most_watts is None else most_watts * 1000
    entries = run["memory"]["curtailed"]

    def best(host: str) -> tuple[bool, float, str]:
        efficiency = entries[host]["before"]["efficiency"]
        return (efficiency is None, efficiency or 0, host)

    steps: list[list[str]] = []
    watts = 0.0
    for host in sorted(
        (host for host, miner in run["miners"].items() if not miner["back"] and not miner["problem"]),
        key=best,
    ):
        miner = run["miners"][host]
        # One whose power nobody knows fills a step.
        unknown = 0 if most_watts == _UNLIMITED else most_watts
        rise = unknown if miner["was"] is None else max(0, miner["was"] - (miner["found"] or 0))
        if rise > most_watts:
            raise CurtailmentError(
                f"curtailment_step_kw must be enough for any one miner, and {host} takes {rise / 1000:g} kW"
            )
        if not steps or watts + rise > most_watts or len(steps[-1]) >= most_miners:
            steps.append([])
            watts = 0.0
        steps[-1].append(host)
        watts += rise
    return steps


def resume_on(
    run: Run, preheated: list[TaskResult], ordered: list[TaskResult], read: list[TaskResult], now: float
) -> Run:
    """The *run* after its orders: who is seen to be back is struck from its memory; and the next orders.

    *preheated* and *ordered* are whatsminer_fleet's results, *read* those of reading the same hosts
    afterwards. A miner that couldn't be preheated is powered on all the same.
    """
    run = copy.deepcopy(run)
    seen = sights(read)
    run["cold"].update({str(result["host"]): _problem(result) for result in preheated if _problem(result)})
    for result in ordered:
        host = str(result["host"])
        miner, entry = run["miners"][host], run["memory"]["curtailed"][host]
        sight = seen.get(host, {"lost": "it wasn't read back"})
        problem = _problem(result) or sight.get("lost") or _another(entry, sight)
        if problem is None:
            asked = _restoration(entry, miner)
            miner.update(sight, percent_set=miner["percent_set"] or "percent" in asked)
            if not _restoration(entry, miner):
                _strike(run, host)
                miner["restored"] = True
            elif _restoration(entry, miner) == asked:
                problem = f"it took the order, and {_as_it_is(miner)}"
        miner["problem"] = problem
    return _proceed(run, now)


def _proceed(run: Run, now: float) -> Run:
    """Put into *run* what is left to order in its step, or else the orders of the next one, if there's time
    for it.
    """
    run["orders"] = _orders(run, now)
    run["preheat_hosts"] = []
    run["preheat_seconds"] = _remaining(run, now, "preheat_timeout")
    if run["orders"]:
        return run
    if run["step"] + 1 >= len(run["steps"]):
        run["memory"]["resuming"] = None
        return run
    run["late"] = run["deadline"] is not None and now + run["pause_seconds"] >= run["deadline"]
    if not run["late"]:
        run["step"] += 1
        run["orders"] = _orders(run, now)
        if run["preheat"]:
            run["preheat_hosts"] = [
                host for host in run["steps"][run["step"]] if run["miners"][host]["state"] == "off"
            ]
    return run


def _orders(run: Run, now: float) -> list[dict[str, Any]]:
    """``[{"hosts", "params"}]`` for those of the step that aren't back and may yet come."""
    groups: dict[str, list[str]] = {}
    for host in run["steps"][run["step"]] if run["step"] >= 0 else ():
        miner = run["miners"][host]
        if not miner["back"] and miner["problem"] is None:
            order = _restoration(run["memory"]["curtailed"][host], miner)
            groups.setdefault(json.dumps(order, sort_keys=True), []).append(host)
    timeout = _remaining(run, now)
    return [
        {"hosts": hosts, "params": {**json.loads(order), "wait_timeout": timeout}}
        for order, hosts in groups.items()
    ]


# --- Report -------------------------------------------------------------------------------------------------


def curtail_report(run: Run, groups: Groups, now: float) -> Report:
    """What the *run* of a curtailment came to, or in check mode would; *groups* as for `curtail`."""
    goal, miners = run["goal"], run["miners"]
    planned = {host for order in run["orders"] for host in order["hosts"]}
    rows = []
    for host, entry in run["memory"]["curtailed"].items():
        if host in miners and (host in planned or entry["done"] and entry["at"] >= goal["at"]):
            after = miners[host]["expected"] if host in planned else miners[host]["watts"]
            rows.append(_row(host, _how(entry["order"]), entry["watts"], after))
    after = run["watts"] - sum(_saving(miners[host]) for host in planned)
    missing = run["missing_watts"] if not planned or "all" in goal["request"] else after - goal["level_watts"]
    report = {
        "action": "curtail",
        "asked": {name: value for name, value in goal["request"].items() if name != "hosts"},
        "planned": bool(planned),
        "met": run["verdict"] == "met",
        "verdict": run["verdict"],
        "continued": run["continued"],
        "before_kw": _kw(goal["before_watts"]),
        "after_kw": _kw(after),
        "shed_kw": _kw(goal["before_watts"] - after),
        "missing_kw": _kw(max(0, 0 if planned and "all" in goal["request"] else missing)),
        "seconds": round(now - run["begun"], 1),
        "rounds": run["round"],
        "curtailed": rows,
        "groups": _by_group(rows, groups),
        "failed": _troubles(miners),
        "lost": [{"host": host, "problem": problem} for host, problem in run["lost"].items()],
        "unreached": run["unreached"],
        "unmeasured": _unmeasured(miners),
        "off_before": run["off_before"],
    }
    report["why"] = _why_not_shed(report)
    return {**report, "text": _curtail_text(report), "summary": _summary(report)}


def resume_report(run: Run, groups: Groups, read: list[TaskResult], now: float) -> Report:
    """What the *run* of a resumption came to, or in check mode would; *read* shows those that are back once
    more.
    """
    seen, miners = sights(read), run["miners"]
    planned = {host for step in run["steps"] for host in step} if run["orders"] else set()
    rows = []
    for host, miner in miners.items():
        if host in planned or miner["restored"]:
            after = miner["was"] if host in planned else seen.get(host, miner).get("watts")
            rows.append(_row(host, "on" if miner["found"] == 0 else "as it was", miner["found"], after))
    left = [host for host, miner in miners.items() if not miner["back"] and not miner["problem"]]
    report = {
        "action": "resume",
        "planned": bool(planned),
        "met": all(miner["back"] for miner in miners.values()) and not run["elsewhere"],
        "late": run["late"],
        "before_kw": round(sum(row["before_kw"] or 0 for row in rows), 2),
        "after_kw": round(sum(row["after_kw"] or 0 for row in rows), 2),
        "was_kw": _kw(sum(miners[row["host"]]["was"] or 0 for row in rows)),
        "seconds": round(now - run["begun"], 1),
        "steps": [len(step) for step in run["steps"]],
        "restored": rows,
        "groups": _by_group(rows, groups),
        "failed": _troubles(miners),
        "waiting": left,
        "not_preheated": [{"host": host, "problem": problem} for host, problem in run["cold"].items()],
        "unmeasured": _unmeasured(miners),
        "remembered": len(run["memory"]["curtailed"]),
        "elsewhere": run["elsewhere"],
    }
    report["why"] = _why_not_back(report)
    return {**report, "text": _resume_text(report), "summary": _summary(report)}


def _how(order: dict[str, Any]) -> str:
    return f"{order['percent']} %" if "percent" in order else order.get("state") or order["mode"]


def _kw(watts: float | None) -> float | None:
    return None if watts is None else round(watts / 1000, 2)


def _row(host: str, how: str, before: float | None, after: float | None) -> dict[str, Any]:
    before, after = _kw(before), _kw(after)
    change = None if before is None or after is None else round(after - before, 2)
    return {"host": host, "how": how, "before_kw": before, "after_kw": after, "change_kw": change}


def _troubles(miners: dict[str, Sight]) -> list[dict[str, Any]]:
    return [{"host": host, "problem": miner["problem"]} for host, miner in miners.items() if miner["problem"]]


def _unmeasured(miners: dict[str, dict[str, Any]]) -> list[str]:
    """The hosts of *miners* that are on and don't show what they take."""
    return [
        host for host, miner in miners.items() if miner.get("state") == "on" and miner.get("watts") is None
    ]


def _by_group(rows: list[dict[str, Any]], groups: Groups) -> list[dict[str, Any]]:
    """How many of *rows*, and how much of their change, as far as it's known, fall to each of the inventory's
    *groups*.
    """
    change = {row["host"]: row["change_kw"] for row in rows}
    found = []
    for group in sorted(set(groups) - {"all", "ungrouped"}):
        hosts = [host for host in groups[group] if host in change]
        if hosts:
            found.append(
                {
                    "group": group,
                    "miners": len(hosts),
                    "change_kw": round(sum(change[host] or 0 for host in hosts), 2),
                }
            )
    return found


def _summary(report: Report) -> dict[str, Any]:
    """*report* with numbers instead of lists of miners, for set_stats."""
    return {
        name: len(value) if name in _LISTS else value for name, value in report.items() if name != "groups"
    }


_LISTS = (
    *(
        "curtailed",
        "restored",
        "failed",
        "lost",
        "unreached",
        "unmeasured",
        "off_before",
        "waiting",
        "not_preheated",
        "steps",
    ),
    "elsewhere",
)
_MOST_LINES = 20
_VERDICTS = {
    "deadline": "the deadline is over",
    "exhausted": "there are no more miners that may be curtailed and answer",
    "rounds": f"{ROUNDS} rounds of orders weren't enough",
}


def _why_not_shed(report: dict[str, Any]) -> str:
    """What keeps a curtailment from being met, as text; empty if it is, or if that isn't known yet."""
    reasons = []
    if report["missing_kw"] or report["verdict"] in _VERDICTS:
        why = f": {_VERDICTS[report['verdict']]}" if report["verdict"] in _VERDICTS else ""
        reasons.append(f"{report['missing_kw']} kW are missing{why}")
    if report["unreached"] and report["verdict"]:
        count, names = counted(len(report["unreached"]), "miner"), _named(report["unreached"])
        reasons.append(
            f"{count} couldn't be reached, and nobody knows what power is still taken there: {names}"
        )
    return "; ".join(reasons)


def _why_not_back(report: dict[str, Any]) -> str:
    """What keeps a resumption from being met, as text; empty if it is, or if that isn't known yet."""
    reasons = [f"not back: {counted(len(report['failed']), 'miner')}"] if report["failed"] else []
    if report["late"]:
        reasons.append(
            f"the deadline is over; left for the next resume: {counted(len(report['waiting']), 'miner')}"
        )
    if report["elsewhere"]:
        count, names = counted(len(report["elsewhere"]), "miner"), _named(report["elsewhere"])
        reasons.append(f"not in this play, by its limit or its inventory, but remembered: {count}: {names}")
    return "; ".join(reasons)


def _named(hosts: list[str]) -> str:
    return shorten_list(hosts, _NAMED).translate(_NO_TEMPLATE)


def _curtail_text(report: Report) -> list[str]:
    would = _verb(report, "curtailed", "was", "were")
    text = [
        f"{report['before_kw']} kW before, {report['after_kw']} kW "
        f"{'expected' if report['planned'] else 'now'}: {report['shed_kw']} kW less; "
        f"{counted(len(report['curtailed']), 'miner')} {would} curtailed, {len(report['failed'])} failed, "
        f"{len(report['lost'])} couldn't be reached, {len(report['off_before'])} had been off; "
        f"{report['seconds']} s",
    ]
    if report["continued"]:
        text.append("It goes on with a curtailment that hadn't reached its goal: kW before are those of then")
    return text + _remarks(report) + _tables(report, report["curtailed"], ("failed", "lost"))


def _resume_text(report: Report) -> list[str]:
    would = _verb(report, "restored", "is", "are")
    text = [
        f"{report['before_kw']} kW before, {report['after_kw']} kW "
        f"{'expected' if report['planned'] else 'now'}, of {report['was_kw']} kW before they were curtailed; "
        f"{counted(len(report['restored']), 'miner')} {would} back in "
        f"{counted(len(report['steps']), 'step')}, {len(report['failed'])} are not; {report['seconds']} s",
    ]
    return text + _remarks(report) + _tables(report, report["restored"], ("failed", "not_preheated"))


def _remarks(report: dict[str, Any]) -> list[str]:
    text = [report["why"][0].upper() + report["why"][1:]] if report["why"] else []
    if report["unmeasured"]:
        count, names = counted(len(report["unmeasured"]), "miner"), _named(report["unmeasured"])
        text.append(f"on without showing what is taken, so that no kW here hold it: {count}: {names}")
    return text


def _verb(report: Report, name: str, one: str, many: str) -> str:
    if report["planned"]:
        return "would be"
    return one if len(report[name]) == 1 else many


def _tables(report: Report, rows: list[dict[str, Any]], troubles: tuple[str, ...]) -> list[str]:
    groups = [
        f"  group {row['group'] + ':':<20} {counted(row['miners'], 'miner'):>13} {row['change_kw']:>+10.2f} "
        "kW"
        for row in report["groups"]
    ]
    lines = [
        f"  {row['host']:<26} {row['how']:<10} {_shown(row['before_kw'])} -> {_shown(row['after_kw'])} kW"
        for row in rows
    ]
    text = _cut(groups) + _cut(lines)
    for name in troubles:
        text += _cut(
            [
                f"  {name.replace('_', ' ')}: {trouble['host']}: {trouble['problem']}"
                for trouble in report[name]
            ]
        )
    return text


def _shown(kilowatts: float | None) -> str:
    return f"{'?' if kilowatts is None else format(kilowatts, '.2f'):>8}"


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return lines if more <= 0 else lines[:_MOST_LINES] + [f"  and {more} more"]
