# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of a remediation: which reasons are remedied by what, and the limits of that."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups

RESTART, REBOOT, POWER_CYCLE = "restart", "reboot", "power_cycle"
#: The remedies, the mildest first.
REMEDIES = (RESTART, REBOOT, POWER_CYCLE)

_POLICY, _COMMAND = "remediation_policy", "remediation_power_cycle"
_VERDICTS = ("ill", "unreachable", "watch")

# What a restart may mend. Heat, fans, mains and pools aren't here: no restart mends them.
_DEFAULT_POLICY: dict[str, tuple[str, ...]] = {
    "btminer_down": REMEDIES,
    "not_mining": REMEDIES,
    "hashrate_low": REMEDIES,
    "board_missing": REMEDIES,
    "board_dead": REMEDIES,
    "board_low": REMEDIES,
    "chips_low": REMEDIES,
    "pool_not_mined": REMEDIES,
    "no_answer": (POWER_CYCLE,),
}
# At its address another machine would get the remedy.
_NEVER = "wrong_machine"


@dataclass(frozen=True)
class Policy:
    """What is done to one host: *remedies* by a reason's code, and the *command* that power-cycles it.

    The command is a program and its arguments; there may be none.
    """

    remedies: Mapping[str, tuple[str, ...]]
    command: tuple[str, ...] = ()

    def covers(self, reason: Reason) -> bool:
        """Whether something is declared for *reason*."""
        return bool(self.remedies.get(reason.code))

    def ladder(self, reasons: Sequence[Reason]) -> tuple[str, ...]:
        """The remedies for *reasons* together, the mildest first, as far as they can be done."""
        wanted = {remedy for reason in reasons for remedy in self.remedies.get(reason.code, ())}
        return tuple(
            remedy for remedy in REMEDIES if remedy in wanted and (remedy != POWER_CYCLE or self.command)
        )


def policy_of(declared: Any, command: Any) -> Policy:
    """The Policy of a host by its variables *declared*, remediation_policy, and *command*,
    remediation_power_cycle; None is what isn't declared.

    Raises ValueError.
    """
    if not isinstance(declared or {}, dict):
        raise ValueError(f"{_POLICY} must be a dictionary of reasons' codes, each with a list of remedies")
    found = dict(_DEFAULT_POLICY)
    for code, remedies in (declared or {}).items():
        if code not in CODES:
            near = difflib.get_close_matches(str(code), CODES, n=1)
            meant = f"; the nearest is {near[0]}" if near else ""
            raise ValueError(f"{_POLICY}.{code} is no reason's code{meant}. The role health lists them")
        listed = [] if remedies is None else remedies
        if not isinstance(listed, list) or set(map(str, listed)) - set(REMEDIES):
            raise ValueError(
                f"{_POLICY}.{code} must be a list of {', '.join(REMEDIES)}, and is {remedies!r}: an empty "
                "one leaves such miners alone"
            )
        if code == _NEVER and listed:
            raise ValueError(
                f"{_POLICY}.{code}: another machine is at the address, and nothing is done to it"
            )
        found[str(code)] = tuple(remedy for remedy in REMEDIES if remedy in listed)
    return Policy(found, _command_of(command))


def _command_of(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    if not isinstance(value, list) or not all(isinstance(part, (str, int, float)) for part in value):
        # The value itself isn't shown: there may be a secret in it.
        raise ValueError(f"{_COMMAND} must be a list: a program and its arguments")
    return tuple(map(str, value))


class Policies:
    """Reads the policies of one host after another. Few differ, so only those are worked out anew."""

    def __init__(self) -> None:
        self._latest: tuple[Any, Policy] | None = None
        self.by_host: dict[str, Policy] = {}

    def note(self, host: str, declared: Any, command: Any) -> None:
        """Take what the variables of *host* declare; see `policy_of`."""
        given = (declared, command)
        if self._latest is None or self._latest[0] != given:
            self._latest = given, policy_of(*given)
        self.by_host[host] = self._latest[1]


@dataclass(frozen=True)
class Rules:
    """The limits that hold for all miners. ``sites``: name of a site -> its hosts."""

    verdicts: frozenset[str]
    wait_seconds: float
    confirm_seconds: float
    daily_per_miner: int
    daily_per_site: int
    site_percent: float
    storm_percent: float
    storm_miners: int
    wait_timeout: int
    retry_given_up: bool
    sites: Groups

    @classmethod
    def of(cls, given: Mapping[str, Any], groups: Groups, hosts: Sequence[str]) -> Rules:
        """From the role's variables, without ``remediation_``, the inventory's *groups* and the play's
        *hosts*.

        ValueError names what makes no sense.
        """
        verdicts = [word for word in given["verdicts"] if word]
        unknown = sorted(set(verdicts) - set(_VERDICTS))
        if unknown:
            raise ValueError(
                f"remediation_verdicts must be a list of {', '.join(_VERDICTS)}, and {', '.join(unknown)} is "
                "none of them"
            )
        for name, least, most in _NUMBERS:
            if not least <= given[name] <= most:
                raise ValueError(
                    f"remediation_{name} must be between {least:g} and {most:g}, and is {given[name]:g}"
                )
        return cls(
            verdicts=frozenset(verdicts),
            wait_seconds=given["wait_minutes"] * 60,
            sites=_sites(given["sites"], groups, hosts),
            **{name: given[name] for name in _TAKEN},
        )


_TAKEN = (
    "confirm_seconds", "daily_per_miner", "daily_per_site", "site_percent", "storm_percent", "storm_miners",
    "wait_timeout", "retry_given_up",
)  # fmt: skip
# Name, least, most.
_NUMBERS = (
    ("wait_minutes", 0, 10_080),
    ("confirm_seconds", 0, 3600),
    ("daily_per_miner", 1, 100),
    ("daily_per_site", 0, 1_000_000),
    ("site_percent", 0.1, 100),
    ("storm_percent", 0, 100),
    ("storm_miners", 1, 1_000_000),
    ("wait_timeout", 1, 3600),
)
#: The site of the hosts that are in no group of remediation_sites.
REST = "the other miners"
_ONE_SITE = "miners"


def _sites(names: Sequence[str], groups: Groups, hosts: Sequence[str]) -> Groups:
    """Name -> hosts of each site. A host is in the first site that has it, and each of *hosts* is in one."""
    names = [name for name in names if name]
    unknown = [name for name in names if name not in groups]
    if unknown:
        raise ValueError(
            f"remediation_sites must be groups of the inventory, and there is no {', '.join(unknown)}"
        )
    if not names:
        return {_ONE_SITE: list(dict.fromkeys([*groups.get(_ONE_SITE, ()), *hosts]))}
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for name in names:
        found[name] = [host for host in groups[name] if host not in taken]
        taken.update(found[name])
    rest = [host for host in hosts if host not in taken]
    return {**found, REST: rest} if rest else found
