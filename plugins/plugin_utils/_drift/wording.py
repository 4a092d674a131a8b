# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says of a miner, in words: differences, errors, a headline, numbers with their units.

All text is as it may be shown: what a miner or an inventory wrote is escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import HIDDEN
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import fixed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    #: What it's about, what is, and what is to be.
    Line = tuple[str, str, str]


def differences(entry: dict[str, Any]) -> list[Line]:
    """The lines ``(name, before, after)`` of one setting that drifted, an entry of a miner's ``drift``."""
    name, before, after = (entry[key] for key in ("setting", "before", "after"))
    if before is None:
        return [(name, "another value, by the record of what was applied last", _in_words(after))]
    was, will = (dict(_leaves(value, name)) for value in (before, after))
    changed = [path for path in dict.fromkeys([*was, *will]) if was.get(path) != will.get(path)]
    if not changed:
        return [(name, "another password, by the record of what was applied last", "the declared one")]
    return [(path, was.get(path, "nothing"), will.get(path, "nothing")) for path in changed]


def all_differences(miner: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The lines of `differences` of all that drifted on a *miner* of the report."""
    return [line for entry in miner["drift"] for line in differences(entry)]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, text) of each value within *value*, a setting's, that may be shown."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(inner, (dict, list)) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    elif value not in (HIDDEN, [], {}):
        yield path, _in_words(value)


def _in_words(value: Any) -> str:
    """The *value* of a setting, on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{shown(name)} {_in_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_in_words(inner) for inner in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "nothing" if value in (None, "") else shown(value)


def headline(miner: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with *miner* in a few words: a list of ``(kind, text)``, where a kind is a key of the
    report.
    """
    said = []
    if miner["message"]:
        said.append(("message", shown(miner["message"].partition(". ")[0])))
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
    if miner["held"]:
        holders = ", ".join(dict.fromkeys(map(shown, miner["held"].values())))
        said.append(("held", f"{', '.join(miner['held'])} {holders}"))
    if miner["unknown"]:
        said.append(("unknown", f"{', '.join(miner['unknown'])} unknown"))
    return said


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
        else f" ({shown(url)})"
    )


def error_lines(miner: dict[str, Any]) -> list[Line]:
    """The lines ``(code, what it means, since when)`` of *miner*'s errors."""
    return [
        (
            shown(error.get("code")),
            shown(f"{error.get('component')}: {error.get('meaning')}"),
            shown(error.get("since") or ""),
        )
        for error in miner["errors"] or ()
    ]


def making(miner: dict[str, Any]) -> str:
    """What a *miner* of the report makes, in TH/s, or why it makes nothing: off, tuning; empty where nobody
    knows.
    """
    if miner["state"] == "off":
        return "off"
    if miner["tuning"] and not miner["hashrate_ths"]:
        return "tuning"
    return fixed(miner["hashrate_ths"], 1)


def verdict_counts(summary: dict[str, Any]) -> str:
    """The verdicts of a *summary* in words: ``7 as declared, 2 drifted``."""
    counts = (
        f"{summary[verdict]} {name}" for verdict, name in reversed(VERDICTS.items()) if summary[verdict]
    )
    return ", ".join(counts) or "no miners"


def hashrate(ths: float) -> tuple[str, str]:
    """(number, unit) of a hash rate in TH/s, in PH/s where it's a whole site's."""
    return (fixed(ths / 1000, 2), "PH/s") if ths >= 10_000 else (fixed(ths, 1), "TH/s")


def power(watts: float | None) -> tuple[str, str]:
    """(number, unit) of watts, None for those that nobody knows."""
    if watts is None:
        return "–", "kW"
    return (fixed(watts / 1e6, 2), "MW") if watts >= 10_000_000 else (fixed(watts / 1000, 1), "kW")


def duration(seconds: Any) -> str:
    """*seconds* in its largest unit."""
    if number(seconds) is None:
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
