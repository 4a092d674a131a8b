# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout keeps on the controller, its saved state; and which miners are held."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock, state_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import SavedState


class Keeper:
    """The state in the file at *path*, and the holds in *store*. Raises HoldStoreFault and ValueError.

    In check mode it changes nothing. With *ignore_holds*, no miner is held.
    """

    def __init__(
        self, store: HoldStore, path: str, *, check_mode: bool = False, ignore_holds: bool = False
    ) -> None:
        self._store = store
        self._path = path
        self._check_mode = check_mode
        self._ignore_holds = ignore_holds

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While the block runs, no other run works with the state file. Raises run_lock.Busy.

        The miners themselves aren't locked: a rollout takes hours, and must not keep a curtailment waiting.
        """
        if self._check_mode:
            yield
            return
        with run_lock.alone(self._store, "a rollout of firmware", (), path=self._path):
            yield

    def load(self) -> SavedState:
        """The saved state."""
        text = state_files.text_of(self._path, saved_state.VARIABLE)
        return saved_state.read_saved_state(text, self._path)

    def save(self, state: SavedState) -> None:
        """Save *state*."""
        if not self._check_mode:
            state_files.write(self._path, saved_state.to_dict(state), saved_state.VARIABLE)

    def held(self, seen: Mapping[str, Reading], now: float) -> dict[str, str]:
        """Of the hosts in *seen* that have a hold of any kind, host -> by whom and since when, as text.

        A hold on the power is enough: a miner restarts with new firmware, and mines then.
        """
        if self._ignore_holds:
            return {}
        found = {}
        for host, reading in seen.items():
            held = self._store.find(host, reading.mac)
            holding = held.holding(now) if held else []
            if holding:
                found[host] = ", ".join(hold.told(now) for hold in holding)
        return found
