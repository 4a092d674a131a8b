# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of each declared setting, and which requests change what, in which sequence. No I/O.

What becomes of a setting: the first line that fits. *shown* is what the miner shows; a *record* is one that
still holds (applied_records.holds). Drift is what differs, whether it's changed or not.

    | setting                              | the miner, or the record            | verdict    | drift |
    | ------------------------------------ | ----------------------------------- | ---------- | ----- |
    | ephemeral, and the miner stays off   |                                     | LOSE       |       |
    | deferred, and no start since a record| record of the desired value         | AWAIT      |       |
    |                                      | the same, and shown                 | DONE       |       |
    |                                      | record of another value             | CHANGE     | yes   |
    | any                                  | shown, and differs                  | CHANGE     | yes   |
    | always written                       |                                     | CHANGE     |       |
    | shown as a whole                     | shown, as desired                   | DONE       |       |
    | any                                  | record of the desired value         | DONE       |       |
    |                                      | record of another value             | CHANGE     | yes   |
    |                                      | not shown, no record                | CHANGE     |       |
    | shown in part, and a fact cache      | that part as desired, no record     | CHANGE     |       |
    | shown in part, and no fact cache     | that part as desired                | UNVERIFIED |       |

And of a setting that starts mining CHANGE becomes SPARE, as long as the miner is off and stays off. That is
no drift, since a run changes nothing about it.

What somebody else has the say over (holding.py) is compared in the same way, left out, and said to be held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from .._api.catalogue import COMMANDS
from .._api.commands import Effect
from .._api.errors import BadParameter
from .._api.identity import REVEALING
from .._settings.base import Unknown
from . import applied_records
from .holding import NOTHING_HELD

if TYPE_CHECKING:
    from .._api.miner import Requests
    from .._facts.shapes import Facts
    from .._settings.base import ByApi, Setting
    from .applied_records import Record
    from .holding import Holding

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


class Verdict(Enum):
    """What becomes of a setting in this run; the table above says when."""

    DONE = auto()  # as desired
    AWAIT = auto()  # set, and in effect from the next start
    CHANGE = auto()
    UNVERIFIED = auto()  # left: no more than the secret that the miner can't show may differ
    LOSE = auto()  # left: sent now, it would be lost
    SPARE = auto()  # left: sent now, it would start the miner


_WARNINGS = (
    (Verdict.UNVERIFIED, _UNVERIFIED),
    (Verdict.LOSE, _LOST_WHEN_OFF),
    (Verdict.SPARE, _STARTS_MINING),
)


@dataclass(frozen=True)
class Change:
    """A setting that isn't as desired, the value it has, and the *requests* that change it."""

    setting: Setting
    current: object
    requests: Requests

    @property
    def effect(self) -> Effect:
        """The most disruptive of what the requests do to the miner."""
        return max(COMMANDS[command].effect_of(params) for command, params in self.requests)

    @property
    def reveals(self) -> bool:
        """Whether it makes a powered-off miner show which machine it is."""
        return [command for command, _params in self.requests] == [REVEALING]


