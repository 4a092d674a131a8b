# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Survey a fleet for a rollout: what each miner shows now and what is saved of it give its status.

The version that a miner runs decides whether it is done, whatever is saved of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import entry_for
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import (
    NOT_ASKED,
    codes,
    errors_but,
    hashes_too_little,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
    DONE,
    FAILED,
    IMPOSSIBLE,
    PENDING,
    UNSENT,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import (
    percentage,
    shorten_list,
)

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Declared,
        Entry,
        Target,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import (
        SavedMiner,
        SavedState,
    )

# How many hosts a message names.
_NAMED = 10


class Status:
    """What a miner's status can be, as the report calls it."""

    #: It runs the declared version.
    DONE = "as declared"
    #: It is to get it.
    LEFT = "left"
    #: It failed its gate, and gets what has been declared since.
    RETRY = "failed, to be tried again"
    #: It may have got an image, and has no verdict.
    UNJUDGED = "not judged"
    #: It got it, and isn't what it was before.
    FAILED = "failed"
    #: It is excluded, with the reasons: off, errors, a low hash rate.
    UNFIT = "left out"
    #: It is excluded, since somebody else has the say over it.
    HELD = "held"
    #: It doesn't answer.
    LOST = "lost"
    #: It is of a model for which nothing is declared.
    UNDECLARED = "nothing declared"


@dataclass(frozen=True)
class SurveyedMiner:
    """A miner as it is now: at *site* (empty: at none), with what is declared of it, if anything.

    *group* is what one canary proves something of, and *up* says whether it is one of the miners that mine.
    *held* says who has the say over it, as text, if somebody has.
    """

    reading: Reading
    status: str
    reasons: tuple[str, ...] = ()
    site: str = ""
    entry: Entry | None = None
    group: str = ""
    up: bool = False
    held: str | None = None

    @property
    def target(self) -> Target | None:
        """The firmware that it is to run."""
        return self.entry.target if self.entry else None

    @property
    def is_retry(self) -> bool:
        """Whether it failed, and is to get another image."""
        return self.status == Status.RETRY

    @property
    def is_to_flash(self) -> bool:
        """Whether it is to get an image."""
        return self.status in (Status.LEFT, Status.RETRY)


@dataclass(frozen=True)
class Survey:
    """All miners as they are now. *problems* are errors in the declaration, for which nothing should be
    begun.
    """

    miners: dict[str, SurveyedMiner] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def hosts(self, status: str) -> list[str]:
        """The hosts that have *status*."""
        return [host for host, miner in self.miners.items() if miner.status == status]


def survey(
    seen: Mapping[str, Reading],
    hosts: Sequence[str],
    *,
    declared: Declared,
    state: SavedState,
    rules: Rules,
    held: Mapping[str, str],
) -> Survey:
    """The miners of *hosts* as they are now, by *seen*, the newest Reading of each.

    *state* is what is saved, and *held* says of the hosts that are held by whom and since when.
    """
    site_of = {host: site for site, members in reversed(list(rules.sites.items())) for host in members}
    miners: dict[str, SurveyedMiner] = {}
    misfits: dict[tuple[Entry, str | None], list[str]] = {}
    for host in hosts:
        reading, saved = seen.get(host, NOT_ASKED), state.get(host)
        entry = entry_for(declared.entries, reading.model)
        status, reasons = _status(reading, saved, entry, declared=declared, rules=rules, held=held.get(host))
        is_back = saved is not None and saved.is_back
        miner = SurveyedMiner(
            reading,
            status,
            reasons,
            site=site_of.get(host, ""),
            entry=entry,
            # One image holds a part for each platform: what proved itself on one says nothing of the others.
            group=f"{entry.model} {reading.platform}" if entry else "",
            up=reading.hashes and (is_back or status not in (Status.UNJUDGED, Status.FAILED, Status.RETRY)),
            held=held.get(host),
        )
        if entry is not None and miner.is_to_flash and not declared.images[entry].is_for(reading.platform):
            misfits.setdefault((entry, reading.platform), []).append(host)
        miners[host] = miner
    problems = [
        f"the image for {entry.model} holds nothing for the platform {platform or 'which they do not show'} "
        f"of {shorten_list(hosts, _NAMED)}: it is for {', '.join(declared.images[entry].platforms)}"
        for (entry, platform), hosts in misfits.items()
    ]
    return Survey(miners, problems)


def _status(
    reading: Reading,
    saved: SavedMiner | None,
    entry: Entry | None,
    *,
    declared: Declared,
    rules: Rules,
    held: str | None,
) -> tuple[str, tuple[str, ...]]:
    """(status, reasons) of a miner that shows *reading*, of which *saved* is saved and *entry* declared.

    A failure comes before a hold: nobody else is to get an image that failed because its canary was curtailed
    since.
    """
    verdict = saved.verdict if saved else None
    failed = saved if verdict == FAILED else None
    why_failed = (*failed.reasons, *_told_of_flashing_back(failed)) if failed else ()
    if failed and failed.target in declared.targets and not rules.retry_failed:
        return Status.FAILED, why_failed
    if held is not None:
        return Status.HELD, (f"it is {held}", *(["it has no verdict yet"] if verdict == PENDING else []))
    if saved and verdict == PENDING:
        return Status.UNJUDGED, saved.reasons
    if reading.lost is not None:
        return Status.LOST, (reading.lost,)
    if saved and verdict == UNSENT:
        return Status.LOST, saved.reasons
    if reading.model is None:
        return Status.UNFIT, ("it is off" if reading.state == "off" else "it doesn't show its model",)
    if entry is None:
        return Status.UNDECLARED, ()
    is_there = reading.version == entry.target.version
    if failed and not (is_there and failed.is_back):
        return Status.RETRY, why_failed
    if is_there:
        return Status.DONE, ()
    reasons = _exclusion_reasons(reading, rules)
    return (Status.UNFIT, reasons) if reasons else (Status.LEFT, ())


def _told_of_flashing_back(saved: SavedMiner) -> list[str]:
    """What became of flashing back a miner that failed, as text."""
    back = saved.flashed_back
    if back is None:
        return []
    what = {
        DONE: f"it runs {saved.before.version} again",
        IMPOSSIBLE: "not flashed back",
        PENDING: f"being flashed back to {saved.before.version}",
        FAILED: f"flashing it back to {saved.before.version} failed",
    }[back.status]
    return [": ".join([what, *([", ".join(back.reasons)] if back.reasons else [])])]


def _exclusion_reasons(reading: Reading, rules: Rules) -> tuple[str, ...]:
    """Why a miner must not be flashed; empty where it may be."""
    if reading.state == "off":
        return ("it is off",)
    reasons = []
    errors = errors_but(reading, rules.allowed_errors)
    if errors:
        reasons.append(f"it has errors: {codes(errors)}")
    rate, expected = reading.hashrate_ths, reading.expected_ths
    if not rate:
        reasons.append("it is tuning" if reading.tuning else "it doesn't hash")
    elif expected and hashes_too_little(reading, rules.expected_hashrate_percent):
        reasons.append(
            f"it hashes at {rate:g} TH/s, {percentage(rate, expected)} of the {expected:g} expected of it"
        )
    if not reading.mac:
        reasons.append("it doesn't show its MAC")
    return tuple(reasons)
