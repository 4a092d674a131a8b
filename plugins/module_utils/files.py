# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on this machine: written whole or not at all, and checked against a checksum."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile

from .errors import BadParameter

_CHUNK_BYTES = 256 * 1024
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


def digest_of(path, algorithm="sha256"):
    """The digest of the file at *path*, in hexadecimal, read in chunks."""
    digest = hashlib.new(algorithm)
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def checksum_of(text):
    """(algorithm, digest) of a *checksum* such as ``sha256:0f3a...`` or the bare digits. Raises BadParameter."""
    algorithm, separator, digits = text.strip().lower().rpartition(":")
    by_length = _DIGESTS.get(len(digits)) if re.fullmatch("[0-9a-f]*", digits) else None
    if by_length is None or separator and algorithm != by_length:
        raise BadParameter("checksum", "ALGORITHM:DIGEST with sha256, sha512, sha1 or md5")
    return by_length, digits


def verify(path, checksum):
    """Raise BadParameter unless the file at *path* has *checksum*, of the form that `checksum_of` takes."""
    algorithm, digits = checksum_of(checksum)
    found = digest_of(path, algorithm)
    if found != digits:
        raise BadParameter("checksum", f"that of the file at src, whose {algorithm} is {found}")


@contextlib.contextmanager
def whole_or_nothing(path):
    """A binary file that appears at *path*, mode 0600, when the block ends, and not at all if it doesn't end well.

    Until then the file has no name, so even a kill leaves nothing behind; where a file system can't do that, it has a
    temporary one.
    """
    directory = os.path.dirname(path) or "."
    try:
        handle = os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o600)
        name = None
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
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


def _name(handle, directory):
    """Give the nameless file behind *handle* a temporary name, since only a named one can replace another."""
    for _attempt in range(100):
        name = os.path.join(directory, f".whatsminer-{os.urandom(6).hex()}")
        with contextlib.suppress(FileExistsError):
            # src_dir_fd makes Python use linkat(2), the call that follows the link in /proc; the path is absolute.
            os.link(f"/proc/self/fd/{handle}", name, src_dir_fd=handle)
            return name
    raise FileExistsError(errno.EEXIST, "no free temporary name", directory)
