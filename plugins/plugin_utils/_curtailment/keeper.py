# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a curtailment keeps on the controller: its saved state, and the holds on the miners.

The state is saved before a hold is taken, and a hold is ended before the state is saved without its miner. So
whenever the controller is killed, each miner with a hold is one that the next resume knows of.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock, state_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Held, Hold
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import State

_VARIABLE = "curtailment_state_file"


class Keeper:
    """The state in the file at *path*, and the holds of *reason* in *store*. Raises HoldStoreFault.

    In check mode it changes neither.
    """

    def __init__(self, store: HoldStore, path: str, reason: str, *, check_mode: bool = False) -> None:
        self._store = store
        self._path = path
        self._reason = reason
        self._check_mode = check_mode

    @contextlib.contextmanager
    def alone(self, action: str, hosts: Collection[str]) -> Iterator[None]:
        """While the block runs, no other run works on *hosts*. Raises run_lock.Busy."""
        if self._check_mode:
            yield
            return
        with run_lock.alone(self._store, f"{action} by {self._reason}", hosts, path=self._path):
            yield

    def load(self) -> State:
        """The saved state. Raises CurtailmentError."""
        try:
            text = state_files.text_of(self._path, _VARIABLE)
        except ValueError as error:
            raise CurtailmentError(str(error)) from None
        return saved_state.read(text, self._path, self._reason)

    def recover(self, state: State, hosts: Iterable[str]) -> None:
        """Put into *state* those of *hosts* that it doesn't know of, though they have a hold of its reason:
        the file was lost.
        """
        for host in hosts:
            held = None if host in state.curtailed else self._store.find(host)
            hold = held.by(self._reason) if held else None
            entry = saved_state.entry_of(hold, held.mac) if held and hold else None
            if entry is not None:
                state.curtailed[host] = entry

    def others(self, seen: Mapping[str, Reading], now: float) -> tuple[dict[str, list[Hold]], dict[str, str]]:
        """(the holds of other curtailments, why nobody may change them now) by host, of the hosts in *seen*.

        A hold that was taken by hand says that somebody else has the say, even if it's on the power only.
        """
        shared: dict[str, list[Hold]] = {}
        blocked: dict[str, str] = {}
        for host, reading in seen.items():
            held = self._store.find(host, reading.mac)
            for hold in held.holding(now) if held else ():
                if hold.reason == self._reason:
                    continue
                if saved_state.entry_of(hold, None) is None:
                    blocked[host] = f"it is {hold.told(now)}"
                else:
                    shared.setdefault(host, []).append(hold)
        return shared, blocked

    def ended(self, hosts: Iterable[str], now: float) -> dict[str, float]:
        """host -> since when its hold of this reason has been over, of those of *hosts* of which it is."""
        found = {}
        for host in hosts:
            held = self._store.find(host)
            hold = held.by(self._reason) if held else None
            if hold is not None and hold.until is not None and hold.is_over(now):
                found[host] = hold.until
        return found

    def save(self, state: State) -> None:
        """Save *state*. Raises CurtailmentError."""
        if self._check_mode:
            return
        try:
            state_files.write(self._path, state.to_dict(), _VARIABLE)
        except ValueError as error:
            raise CurtailmentError(str(error)) from None

    def take(self, state: State, hosts: Iterable[str], until: float | None, *, now: float) -> None:
        """Take holds on *hosts*, which are in *state*, until the moment *until*, or as long as they have been
        to hold so far. What is held already goes on.
        """
        miners = [(host, state.curtailed[host].mac) for host in hosts]
        if self._check_mode or not miners:
            return

        def taken(held: Held) -> Held:
            present = held.by(self._reason)
            if present is not None and present.is_over(now):
                present = None
            end = present.until if until is None and present is not None else until
            entry = state.curtailed[held.host]
            return held.with_hold(entry.hold(self._reason, end, None if present is None else present.since))

        self._store.change(miners, taken)

    def end(self, macs: Mapping[str, str | None]) -> None:
        """End the holds on the hosts of *macs*, which maps each to its MAC address, where that is known."""
        if not self._check_mode and macs:
            self._store.change(macs.items(), lambda held: held.without(self._reason))
