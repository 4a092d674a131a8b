# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Holds are found by name and by MAC address, changed whole, and never taken for none."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import stat
import subprocess
import sys
import textwrap

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import hold_store
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold

MAC = "C4:05:08:00:02:3B"
OTHER = "C4:05:08:00:02:3C"
GRID = Hold("power", "grid", 100.0)
REPAIR = Hold("all", "repair", 100.0)


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "holds"
    path.mkdir(0o700)
    return path


@pytest.fixture
def store(directory):
    return HoldStore(str(directory))


def take(store, host, mac=None, hold=GRID):
    return store.change([(host, mac)], lambda held: held.with_hold(hold))


def end(store, host, mac=None, reason="grid"):
    return store.change([(host, mac)], lambda held: held.without(reason))


def reasons(held):
    return None if held is None else [hold.reason for hold in held.holds]


def test_a_hold_is_there_until_it_is_ended(store):
    assert store.find("a") is None
    assert reasons(take(store, "a")[0]) == ["grid"]
    take(store, "a", hold=REPAIR)
    assert reasons(store.find("a")) == ["grid", "repair"] and store.find("b") is None
    end(store, "a")
    assert reasons(store.find("a")) == ["repair"]
    end(store, "a", reason="repair")
    assert store.find("a") is None and store.all() == []


def test_a_miner_is_found_by_its_mac_under_another_name_and_only_there(store):
    take(store, "a", MAC)
    assert reasons(store.find("new", MAC.lower().replace(":", "-"))) == ["grid"]
    assert store.find("new", OTHER) is None and store.find("new") is None
    end(store, "a", MAC)
    assert store.find("new", MAC) is None


def test_a_change_under_a_new_name_takes_the_holds_along(store, directory):
    take(store, "a", MAC)
    (held,) = take(store, "new", MAC, REPAIR)
    assert reasons(held) == ["grid", "repair"] and store.find("a") is None
    assert [found.host for found in store.all()] == ["new"]
    assert sorted(path.name for path in directory.glob("*.json")) == ["new.json"]


def test_what_a_killed_change_left_under_the_old_name_holds_nobody(store, directory):
    take(store, "a", MAC)
    left = (directory / "a.json").read_text()
    take(store, "new", MAC)
    (directory / "a.json").write_text(left)
    assert store.find("a") is None and [held.host for held in store.all()] == ["new"]


def test_a_link_to_what_is_another_machine_s_file_by_now_is_none(store, directory):
    take(store, "a", MAC)
    end(store, "a")  # by somebody who doesn't know the MAC
    (directory / "mac" / "C4050800023B").unlink(missing_ok=True)
    (directory / "mac" / "C4050800023B").symlink_to("../a.json")
    assert store.find("new", MAC) is None
    take(store, "a", OTHER)
    assert store.find("new", MAC) is None


def test_the_mac_of_a_miner_is_learnt_and_not_forgotten(store):
    take(store, "a")
    assert store.find("new", MAC) is None
    take(store, "a", MAC, REPAIR)
    take(store, "a", None)
    assert reasons(store.find("new", MAC)) == ["repair", "grid"]


@pytest.mark.parametrize("host", ["..", ".lock", "mac", "a/b", "x" * 300, "ü%2F {{ x }}", "-"])
def test_any_name_is_a_file_of_its_own_in_the_directory(store, directory, host):
    take(store, "a")
    take(store, host)
    assert store.find(host).host == host and {held.host for held in store.all()} == {"a", host}
    assert len(list(directory.iterdir())) == 4  # two miners, mac, .lock


