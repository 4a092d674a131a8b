# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A worker ends with its parent, whatever it is doing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import worker_end

MOST_SECONDS = 2

# The parent forks a worker, which says when it has begun, works at full load, and holds the pipe open as long
# as it lives.
PROGRAM = """
import importlib.util, multiprocessing, os, signal, sys, time
spec = importlib.util.spec_from_file_location("worker_end", sys.argv[1])
worker_end = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker_end)
if sys.argv[2] == "thread":
    worker_end._prctl = None
worker_end.end_with_parent()  # which is no worker, and so does as it likes

def work():
    signal.signal(signal.SIGTERM, lambda number, frame: (os.write(1, b"term"), os._exit(0)))
    worker_end.end_with_parent(*map(int, sys.argv[3:]))
    os.write(1, b"on")
    while True:
        pass

multiprocessing.get_context("fork").Process(target=work).start()
time.sleep(60)
"""


def said(pipe, seconds):
    """What comes next from *pipe* within *seconds*: b"" once nobody holds it any more, None if nothing comes.
    """
    ready, _writable, _odd = select.select([pipe], [], [], seconds)
    return os.read(pipe.fileno(), 100) if ready else None


@pytest.mark.parametrize("how", ["system", "thread"])
@pytest.mark.parametrize(("number", "last_words"), [((), [b""]), ((signal.SIGTERM,), [b"term", b""])])
def test_a_busy_worker_gets_the_signal_within_two_seconds_of_its_parent_s_death(how, number, last_words):
    if how == "system" and worker_end._prctl is None:
        pytest.skip("this system has no such thing")
    arguments = [
        sys.executable,
        "-c",
        PROGRAM,
        worker_end.__file__,
        how,
        *(str(int(each)) for each in number),
    ]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
        try:
            assert said(parent.stdout, 30) == b"on"
            assert said(parent.stdout, 0.6) is None  # it works on as long as its parent is there
            begun = time.monotonic()
        finally:
            parent.kill()
        assert [said(parent.stdout, 10) for _each in last_words] == last_words
    assert time.monotonic() - begun < MOST_SECONDS


def test_a_process_that_is_no_worker_arranges_nothing(monkeypatch):
    monkeypatch.setattr(worker_end, "_prctl", lambda *arguments: pytest.fail("arranged"))
    monkeypatch.setattr(worker_end.threading, "Thread", lambda **arguments: pytest.fail("arranged"))
    worker_end.end_with_parent()


def test_a_worker_whose_parent_went_before_ends_at_once(monkeypatch):
    sent = []
    monkeypatch.setattr(worker_end, "_arranged_by", None)
    monkeypatch.setattr(worker_end, "_prctl", lambda *arguments: 0)
    monkeypatch.setattr(
        worker_end.multiprocessing, "parent_process", lambda: types.SimpleNamespace(pid=os.getppid() + 1)
    )
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    worker_end.end_with_parent()
    assert sent == [(os.getpid(), signal.SIGKILL)]
