# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet is beside what is declared of it: a report made of task results, and the same as text and as
an HTML page.

A report is a dict that JSON can hold:

- ``at``: when the miners were read; ``fleet``: a summary of all of them;
- ``groups``: a summary of each inventory group that holds some of the miners and not all, with its ``name``;
- ``miners``: a dict for each, by name.

A summary counts ``miners``, those of each verdict, those that are ``hashing``, ``tuning`` and
``with_errors``, and has ``hashrate_ths``, ``expected_percent``, ``power_watts``, ``efficiency_j_per_th``,
``chip_max_c`` and ``hottest``, the miner that has it. What no miner told is None.

``expected_percent`` is the average hash rate in percent of the expected one, of miners that are on, tell
both, and aren't tuning.

Names, texts and values come from miners and inventories, and anyone may have written them: they are escaped
where they are shown, and never templated.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import HIDDEN
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Unknown
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
    check_declared,
    entry_for,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown as printable
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import Entries
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        Groups,
        Report,
        TaskResult,
    )

    #: What it's about, what is, and what is to be.
    Line = tuple[str, str, str]

VERDICTS = {
    "no_answer": "no answer",
    "failed": "failed",
    "drifted": "drifted",
    "unknown": "unknown",
    "undeclared": "nothing declared",
    "as_declared": "as declared",
}
"""Verdict -> what it's called, what needs a look first."""

PROBLEMS = ("no_answer", "failed", "drifted")
TABLES = ("auto", "all", "problems", "none")

# Up to so many miners all of them are in the table, unless told otherwise; of more, so many of those with
# problems.
_FEW = 40
_MOST_MINERS = 200
_MOST_DIFFERENCES = 6
_UNKNOWN = str(Unknown(""))
_FIRMWARE = "firmware.version"
_OF_NO_GROUP = ("all", "ungrouped")

# Where each of a miner's readings stands in its facts.
_READINGS = {
    "model": ("model",),
    "firmware_version": ("firmware_version",),
    "mac": ("mac",),
    "state": ("state",),
    "tuning": ("tuning",),
    "power_mode": ("power_mode",),
    "power_watts": ("power_watts",),
    "efficiency_j_per_th": ("efficiency_j_per_th",),
    "chip_max_c": ("temperature_c", "chip_max"),
    "uptime_seconds": ("uptime_seconds",),
    "errors": ("errors",),
}


# --- The report ---------------------------------------------------------------------------------------------


def report(
    compared: list[TaskResult],
    read: list[TaskResult],
    addresses: dict[str, str | None],
    groups: Groups,
    at: str,
    firmware: dict[str, Any] | None = None,
) -> Report:
    """The report, of the shape above, of the hosts in *addresses*: ``{host: address or None}``.

    *compared* are results of whatsminer_config in check mode with diff, *read* results of whatsminer_facts:
    lists of dicts with ``host``, as whatsminer_fleet returns them. *groups* are Ansible's: ``{name:
    [host]}``. *at* is text. *firmware* is what the variable firmware_declared says, if it's set. Raises
    ValueError where that makes no sense.
    """
    entries = check_declared(firmware) if firmware else {}
    results_of, read_of = ({result["host"]: result for result in results} for results in (compared, read))
    members: dict[str, list[str]] = {host: [] for host in addresses}
    for name in sorted(set(groups) - set(_OF_NO_GROUP), key=_natural):
        for host in groups[name]:
            if host in members:
                members[host].append(name)
    miners = [
        {
            "host": host,
            "address": addresses[host],
            "groups": members[host],
            **_compared(
                host,
                results_of.get(host),
                _readings(results_of.get(host, {}), read_of.get(host, {})),
                entries,
            ),
        }
        for host in sorted(addresses, key=_natural)
    ]
    by_group: dict[str, list[dict[str, Any]]] = {}
    for miner in miners:
        for name in miner["groups"]:
            by_group.setdefault(name, []).append(miner)
    return {
        "at": at,
        "fleet": _summary(miners),
        "groups": [
            {"name": name, **_summary(some)}
            for name, some in sorted(by_group.items(), key=lambda item: _natural(item[0]))
            if len(some) < len(miners)
        ],
        "miners": miners,
    }


