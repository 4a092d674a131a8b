# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place where desired meets actual.

Read what the settings need, compare, plan; stop there in check mode; else send the plan's orders, least disruptive
first, each once, and read back. A miner in the desired state costs reads only: no token, no write.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from . import facts as facts_of
from . import records
from .commands import COMMANDS, Effect
from .errors import NotAMiner, NotConverged, NotRunning, OutcomeUnknown, Unreachable, UnknownCommand, WhatsminerError
from .settings import Unknown

WAIT_SECONDS = 60
# How long a miner that doesn't answer a write may go on showing the old value until the write counts as lost.
PATIENCE_SECONDS = 15
LONGEST_PAUSE_SECONDS = 3.0

# The command by which a miner that shows nothing while powered off is made to show which machine it is.
_REVEALING = "power_on"

_NO_FACT_CACHE = (
    "{names} can't be read back from the miner, and without a fact cache there is no record of what was applied: "
    "applied again. Switch a persistent fact cache on (ansible.cfg: fact_caching=jsonfile, fact_caching_connection=DIR)"
)


@dataclass
class Result:
    """What a run did: or, in check mode, would do.

    *before* and *after* hold what changed, by setting, with secrets hidden. *commands* are the API commands that the
    miner took, in order. *applied* is the host's new ``whatsminer_applied`` fact, or None if it's as before. *values* are
    a module's own return values.
    """

    changed: bool = False
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    commands: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    applied: dict = None
    values: dict = field(default_factory=dict)

    def to_dict(self, diff=False):
        """As a task result; *diff*: with before and after."""
        result = {"changed": self.changed, "commands": self.commands, **self.values}
        if diff:
            result["diff"] = {"before": self.before, "after": self.after}
        if self.warnings:
            result["warnings"] = self.warnings
        if self.applied is not None:
            result["ansible_facts"] = {**result.get("ansible_facts", {}), records.FACT: self.applied}
        return result


@dataclass(frozen=True)
class Change:
    """A setting that isn't as desired, and the value it has."""

    setting: object
    current: object


async def converge(miner, settings, params, check_mode=False, wait=True, wait_timeout=WAIT_SECONDS):
    """Make *miner* be as *settings* say; return the Result.

    Of the module's *params*, ``applied`` holds the records of earlier runs, and ``fact_cache`` says whether they outlive
    this one. With *wait*, what was changed is read back until the miner shows it, for at most *wait_timeout* seconds.

    Raises WhatsminerError; its ``result`` then says what had been done by then.
    """
    convergence = _Convergence(miner, settings, params["applied"] or {}, params["fact_cache"], wait, wait_timeout)
    try:
        await convergence.run(check_mode)
    except WhatsminerError as error:
        error.result = convergence.result
        raise
    return convergence.result


