# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""As many open files as much at once needs, or as much at once as there may be open files."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# For what is opened besides: names that are looked up, files that are written.
_RESERVE = 32


@contextlib.contextmanager
def open_files_for(wanted: int, each: int) -> Iterator[int]:
    """Give how many of *wanted* may go on at once, of which each takes *each* open files; one at least.

    If the soft limit of open files is too low for them it is raised, as far as the hard limit lets it, and
    put back afterwards: programs that this process starts inherit it, and some can't live with a high one.
    """
    try:
        import resource
    except ImportError:  # not a Unix
        yield max(wanted, 1)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = _open_files() + _RESERVE
    allowed = soft
    needed = each * wanted + spare
    if soft != resource.RLIM_INFINITY and soft < needed:
        target = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (target, hard))
            allowed = target
        except (OSError, ValueError):
            pass  # then it goes slower
    try:
        yield max(wanted if allowed == resource.RLIM_INFINITY else min(wanted, (allowed - spare) // each), 1)
    finally:
        if allowed != soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _open_files() -> int:
    try:
        return len(os.listdir("/dev/fd"))
    except OSError:
        return _RESERVE