def _compared(
    host: str, result: TaskResult | None, readings: dict[str, Any], entries: Entries
) -> dict[str, Any]:
    """A miner's verdict, what stands behind it, and its *readings*; *entries*: the firmware that is declared
    by model.
    """
    if result is None:
        result = {"failed": True, "msg": "it wasn't compared: it had been lost earlier in the play"}
    lost = result.get("failed") or result.get("unreachable")
    before, after = (result.get("diff", {}).get(when, {}) for when in ("before", "after"))
    unknown = dict(result.get("unknown", {}))
    drift = [
        {"setting": name, "before": _known(before.get(name)), "after": after.get(name)}
        for name in result.get("drifted", ())
    ]
    runs, wanted = readings["firmware_version"], _wanted_firmware(readings["model"], entries)
    if wanted is not None and not lost:
        if runs is None or readings["model"] is None:
            unknown[_FIRMWARE] = "the miner doesn't show its model, or its version"
        elif runs != wanted:
            drift.append({"setting": _FIRMWARE, "before": runs, "after": wanted})
    if lost:
        verdict = "no_answer" if result.get("unreachable") else "failed"
    elif not result.get("declared") and wanted is None:
        verdict = "undeclared"
    else:
        verdict = "drifted" if drift else "unknown" if unknown else "as_declared"
    return {
        "verdict": verdict,
        "drift": drift,
        "unknown": unknown,
        "cause": result.get("cause"),
        "message": re.sub(rf"^{re.escape(host)}( \([^)]*\))?: ", "", result.get("msg", "")) if lost else "",
        **readings,
    }


def _wanted_firmware(model: str | None, entries: Entries) -> str | None:
    """The version that a miner of *model* is to run, None where nothing is declared of it; of no model:
    anything.
    """
    if model is None:
        return next(iter(entries), None)
    name = entry_for(entries, model)
    return entries[name]["version"] if name is not None else None


def _known(value: Any) -> Any:
    return None if isinstance(value, str) and value.startswith(_UNKNOWN) else value


def _readings(compared: TaskResult, read: TaskResult) -> dict[str, Any]:
    # What another machine at the address says isn't about this miner.
    another = compared.get("cause") == "wrong_machine"
    facts = {} if another else read.get("ansible_facts", {}).get("whatsminer", {})
    readings: dict[str, Any] = {}
    for name, path in _READINGS.items():
        value: Any = facts
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        readings[name] = value
    readings["errors"] = recent(readings["errors"]) if readings["errors"] else readings["errors"]
    hashrate = facts.get("hashrate_ths", {})
    readings["hashrate_ths"] = hashrate.get("realtime", hashrate.get("average"))
    readings["average_ths"], readings["expected_ths"] = hashrate.get("average"), hashrate.get("expected")
    readings["expected_percent"] = _expected_percent([readings])
    return readings


def _expected_percent(miners: Iterable[dict[str, Any]]) -> int | None:
    """The average hash rate of *miners*, dicts of readings, in percent of the expected one; None where
    nothing tells.
    """
    telling = [miner for miner in miners if miner["expected_ths"] and miner["average_ths"] is not None]
    running = [miner for miner in telling if miner["state"] != "off" and not miner["tuning"]]
    share = _ratio(
        sum(miner["average_ths"] for miner in running), sum(miner["expected_ths"] for miner in running)
    )
    return None if share is None else round(share * 100)


def _summary(miners: list[dict[str, Any]]) -> dict[str, Any]:
    hashing = [miner for miner in miners if is_hashing(miner)]
    hashrate = round(sum(miner["hashrate_ths"] for miner in hashing), 3)
    watts = [miner["power_watts"] for miner in miners if miner["power_watts"] is not None]
    measured = [miner for miner in hashing if miner["power_watts"]]
    chips = [miner for miner in miners if miner["chip_max_c"] is not None]
    hottest = max(chips, key=lambda miner: miner["chip_max_c"], default={})
    return {
        "miners": len(miners),
        **{verdict: sum(miner["verdict"] == verdict for miner in miners) for verdict in VERDICTS},
        "with_errors": sum(bool(miner["errors"]) for miner in miners),
        "hashing": len(hashing),
        "tuning": sum(bool(miner["tuning"]) for miner in miners),
        "hashrate_ths": hashrate,
        "expected_percent": _expected_percent(miners),
        "power_watts": sum(watts) if watts else None,
        "efficiency_j_per_th": _ratio(
            sum(m["power_watts"] for m in measured), sum(m["hashrate_ths"] for m in measured)
        ),
        "chip_max_c": hottest.get("chip_max_c"),
        "hottest": hottest.get("host"),
    }


def is_hashing(miner: dict[str, Any]) -> bool:
    """Whether a *miner* of the report makes anything."""
    return bool(miner["hashrate_ths"]) and miner["state"] != "off"


def _ratio(dividend: float, divisor: float) -> float | None:
    return round(dividend / divisor, 2) if divisor else None


def _natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key that sorts rack-2 before rack-10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"([0-9]+)", name)
        if part
    ], name


