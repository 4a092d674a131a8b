# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only place where desired meets actual.

Read what the settings need, compare, plan; stop there in check mode; else send the plan's orders, least
disruptive first, each once, and read back. A miner in the desired state costs reads only: no token, no write.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from .._api.commands import Effect
from .._api.errors import (
    NotAMiner,
    NotConverged,
    NotRunning,
    OutcomeUnknown,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
    WrongMachine,
)
from .._api.v2 import readings as facts_of
from .._api.v2.commands import COMMANDS
from .._settings.base import Unknown
from . import applied_records
from .restarts import Pauses, Watch, is_down, wait_until_restarted, without_retries

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._api.miner import Miner, Params
    from .._api.v2.replies import Reply
    from .._facts.shapes import Facts
    from .._settings.base import Setting
    from .applied_records import Record

WAIT_SECONDS = 60
# How long a miner that doesn't answer a write may go on showing the old value until the write counts as lost.
PATIENCE_SECONDS = 15

# The command by which a miner that shows nothing while powered off is made to show which machine it is.
_REVEALING = "power_on"

_NO_FACT_CACHE = (
    "{names} can't be read back from the miner, and without a fact cache there is no record of what was "
    "applied: it is applied at each run. Switch a persistent fact cache on (ansible.cfg: "
    "fact_caching=jsonfile, fact_caching_connection=DIR)"
)
_UNVERIFIED = (
    "the declared passwords of {names} can't be read back from the miner, and without a fact cache there is "
    "no record of what was applied: left as they are. Switch a persistent fact cache on (ansible.cfg: "
    "fact_caching=jsonfile, fact_caching_connection=DIR), or have them written at each run (update_password: "
    "always)"
)
_UNRECORDED = "the miner doesn't show all of it, and there is no record of what was applied"
_LOST_WHEN_OFF = (
    "{names} can't be applied while the miner is powered off: it would be lost when btminer starts"
)
_STARTS_MINING = (
    "{names} left as it is: setting it would start the powered-off miner. Run again once the miner is on"
)
_SPARED = "it was {current} before the miner was powered off, and is set once the miner is on"
_AFTER_RESTART = "{names} takes effect after a restart of the miner"


class _Verdict(Enum):
    """What becomes of a setting in this run; Session._plan says when."""

    DONE = auto()  # as desired
    AWAIT = auto()  # set, and in effect from the next start
    CHANGE = auto()
    UNVERIFIED = auto()  # left: no more than the secret that the miner can't show may differ
    LOSE = auto()  # left: sent now, it would be lost
    SPARE = auto()  # left: sent now, it would start the miner


@dataclass
class Result:
    """What a run did: or, in check mode, would do.

    *before* and *after* hold what changed, by setting, with secrets hidden. *commands* are the API commands
    that the miner took, in order. *applied* is the host's new ``whatsminer_applied`` fact, or None if it's as
    before. *values* are a module's own return values.

    *drifted* are the names of the settings that weren't as desired, as the miner or the record of what was
    applied shows; *unknown* says of those that neither shows why. What is neither was as desired, or is in
    *after_restart*: set, and in effect from the next start on.
    """

    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    after_restart: list[str] = field(default_factory=list)
    applied: dict[str, Record] | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def to_dict(self, diff: bool = False) -> dict[str, Any]:
        """As a task result; *diff*: with before and after."""
        result = {"changed": self.changed, "commands": self.commands, **self.values}
        if diff:
            result["diff"] = {"before": self.before, "after": self.after}
        if self.after_restart:
            result["after_restart"] = self.after_restart
        if self.warnings:
            result["warnings"] = self.warnings
        if self.applied is not None:
            result["ansible_facts"] = {**result.get("ansible_facts", {}), applied_records.FACT: self.applied}
        return result


@dataclass(frozen=True)
class Change:
    """A setting that isn't as desired, and the value it has."""

    setting: Setting
    current: object


async def converge(
    miner: Miner,
    settings: list[Setting],
    params: Params,
    check_mode: bool = False,
    wait: bool = True,
    wait_timeout: float = WAIT_SECONDS,
) -> Result:
    """Make *miner* be as *settings* say; return the Result.

    Of the module's *params*, ``applied`` holds the records of earlier runs, and ``fact_cache`` says whether
    they outlive this one. With *wait*, what was changed is read back until the miner shows it, for at most
    *wait_timeout* seconds.

    Raises WhatsminerError; its ``result`` then says what had been done by then.
    """
    session = Session(miner, settings, params["applied"] or {}, params["fact_cache"], wait, wait_timeout)
    try:
        await session.run(check_mode)
    except WhatsminerError as error:
        error.result = session.result_so_far()
        raise
    return session.result


