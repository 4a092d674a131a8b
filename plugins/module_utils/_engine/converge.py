# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place where desired meets actual.

Read what the settings need (reader.py), compare and plan (plan.py); stop there in check mode; else send the
plan's requests, least disruptive first, each once, and read back (read_back.py). A miner in the desired state
costs reads only: no token, no write.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from .._api.catalogue import COMMANDS
from .._api.commands import Effect
from .._api.errors import (
    NotConverged,
    OutcomeUnknown,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
)
from .._facts.tables import find
from .._settings.base import Unknown
from . import applied_records
from .holding import holding
from .plan import Plan, Planner, shown, stays_off
from .read_back import ReadBack
from .reader import Reader
from .restarts import Pauses, Watch, wait_until_restarted
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._api.miner import Miner, Params, Reply
    from .._facts.shapes import Facts
    from .._settings.base import Setting
    from .applied_records import Record
    from .plan import Change

WAIT_SECONDS = 60
# How long a miner that doesn't answer a write may go on showing the old value until the write counts as lost.
PATIENCE_SECONDS = 15

_AFTER_RESTART = "{names} takes effect after a restart of the miner"


async def converge(
    miner: Miner,
    settings: list[Setting],
    params: Params,
    *,
    check_mode: bool = False,
    wait: bool = True,
    wait_timeout: float = WAIT_SECONDS,
) -> Result:
    """Make *miner* be as *settings* say; return the Result.

    Of the module's *params*, ``applied`` holds the records of earlier runs, and ``fact_cache`` says whether
    they outlive this one. What somebody else has the say over is left as it is (holding.py). With *wait*,
    what was changed is read back until the miner shows it, for at most *wait_timeout* seconds.

    Raises WhatsminerError; its ``result`` then says what had been done by then.
    """
    session = Session(miner, settings, params, wait=wait, wait_timeout=wait_timeout)
    try:
        await session.run(check_mode)
    except WhatsminerError as error:
        error.result = session.result_so_far()
        raise
    finally:
        session.miner.close()
    return session.result


