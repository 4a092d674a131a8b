# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""State files of roles: a file that says nothing is never taken for a file that isn't there."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import whole_or_nothing


def read(text: str | None, path: str, variable: str) -> dict[str, Any] | None:
    """The JSON object in *text*, which is what the file at *path* holds; None where *text* is None: there is
    no file.

    *path* is the value of *variable*. Raises ValueError, which names both, where the path is no path or the
    text is no object. ansible-core before 2.19 makes an object of JSON in a variable: *text* may be that,
    too.
    """
    if not str(path or "").strip():
        raise ValueError(f"{variable} must name a file, and is empty")
    if "{{" in path or "{%" in path:
        raise ValueError(f"{variable} must name a file, and {path!r} is a template that nobody filled in")
    if text is None:
        return None
    try:
        content = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        content = None
    if not isinstance(content, dict):
        what = "is empty" if isinstance(text, str) and not text.strip() else "holds no JSON object"
        raise ValueError(
            f"{variable}: {path} {what}: restore it, or move it away if nothing is to be remembered"
        )
    return content


def text_of(path: str, variable: str) -> str | None:
    """What the file at *path*, the value of *variable*, holds; None if there is none.

    Raises ValueError where it can't be read.
    """
    if not path.strip():
        return None
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be read: {error.strerror}") from None


def write(path: str, content: dict[str, Any], variable: str) -> None:
    """Make the file at *path*, the value of *variable*, hold *content* as JSON, whole or not at all.

    Directories that aren't there are made; only the owner may read the file. Raises ValueError where it can't
    be written.
    """
    path = os.path.abspath(path)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with whole_or_nothing(path) as file:
            file.write((json.dumps(content) + "\n").encode())
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be written: {error.strerror}") from None