class _Convergence:
    def __init__(self, miner, settings, applied, fact_cache, wait, wait_timeout):
        self.miner = miner
        self.settings = settings
        self.applied = applied
        self.fact_cache = fact_cache
        self.wait = wait
        self.wait_timeout = wait_timeout
        self.result = Result()

    async def run(self, check_mode):
        known = await self._read_when_up()
        plan, adopted = self._plan(known)
        self._foretell(plan)
        if check_mode:
            return
        await self._carry_out(plan)
        if plan and self.wait:
            known = await self._read_back(plan, self.wait_timeout)
        self._keep_records([change.setting for change in plan] + adopted, known)

    # Read

    async def _read(self, settings):
        """(facts, whether btminer is down) as far as *settings* need them. Raises what no setting can make sense of."""
        names = [name for setting in settings for name in setting.reads]
        if not self.miner.recognised:
            names.insert(0, "summary")
        replies = await self.miner.ask(*dict.fromkeys(names))
        down = _is_down(replies)
        if down and "status" not in replies:
            replies.update(await self.miner.ask("status"))
        known = facts_of.normalise(replies)
        self.miner.recognise(known)
        return known, down

    async def _read_when_up(self):
        """The facts that the settings need. A btminer that is just starting is waited for, a powered-off one isn't."""
        deadline = time.monotonic() + self.wait_timeout
        async for _pause in _pauses():
            known, down = await self._read(self.settings)
            if not down or known.get("state") == "off":
                return known
            if time.monotonic() > deadline:
                raise NotRunning(
                    f"btminer has been starting for {self.wait_timeout:g} s, so nothing can be compared", miner=self.miner.name
                )

    # Plan

    def _plan(self, known):
        """(the changes in the order to make them, the settings that are as desired and want a first record)."""
        plan, adopted, unrecorded = [], [], []
        for setting in self.settings:
            current = setting.current(known)
            record = self.applied.get(setting.name)
            recorded = records.holds(record, setting, known)
            unknown = isinstance(current, Unknown)
            if setting.always or not unknown and not setting.met_by(current):
                plan.append(Change(setting, current))
            elif recorded and (unknown or not setting.fully_read()):
                if not records.matches(record, setting):
                    plan.append(Change(setting, current))
            elif unknown:
                plan.append(Change(setting, current))
                unrecorded.append(setting.name)
            elif not setting.fully_read() and self.fact_cache:
                adopted.append(setting)
        if unrecorded and not self.fact_cache:
            self.result.warnings.append(_NO_FACT_CACHE.format(names=", ".join(unrecorded)))
        plan.sort(key=lambda change: (change.setting.ephemeral, change.setting.effect))
        return plan, adopted

    def _foretell(self, plan):
        """Write down what carrying out *plan* will have changed. Raises WrongMachine if it may not even begin."""
        if not self.miner.recognised:
            plan.sort(key=lambda change: not self._reveals(change))
        if plan:
            self.miner.require_recognised(plan[0].setting.orders(plan[0].current)[0][0])
        for change in plan:
            self.result.before[change.setting.name] = _shown(change.setting, change.current)
            self.result.after[change.setting.name] = _shown(change.setting, change.setting.desired)
        self.result.changed = bool(plan)

    @staticmethod
    def _reveals(change):
        return [command for command, _params in change.setting.orders(change.current)] == [_REVEALING]

    # Carry out

    async def _carry_out(self, plan):
        self.result.changed = False
        done = []
        for change in plan:
            if done and self.wait and done[-1].setting.effect >= Effect.RESTARTS:
                await self._read_back(done, self.wait_timeout)
            if not self.miner.recognised and not self._reveals(change):
                await self._read_when_up()
            for command, params in change.setting.orders(change.current):
                await self._send(change, command, params)
            done.append(change)

    async def _send(self, change, command, params):
        try:
            await self.miner.order(command, params)
        except OutcomeUnknown as error:
            if not await self._was_taken(change):
                raise error
        self.result.commands.append(command)
        self.result.changed = True

    # Read back

    async def _was_taken(self, change):
        """Whether the miner comes to show *change*, after a write that it didn't answer."""
        try:
            await self._read_back([change], self.wait_timeout, patience=PATIENCE_SECONDS)
        except (NotConverged, Unreachable):
            return False
        return not isinstance(change.setting.current(self._last_known), Unknown)

    async def _read_back(self, changes, timeout, patience=None):
        """Read until the miner shows all *changes* that it can show; return the facts.

        Raises NotConverged after *timeout* seconds, or once it has shown an old value for *patience* seconds. A miner that
        is away or starting just isn't there yet.
        """
        begun = time.monotonic()
        steady_since = None
        async for _pause in _pauses():
            open_changes, known, down, fault = changes, {}, True, None
            try:
                known, down = await self._read([change.setting for change in changes])
                open_changes = [change for change in changes if self._is_open(change, known, down)]
            except (Unreachable, NotAMiner) as error:
                fault = error
            now = time.monotonic()
            if not open_changes:
                self._last_known = known
                return known
            steady_since = (steady_since or now) if not down else None
            gave_up = patience is not None and steady_since is not None and now - steady_since > patience
            if gave_up or now - begun > timeout:
                raise NotConverged(self._still(open_changes, known, fault, now - begun), miner=self.miner.name)

    @staticmethod
    def _is_open(change, known, down):
        """Whether the miner may still come to show *change*."""
        current = change.setting.current(known)
        if isinstance(current, Unknown):
            return down and known.get("state") != "off"
        return not change.setting.met_by(current)

    @staticmethod
    def _still(changes, known, fault, seconds):
        if fault is not None:
            return f"{', '.join(change.setting.name for change in changes)} not seen after {seconds:.0f} s: {fault.problem}"
        shown = (f"{change.setting.name} is {_shown(change.setting, change.setting.current(known))}" for change in changes)
        wanted = (f"{_shown(change.setting, change.setting.desired)}" for change in changes)
        return f"after {seconds:.0f} s {'; '.join(shown)} and not {'; '.join(wanted)}"

    # Records

    def _keep_records(self, settings, known):
        settings = [setting for setting in settings if _wants_record(setting, known)]
        if settings:
            made = {setting.name: records.made(setting, known) for setting in settings}
            self.result.applied = {**self.applied, **made}


def _wants_record(setting, known):
    return not setting.fully_read() or isinstance(setting.current(known), Unknown)


def _is_down(replies):
    """Whether btminer doesn't answer. Raises any error that means something else."""
    down = False
    for command, reply in replies.items():
        if isinstance(reply, (NotRunning, UnknownCommand)):
            down = down or COMMANDS[command].joinable
        elif isinstance(reply, WhatsminerError):
            raise reply
    return down


def _shown(setting, value):
    return str(value) if isinstance(value, Unknown) else setting.shown(value)


async def _pauses():
    """Come at once, and then again and again, ever more slowly."""
    pause = 0.1
    while True:
        yield pause
        await asyncio.sleep(pause)
        pause = min(pause * 1.6, LONGEST_PAUSE_SECONDS)