class Session:
    """One run over one miner. Settings that need more than their requests sent use its public methods."""

    def __init__(
        self,
        miner: Miner,
        settings: list[Setting],
        params: Params,
        *,
        wait: bool,
        wait_timeout: float,
    ) -> None:
        self.settings = settings
        self.applied: dict[str, Record] = params["applied"] or {}
        self.fact_cache: bool = params["fact_cache"]
        self._params = params
        self.wait = wait
        self.wait_timeout = wait_timeout
        self.result = Result()
        self._reader = Reader(
            miner, settings, self.result, wait_timeout=wait_timeout, fact_cache=self.fact_cache
        )
        self._before: dict[str, object] = {}
        self._done: list[Change] = []

    @property
    def miner(self) -> Miner:
        """The miner, wherever it was found."""
        return self._reader.miner

    def result_so_far(self) -> Result:
        """The result of a run that ended in the middle: its diff holds what was finished."""
        finished = {change.setting.name for change in self._done}
        for values in (self.result.before, self.result.after):
            for name in set(values) - finished:
                del values[name]
        return self.result

    async def run(self, check_mode: bool) -> None:
        """Read, plan, and unless this is check mode carry out and read back."""
        await self._reader.read_wherever_it_is()
        planner = Planner(
            self.settings,
            self._reader.known,
            self.applied,
            fact_cache=self.fact_cache,
            choose=self.miner.requests_for,
            holding=holding(self._params, self._reader.known.get("mac") or self.miner.identity.pinned_mac),
        )
        plan = planner.plan(self.miner.identity.is_recognised)
        self.settings = [setting for setting in self.settings if setting.name not in plan.held]
        await self._predict(plan)
        if check_mode:
            return
        await self._carry_out(plan.changes)
        changed = [change.setting for change in plan.changes]
        if changed and self.wait:
            await self._read_back(changed, tuned=True)
        self._tell_after_restart(changed)
        self._keep_records(changed)

    async def _predict(self, plan: Plan) -> None:
        """Fill in the Result as if all of *plan* succeeded.

        Raises WrongMachine or AccessDenied if its first request must not be sent.
        """
        self.result.drifted, self.result.unknown = plan.drifted, plan.unknown
        self.result.after_restart, self.result.held = plan.after_restart, plan.held
        self.result.warnings += plan.warnings
        for change in plan.changes[:1]:
            await self.miner.require_may_write(change.requests[0][0], self._reader.known)
        for change in plan.changes:
            name = change.setting.name
            self._before[name] = change.current
            self.result.before[name] = shown(change.setting, change.current)
            self.result.after[name] = shown(change.setting, change.setting.desired)
        self.result.changed = bool(plan.changes)

    # Carry out

    async def _carry_out(self, changes: list[Change]) -> None:
        self.result.changed = False
        for change in changes:
            if self._done and self.wait and self._done[-1].effect >= Effect.RESTARTS:
                await self._read_back([done.setting for done in self._done], restarted=True)
            if not self.miner.identity.is_recognised and not change.reveals:
                await self._reader.read_when_up()
            if not (change.setting.restored_by_restart() and self._has_restarted()):
                if change.setting.needs_tuned:
                    await ReadBack(self._reader, self.wait_timeout).wait_until_tuned(change.setting)
                await change.setting.apply(self, change.requests)
            self._done.append(change)

    def _has_restarted(self) -> bool:
        """Whether what was done so far in this run has restarted mining, or started it."""
        return any(change.effect >= Effect.RESTARTS for change in self._done)

    async def _send(self, setting: Setting, command: str, params: Params) -> Reply:
        """Send *command*. Where the miner doesn't know it, the error names *setting*, firmware and API."""
        try:
            return await self.miner.send(command, params)
        except UnknownCommand as error:
            raise await self._explained(error, setting, command) from None

    async def _explained(self, error: UnknownCommand, setting: Setting, command: str) -> UnknownCommand:
        known: Facts = {**self._reader.known}
        if "api_version" not in known or "firmware_version" not in known:
            with contextlib.suppress(WhatsminerError):  # the refusal is what matters
                known.update((await self.miner.read("api_version", "firmware_version")).facts)
        firmware, api = (
            self.miner.mask.text(find(known, fact) or "of unknown version")
            for fact in ("firmware_version", "api_version")
        )
        remedy = "Leave the option out for this miner, or install firmware that has the command"
        if known.get("state") == "off":
            remedy = (
                "The miner is powered off and may take the command once it's on. If not: " + remedy.lower()
            )
        return UnknownCommand(
            f"{setting.name} can't be set: firmware {firmware} with API {api} doesn't know {command}"
            f" ({COMMANDS[command].apis})",
            miner=self.miner.name,
            command=command,
            code=error.code,
            answer=error.answer,
            remedy=remedy,
        )

    async def send(self, setting: Setting, command: str, params: Params) -> None:
        """Send *command* once. Without an answer, read back whether it was taken. Raises OutcomeUnknown."""
        try:
            await self._send(setting, command, params)
        except OutcomeUnknown as error:
            if not await self._was_taken(setting):
                raise error
        self.result.note(command)

    async def wait_until_shown(self, setting: Setting) -> None:
        """Wait until the miner shows *setting* as desired. Raises NotConverged."""
        await self._read_back([setting])

    async def repeat(
        self, setting: Setting, command: str, params: Params, *, until: Callable[[Reply], bool]
    ) -> None:
        """Send *command*, which asks as well as it orders, again and again until *until* says so of a reply.
        """
        begun = time.monotonic()
        async for _again in Pauses():
            try:
                reply = await self._send(setting, command, params)
                if command not in self.result.commands:
                    self.result.note(command)
                if not self.wait or until(reply):
                    return
            except (OutcomeUnknown, Unreachable) as error:
                if not self.result.changed:
                    raise error
            if time.monotonic() - begun > self.wait_timeout:
                raise NotConverged(
                    f"{setting.name} isn't {setting.desired} after {self.wait_timeout:g} s",
                    miner=self.miner.name,
                )

    async def move(self, setting: Setting, command: str, params: Params, *, address: str | None) -> None:
        """Send *command*, which reboots the miner, and follow it to *address* (None: it gets one by DHCP)."""
        watch = Watch(self._reader.known)
        mac = self._reader.known.get("mac")
        unanswered = None
        try:
            await self._send(setting, command, params)
            self.result.note(command)
        except OutcomeUnknown as error:
            unanswered = error
        self.result.values["address"] = address
        if unanswered is None and not self.wait:
            return
        old = self.miner.move_to(address or self.miner.address, mac)
        try:
            await wait_until_restarted(self.miner, watch, self.wait_timeout)
        except NotConverged as error:
            if unanswered is not None:
                raise unanswered from None
            raise NotConverged(
                f"it took {command}, and {error.problem}",
                miner=self.miner.name,
                remedy=None
                if address
                else f"DHCP may have given it another address than {old}: find it by its MAC, {mac}",
            ) from None
        if unanswered is not None:
            self.result.note(command)

    # Read back

    async def _read_back(
        self, settings: list[Setting], *, restarted: bool = False, tuned: bool = False
    ) -> None:
        read_back = ReadBack(self._reader, self.wait_timeout)
        await read_back.wait_until_shown(settings, restarted=restarted, tuned=tuned)
        if read_back.tuning:
            self.result.values["tuning"] = True

    async def _was_taken(self, setting: Setting) -> bool:
        """Whether the miner comes to show *setting*, after a write that it didn't answer."""
        before = self._before.get(setting.name)
        if before is not None and not isinstance(before, Unknown) and setting.met_by(before):
            return False  # what it shows was as desired all along, so it can't tell
        try:
            read_back = ReadBack(self._reader, self.wait_timeout)
            await read_back.wait_until_shown([setting], patience=PATIENCE_SECONDS)
        except (NotConverged, Unreachable):
            return False
        return not isinstance(setting.current(self._reader.known), Unknown)

    # Records

    def _tell_after_restart(self, changed: list[Setting]) -> None:
        """Say which settings in *changed* take effect at the next start only, as far as that shows."""
        if not self.wait:
            return
        waiting = []
        for setting in changed:
            current = setting.current(self._reader.known)
            if setting.awaits_start(current) and not (self._has_restarted() and isinstance(current, Unknown)):
                waiting.append(setting.name)
        self.result.after_restart += waiting
        if waiting:
            self.result.warnings.append(_AFTER_RESTART.format(names=", ".join(waiting)))

    def _is_refuted(self, setting: Setting, record: Record) -> bool:
        """Whether the miner shows *setting* as desired, so that *record* is wrong, or not needed any more."""
        known = self._reader.known
        if not self._reader.is_shown(setting) or not setting.met_by(setting.current(known)):
            return False
        return (
            setting.deferred
            or not applied_records.holds(record, setting, known)
            or not applied_records.matches(record, setting)
        )

    def _keep_records(self, changed: list[Setting]) -> None:
        """Record what was applied and can't be read, and forget older records of what was changed."""
        known = self._reader.known
        names = {setting.name for setting in changed}
        kept = {name: record for name, record in self.applied.items() if name not in names}
        for setting in self.settings:
            if setting.name in kept and self._is_refuted(setting, kept[setting.name]):
                del kept[setting.name]
        for setting in changed:
            if self._reader.wants_record(setting):
                kept[setting.name] = applied_records.made(setting, known)
        if "power.state" in names and stays_off(self.settings, known):
            # A miner that goes off hides what has just been seen to be as declared, and only that.
            for setting in self.settings:
                if (
                    setting.name not in names
                    and not setting.ephemeral
                    and setting.name not in self.result.unknown
                ):
                    kept[setting.name] = applied_records.made(setting, known)
        if kept != self.applied:
            self.result.applied = kept
