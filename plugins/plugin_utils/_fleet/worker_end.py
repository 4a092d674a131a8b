# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""End a worker with the process that forked it, whatever the worker is doing.

Ansible's own workers notice that only when they hand over their result. Until then, a worker of a killed run
goes on working for nobody. On Linux the system ends it in the same moment; elsewhere a thread looks every
half second.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time

_LOOK_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1

try:
    import ctypes

    # Looked up once, before ansible-core forks.
    _prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
except (ImportError, AttributeError, OSError):
    _prctl = None

_arranged_by = None  # the process that did, since a fork of it inherits this and not what was arranged


def end_with_parent(number: int = signal.SIGKILL) -> None:
    """From now on this process, if it is a worker, gets the signal *number* as soon as its parent is gone.

    SIGKILL, since any other may be held up: by a name that is looked up, for one. Ansible's own process isn't
    a worker, and outlives the shell that started it as it likes.
    """
    global _arranged_by
    forked_by = multiprocessing.parent_process()
    if forked_by is None or _arranged_by == os.getpid():
        return
    _arranged_by = os.getpid()
    parent = forked_by.pid
    if _prctl is None or _prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number)) != 0:
        threading.Thread(
            target=_watch, args=(parent, number), name="whatsminer-worker-end", daemon=True
        ).start()
    elif os.getppid() != parent:  # it went before
        os.kill(os.getpid(), number)


def _watch(parent: int, number: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), number)
