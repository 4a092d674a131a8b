# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs never work on the same miners, and a run that was killed keeps nobody out."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import subprocess
import sys
import textwrap

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock


@pytest.fixture
def store(tmp_path):
    (tmp_path / "holds").mkdir()
    return HoldStore(str(tmp_path / "holds"))


def left(store):
    return os.listdir(os.path.join(store.directory, "runs"))


def test_runs_on_other_miners_go_on_side_by_side_and_leave_nothing(store):
    with (
        run_lock.alone(store, "curtail", ["a", "b"], path="/one"),
        run_lock.alone(store, "x", ["c"], path="/two"),
    ):
        assert len(left(store)) == 2
    assert left(store) == []


@pytest.mark.parametrize("hosts, path", [(["b", "c"], "/two"), (["c"], "/one")])
def test_a_run_with_a_miner_or_the_state_file_of_another_is_refused_and_told_by_whom(store, hosts, path):
    told = f"curtail by grid since .*, process {os.getpid()} of "
    with (
        run_lock.alone(store, "curtail by grid", ["a", "b"], path="/one"),
        pytest.raises(run_lock.Busy, match=told),
        run_lock.alone(store, "resume", hosts, path=path),
    ):
        raise AssertionError("not alone")
    with run_lock.alone(store, "resume", hosts, path=path):
        pass


def test_an_error_ends_the_lock(store):
    with pytest.raises(ZeroDivisionError), run_lock.alone(store, "curtail", ["a"], path="/one"):
        raise ZeroDivisionError
    assert left(store) == []


def test_a_killed_run_keeps_nobody_out(store):
    code = """
        import sys, time
        from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
        from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import run_lock
        with run_lock.alone(HoldStore(sys.argv[1]), "curtail", ["a"], path="/one"):
            print("locked", flush=True)
            time.sleep(60)
    """
    root = str(pathlib.Path(run_lock.__file__).parents[6])
    other = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), store.directory],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert other.stdout.readline() == b"locked\n"
    with pytest.raises(run_lock.Busy), run_lock.alone(store, "resume", ["a"], path="/two"):
        raise AssertionError("not alone")
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    with run_lock.alone(store, "resume", ["a"], path="/two"):
        assert len(left(store)) == 1


def refused(*_arguments, **_keywords):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("what", ["mkdir", "write", "listdir"])
def test_a_full_or_broken_disk_is_told_and_leaves_nothing(store, monkeypatch, what):
    with monkeypatch.context() as context:
        context.setattr(run_lock.os, what, refused)
        with (
            pytest.raises(HoldStoreFault, match=r"whatsminer_holds\), can't be .*: No space left on device"),
            run_lock.alone(store, "curtail", ["a"], path="/one"),
        ):
            raise AssertionError("not told")
    with run_lock.alone(store, "curtail", ["a"], path="/one"):
        assert len(left(store)) == 1


def test_a_disk_that_takes_half_of_a_file_is_full(store, monkeypatch):
    write = os.write
    monkeypatch.setattr(run_lock.os, "write", lambda handle, data: write(handle, data[:7]))
    with (
        pytest.raises(HoldStoreFault, match="No space left on device"),
        run_lock.alone(store, "curtail", ["a"], path="/one"),
    ):
        raise AssertionError("not told")
    assert left(store) == []


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b"{}", b"\xff", b"7"])
def test_a_living_run_whose_file_makes_no_sense_is_never_taken_for_none(store, damage):
    with run_lock.alone(store, "curtail", ["a"], path="/one"):
        pathlib.Path(store.directory, "runs", left(store)[0]).write_bytes(damage)
        with (
            pytest.raises(HoldStoreFault, match=r"another run's file runs/.* makes no sense"),
            run_lock.alone(store, "resume", ["b"], path="/two"),
        ):
            raise AssertionError("taken for none")


def test_a_run_of_another_user_that_may_not_be_read_is_told(store, monkeypatch):
    with run_lock.alone(store, "curtail", ["a"], path="/one"):
        opened = os.open

        def mine_only(name, *arguments, **keywords):
            if str(name).startswith("runs/"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return opened(name, *arguments, **keywords)

        monkeypatch.setattr(run_lock.os, "open", mine_only)
        with (
            pytest.raises(HoldStoreFault, match="can't be used to keep runs apart: Permission denied"),
            run_lock.alone(store, "resume", ["b"], path="/two"),
        ):
            raise AssertionError("taken for none")