def _by_urgency(miners: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """*miners* with those first that need a look: those with a problem, those with errors, and the others."""
    ranks, calm = list(VERDICTS), len(PROBLEMS)

    def urgency(miner: dict[str, Any]) -> tuple[int, bool, int]:
        rank = ranks.index(miner["verdict"])
        return min(rank, calm), not miner["errors"], rank

    return sorted(miners, key=urgency)


# --- Words --------------------------------------------------------------------------------------------------


def differences(entry: dict[str, Any]) -> list[Line]:
    """The lines ``(name, before, after)`` of one setting that drifted, an entry of a miner's ``drift``."""
    name, before, after = (entry[key] for key in ("setting", "before", "after"))
    if before is None:
        return [(name, "another value, by the record of what was applied last", _told(after))]
    was, will = (dict(_leaves(value, name)) for value in (before, after))
    changed = [path for path in dict.fromkeys([*was, *will]) if was.get(path) != will.get(path)]
    if not changed:
        return [(name, "another password, by the record of what was applied last", "the declared one")]
    return [(path, was.get(path, "nothing"), will.get(path, "nothing")) for path in changed]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(inner, (dict, list)) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    elif value not in (HIDDEN, [], {}):
        yield path, _told(value)


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{printable(name)} {_told(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_told(inner) for inner in value)
    return (
        str(value).lower()
        if isinstance(value, bool)
        else "nothing"
        if value in (None, "")
        else printable(value)
    )


def all_differences(miner: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The lines of `differences` of all that drifted on a *miner* of the report."""
    return [line for entry in miner["drift"] for line in differences(entry)]


def _in_short(entry: dict[str, Any]) -> str:
    """An entry of a miner's drift in a few words; of pools, which they are."""
    lines = differences(entry)
    moved = next((f": {before} → {after}" for path, before, after in lines if path.endswith(".url")), None)
    return str(entry["setting"]) + (moved or _which_pool(entry, lines))


def _which_pool(entry: dict[str, Any], lines: list[tuple[str, str, str]]) -> str:
    """The URL of the first pool that is declared, where *entry* is about pools, and *lines* don't tell."""
    pools = entry["after"] if isinstance(entry["after"], list) else []
    url = next((pool["url"] for pool in pools if isinstance(pool, dict) and pool.get("url")), None)
    return (
        ""
        if url is None or any(path.endswith(".url") for path, _before, _after in lines)
        else f" ({printable(url)})"
    )


def error_lines(miner: dict[str, Any]) -> list[Line]:
    """The lines ``(code, what it means, since when)`` of *miner*'s errors."""
    return [
        (
            printable(error.get("code")),
            printable(f"{error.get('component')}: {error.get('meaning')}"),
            printable(error.get("since") or ""),
        )
        for error in miner["errors"] or ()
    ]


def headline(miner: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with *miner* in a few words: a list of ``(kind, text)``, where a kind is a key of the
    report.
    """
    said = []
    if miner["message"]:
        said.append(("message", printable(miner["message"].partition(". ")[0])))
    changed = all_differences(miner)
    if len(changed) == 1:
        said.append(("drift", "{}: {} → {}".format(*changed[0]) + _which_pool(miner["drift"][0], changed)))
    elif changed:
        said.append(("drift", ", ".join(map(_in_short, miner["drift"]))))
    errors = error_lines(miner)
    if len(errors) == 1:
        said.append(("errors", "error {}, {}".format(*errors[0])))
    elif errors:
        said.append(("errors", "errors " + ", ".join(code for code, _meaning, _since in errors)))
    if miner["unknown"]:
        said.append(("unknown", f"{', '.join(miner['unknown'])} unknown"))
    return said


def fixed(value: Any, digits: int) -> str:
    """The number *value* with *digits* after the point; nothing for what is none."""
    return "" if number(value) is None else f"{value:.{digits}f}"


def hashrate(ths: float) -> tuple[str, str]:
    """(number, unit) of a hash rate in TH/s, in PH/s where it's a whole site's."""
    return (fixed(ths / 1000, 2), "PH/s") if ths >= 10_000 else (fixed(ths, 1), "TH/s")


def power(watts: float | None) -> tuple[str, str]:
    """(number, unit) of watts, None for those that nobody knows."""
    if watts is None:
        return "–", "kW"
    return (fixed(watts / 1e6, 2), "MW") if watts >= 10_000_000 else (fixed(watts / 1000, 1), "kW")


def making(miner: dict[str, Any]) -> str:
    """What a *miner* of the report makes, in TH/s, or why it makes nothing: off, tuning; empty where nobody
    knows.
    """
    if miner["state"] == "off":
        return "off"
    if miner["tuning"] and not miner["hashrate_ths"]:
        return "tuning"
    return fixed(miner["hashrate_ths"], 1)


def duration(seconds: Any) -> str:
    """*seconds* in its largest unit."""
    if number(seconds) is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def verdicts(summary: dict[str, Any]) -> str:
    """The verdicts of a *summary* in words: ``7 as declared, 2 drifted``."""
    counts = (
        f"{summary[verdict]} {name}" for verdict, name in reversed(VERDICTS.items()) if summary[verdict]
    )
    return ", ".join(counts) or "no miners"


def _glance(summary: dict[str, Any]) -> str:
    said = [f"{summary['hashing']} hashing"]
    if summary["tuning"]:
        said.append(f"{summary['tuning']} tuning")
    said.append(" ".join(hashrate(summary["hashrate_ths"])))
    if summary["expected_percent"] is not None:
        said.append(f"{summary['expected_percent']} % of the expected")
    if summary["power_watts"] is not None:
        said.append(" ".join(power(summary["power_watts"])))
    if summary["efficiency_j_per_th"] is not None:
        said.append(f"{fixed(summary['efficiency_j_per_th'], 1)} J/TH")
    if summary["hottest"] is not None:
        said.append(f"hottest chip {fixed(summary['chip_max_c'], 1)} °C ({printable(summary['hottest'])})")
    return ", ".join([*said, f"{summary['with_errors']} with errors"])


# --- As text ------------------------------------------------------------------------------------------------

_COLUMNS = ("verdict", "miner", "address", "model", "TH/s", "% exp.", "W", "chip °C", "errors")
_NUMBERS = (4, 5, 6, 7)


def table(shown: Report, which: str = "auto") -> list[str]:
    """The report *shown* as lines of text. *which* is one of TABLES; ValueError for another."""
    if which not in TABLES:
        raise ValueError(f"drift_table must be one of {', '.join(TABLES)}, and not {which}")
    if which == "none":
        return []
    miners = _by_urgency(shown["miners"])
    few = which == "auto" and len(miners) > _FEW
    if few or which == "problems":
        miners = [miner for miner in miners if miner["verdict"] in PROBLEMS]
    left = len(miners) - _MOST_MINERS if few else 0
    miners = miners[:_MOST_MINERS] if left > 0 else miners
    lines = _aligned([_COLUMNS, *map(_cells, miners)]) if miners else []
    for position, miner in reversed(list(enumerate(miners, 1))):
        lines[position + 1 : position + 1] = [f"    {line}" for line in _details(miner)]
    if left > 0:
        lines.append(
            f"and {left} more: drift_json_file and drift_html_file hold all, drift_table=problems shows them "
            "here"
        )
    if shown["fleet"]["unknown"]:
        lines.append(
            "unknown: neither the miner nor a record of what was applied shows it; a fact cache keeps such "
            "records"
        )
    return [*lines, _glance(shown["fleet"]), f"{shown['fleet']['miners']} miners: {verdicts(shown['fleet'])}"]


def _cells(miner: dict[str, Any]) -> tuple[str, ...]:
    return (
        VERDICTS[miner["verdict"]],
        printable(miner["host"]),
        printable(miner["address"] or "-"),
        printable(miner["model"] or "-"),
        making(miner) or "-",
        fixed(miner["expected_percent"], 0) or "-",
        fixed(miner["power_watts"], 0) or "-",
        fixed(miner["chip_max_c"], 1) or "-",
        " ".join(code for code, _meaning, _since in error_lines(miner)) or "-",
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            _padded(cell, width, column in _NUMBERS) for column, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


def _padded(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)


def _details(miner: dict[str, Any]) -> Iterator[str]:
    if miner["message"]:
        yield printable(miner["message"])
    changed = all_differences(miner)
    for path, before, after in changed[:_MOST_DIFFERENCES]:
        yield f"{path}: {before} -> {after}"
    if len(changed) > _MOST_DIFFERENCES:
        yield f"and {len(changed) - _MOST_DIFFERENCES} more differences"
    for name, reason in miner["unknown"].items():
        yield f"{name}: unknown, {reason}"


# --- As a page ----------------------------------------------------------------------------------------------


def page(shown: Report, title: str, template: str, style: str, script: str) -> str:
    """The report *shown* as one HTML page that asks nothing of any network.

    *template* is Jinja2, and all that it's given is escaped; *style* and *script* stand in the page as they
    are, and the page's policy names their digests, so that nothing else of the kind can run in it.
    """
    environment = Environment(
        autoescape=True,
        finalize=lambda value: (
            printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        fixed=fixed,
        duration=duration,
        differences=differences,
        all_differences=all_differences,
        making=making,
        error_lines=error_lines,
        headline=headline,
        hashrate=hashrate,
        power=power,
        of=lambda name, positions: positions.get(name),
    )
    environment.tests["hashing"] = is_hashing
    return environment.from_string(template).render(
        title=title,
        report=shown,
        miners=_by_urgency(shown["miners"]),
        verdicts=VERDICTS,
        attention=[miner for miner in shown["miners"] if miner["verdict"] in PROBLEMS or miner["errors"]],
        style=Markup(style),
        script=Markup(script),
        digests={"style": _digest(style), "script": _digest(script)},
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