class Session:
    """One run over one miner. Settings that need more than their orders sent use its public methods."""

    def __init__(
        self,
        miner: Miner,
        settings: list[Setting],
        applied: dict[str, Record],
        fact_cache: bool,
        wait: bool,
        wait_timeout: float,
    ) -> None:
        self.miner = miner
        self.settings = settings
        self.applied = applied
        self.fact_cache = fact_cache
        self.wait = wait
        self.wait_timeout = wait_timeout
        self.result = Result()
        self.known: Facts = {}
        self._identity: Facts = {}
        self._before: dict[str, object] = {}
        self._done: list[Setting] = []

    def result_so_far(self) -> Result:
        """The result of a run that ended in the middle: its diff holds what was finished."""
        finished = {setting.name for setting in self._done}
        for shown in (self.result.before, self.result.after):
            for name in set(shown) - finished:
                del shown[name]
        return self.result

    async def run(self, check_mode: bool) -> None:
        await self._read_wherever_it_is()
        plan = self._plan()
        self._foretell(plan)
        if check_mode:
            return
        await self._carry_out(plan)
        if plan and self.wait:
            await self._read_back([change.setting for change in plan], self.wait_timeout, tuned=True)
        self._tell_after_restart([change.setting for change in plan])
        self._keep_records([change.setting for change in plan])

    # Read

    async def _read(self, settings: list[Setting], miner: Miner | None = None, summary: bool = False) -> bool:
        """Read what *settings* need into `known`; return whether btminer is down. Raises what makes no sense.

        *summary*: read that in any case, which tells whether btminer is up.
        """
        miner = miner or self.miner
        names = [name for setting in settings for name in setting.reads]
        if summary or not self.miner.recognised:
            names.insert(0, "summary")
        replies, known = await miner.read(*dict.fromkeys(names))
        down = is_down(replies)
        more = "status" if down else "summary" if isinstance(replies.get("status"), UnknownCommand) else ""
        if more and more not in replies:  # firmware without status: a miner that hashes is on
            replies.update(await miner.ask(more))
            known = facts_of.normalise(replies)
        self.miner.recognise(known)
        self.known = {**self._identity, **known}
        for setting in settings:
            self.known.update(await setting.probe(miner))
        return down

    async def _read_wherever_it_is(self) -> None:
        """Read what all settings need, at the address that is declared of the miner if it isn't where it was
        to be found.
        """
        try:
            await self._read_when_up()
        except (Unreachable, WrongMachine) as error:
            addresses = {setting.address for setting in self.settings if setting.address is not None}
            declared = addresses - {self.miner.address}
            if not declared:
                raise
            await self._look_at(declared.pop(), error)

    async def _look_at(self, address: str, error: WhatsminerError) -> None:
        """Go on at *address* if the pinned machine is there.

        Raises *error*, with what was found, if it isn't.
        """
        moved = self.miner.at(address)
        try:
            await moved.read("summary")
        except (Unreachable, NotAMiner):
            raise error.adding(f"and {address}, the declared address, doesn't answer either") from None
        except WrongMachine as other:
            raise error.adding(f"and of {address}, the declared address, {other.problem}") from None
        if self.miner.pinned_mac is None or not moved.recognised:
            raise error.adding(
                f"and something answers at {address}, the declared address, of which no MAC tells whether it "
                "is this miner",
                remedy=f"If it is, set ansible_host to {address}; with whatsminer_mac it would be known",
            ) from None
        self.result.warnings.append(
            f"the miner isn't at {self.miner.address} any more, and was found by its MAC at {address}, its "
            "declared address: set ansible_host to that"
        )
        self.miner = moved
        self.result.values["address"] = address
        await self._read_when_up()

    async def _read_when_up(self) -> None:
        """Read what all settings need.

        A btminer that is just starting is waited for, a powered-off one isn't.
        """
        deadline = time.monotonic() + self.wait_timeout
        async for _again in Pauses():
            down = await self._read(self.settings)
            if not down:
                await self._read_identity()
            if not down or self.known.get("state") == "off":
                return
            if time.monotonic() > deadline:
                raise NotRunning(
                    f"btminer has been down for {self.wait_timeout:g} s, so nothing can be compared",
                    miner=self.miner.name,
                    remedy="The miner isn't powered off: its btminer is starting, or has crashed, and then "
                    "whatsminer_reboot "
                    "(scope: btminer) restarts it",
                )

    async def _read_identity(self) -> None:
        """Read which machine and firmware it is, where records need that.

        Firmware since 2024 shows it in replies of its own.
        """
        if not self.fact_cache or not any(self._wants_record(setting) for setting in self.settings):
            return
        sources = {"mac": "get_miner_info", "firmware_version": "get_version"}
        missing = [command for fact, command in sources.items() if fact not in self.known]
        shown = facts_of.normalise(await self.miner.ask(*missing)) if missing else {}
        self.miner.recognise(shown)
        # Kept for later reads of this run, which may ask for less than the first.
        self._identity = {fact: value for fact, value in {**shown, **self.known}.items() if fact in sources}
        self.known.update(self._identity)

    def _is_shown(self, setting: Setting) -> bool:
        """Whether the miner shows all of *setting*, so that no record is needed of it."""
        return setting.fully_read() and not isinstance(setting.current(self.known), Unknown)

    def _wants_record(self, setting: Setting) -> bool:
        return not self._is_shown(setting) or setting.awaits_start(setting.current(self.known))

    # Plan

    # What becomes of a setting: the first line that fits. *shown* is what the miner shows; a *record* is one
    # that still holds (applied_records.holds). Drift is what differs, whether it's changed or not.
    #
    #   | setting                              | the miner, or the record            | verdict    | drift |
    #   | ------------------------------------ | ----------------------------------- | ---------- | ----- |
    #   | ephemeral, and the miner stays off   |                                     | LOSE       |       |
    #   | deferred, and no start since a record| record of the desired value         | AWAIT      |       |
    #   |                                      | the same, and shown                 | DONE       |       |
    #   |                                      | record of another value             | CHANGE     | yes   |
    #   | any                                  | shown, and differs                  | CHANGE     | yes   |
    #   | always written                       |                                     | CHANGE     |       |
    #   | shown as a whole                     | shown, as desired                   | DONE       |       |
    #   | any                                  | record of the desired value         | DONE       |       |
    #   |                                      | record of another value             | CHANGE     | yes   |
    #   |                                      | not shown, no record                | CHANGE     |       |
    #   | shown in part, and a fact cache      | that part as desired, no record     | CHANGE     |       |
    #   | shown in part, and no fact cache     | that part as desired                | UNVERIFIED |       |
    #
    # And of a setting that starts mining CHANGE becomes SPARE, as long as the miner is off and stays off.
    # That is no drift, since a run changes nothing about it.

    def _plan(self) -> list[Change]:
        """The changes, in the order to make them."""
        plan: list[Change] = []
        unrecorded: list[str] = []
        named: dict[_Verdict, list[str]] = {verdict: [] for verdict in _Verdict}
        for setting in self.settings:
            current = setting.current(self.known)
            verdict, drifted = self._judge(setting, current)
            named[verdict].append(setting.name)
            if verdict is _Verdict.CHANGE:
                plan.append(Change(setting.completed(self.known), current))
            if drifted:
                self.result.drifted.append(setting.name)
            elif isinstance(current, Unknown) and verdict is not _Verdict.DONE:
                self.result.unknown[setting.name] = current.reason
                unrecorded += [setting.name] if verdict is _Verdict.CHANGE and not setting.always else []
            elif verdict is _Verdict.SPARE:
                self.result.unknown[setting.name] = _SPARED.format(current=_shown(setting, current))
            elif verdict in (_Verdict.CHANGE, _Verdict.UNVERIFIED) and not setting.always:
                self.result.unknown[setting.name] = _UNRECORDED
        self._plan_what_a_restart_loses(plan, named[_Verdict.LOSE])
        self.result.after_restart = named[_Verdict.AWAIT]
        if unrecorded and not self.fact_cache:
            self.result.warnings.append(_NO_FACT_CACHE.format(names=", ".join(unrecorded)))
        for verdict, warning in (
            (_Verdict.UNVERIFIED, _UNVERIFIED),
            (_Verdict.LOSE, _LOST_WHEN_OFF),
            (_Verdict.SPARE, _STARTS_MINING),
        ):
            if named[verdict]:
                self.result.warnings.append(warning.format(names=", ".join(named[verdict])))
        plan.sort(key=lambda change: (change.setting.ephemeral, change.setting.effect))
        return plan

    def _judge(self, setting: Setting, current: object) -> tuple[_Verdict, bool]:
        """(what becomes of *setting*, which is shown as *current*; whether it has drifted): the table above.
        """
        if setting.ephemeral and self._stays_off():
            return _Verdict.LOSE, False
        verdict, drifted = self._compare(setting, current)
        if verdict is _Verdict.CHANGE and setting.starts_mining and self._stays_off() and not self._is_on():
            return _Verdict.SPARE, False
        return verdict, drifted

    def _compare(self, setting: Setting, current: object) -> tuple[_Verdict, bool]:
        unknown = isinstance(current, Unknown)
        recorded = self._is_recorded(setting) if setting.deferred and not unknown else None
        if recorded is not None and not self._started_since(setting):
            if not recorded:
                return _Verdict.CHANGE, True
            return (_Verdict.AWAIT if setting.awaits_start(current) else _Verdict.DONE), False
        if not unknown and not setting.met_by(current):
            return _Verdict.CHANGE, True
        if setting.always:
            return _Verdict.CHANGE, False
        if not unknown and setting.fully_read():
            return _Verdict.DONE, False
        recorded = self._is_recorded(setting)
        if recorded is not None:
            return (_Verdict.DONE, False) if recorded else (_Verdict.CHANGE, True)
        # A secret that nobody knows to be applied: once is enough where that can be remembered.
        return (_Verdict.CHANGE if unknown or self.fact_cache else _Verdict.UNVERIFIED), False

    def _is_recorded(self, setting: Setting) -> bool | None:
        """Whether the record of *setting* stands for the desired value; None without one that holds."""
        record = self.applied.get(setting.name)
        if record is None or not applied_records.holds(record, setting, self.known):
            return None
        return applied_records.matches(record, setting)

    def _started_since(self, setting: Setting) -> bool:
        """Whether the miner may have started since *setting* was recorded, so that what was set is in effect.
        """
        return self.known.get("state") != "off" and applied_records.came_up_since(
            self.applied[setting.name], self.known
        )

    def _is_on(self) -> bool:
        return self.known.get("state") == "on" or self.known.get("tuning", False)

    def _plan_what_a_restart_loses(self, plan: list[Change], lost: list[str]) -> None:
        if all(change.setting.effect < Effect.RESTARTS for change in plan):
            return
        planned = {change.setting.name for change in plan}
        for setting in self.settings:
            if setting.name in planned or setting.name in lost:
                continue
            if setting.ephemeral and not setting.restored_by_restart():
                plan.append(Change(setting, Unknown("as declared, and lost by the restart in this run")))

    def _stays_off(self) -> bool:
        declared = [setting.desired for setting in self.settings if setting.name == "power.state"]
        return (declared or [self.known.get("state")])[0] in ("off", "preheated")

    def _foretell(self, plan: list[Change]) -> None:
        """Write down what carrying out *plan* will have changed.

        Raises WrongMachine if it may not even begin.
        """
        if not self.miner.recognised:
            plan.sort(key=lambda change: not _reveals(change))
        if plan:
            self.miner.require_recognised(plan[0].setting.orders(plan[0].current)[0][0], self.known)
        self._before = {change.setting.name: change.current for change in plan}
        for change in plan:
            self.result.before[change.setting.name] = _shown(change.setting, change.current)
            self.result.after[change.setting.name] = _shown(change.setting, change.setting.desired)
        self.result.changed = bool(plan)

    # Carry out

    async def _carry_out(self, plan: list[Change]) -> None:
        self.result.changed = False
        for change in plan:
            if self._done and self.wait and self._done[-1].effect >= Effect.RESTARTS:
                await self._read_back(self._done, self.wait_timeout, summary=True)
            if not self.miner.recognised and not _reveals(change):
                await self._read_when_up()
            if not (change.setting.restored_by_restart() and self._has_restarted()):
                if change.setting.needs_tuned:
                    await self._wait_until_tuned(change.setting)
                await change.setting.apply(self, change.current)
            self._done.append(change.setting)

    def _has_restarted(self) -> bool:
        """Whether what was done so far in this run has restarted mining, or started it."""
        return any(setting.effect >= Effect.RESTARTS for setting in self._done)

    async def _wait_until_tuned(self, setting: Setting) -> None:
        """Wait until the miner has tuned its frequencies, since *setting*, sent before, would be lost.

        Firmware that doesn't show whether it tunes isn't waited for. Raises NotConverged.
        """
        poller = without_retries(self.miner)
        begun = time.monotonic()
        async for _again in Pauses():
            fault = "the miner is still tuning"
            try:
                replies = await poller.ask("summary", "status", "edevs")
                starting = any(isinstance(reply, NotRunning) for reply in replies.values())
                if not starting and not facts_of.normalise(replies).get("tuning"):
                    return
            except (Unreachable, NotAMiner) as error:
                fault = error.problem
            if time.monotonic() - begun > self.wait_timeout:
                raise NotConverged(
                    f"{setting.name} wasn't sent, since it would be lost: after {self.wait_timeout:g} s "
                    f"{fault}",
                    miner=self.miner.name,
                )

    async def _order(self, setting: Setting, command: str, params: Params) -> Reply:
        """Order *command*. Where the miner doesn't know it, the error names *setting*, firmware and API."""
        try:
            return await self.miner.order(command, params)
        except UnknownCommand as error:
            raise await self._explained(error, setting, command) from None

    async def _explained(self, error: UnknownCommand, setting: Setting, command: str) -> UnknownCommand:
        known = dict(self.known)
        if "api_version" not in known:
            with contextlib.suppress(WhatsminerError):  # the refusal is what matters
                known.update(facts_of.normalise(await self.miner.ask("get_version")))
        firmware, api = (
            self.miner.mask.text(known.get(fact, "of unknown version"))
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
        """Order *command* once. Without an answer, read back whether it was taken. Raises OutcomeUnknown."""
        try:
            await self._order(setting, command, params)
        except OutcomeUnknown as error:
            if not await self._was_taken(setting):
                raise error
        self._note(command)

    async def settle(self, setting: Setting) -> None:
        """Wait until the miner shows *setting* as desired. Raises NotConverged."""
        await self._read_back([setting], self.wait_timeout)

    async def repeat(
        self, setting: Setting, command: str, params: Params, until: Callable[[Reply], bool]
    ) -> None:
        """Order *command*, which asks as well as it orders, again and again until *until* says so of a reply.
        """
        begun = time.monotonic()
        async for _again in Pauses():
            try:
                reply = await self._order(setting, command, params)
                if command not in self.result.commands:
                    self._note(command)
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

    async def move(self, setting: Setting, command: str, params: Params, address: str | None) -> None:
        """Order *command*, which reboots the miner, and follow it to *address* (None: it gets one by DHCP).
        """
        watch = Watch(self.known)
        mac = self.known.get("mac")
        unanswered = None
        try:
            await self._order(setting, command, params)
            self._note(command)
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
                remedy=""
                if address
                else f"DHCP may have given it another address than {old}: find it by its MAC, {mac}",
            ) from None
        if unanswered is not None:
            self._note(command)

    def _note(self, command: str) -> None:
        self.result.commands.append(command)
        self.result.changed = True

    # Read back

    async def _was_taken(self, setting: Setting) -> bool:
        """Whether the miner comes to show *setting*, after a write that it didn't answer."""
        before = self._before.get(setting.name)
        if before is not None and not isinstance(before, Unknown) and setting.met_by(before):
            return False  # what it shows was as desired all along, so it can't tell
        try:
            await self._read_back([setting], self.wait_timeout, patience=PATIENCE_SECONDS)
        except (NotConverged, Unreachable):
            return False
        return not isinstance(setting.current(self.known), Unknown)

    async def _read_back(
        self,
        settings: list[Setting],
        timeout: float,
        patience: float | None = None,
        summary: bool = False,
        tuned: bool = False,
    ) -> None:
        """Read until the miner shows all of *settings* that it can show as desired, and is up; *summary* as
        in `_read`.

        Raises NotConverged after *timeout* seconds, or once it has shown an old value for *patience* seconds,
        which starts anew whenever the miner is away or starting. Without *patience* the miner has said yes:
        then it needn't show a deferred setting, and one that makes it tune counts as applied as long as it
        tunes. With *tuned* the end of that is waited for, as far as *timeout* allows.
        """
        poller = without_retries(self.miner)
        begun = time.monotonic()
        steady_since = None
        async for _again in Pauses():
            remaining, down, fault = settings, True, None
            try:
                down = await self._read(settings, poller, summary)
                remaining = [
                    setting
                    for setting in settings
                    if self._is_open(setting, down, patience is not None, tuned)
                ]
            except (Unreachable, NotAMiner) as error:
                fault = error
            if not remaining:
                return
            now = time.monotonic()
            steady_since = (steady_since or now) if not down else None
            gave_up = patience is not None and steady_since is not None and now - steady_since > patience
            if not gave_up and now - begun <= timeout:
                continue
            if patience is None and fault is None and all(map(self._is_tuning_for, remaining)):
                self.result.values["tuning"] = True
                return
            raise NotConverged(self._still(remaining, fault, now - begun), miner=self.miner.name)

    def _is_open(self, setting: Setting, down: bool, unproved: bool, tuned: bool) -> bool:
        """Whether the miner may still come to show *setting* as desired.

        *unproved*: nothing but that proves that it was taken; *tuned* as in `_read_back`.
        """
        current = setting.current(self.known)
        shown = isinstance(current, Unknown) or setting.met_by(current)
        if not shown and (unproved or not setting.deferred):
            return True
        starting = down and self.known.get("state") != "off"
        return starting or (tuned and self._is_tuning_for(setting))

    def _is_tuning_for(self, setting: Setting) -> bool:
        return setting.tunes and self.known.get("tuning", False)

    def _still(self, settings: list[Setting], fault: WhatsminerError | None, seconds: float) -> str:
        if fault is not None:
            return (
                f"after {seconds:.0f} s it doesn't show {', '.join(setting.name for setting in settings)}: "
                f"{fault.problem}"
            )
        differences = (
            f"{setting.name} is {self.miner.mask.value(_shown(setting, setting.current(self.known)))} and "
            f"not {_shown(setting, setting.desired)}"
            for setting in settings
        )
        return f"after {seconds:.0f} s {'; '.join(differences)}"

    # Records

    def _tell_after_restart(self, changed: list[Setting]) -> None:
        """Say which settings in *changed* take effect at the next start only, as far as the miner shows it.
        """
        if not self.wait:
            return
        waiting = []
        for setting in changed:
            current = setting.current(self.known)
            if setting.awaits_start(current) and not (self._has_restarted() and isinstance(current, Unknown)):
                waiting.append(setting.name)
        self.result.after_restart += waiting
        if waiting:
            self.result.warnings.append(_AFTER_RESTART.format(names=", ".join(waiting)))

    def _is_refuted(self, setting: Setting, record: Record) -> bool:
        """Whether the miner shows *setting* as desired, so that *record* is wrong, or not needed any more."""
        if not self._is_shown(setting) or not setting.met_by(setting.current(self.known)):
            return False
        return (
            setting.deferred
            or not applied_records.holds(record, setting, self.known)
            or not applied_records.matches(record, setting)
        )

    def _keep_records(self, changed: list[Setting]) -> None:
        """Record what was applied and can't be read, and forget what older records say of what was changed.
        """
        names = {setting.name for setting in changed}
        kept = {name: record for name, record in self.applied.items() if name not in names}
        for setting in self.settings:
            if setting.name in kept and self._is_refuted(setting, kept[setting.name]):
                del kept[setting.name]
        for setting in changed:
            if self._wants_record(setting):
                kept[setting.name] = applied_records.made(setting, self.known)
        if "power.state" in names and self._stays_off():
            # A miner that goes off hides what has just been seen to be as declared, and only that.
            for setting in self.settings:
                if (
                    setting.name not in names
                    and not setting.ephemeral
                    and setting.name not in self.result.unknown
                ):
                    kept[setting.name] = applied_records.made(setting, self.known)
        if kept != self.applied:
            self.result.applied = kept


def _reveals(change: Change) -> bool:
    return [command for command, _params in change.setting.orders(change.current)] == [_REVEALING]


def _shown(setting: Setting, value: object) -> object:
    return str(value) if isinstance(value, Unknown) else setting.shown(value)
