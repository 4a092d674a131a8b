# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hand a host's records of what was applied from a fleet task to later tasks of the same run.

Ansible takes a task's facts for the task's own host only, and a fleet task's is the first of the play. So a
fleet task leaves each host's new records in the run's temporary directory, which all its processes share and
ansible-core removes in the end. The next task of this collection for the host goes by them, and returns them
as the host's fact: from then on they are where Ansible keeps facts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING

from ansible import constants as C

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import Record


def leave(host: str, records: dict[str, Record]) -> None:
    """Leave *records*, a dict, for the next task for *host*, instead of those that may lie there."""
    os.makedirs(_directory(), mode=0o700, exist_ok=True)
    path = _path(host)
    handle = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(records, file)
    os.replace(f"{path}.new", path)


def find(host: str) -> dict[str, Record] | None:
    """The records that were left for *host*; None if there are none."""
    if not os.path.isdir(_directory()):  # mostly, and each task asks
        return None
    try:
        with open(_path(host), encoding="utf-8") as file:
            records: dict[str, Record] = json.load(file)
            return records
    except (FileNotFoundError, NotADirectoryError):
        return None


def drop(host: str) -> None:
    """Forget what was left for *host*, since it is its fact now."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(host))


def _directory() -> str:
    return os.path.join(C.DEFAULT_LOCAL_TMP, "whatsminer")


def _path(host: str) -> str:
    return os.path.join(_directory(), f"{hashlib.sha256(host.encode()).hexdigest()[:32]}.json")