def test_nobody_else_may_read_them(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    store = HoldStore()
    take(store, "a", MAC)
    directory = tmp_path / ".ansible" / "whatsminer" / "holds"
    for path in (directory, directory / "mac"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (directory / "a.json", directory / ".lock"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_nothing_was_ever_held_a_look_up_is_one_call_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    calls = []
    opened = os.open
    monkeypatch.setattr(os, "open", lambda *given, **more: calls.append(given[0]) or opened(*given, **more))
    assert HoldStore().find("a", MAC) is None and HoldStore().all() == []
    assert len(calls) == 2 and list(tmp_path.iterdir()) == []


# --- Never taken for empty ----------------------------------------------------------------------------------


def test_a_store_is_used_while_a_miner_of_known_address_is_held(store, directory):
    assert not hold_store.is_used(None) and not hold_store.is_used(str(directory))
    with store.locked():  # as a run of a role does
        pass
    assert not hold_store.is_used(str(directory))
    store.change([("a", "C4:05:08:00:00:01")], lambda held: held.with_hold(Hold("all", "me", 1)))
    assert hold_store.is_used(str(directory))
    store.change([("a", "C4:05:08:00:00:01")], lambda held: held.without("me"))
    assert not hold_store.is_used(str(directory))


def test_a_directory_that_was_named_must_be_there(tmp_path):
    store = HoldStore(str(tmp_path / "not-mounted"))
    for use in (lambda: store.find("a"), store.all, lambda: take(store, "a")):
        with pytest.raises(HoldStoreFault, match="not-mounted .* isn't there.*Mount the"):
            use()
    assert not (tmp_path / "not-mounted").exists()


def test_what_is_no_directory_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(HoldStoreFault, match="can't be read: Not a directory"):
        HoldStore(str(tmp_path / "file")).find("a")


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"{}", b"[" * 100_000, b" " * 300_000])
def test_a_damaged_file_is_told_by_name_for_its_miner_and_no_other(store, directory, damage):
    take(store, "a", MAC)
    take(store, "b")
    (directory / "a.json").write_bytes(damage)
    uses = [lambda: store.find("a"), lambda: store.find("new", MAC), store.all, lambda: end(store, "a")]
    for use in uses:
        with pytest.raises(HoldStoreFault, match="makes no sense .*Restore the file"):
            use()
    assert reasons(store.find("b")) == ["grid"] and (directory / "a.json").read_bytes() == damage


def test_a_file_that_may_not_be_read_is_told(store, directory, monkeypatch):
    take(store, "a")
    really = os.open

    def denied(name, *flags, **options):  # by hand: root may read everything
        if name == "a.json":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return really(name, *flags, **options)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(HoldStoreFault, match="Permission denied"):
        store.find("a")


def test_a_file_that_can_not_be_read_is_told(store, directory):
    (directory / "a.json").mkdir()
    with pytest.raises(HoldStoreFault, match=r"a\.json that can't be read"):
        store.find("a")


def test_a_link_in_place_of_a_file_is_never_followed_nor_taken_for_empty(store, directory, tmp_path):
    (directory / "a.json").symlink_to(tmp_path / "elsewhere")
    for use in (lambda: store.find("a"), store.all, lambda: take(store, "a")):
        with pytest.raises(HoldStoreFault, match=r"a\.json that can't be read"):
            use()
    (directory / ".lock").unlink()
    (directory / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HoldStoreFault, match="can't be written"):
        take(store, "b")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("left", [os.mkfifo, lambda path: path.symlink_to("/dev/null"), pathlib.Path.touch])
def test_what_a_killed_process_or_a_stranger_left_stops_no_change(store, directory, left):
    left(directory / ".a.json.new")
    take(store, "a")
    assert reasons(store.find("a")) == ["grid"] and not (directory / ".a.json.new").exists()


def test_a_full_disk_leaves_the_holds_as_they_were(store, monkeypatch):
    take(store, "a")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HoldStoreFault, match="can't be written: No space left"):
        take(store, "a", hold=REPAIR)
    assert reasons(store.find("a")) == ["grid"]


# --- Many at once -------------------------------------------------------------------------------------------


