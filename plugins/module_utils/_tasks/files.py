# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on this machine: only regular ones of a bounded size, written whole or not at all, checked by a
checksum.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from .._api.errors import BadParameter

#: No file that an option names is longer: more than any firmware image has, and hashed in a few seconds.
MAX_BYTES = 512 * 1024 * 1024

_CHUNK_BYTES = 256 * 1024
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


@contextlib.contextmanager
def opened(path: str, option: str = "src") -> Iterator[tuple[BinaryIO, int]]:
    """The file at *path*, which *option* names, open for reading, and its size in bytes.

    Raises OSError where it can't be opened, and BadParameter for what isn't a regular file or is longer than
    MAX_BYTES. Reading a device or a pipe may never end, and opening one may already do harm.
    """
    _require_regular(os.stat(path), path, option)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        found = os.fstat(handle)  # another one may have taken its place
        _require_regular(found, path, option)
        if found.st_size > MAX_BYTES:
            most = f"{MAX_BYTES >> 20} MiB"
            raise BadParameter(option, f"a file of at most {most} ({path} has {found.st_size} bytes)")
        yield file, found.st_size


def _require_regular(found: os.stat_result, path: str, option: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise BadParameter(option, f"a regular file, and {path} is none")


def digest_of(path: str, algorithm: str = "sha256", option: str = "src") -> str:
    """The digest of the file at *path*, in hexadecimal, read in chunks. Raises what `opened` raises."""
    digest = hashlib.new(algorithm)
    with opened(path, option) as (file, left):
        while left > 0:  # and not until it ends: it may grow meanwhile
            chunk = file.read(min(_CHUNK_BYTES, left))
            if not chunk:
                break
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def checksum_of(text: str) -> tuple[str, str]:
    """(algorithm, digest) of a *checksum* such as ``sha256:0f3a...`` or the bare digits.

    Raises BadParameter.
    """
    algorithm, separator, digits = text.strip().lower().rpartition(":")
    by_length = _DIGESTS.get(len(digits)) if re.fullmatch("[0-9a-f]*", digits) else None
    if by_length is None or separator and algorithm != by_length:
        raise BadParameter("checksum", "ALGORITHM:DIGEST with sha256, sha512, sha1 or md5")
    return by_length, digits


def verify(path: str, checksum: str) -> None:
    """Raise BadParameter unless the file at *path* has *checksum*, of the form that `checksum_of` takes."""
    algorithm, digits = checksum_of(checksum)
    found = digest_of(path, algorithm)
    if found != digits:
        raise BadParameter("checksum", f"that of the file at src, whose {algorithm} is {found}")


@contextlib.contextmanager
def whole_or_nothing(path: str) -> Iterator[BinaryIO]:
    """A binary file that appears at *path*, mode 0600, when the block ends, and not at all if it doesn't end
    well.

    Until then the file has no name, so even a kill leaves nothing behind; where a file system can't do that,
    it has a temporary one.
    """
    directory = os.path.dirname(path) or "."
    try:
        handle = os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o600)
        name = None
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (
            errno.EOPNOTSUPP,
            errno.EISDIR,
            errno.ENOENT,
            errno.EINVAL,
        ):
            raise
        handle, name = tempfile.mkstemp(dir=directory, prefix=".whatsminer-")
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if name is None:
                name = _name(file.fileno(), directory)
        os.replace(name, path)
    except BaseException:
        if name is not None:
            with contextlib.suppress(OSError):
                os.unlink(name)
        raise


def _name(handle: int, directory: str) -> str:
    """Give the nameless file behind *handle* a temporary name, since only a named one can replace another."""
    for _attempt in range(100):
        name = os.path.join(directory, f".whatsminer-{os.urandom(6).hex()}")
        with contextlib.suppress(FileExistsError):
            # src_dir_fd makes Python use linkat(2), the call that follows the link in /proc; the path is
            # absolute.
            os.link(f"/proc/self/fd/{handle}", name, src_dir_fd=handle)
            return name
    raise FileExistsError(errno.EEXIST, "no free temporary name", directory)
