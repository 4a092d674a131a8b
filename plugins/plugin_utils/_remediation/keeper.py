# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a remediation keeps on the controller: its saved state, and that no second run works with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock, state_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
        SavedState,
    )


class Keeper:
    """The state in the file at *path*; runs are kept apart in *store*. Raises HoldStoreFault and ValueError.

    In check mode it changes nothing.
    """

    def __init__(self, store: HoldStore, path: str, *, check_mode: bool = False) -> None:
        self._store = store
        self._path = path
        self._check_mode = check_mode

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While the block runs, no other run works with the state file. Raises run_lock.Busy.

        The miners themselves aren't locked: a curtailment must not wait until they have restarted.
        """
        if self._check_mode:
            yield
            return
        with run_lock.alone(self._store, "a remediation", (), path=self._path):
            yield

    def load(self) -> SavedState:
        """The saved state."""
        return saved_state.read(state_files.text_of(self._path, saved_state.VARIABLE), self._path)

    def save(self, state: SavedState) -> None:
        """Save *state*."""
        if not self._check_mode:
            state_files.write(self._path, saved_state.to_dict(state), saved_state.VARIABLE)