def test_changes_wait_for_each_other_and_not_for_ever(store, directory, monkeypatch):
    take(store, "a")
    monkeypatch.setattr(hold_store, "LOCK_SECONDS", 0.1)
    with open(directory / ".lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert reasons(store.find("a")) == ["grid"]  # reading needs no lock
        with pytest.raises(HoldStoreFault, match="another process has been changing the holds"):
            end(store, "a")
    end(store, "a")
    assert store.find("a") is None


def test_changes_of_many_processes_are_all_there(directory):
    """Each takes and ends holds of its own reason on the same miners; in the end all have their last."""
    code = """
        import sys
        from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
        from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
        store, reason = HoldStore(sys.argv[1]), sys.argv[2]
        miners = [(f"m{number}", None) for number in range(20)]
        for _again in range(5):
            store.change(miners, lambda held: held.with_hold(Hold("power", reason, 1.0)))
            assert all(store.find(host).by(reason) for host, mac in miners)
            store.change(miners, lambda held: held.without(reason))
        store.change(miners, lambda held: held.with_hold(Hold("power", reason, 1.0)))
    """
    root = str(pathlib.Path(hold_store.__file__).parents[6])
    command = [sys.executable, "-c", textwrap.dedent(code), str(directory)]
    processes = [
        subprocess.Popen([*command, f"r{number}"], env={**os.environ, "PYTHONPATH": root})
        for number in range(4)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0, 0]
    held = HoldStore(str(directory)).all()
    assert len(held) == 20
    assert all(sorted(reasons(miner)) == ["r0", "r1", "r2", "r3"] for miner in held)
    assert not [path.name for path in directory.iterdir() if path.name.endswith(".new")]


# --- What the file system does ------------------------------------------------------------------------------


def refused(*_arguments, **_keywords):
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.fixture
def default(tmp_path, monkeypatch):
    """The store that nobody named, in a home of its own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return HoldStore()


def test_a_store_that_nobody_named_is_made_when_the_first_hold_is_taken(default):
    assert (default.find("a"), default.all()) == (None, [])
    take(default, "a")
    assert reasons(default.find("a")) == ["grid"]
    assert stat.S_IMODE(os.stat(default.directory).st_mode) == 0o700


def test_a_home_in_which_no_store_can_be_made_holds_nobody_and_takes_no_hold(default, tmp_path):
    (tmp_path / ".ansible").write_text("no directory", encoding="utf-8")
    with pytest.raises(HoldStoreFault, match="can't be made"):
        take(default, "a")


def test_without_a_home_directory_no_hold_is_taken_that_other_runs_would_not_find(monkeypatch, tmp_path):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    store = hold_store.HoldStore()
    with pytest.raises(HoldStoreFault, match="no home directory .*Set HOME, or whatsminer_holds"):
        take(store, "a")
    assert store.find("a") is None and not list(tmp_path.iterdir())


def test_a_store_that_vanishes_while_a_hold_is_taken_is_not_taken_for_empty(default, monkeypatch):
    monkeypatch.setattr(os, "makedirs", lambda *_arguments, **_keywords: None)
    with pytest.raises(HoldStoreFault, match="isn't there"):
        take(default, "a")


def test_a_directory_that_can_not_be_listed_is_not_taken_for_empty(store, monkeypatch):
    take(store, "a")
    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(HoldStoreFault, match="can't be read: Input/output error"):
        store.all()


def test_a_lock_that_can_not_be_made_changes_nothing(store, directory):
    (directory / ".lock").mkdir()
    with pytest.raises(HoldStoreFault, match="can't be written"):
        take(store, "a")
    assert store.find("a") is None


def test_a_file_system_without_locks_is_named_and_nothing_changed(store, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(HoldStoreFault, match="on a file system without locks"):
        take(store, "a")
    assert store.find("a") is None


def test_an_old_name_s_file_that_can_not_be_removed_is_a_fault(store, monkeypatch):
    take(store, "a", MAC)
    unlink = hold_store._unlink
    monkeypatch.setattr(
        hold_store,
        "_unlink",
        lambda name, directory: refused() if name == "a.json" else unlink(name, directory),
    )
    with pytest.raises(HoldStoreFault, match="can't be written"):
        take(store, "new", MAC, REPAIR)
    assert reasons(store.find("new", MAC)) == ["grid", "repair"]
    assert [held.host for held in store.all()] == ["new"]


def test_a_hold_that_is_there_already_writes_nothing(store, monkeypatch):
    take(store, "a")
    monkeypatch.setattr(os, "fsync", refused)
    assert [reasons(held) for held in take(store, "a")] == [["grid"]]


def test_many_miners_are_held_at_once_or_the_fault_is_said(store, monkeypatch):
    miners = [(f"m{number}", None) for number in range(3 * hold_store._AT_ONCE)]
    store.change(miners, lambda held: held.with_hold(GRID))
    assert len(store.all()) == len(miners)
    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(HoldStoreFault, match="can't be written"):
        store.change(miners, lambda held: held.with_hold(REPAIR))


def test_a_miner_whose_link_is_gone_is_held_all_the_same(store, directory):
    take(store, "a", MAC)
    (directory / "mac" / "C4050800023B").unlink()
    assert reasons(store.find("a", MAC)) == ["grid"]


def test_what_else_goes_wrong_in_the_directory_is_told_as_its_own(store):
    told = r"whatsminer_holds\), can't be searched: Input/output error"
    with pytest.raises(HoldStoreFault, match=told), store.told_of("can't be searched"):
        refused()


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_disk_that_takes_no_file_takes_no_hold_and_shows_those_there_are(store, monkeypatch, number):
    take(store, "a")
    opened = os.open

    def for_reading_only(name, flags, *arguments, **keywords):
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            raise OSError(number, os.strerror(number))
        return opened(name, flags, *arguments, **keywords)

    monkeypatch.setattr(os, "open", for_reading_only)
    with pytest.raises(HoldStoreFault, match=f"can't be written: {os.strerror(number)}"):
        take(store, "a", hold=REPAIR)
    assert reasons(store.find("a")) == ["grid"]
