# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What API a miner speaks is remembered in a file of our own, and doubted where that isn't quite right."""

from __future__ import annotations

import json
import os
import stat
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import known_apis, private_files
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import Known, KnownApis

MINER = "192.168.1.101_4028_4433"
KNOWN = Known(3, True)
DAY = 24 * 3600


@pytest.fixture
def directory(tmp_path):
    return str(tmp_path / "tokens")


def file_in(directory):
    """The one file there."""
    (name,) = os.listdir(directory)
    return os.path.join(directory, name)


def remembered(directory, known=KNOWN, miner=MINER):
    KnownApis(directory).remember(miner, known)
    return file_in(directory)


@pytest.mark.parametrize("known", [KNOWN, Known(2), Known(2, True, "super"), Known(3)])
def test_what_is_remembered_is_found_by_another_process(directory, known):
    assert KnownApis(directory).find(MINER) is None
    remembered(directory, known)
    assert KnownApis(directory).find(MINER) == known
    assert KnownApis(directory).find("192.168.1.102_4028_4433") is None


def test_newer_knowledge_replaces_older_also_where_it_is_shorter(directory):
    remembered(directory, Known(2, True, "an-account-with-a-long-name"))
    remembered(directory, Known(3))
    assert KnownApis(directory).find(MINER) == Known(3)


def test_the_file_is_its_owner_s_alone(directory):
    path = remembered(directory)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700


def test_what_is_forgotten_is_not_found(directory):
    remembered(directory)
    KnownApis(directory).forget(MINER)
    assert KnownApis(directory).find(MINER) is None
    KnownApis(directory).forget(MINER)  # once more, which is no error


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0\0\0", b"{", b"[]", b"3", b"null", b'"3"', b"{}", b"[" * 1000),
        *(b"\xff\xfe", b'{"generation":3}', b" " * 5000),
    ],
)
def test_a_corrupt_file_is_as_none_and_is_replaced(directory, content):
    path = remembered(directory)
    with open(path, "wb") as file:
        file.write(content)
    assert KnownApis(directory).find(MINER) is None
    remembered(directory)
    assert KnownApis(directory).find(MINER) == KNOWN


@pytest.mark.parametrize(
    "wrong",
    [
        {"generation": 4},
        {"generation": "3"},
        {"generation": None},
        {"refused": 1},
        {"refused": None},
        {"at": "now"},
        {"at": None},
    ],
)
def test_a_file_with_nonsense_in_it_is_as_none(directory, wrong):
    path = remembered(directory)
    with open(path, encoding="utf-8") as file:
        whole = json.load(file)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**whole, **wrong}, file)
    assert KnownApis(directory).find(MINER) is None


@pytest.mark.parametrize(
    ("known", "age", "found"),
    [
        (Known(3), 7 * DAY - 60, True),
        (Known(3), 7 * DAY + 60, False),
        (Known(2), DAY - 60, True),  # new firmware may bring API 3
        (Known(2), DAY + 60, False),
        (Known(3), -60, False),  # made by a clock that was ahead
    ],
)
def test_knowledge_grows_stale(directory, monkeypatch, known, age, found):
    remembered(directory, known)
    now = time.time()
    monkeypatch.setattr(known_apis.time, "time", lambda: now + age)
    assert (KnownApis(directory).find(MINER) == known) is found


def test_a_file_of_somebody_else_is_neither_believed_nor_written(directory, monkeypatch):
    path = remembered(directory)
    really = os.geteuid()
    with open(path, "rb") as file:
        before = file.read()
    apis = KnownApis(directory)
    assert apis.find(MINER) == KNOWN
    monkeypatch.setattr(private_files.os, "geteuid", lambda: really + 1)
    apis.remember(MINER, Known(2))
    assert KnownApis(directory).find(MINER) is None
    with open(path, "rb") as file:
        assert file.read() == before


def test_a_file_that_others_can_write_is_not_believed(directory):
    path = remembered(directory)
    os.chmod(path, 0o666)
    assert KnownApis(directory).find(MINER) is None


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_there_is_neither_followed_nor_waited_for(directory, tmp_path, kind):
    path = remembered(directory)
    os.unlink(path)
    victim = tmp_path / "victim"
    victim.write_text("{}", encoding="ascii")
    {"link": lambda: os.symlink(victim, path), "pipe": lambda: os.mkfifo(path)}.get(
        kind, lambda: os.mkdir(path)
    )()
    apis = KnownApis(directory)
    assert apis.find(MINER) is None
    apis.remember(MINER, KNOWN)
    assert victim.read_text(encoding="ascii") == "{}"


def test_without_a_directory_it_is_remembered_in_this_process(directory):
    apis = KnownApis()
    apis.remember(MINER, KNOWN)
    assert apis.find(MINER) == KNOWN
    apis.forget(MINER)
    assert apis.find(MINER) is None


def test_a_directory_that_can_not_be_had_costs_nothing_but_knowledge(tmp_path):
    (tmp_path / "file").write_text("", encoding="ascii")
    apis = KnownApis(str(tmp_path / "file" / "tokens"))
    apis.remember(MINER, KNOWN)
    assert apis.find(MINER) in (None, KNOWN)


def test_the_name_of_a_miner_leads_out_of_no_directory(directory, tmp_path):
    remembered(directory, miner="../../etc/passwd_4028_4433")
    assert os.listdir(tmp_path) == ["tokens"]
