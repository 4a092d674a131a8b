# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have something done after this process ends, however it ends: by an error, by Ctrl-C, or killed.

A child process waits for that, in a session of its own, so that no signal of a terminal reaches it. It learns
of this process's end by a pipe, whose other end the system then closes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CALLED_OFF = b"."
# How often, and how long, it is looked whether this process, which closed its files, is gone.
_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 10.0


@contextlib.contextmanager
def done_afterwards(work: Callable[[], object]) -> Iterator[None]:
    """*work* is done once this process has ended, unless the block came to its end.

    It is done in a child process: it must not use what this process shares with Ansible's.
    """
    reading, writing = os.pipe()
    own = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(writing)
        _wait_and_do(reading, own, work)
    os.close(reading)
    yield  # an exception leaves the pipe open, until this process ends
    os.write(writing, _CALLED_OFF)
    os.close(writing)
    os.waitpid(child, 0)


def _wait_and_do(reading: int, parent: int, work: Callable[[], object]) -> None:
    """In the child: wait, and do *work* if it wasn't called off. Doesn't return."""
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if os.read(reading, 1) != _CALLED_OFF:
            until = time.monotonic() + _LONGEST_SECONDS
            while os.getppid() == parent and time.monotonic() < until:
                time.sleep(_LOOK_SECONDS)
            work()
    finally:
        os._exit(0)
