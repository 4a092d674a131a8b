# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that only their owner may read: where they may lie, and how they are opened."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

# Where a directory of our own outlives the process if no other can. The first is in memory: no disk fills it.
ELSEWHERE = ("/dev/shm", "/tmp")


def directory(wanted: str) -> str | None:
    """*wanted*, made with mode 0700 if need be, if nobody else can look into it; else a directory of our own
    inside. None if neither can be had, or written to.
    """
    directory = os.path.realpath(os.path.expanduser(wanted))
    return _first_usable(directory, inside(directory))


def directory_elsewhere() -> str | None:
    """A directory of our own in ELSEWHERE, for where `directory` gives none; None if there is none either."""
    return _first_usable(*(os.path.join(place, f"whatsminer-{os.geteuid()}") for place in ELSEWHERE))


def _first_usable(*candidates: str) -> str | None:
    for candidate in candidates:
        with contextlib.suppress(OSError):
            os.makedirs(candidate, mode=0o700, exist_ok=True)
            if _is_private(os.lstat(candidate)) and os.access(candidate, os.R_OK | os.W_OK | os.X_OK):
                return candidate
    return None


def inside(wanted: str) -> str:
    """The directory of our own inside *wanted*, which is used where others can look into that."""
    return os.path.join(wanted, f"tokens-{os.geteuid()}")


def opened(path: str) -> int | None:
    """A handle of the file at *path*, made if there is none; None if what's there isn't a file of our own.

    Raises OSError.
    """
    return _opened(path, os.O_RDWR | os.O_CREAT)


def beginning(path: str, most: int) -> bytes | None:
    """The first *most* bytes of the file at *path*; None if what's there isn't a file of our own.

    Raises OSError, as where there is none.
    """
    handle = _opened(path, os.O_RDONLY)
    if handle is None:
        return None
    try:
        return os.read(handle, most)
    finally:
        os.close(handle)


def _opened(path: str, how: int) -> int | None:
    try:
        # Not blocking, so that a pipe of this name stops nobody.
        handle = os.open(path, how | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link, which isn't followed
            return None
        raise
    found = os.fstat(handle)
    if stat.S_ISREG(found.st_mode) and _is_private(found):
        return handle
    os.close(handle)
    return None


def _is_private(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
