# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of roles as files for other programs: whole or not at all, and no secret is in them."""

from __future__ import annotations

import os

from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import whole_or_nothing

_MODE = 0o644


def write(path: str, text: str, variable: str) -> None:
    """Make the file at *path*, the value of *variable*, hold *text*; all may read it.

    Raises ValueError where it can't be written.
    """
    path = os.path.realpath(os.path.expanduser(path))
    try:
        with whole_or_nothing(path) as file:
            file.write(text.encode())
            os.fchmod(file.fileno(), _MODE)
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be written: {error.strerror}") from None
