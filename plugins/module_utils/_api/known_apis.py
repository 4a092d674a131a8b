# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which API each miner speaks, as it was last seen, so that a known miner is dialled on one port only.

One small file a miner, beside its tokens. What can't be read or kept costs a second connection at the next
run, and nothing else.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from urllib.parse import quote

from . import private_files
from .json_text import DECODER

#: For how long knowledge holds, by the generation of the API: new firmware may bring API 3.
LIFETIME_SECONDS = {2: 24 * 3600, 3: 7 * 24 * 3600}
_MOST_BYTES = 1024
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Known:
    """The *generation* of the API to use, and whether API 2 is open *beside* API 3.

    *refused* is the account of API 3 whose password the miner refused, so that API 2 is used.
    """

    generation: int
    beside: bool = False
    refused: str = ""


class KnownApis:
    """What is known of all miners, kept in *directory*; without one, in memory."""

    def __init__(self, directory: str | None = None) -> None:
        self._wanted_directory = directory
        self._memory: dict[str, Known] = {}

    def find(self, miner: str) -> Known | None:
        """What is known of *miner*, a text that names its address and ports; None for nothing."""
        if miner in self._memory or self._wanted_directory is None:
            return self._memory.get(miner)
        try:
            found = DECODER.decode(self._kept(miner).decode())
            known = Known(found["generation"], found["beside"], found["refused"])
            is_fresh = 0 <= time.time() - found["at"] < LIFETIME_SECONDS[known.generation]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        return known if is_fresh and isinstance(known.refused, str) else None

    def _kept(self, miner: str) -> bytes:
        """What the file about *miner* holds. Raises FileNotFoundError.

        To look needs no directory that is fit to write to, and each worker of each task would work that out
        anew.
        """
        wanted = os.path.expanduser(self._wanted_directory or "")
        try:
            return private_files.beginning(_path(wanted, miner), _MOST_BYTES) or b""
        except FileNotFoundError:
            return private_files.beginning(_path(private_files.inside(wanted), miner), _MOST_BYTES) or b""

    def remember(self, miner: str, known: Known) -> None:
        """Keep *known* of *miner*."""
        if self._directory is None:
            self._memory[miner] = known
            return
        path = _path(self._directory, miner)
        with contextlib.suppress(OSError):
            handle = private_files.opened(path)
            if handle is None:
                return
            try:
                data = json.dumps({**asdict(known), "at": time.time()}).encode()
                os.ftruncate(handle, 0)
                os.pwrite(handle, data, 0)
            finally:
                os.close(handle)

    def forget(self, miner: str) -> None:
        """Nothing that is known of *miner* holds any more."""
        self._memory.pop(miner, None)
        if self._directory is not None:
            with contextlib.suppress(OSError):
                os.unlink(_path(self._directory, miner))

    @functools.cached_property
    def _directory(self) -> str | None:
        return None if self._wanted_directory is None else private_files.directory(self._wanted_directory)


def _path(directory: str, miner: str) -> str:
    # Most names need no quoting, whose code would be loaded anew in each worker of each task.
    plain = miner if _PLAIN.fullmatch(miner) else quote(miner, safe="")
    return os.path.join(directory, f"{plain}.api")
