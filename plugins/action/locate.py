# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let the LEDs of all miners of a play flash for a while: one task, however it ends.

What is decided is in plugin_utils/_upkeep/locate.py.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import led
from ansible_collections.minerops.whatsminer.plugins.modules import locate, whatsminer_facts, whatsminer_led
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.afterwards import done_afterwards
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet_action import say
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import LIMITS, RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.task_result import OF_ALL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep import locate as loop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        RoleResult,
        TaskResult,
    )


class ActionModule(RoleAction):
    """Flashes once for all hosts of the play; the Fleet of locate.py."""

    _validator = ArgumentSpecValidator(locate.ARGUMENTS)
    _reader = whatsminer_facts

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        if arguments["seconds"] < 1:
            raise ValueError(f"seconds must be at least 1, and is {arguments['seconds']}")
        pattern = {name: arguments[name] for name in ("color", "period", "duration")}
        try:
            led.declared(pattern)
        except BadParameter as error:
            raise ValueError(str(error)) from None
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        columns = self._columns_of(hosts)
        found = loop.locate(self, hosts, pattern, arguments["seconds"])
        for host in found.flashed:
            place = ", ".join(filter(None, columns[host].values()))
            self.say(f"{'would flash' if self.check_mode else 'flashed'}: {host}{place and f' ({place})'}")
        for host, holder in found.held.items():
            self.say(f"left alone: {host}: {holder}")
        for host in found.taken_over:
            self.say(f"{host} flashed before, and the API doesn't show how: its LED is left to the miner")
        problems = [
            *(f"{host}: {why}" for host, why in found.failed.items()),
            *(f"{host} still flashes: {why}" for host, why in found.not_back.items()),
        ]
        result: RoleResult = {"changed": bool(found.flashed), "report": vars(found), "problem": ""}
        if problems:
            lost = counted(len(problems), "miner")
            result["problem"] = f"{OF_ALL.capitalize()}: {lost} failed: {'; '.join(problems)}"
            result["failed"], result["msg"] = True, result["problem"]
        return result

    # The miners, for locate.py

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        return self._results(whatsminer_facts, hosts, {"gather_subset": ["min", "system"], "raw": False})

    def declared_led(self, host: str) -> loop.Led | None:
        try:
            declared = plain(self._task_vars["hostvars"][host].get("whatsminer_led"))
            return declared if isinstance(declared, dict) and led.declared(declared) else None
        except (AnsibleError, BadParameter):
            return None

    def set_leds(self, leds: Mapping[str, loop.Led]) -> list[TaskResult]:
        return self._results_of(whatsminer_led, leds)

    @contextlib.contextmanager
    def set_afterwards(self, leds: Mapping[str, loop.Led]) -> Iterator[None]:
        # A record of how it flashed last says nothing then.
        jobs = list(
            self._jobs_for(whatsminer_led, {host: {**was, "applied": {}} for host, was in leds.items()})
        )

        def give_back() -> None:
            tally = asyncio.run(
                fleet.run(
                    whatsminer_led,
                    jobs,
                    check_mode=False,
                    diff=False,
                    concurrency=LIMITS["concurrency"],
                    most_lost=None,
                    report=lambda text: None,
                )
            )
            lost = [host for host, outcome in tally.outcomes.items() if _is_lost(outcome)]
            said = f"; still flashing: {', '.join(lost)}" if lost else ""
            say(f"locate: the LEDs of {counted(len(jobs) - len(lost), 'miner')} are given back{said}\n")

        with done_afterwards(give_back):
            yield


def _is_lost(outcome: TaskResult) -> bool:
    return bool(outcome.get("failed") or outcome.get("unreachable"))
