# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the options that declare a miner as it is: converge.py the other way round.

An option counts only if a run that declared it would do nothing about it, so nothing is guessed: what the
miner doesn't show as a whole, what can't be declared, and what somebody else has the say over is left out,
with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._api.errors import BadParameter, Unsupported
from .._facts.clocks import CLOCKS
from .._facts.values import serial_number
from .._settings import cooling, led, net, pools, power, system
from .holding import holding
from .plan import Planner
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from .._api.miner import Miner, Params, Requests
    from .._facts.shapes import Facts
    from .._settings.base import ByApi, Options, Setting
    from .holding import Holding

#: The groups of settings, as whatsminer_config names them.
GROUPS: dict[str, ModuleType] = {
    "pools": pools,
    "power": power,
    "cooling": cooling,
    "net": net,
    "system": system,
    "led": led,
}

_OBSERVED = [fact for group in GROUPS.values() for fact in group.OBSERVED]
_FACTS = tuple(dict.fromkeys(("mac", "serial", "state", *CLOCKS.values(), *_OBSERVED)))
_DOWN = "its btminer is down: what it doesn't show now, such as its pools, isn't written down"


@dataclass
class Observed:
    """The *options* by group that declare a miner as it is, and why settings are *left* out, by name."""

    options: dict[str, Options] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)


async def run(miner: Miner, params: Params, check_mode: bool = False) -> Result:
    """Read *miner*; the Result's values hold ``identity``, ``options`` and ``left`` (`Observed`)."""
    reading = await miner.read(*_FACTS)
    known = reading.facts
    if miner.choice.speaks(2):  # SSH is a matter of that API alone
        known.update(await system.Ssh(True, system.SSH_PORT).probe(miner))
    found = observed(
        known,
        params,
        choose=miner.requests_for,
        held=holding(params, known.get("mac") or miner.identity.pinned_mac),
    )
    result = Result(values={"options": found.options, "left": found.left})
    shown = {"mac": known.get("mac"), "serial": serial_number(known.get("serial"))}
    result.values["identity"] = {fact: value for fact, value in shown.items() if value}
    if reading.down and known.get("state") != "off":
        result.warnings.append(_DOWN)
    return result


def observed(
    known: Facts, params: Params, *, choose: Callable[[str, ByApi], Requests], held: Holding
) -> Observed:
    """The options that declare a miner which shows *known*, as `Planner` judges them by the records in
    *params*.

    *choose* gives the requests for the API that is spoken, as of `Miner.requests_for`; *held* is what others
    have the say over.
    """
    found = Observed()
    candidates: list[tuple[str, Options, Setting]] = []
    for name, group in GROUPS.items():
        for options in group.observed(known):
            try:
                candidates += [(name, options, setting) for setting in group.declared(options)]
            except BadParameter as error:
                found.left[f"{name}.{error.name}"] = f"it can't be declared: it isn't {error.expected}"
    planner = Planner(
        [setting for _group, _options, setting in candidates],
        known,
        params["applied"] or {},
        fact_cache=params["fact_cache"],
        choose=choose,
    )
    for name, options, setting in candidates:
        why = _why_left(setting, planner, known, choose=choose, held=held)
        if why is None:
            found.options.setdefault(name, {}).update(options)
        else:
            found.left[setting.name] = why
    for name, options in found.options.items():
        _drop_what_does_not_go_together(name, options, found.left)
    return found


def _why_left(
    setting: Setting,
    planner: Planner,
    known: Facts,
    *,
    choose: Callable[[str, ByApi], Requests],
    held: Holding,
) -> str | None:
    """Why *setting*, which *known* show, isn't to be declared; None if it is."""
    if held.keeps(setting.name):
        return held.on_setting(setting.name) or "it is held"
    if not planner.is_met(setting):
        return "the miner doesn't show all of it now"
    try:
        choose(setting.name, setting.completed(known).requests(setting.current(known)))
    except Unsupported:
        return "it can't be set over the API that the miner speaks"
    except BadParameter as error:
        return f"it couldn't be set again: {error.name} isn't {error.expected}"
    return None


def _drop_what_does_not_go_together(name: str, options: Options, left: dict[str, str]) -> None:
    """Take of *options*, of the group called *name*, what can't be declared beside the others."""
    while options:
        try:
            GROUPS[name].declared(options)
            return
        except BadParameter as error:
            dropped = error.name if error.name in options else next(reversed(options))
            del options[dropped]
            left[f"{name}.{dropped}"] = f"it can't be declared beside the others: it isn't {error.expected}"


#: `run` as a module that the fleet engine runs takes no options of its own.
ARGUMENTS: dict[str, Any] = {}
