# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be declared of a miner: one file per group of settings, one class per setting.

A group's file holds OPTIONS, the argument spec of what a user declares, and ``declared(options)``, which
makes the Settings of it. A Setting says which fact shows it, and which requests of each API set it. All else
is done elsewhere: where a fact stands, each API's readings.py knows; what a command takes, its commands.py;
what is changed when, the engine. So a new setting is one file here, and its module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._api.catalogue import COMMANDS
from .._api.errors import BadParameter
from .._api.v3.commands import PARAM
from .._facts.clocks import CLOCKS
from .._facts.tables import find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn, TypeVar

    from .._api.miner import Miner, Requests
    from .._engine.converge import Session
    from .._facts.shapes import Facts

    T = TypeVar("T")
    #: Generation of API -> the requests that set something over it. An API without a way isn't there.
    ByApi = dict[int, Requests]
    Options = dict[str, Any]

#: The facts to read besides a setting's own: they tell whether a record of what was applied still holds.
RESTART_FACTS = tuple(CLOCKS.values())


@dataclass(frozen=True)
class Unknown:
    """A value that the miner doesn't show, and why."""

    reason: str

    def __str__(self) -> str:
        return f"unknown: {self.reason}"


class Setting:
    """One declared value of a miner: read it, compare it, change it.

    *desired* is the declared value, valid and in the miner's own form. Subclasses say which fact shows it,
    and which requests change it.
    """

    #: Each setting has a type of its own for its values.
    desired: Any
    #: The key in diffs and in the records of what was applied.
    name: str = ""
    #: The fact that shows it, ``power_mode`` or ``network.address``; "" where it's shown otherwise, or never.
    fact: str = ""
    #: The facts to read besides.
    besides: tuple[str, ...] = RESTART_FACTS
    #: Lost when btminer restarts, so that its record is void then.
    ephemeral = False
    #: Takes effect at the next start only, on some firmware at least, and until then the miner shows the old
    #: value.
    deferred = False
    #: Changing it starts mining, so that a miner which is off and stays off is left as it is.
    starts_mining = False
    #: Lost while the miner tunes its frequencies, so that the end of that is awaited before it's sent.
    needs_tuned = False
    #: Makes the miner tune its frequencies for minutes, with rates and limit 0, which is neither off nor a
    #: failure.
    tunes = False
    #: What the miner can't show of it is what nobody may see: it's recorded only as a salted, slow
    #: fingerprint.
    secret = False
    #: Whether to write it though it can't be seen to differ.
    always = False
    #: The address that a miner with it has, where it declares one.
    address: str | None = None

    def __init__(self, desired: Any) -> None:
        self.desired = desired

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts to read for it."""
        return (self.fact, *self.besides) if self.fact else self.besides

    def current(self, facts: Facts) -> object:
        """The value in *facts* (Reading.facts), or Unknown."""
        if not self.fact:
            return Unknown("the API has no command that shows it")
        value = find(facts, self.fact)
        return Unknown("this firmware doesn't show it") if value is None else value

    def met_by(self, current: Any) -> bool:
        """Whether *current*, a known value, is what's desired, as far as the miner shows it."""
        return bool(current == self.desired)

    def fully_read(self) -> bool:
        """Whether `current` shows all that is declared of it, so that no record is needed when it's known."""
        return True

    def awaits_start(self, current: object) -> bool:
        """Whether, once applied, *current* shows that it takes effect at the next start only."""
        return self.deferred and not isinstance(current, Unknown) and not self.met_by(current)

    def restored_by_restart(self) -> bool:
        """Whether a restart leaves an ephemeral setting as desired, so that it needn't be sent after one."""
        return False

    def subject(self, value: Any) -> object:
        """What else of *value* a record is made for, beside what it can't show: of other subjects it says
        nothing.

        None where `unshown` is the whole value.
        """
        return None

    def unshown(self) -> Sequence[object]:
        """The declared values that a record stands for, since the miner can't show them; None for one that
        isn't declared.
        """
        return [self.desired]

    async def probe(self, miner: Miner) -> Facts:
        """What of the facts no API command shows, found out in another way."""
        return {}

    def completed(self, facts: Facts) -> Setting:
        """The setting to apply to the miner that *facts* describe, where what to send depends on that."""
        return self

    def requests(self, current: object) -> ByApi:
        """The ``[(command, params)]`` that change *current* into what's desired, in order, for each API."""
        raise NotImplementedError

    async def apply(self, session: Session, requests: Requests) -> None:
        """Make it so by *requests*, of `requests`; *session* (converge.Session) sends and waits."""
        for command, params in requests:
            await session.send(self, command, params)

    def shown(self, value: Any) -> object:
        """*value* as a diff may show it."""
        return value


class SingleValue(Setting):
    """A setting that one parameter of one command carries, in each API that has a way.

    Raises BadParameter for a value that the parameter can't carry.
    """

    #: Generation of API -> the command, and the parameter of it that carries the value. The first has the
    #: range.
    ways: dict[int, tuple[str, str]]

    def __init__(self, desired: Any) -> None:
        super().__init__(desired)
        self.check()

    def check(self, api: str | None = None) -> None:
        """Raises BadParameter for a value out of range. *api* is the version of the miner's API, if known."""
        command, parameter = next(iter(self.ways.values()))
        checked(command, parameter, self.sent(), option=self.name.rpartition(".")[2], api=api)

    def sent(self) -> object:
        """The desired value as requests carry it."""
        return self.desired

    def requests(self, current: object) -> ByApi:
        return {
            generation: [(command, {parameter: self.sent()})]
            for generation, (command, parameter) in self.ways.items()
        }


def with_value(command: str, value: object) -> tuple[str, dict[str, Any]]:
    """The request of *command* of API 3 whose parameter is one *value*."""
    return command, {PARAM: value}


def shown_of(facts: Facts, fact_of: dict[str, str]) -> list[Options]:
    """Of each option in *fact_of*, which maps it to its fact, ``[{option: value}]`` where *facts* show it."""
    found = {option: find(facts, fact) for option, fact in fact_of.items()}
    return [{option: value} for option, value in found.items() if value is not None]


def checked(command: str, parameter: str, value: T, *, option: str, api: str | None = None) -> T:
    """*value*, if the miner's *command* may carry it as its *parameter*. Raises BadParameter naming *option*.

    *api* is the miner's API version, where the range depends on that.
    """
    COMMANDS[command].parameter(parameter).of_api(api).encode(value, label=option)
    return value


def reject(option: str, expected: str) -> NoReturn:
    """Refuse what was declared for *option*, before anything is sent."""
    raise BadParameter(option, expected)
