# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of roles as files for other programs: whole or not at all, and no secret is in them."""

from __future__ import annotations

import os

from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import whole_or_nothing

_MODE = 0o644


def write(path: str, text: str, variable: str) -> None:
    """Make the file at *path*, the value of *variable*, hold *text*; all may read it.

    Where a link leads elsewhere, that file is written, unless the link is another user's: in a directory that
    all may write to, it may lead to any file of ours. Raises ValueError where it can't be written.
    """
    path = os.path.abspath(os.path.expanduser(path))
    try:
        if os.path.islink(path):
            if os.lstat(path).st_uid not in (0, os.geteuid()):
                raise ValueError(f"{variable}: {path} is a link that another user made, and isn't followed")
            path = os.path.realpath(path)
        with whole_or_nothing(path) as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), _MODE)
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be written: {error.strerror}") from None
