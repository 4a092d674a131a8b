# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only regular files of a bounded size are read, whichever option names them."""

from __future__ import annotations

import hashlib
import os

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import files, firmware, logs

READERS = {
    "digest_of": files.digest_of,
    "verify": lambda path: files.verify(path, "0" * 64),
    "parts_of": firmware.parts_of,
    "firmware digest": firmware._digest,
    "logs": logs._digest_of_old,
}


@pytest.fixture(params=READERS)
def read(request):
    return READERS[request.param]


@pytest.fixture(params=["device", "pipe", "directory", "link to a device"])
def odd(request, tmp_path):
    """What isn't a regular file, some of which would be read forever."""
    path = str(tmp_path / "odd")
    if request.param == "device":
        return "/dev/zero"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "directory":
        os.mkdir(path)
    else:
        os.symlink("/dev/zero", path)
    return path


def test_what_is_no_regular_file_is_refused_by_name_and_not_read(read, odd):
    with pytest.raises(BadParameter, match=f"must be a regular file, and {odd} is none"):
        read(odd)


def test_what_is_no_regular_file_is_not_even_opened(odd, monkeypatch):
    monkeypatch.setattr(os, "open", lambda *arguments: pytest.fail("opened"))
    with pytest.raises(BadParameter):
        files.digest_of(odd)


def test_a_device_that_takes_the_place_of_a_file_in_the_last_moment_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    regular = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda *arguments: regular)
    with pytest.raises(BadParameter, match="regular file"):
        files.digest_of(str(path))


def test_a_file_that_is_too_long_is_refused_by_its_size_and_not_read(read, tmp_path):
    path = tmp_path / "long"
    with open(path, "wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    with pytest.raises(BadParameter, match="at most 512 MiB"):
        read(str(path))


def test_a_file_that_grows_while_it_is_read_is_read_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 10)
    monkeypatch.setattr(files, "_CHUNK_BYTES", 4)
    really = hashlib.new("sha256")

    class Digest:
        def update(self, chunk):
            really.update(chunk)
            with open(path, "ab") as file:
                file.write(chunk)

        def hexdigest(self):
            return really.hexdigest()

    monkeypatch.setattr(files.hashlib, "new", lambda algorithm: Digest())
    assert files.digest_of(str(path)) == hashlib.sha256(b"x" * 10).hexdigest()


def test_the_option_is_named_that_names_the_file():
    with pytest.raises(BadParameter, match="^dest must be"):
        logs._digest_of_old("/dev/zero")
    with pytest.raises(BadParameter, match="^src must be"):
        firmware.parts_of("/dev/zero")


async def test_a_miner_is_not_asked_where_the_file_of_its_logs_can_not_be_replaced(odd):
    class Nobody:
        def __getattr__(self, name):
            pytest.fail(f"{name} was used")

    with pytest.raises(BadParameter, match="dest must be"):
        await logs.fetch(Nobody(), odd, check_mode=True)
