# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep two runs of a role from working on the same miners at once.

A run leaves a file in the store of holds that names what it works on, and locks it until the run is over,
however that ends: the system frees the lock of a process that is killed. A second run on the same miners is
refused, and says who has them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import getpass
import json
import os
import platform
import time
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import told
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore

_RUNS = "runs"
_NAMED = 5
_MEMBERS = ("what", "hosts", "path", "since", "pid", "node", "user")


class Busy(ValueError):
    """Another run works on some of the same miners; the text says which, and on what."""


@contextlib.contextmanager
def alone(store: HoldStore, what: str, hosts: Collection[str], *, path: str) -> Iterator[None]:
    """While the block runs, no other run works on *hosts*, or with the state file at *path*.

    *what* is what this run does, as text. Raises Busy if another one does already, and HoldStoreFault.
    """
    mine = {"what": what, "hosts": list(hosts), "path": os.path.abspath(path), **_self()}
    with store.locked() as directory, store.told_of("can't be used to keep runs apart"):
        with contextlib.suppress(FileExistsError):
            os.mkdir(_RUNS, 0o700, dir_fd=directory)
        for name in os.listdir(os.path.join(store.directory, _RUNS)):
            other = _of_a_living_run(os.path.join(_RUNS, name), directory)
            if other is not None:
                _require_apart(mine, other)
        name = os.path.join(_RUNS, f"{os.getpid()}-{os.urandom(6).hex()}.json")
        handle = _noted(name, json.dumps(mine).encode(), directory)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(store.directory, name))
        os.close(handle)


def _noted(name: str, data: bytes, directory: int) -> int:
    """A handle of the new file *name* with *data*, locked; there is none where it can't be written."""
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=directory)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.write(handle, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        os.close(handle)
        os.unlink(name, dir_fd=directory)
        raise
    return handle


def _self() -> dict[str, Any]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.geteuid())
    return {"since": int(time.time()), "pid": os.getpid(), "node": platform.node(), "user": user}


def _of_a_living_run(name: str, directory: int) -> dict[str, Any] | None:
    """What the file of a run says; None, and it is removed, if that run is over."""
    try:
        handle = os.open(name, os.O_RDWR | os.O_CLOEXEC, dir_fd=directory)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                said = json.loads(file.read())
                found: dict[str, Any] = {member: said[member] for member in _MEMBERS}
            except (ValueError, TypeError, KeyError):
                raise OSError(errno.EBADMSG, f"another run's file {name} makes no sense") from None
            return found
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
        return None


def _require_apart(mine: dict[str, Any], other: dict[str, Any]) -> None:
    common = sorted(set(mine["hosts"]) & set(other["hosts"]))
    if not common and mine["path"] != other["path"]:
        return
    about = shorten_list(common, _NAMED) if common else f"the state file {other['path']}"
    raise Busy(
        shown(
            f"another run works on {about}: {other['what']} since {told(other['since'], time.time())}, "
            f"process {other['pid']} of {other['user']} on {other['node']}. Nothing was done: wait for its "
            "end, and run again",
            1000,
        )
    )
