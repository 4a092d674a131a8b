# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What action plugins share that judge the health of miners: they read them as a fleet task does.

What makes a miner ill is decided in plugin_utils/_health, by the variables of the role ``health``.
"""

from __future__ import annotations

import pathlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_facts
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import (
    HostDeclarations,
    declared_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.outcomes import seen_in
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner, miner_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import columns_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Held, Hold
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.declared import HostDeclared
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Codes
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

    Seen = Callable[[Miner, dict[str, Any]], object]

_HEALTH_ROLE = str(pathlib.Path(__file__).parents[3] / "roles" / "health")
_THRESHOLDS, _COOLING = "health_thresholds", "health_cooling"


class HealthAction(RoleAction):
    """An action plugin that judges miners by `_judged`.

    *_of_a_host* are the names of those of its role's variables that may differ from host to host.
    """

    _reader = whatsminer_facts
    _of_a_host: tuple[str, ...] = ()

    def _judged(
        self, hosts: Sequence[str], codes: Codes, *, columns: Sequence[str] = (), seen: Seen | None = None
    ) -> list[Miner]:
        """*hosts*, read and judged now, with the *columns* of these names.

        *seen* is called with each as it comes, and with the facts that it showed. Raises AnsibleActionFail,
        HoldStoreFault, and ValueError.
        """
        noted: dict[str, _Noted] = {}
        declarations = HostDeclarations()

        def note(host: str, variables: dict[str, Any], resolved: Callable[[Any], Any]) -> None:
            names = (_THRESHOLDS, _COOLING, *self._of_a_host)
            try:
                given = {name: plain(resolved(variables.get(name))) for name in names}
                noted[host] = _Noted(
                    declarations.of(given.pop(_THRESHOLDS), given.pop(_COOLING)),
                    columns_of(columns, variables, resolved),
                )
                self._note(host, given)
            except (AnsibleError, ValueError) as error:
                raise AnsibleActionFail(f"{host}: {error}") from None

        everything = {"gather_subset": ["all"], "raw": False}
        jobs = self._noting_jobs(hosts, whatsminer_facts, everything, note)
        miners = _Judge(jobs, noted, codes)

        def served(host: str, outcome: TaskResult) -> None:
            miner = miners.add(host, outcome)
            # Facts are most of an outcome: they needn't all be there at once.
            facts = outcome.pop("ansible_facts", None) or {}
            if seen is not None:
                seen(miner, facts.get("whatsminer") or {})

        self._serve_jobs(whatsminer_facts, jobs, served=served)
        return miners.found

    def _declared_codes(self) -> Codes:
        """How error codes are taken, by the variables of the role ``health``. Raises ValueError."""
        found = declared(_HEALTH_ROLE, "main", self._task_vars, resolve=self._templar.template)
        return declared_of({name.removeprefix("health_"): value for name, value in found.items()}).codes

    def _note(self, host: str, variables: Mapping[str, Any]) -> None:
        """Take the *variables* of *host*, those of *_of_a_host*; None is what isn't declared.

        Raises ValueError.
        """


@dataclass(frozen=True)
class _Noted:
    """What a host's variables say about its health, and in the columns of reports."""

    declared: HostDeclared
    columns: Columns


class _Judge:
    """Judges miners as their outcomes come in; *found* are those that were judged."""

    def __init__(self, jobs: list[fleet.Job], noted: Mapping[str, _Noted], codes: Codes) -> None:
        self._jobs = {job.host: job for job in jobs}
        self._noted = noted
        self._codes = codes
        directories = {job.params["holds"] for job in jobs if job.problem is None}
        self._holds = {directory: _Holds(HoldStore(directory)) for directory in directories}
        self.found: list[Miner] = []

    def add(self, host: str, outcome: TaskResult) -> Miner:
        """Judge *host* by its *outcome* of whatsminer_facts."""
        now, params = time.time(), self._jobs[host].params
        seen = seen_in(host, outcome, now)
        reading = seen if isinstance(seen, Reading) else None
        limits = self._noted[host].declared.of(reading)
        declared_mac = params.get("mac")
        mac = declared_mac or (None if reading is None else reading.mac)
        holds = self._holds[params["holds"]].of(host, mac) if "holds" in params else ()
        judgement = judge(
            seen,
            limits,
            now=now,
            holds=holds,
            declared_mac=declared_mac,
            declared_serial=params.get("serial"),
            codes=self._codes,
        )
        miner = miner_of(
            host,
            params.get("host"),
            judgement,
            reading,
            limits,
            warnings=outcome.get("warnings") or (),
            columns=self._noted[host].columns,
        )
        self.found.append(miner)
        return miner


class _Holds:
    """All holds of a store at one moment. A store that can't be read is a fault: it isn't taken for empty."""

    def __init__(self, store: HoldStore) -> None:
        held: list[Held] = store.all()
        self._by_host = {each.host: each for each in held}
        self._by_mac = {each.mac: each for each in held if each.mac is not None}

    def of(self, host: str, mac: str | None) -> tuple[Hold, ...]:
        """The holds on the miner called *host*, or else on the one with *mac*."""
        held = self._by_host.get(host) or self._by_mac.get(mac or "")
        return () if held is None else held.holds
