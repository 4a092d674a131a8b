# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What workers inherit is run before they are made, and touches nothing outside the process."""

from __future__ import annotations

import builtins
import os
import socket

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import rehearsal

# The first time, what is imported where it's used reads files.
rehearsal.perform()


@pytest.fixture
def performances(monkeypatch):
    """How often it was performed, a list of one entry each."""
    seen = []
    monkeypatch.setattr(rehearsal, "perform", lambda: seen.append(1))
    rehearsal.rehearse.cache_clear()
    yield seen
    rehearsal.rehearse.cache_clear()


def test_the_made_up_miner_is_found_as_declared():
    assert rehearsal.perform() == [{"changed": False, "commands": []}] * 2


def test_nothing_is_dialled_looked_up_or_written(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError(f"{args} {options}")

    opened = os.open

    def read_only(path, flags, *args, **options):
        assert not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT), path
        return opened(path, flags, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(os, "mkdir", refuse)
    monkeypatch.setattr(os, "open", read_only)
    assert not any(outcome["changed"] for outcome in rehearsal.perform())


def test_no_file_stays_open(monkeypatch):
    made = []
    pair = socket.socketpair
    monkeypatch.setattr(socket, "socketpair", lambda: made.extend(pair()) or made[-2:])
    rehearsal.perform()
    assert [one.fileno() for one in made] == [-1] * 4


def test_it_is_done_once_a_process(performances):
    rehearsal.rehearse()
    first = len(performances)
    rehearsal.rehearse()
    assert first > 1
    assert len(performances) == first


def test_a_worker_does_not_rehearse(performances, monkeypatch):
    monkeypatch.setattr(rehearsal.multiprocessing, "parent_process", object)
    rehearsal.rehearse()
    assert performances == []


def test_a_lack_of_files_is_left_to_the_tasks_to_tell(performances, monkeypatch):
    def lacking():
        performances.append(1)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(rehearsal, "perform", lacking)
    rehearsal.rehearse()
    assert performances == [1]
