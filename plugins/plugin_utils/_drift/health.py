# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health of miners in a report on drift: judged as the role ``health`` does, by what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import HostDeclarations
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS, Codes, judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import seen_in
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

#: The variables of a host by which its health is judged.
VARIABLES = (
    "health_thresholds",
    "health_cooling",
    "health_ignored_errors",
    "health_ill_errors",
    "whatsminer_mac",
    "whatsminer_serial",
)


@dataclass(frozen=True)
class _ToldHold(Hold):
    """A hold as the lookup plugin ``holds`` gives it, *words* and all."""

    words: str = ""

    def told(self, now: float) -> str:
        return self.words


def judge_all(
    compared: Mapping[str, TaskResult],
    read: Mapping[str, TaskResult],
    *,
    declared: Mapping[str, Mapping[str, Any]],
    holds: Iterable[Mapping[str, Any]],
    now: float,
) -> dict[str, dict[str, Any]]:
    """host -> its ``verdict``, and the ``reasons`` with ``code``, ``severity`` and ``text``.

    *compared* and *read* are results by host, of whatsminer_config and whatsminer_facts: a miner that didn't
    answer the first wasn't asked for the second. *declared* are the hosts' VARIABLES, as far as they are set,
    *holds* what the lookup plugin ``holds`` says, and *now* is in epoch seconds. Raises ValueError, which
    names the host.
    """
    by_host: dict[str, list[Hold]] = {}
    for hold in holds:
        until = now if hold["over"] else None
        entry = _ToldHold(hold["kind"], hold["reason"], 0, until, words=str(hold["told"]))
        by_host.setdefault(str(hold["host"]), []).append(entry)
    declarations = HostDeclarations()
    found = {}
    for host, known in declared.items():
        outcome = read.get(host) or compared.get(host)
        if outcome is None:
            continue
        seen = seen_in(host, outcome, now)
        try:
            own = declarations.of(known.get("health_thresholds"), known.get("health_cooling"))
            codes = Codes(*(_codes(known, f"health_{name}_errors") for name in ("ignored", "ill")))
        except ValueError as error:
            raise ValueError(f"{host}: {error}") from None
        judgement = judge(
            seen,
            own.of(seen if isinstance(seen, Reading) else None),
            now=now,
            holds=tuple(by_host.get(host, ())),
            declared_mac=known.get("whatsminer_mac"),
            declared_serial=known.get("whatsminer_serial"),
            codes=codes,
        )
        reasons = [
            {"code": reason.code, "severity": reason.severity, "text": reason.text}
            for reason in judgement.reasons
        ]
        found[host] = {"verdict": judgement.verdict, "reasons": reasons}
    return found


def counts_of(miners: Iterable[Mapping[str, Any]]) -> dict[str, int] | None:
    """How many of *miners*, dicts of a report, have each verdict on their health; None if none was judged."""
    found = Counter(miner["health"]["verdict"] for miner in miners if miner["health"] is not None)
    return {verdict: found[verdict] for verdict in VERDICTS} if found else None


def is_ill(miner: Mapping[str, Any]) -> bool:
    """Whether a *miner* of a report was judged, and is ill."""
    return bool(miner["health"] and miner["health"]["verdict"] == "ill")


def _codes(known: Mapping[str, Any], name: str) -> frozenset[int]:
    try:
        return frozenset(int(code) for code in known.get(name) or ())
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a list of error codes") from None