@dataclass
class Plan:
    """The *changes* in the sequence in which to make them; the rest as in `Result`."""

    changes: list[Change] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    after_restart: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class Planner:
    """Plans for a miner that shows *known*, of which *applied* are the records.

    *fact_cache*: whether records outlive the run. *choose* gives the requests for the API that is spoken, of
    those for each; it raises Unsupported where there are none. *holding* is what others have the say over.
    """

    def __init__(
        self,
        settings: list[Setting],
        known: Facts,
        applied: dict[str, Record],
        *,
        fact_cache: bool,
        choose: Callable[[str, ByApi], Requests],
        holding: Holding = NOTHING_HELD,
    ) -> None:
        self._declared = settings
        # What is held counts as what it is, and not as what is declared of it.
        self._settings = [setting for setting in settings if not holding.keeps(setting.name)]
        self._holding = holding
        self._known = known
        self._applied = applied
        self._fact_cache = fact_cache
        self._choose = choose

    def plan(self, recognised: bool = True) -> Plan:
        """The Plan. While the machine isn't *recognised*, what makes it show which one it is comes first.

        Raises BadParameter and Unsupported, before anything is sent.
        """
        plan = Plan()
        unrecorded: list[str] = []
        judged: list[tuple[str, Verdict]] = []
        for setting in self._declared:
            current = setting.current(self._known)
            verdict, drifted = self._judge(setting, current)
            change = None
            if verdict is Verdict.CHANGE and not self._holding.keeps(setting.name):
                change = self._change(setting.completed(self._known), current)
            if self._is_left_alone(setting, verdict, change, plan=plan):
                continue
            judged.append((setting.name, verdict))
            if change is not None:
                plan.changes.append(change)
            if drifted:
                plan.drifted.append(setting.name)
            elif isinstance(current, Unknown) and verdict is not Verdict.DONE:
                plan.unknown[setting.name] = current.reason
                unrecorded += [setting.name] if verdict is Verdict.CHANGE and not setting.always else []
            elif verdict is Verdict.SPARE:
                plan.unknown[setting.name] = _SPARED.format(current=shown(setting, current))
            elif verdict in (Verdict.CHANGE, Verdict.UNVERIFIED) and not setting.always:
                plan.unknown[setting.name] = _UNRECORDED
        self._add_what_a_restart_loses(plan, _names(judged, Verdict.LOSE))
        plan.after_restart = _names(judged, Verdict.AWAIT)
        if unrecorded and not self._fact_cache:
            plan.warnings.append(_NO_FACT_CACHE.format(names=", ".join(unrecorded)))
        for verdict, text in _WARNINGS:
            names = _names(judged, verdict)
            if names:
                plan.warnings.append(text.format(names=", ".join(names)))
        plan.warnings += self._holding.warnings()
        plan.changes.sort(key=lambda change: (change.setting.ephemeral, change.effect))
        if not recognised:
            plan.changes.sort(key=lambda change: not change.reveals)
        return plan

    def is_met(self, setting: Setting) -> bool:
        """Whether nothing would be done about *setting*: the miner, or its record, shows all of it."""
        return self._judge(setting, setting.current(self._known))[0] is Verdict.DONE

    def _is_left_alone(
        self, setting: Setting, verdict: Verdict, change: Change | None, *, plan: Plan
    ) -> bool:
        """Whether somebody else has the say over *setting*, or over what *change* does. *plan* says so."""
        effect = Effect.CHANGES if change is None else change.effect
        holder = self._holding.on_setting(setting.name, effect, changes=verdict is Verdict.CHANGE)
        if holder is None:
            return False
        plan.held[setting.name] = holder
        return True

    def _change(self, setting: Setting, current: object) -> Change:
        requests = self._choose(setting.name, setting.requests(current))
        for command, params in requests:
            try:
                COMMANDS[command].encode(params)
            except BadParameter as error:
                raise BadParameter(setting.name, error.expected, command=command) from None
        return Change(setting, current, requests)

    def _judge(self, setting: Setting, current: object) -> tuple[Verdict, bool]:
        """(what becomes of *setting*, shown as *current*; whether it has drifted): the table above."""
        if setting.ephemeral and self.stays_off():
            return Verdict.LOSE, False
        verdict, drifted = self._compare(setting, current)
        if verdict is Verdict.CHANGE and setting.starts_mining and self.stays_off() and not self._is_on():
            return Verdict.SPARE, False
        return verdict, drifted

    def _compare(self, setting: Setting, current: object) -> tuple[Verdict, bool]:
        unknown = isinstance(current, Unknown)
        recorded = self._is_recorded(setting) if setting.deferred and not unknown else None
        if recorded is not None and not self._started_since(setting):
            if not recorded:
                return Verdict.CHANGE, True
            return (Verdict.AWAIT if setting.awaits_start(current) else Verdict.DONE), False
        if not unknown and not setting.met_by(current):
            return Verdict.CHANGE, True
        if setting.always:
            return Verdict.CHANGE, False
        if not unknown and setting.fully_read():
            return Verdict.DONE, False
        recorded = self._is_recorded(setting)
        if recorded is not None:
            return (Verdict.DONE, False) if recorded else (Verdict.CHANGE, True)
        # A secret that nobody knows to be applied: once is enough where that can be remembered.
        return (Verdict.CHANGE if unknown or self._fact_cache else Verdict.UNVERIFIED), False

    def _is_recorded(self, setting: Setting) -> bool | None:
        """Whether the record of *setting* stands for the desired value; None without one that holds."""
        record = self._applied.get(setting.name)
        if record is None or not applied_records.holds(record, setting, self._known):
            return None
        return applied_records.matches(record, setting)

    def _started_since(self, setting: Setting) -> bool:
        """Whether the miner may have started since *setting* was recorded, so that it is in effect."""
        return self._known.get("state") != "off" and applied_records.came_up_since(
            self._applied[setting.name], self._known
        )

    def _add_what_a_restart_loses(self, plan: Plan, lost: list[str]) -> None:
        if all(change.effect < Effect.RESTARTS for change in plan.changes):
            return
        done = {change.setting.name for change in plan.changes}.union(lost)
        for setting in self._settings:
            if setting.name not in done and setting.ephemeral and not setting.restored_by_restart():
                reason = Unknown("as declared, and lost by the restart in this run")
                plan.changes.append(self._change(setting.completed(self._known), reason))

    def _is_on(self) -> bool:
        return self._known.get("state") == "on" or self._known.get("tuning", False)

    def stays_off(self) -> bool:
        """Whether the miner is off after the run, as far as is declared or shown."""
        return stays_off(self._settings, self._known)


def _names(judged: list[tuple[str, Verdict]], verdict: Verdict) -> list[str]:
    """The names of the settings that were judged so."""
    return [name for name, judgement in judged if judgement is verdict]


def stays_off(settings: list[Setting], known: Facts) -> bool:
    """Whether a miner that shows *known* is off once *settings* are applied."""
    declared = [setting.desired for setting in settings if setting.name == "power.state"]
    return (declared or [known.get("state")])[0] in ("off", "preheated")


def shown(setting: Setting, value: object) -> object:
    """*value* of *setting*, or Unknown, as a diff may show it."""
    return str(value) if isinstance(value, Unknown) else setting.shown(value)
