# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done afterwards is done once, however a process ends, and not if it was called off."""

from __future__ import annotations

import os
import signal
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.afterwards import done_afterwards


def run_apart(end):
    """What the work said, of a process that does *end* within the block. Waits for both to be over."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            own = os.getpid()
            # Neither signals nor the process it was forked from are there any more.
            with done_afterwards(lambda: os.write(writing, b"gone" if os.getppid() != own else b"there")):
                end()
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, "rb") as file:
        return file.read()


def interrupted():
    # Where tests run in the background it is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)


def failing():
    raise ValueError("something")


@pytest.mark.parametrize(
    "end",
    [
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: os.kill(os.getpid(), signal.SIGTERM),
        lambda: os._exit(1),
        interrupted,
        failing,
    ],
)
def test_however_a_process_ends_the_work_is_done_then(end):
    assert run_apart(end) == b"gone"


def test_a_block_that_came_to_its_end_calls_it_off():
    assert run_apart(lambda: None) == b""
