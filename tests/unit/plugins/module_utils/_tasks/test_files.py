# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only regular files of a bounded size are read, whichever option names them."""

from __future__ import annotations

import errno
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


def test_a_file_that_shrinks_while_it_is_read_is_read_to_its_end(tmp_path, monkeypatch):
    path = tmp_path / "shrinking"
    chunk_bytes = 1 << 16  # more than Python reads ahead
    path.write_bytes(b"x" * 3 * chunk_bytes)
    monkeypatch.setattr(files, "_CHUNK_BYTES", chunk_bytes)
    really = hashlib.new("sha256")

    class Digest:
        def update(self, chunk):
            really.update(chunk)
            os.truncate(path, chunk_bytes)

        def hexdigest(self):
            return really.hexdigest()

    monkeypatch.setattr(files.hashlib, "new", lambda algorithm: Digest())
    assert files.digest_of(str(path)) == hashlib.sha256(b"x" * chunk_bytes).hexdigest()


# --- Checksums ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("named", [True, False])
def test_a_checksum_is_known_by_its_name_or_its_length(tmp_path, algorithm, named):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    digest = hashlib.new(algorithm, b"x").hexdigest()
    files.verify(str(path), f" {algorithm.upper()}:{digest}\n" if named else digest)


@pytest.mark.parametrize("text", ["", "sha256:", "12", "sha1:" + "0" * 64, "crc:" + "0" * 32, "g" * 64])
def test_a_checksum_of_no_known_form_is_refused(text):
    with pytest.raises(BadParameter, match="checksum must be ALGORITHM:DIGEST"):
        files.checksum_of(text)


def test_a_file_of_another_checksum_is_refused_with_the_one_that_it_has(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with pytest.raises(BadParameter, match=hashlib.sha256(b"x").hexdigest()):
        files.verify(str(path), "0" * 64)


# --- Written whole or not at all ----------------------------------------------------------------------------


def without_nameless_files(monkeypatch, fault=errno.EOPNOTSUPP):
    """A file system on which a file can't be without a name."""
    opened = os.open

    def open_(path, flags, *arguments, **keywords):
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(fault, os.strerror(fault))
        return opened(path, flags, *arguments, **keywords)

    monkeypatch.setattr(os, "open", open_)


@pytest.mark.parametrize("nameless", [True, False])
def test_a_file_appears_when_it_is_whole_and_only_its_owner_reads_it(tmp_path, monkeypatch, nameless):
    if not nameless:
        without_nameless_files(monkeypatch)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with files.whole_or_nothing(str(path)) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("nameless", [True, False])
def test_a_file_that_does_not_get_whole_leaves_the_old_one_and_nothing_beside_it(
    tmp_path, monkeypatch, nameless
):
    if not nameless:
        without_nameless_files(monkeypatch)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), files.whole_or_nothing(str(path)) as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_directory_that_can_not_be_written_is_no_reason_to_try_another_way(tmp_path, monkeypatch):
    without_nameless_files(monkeypatch, errno.ENOSPC)
    with pytest.raises(OSError, match="No space"), files.whole_or_nothing(str(tmp_path / "file")):
        pytest.fail("there is nothing to write to")


def test_where_no_name_is_free_nothing_is_replaced(tmp_path, monkeypatch):
    def taken(*_arguments, **_keywords):
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(os, "link", taken)
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError, match="no free"), files.whole_or_nothing(str(path)) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
