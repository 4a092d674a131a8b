# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that miners are written down in: none is overwritten that a person wrote, or edited since.

Each begins with a line that holds a digest of the rest. A file without it, or whose rest has another digest,
is a person's.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

_MARK = "# Written by minerops.whatsminer.adopt, sha256 "
_EXTENSIONS = ("", ".yml", ".yaml", ".json")
_NAME = "adopted.yml"


@dataclass(frozen=True)
class File:
    """A file that is to hold *text*, and what it holds now: *before*, None if it isn't there.

    *state* is ``unchanged``, ``new``, ``changed``, or ``edited``: a person's, which isn't to be overwritten.
    """

    path: str
    text: str
    before: str | None
    state: str


def with_mark(text: str) -> str:
    """*text* as the content of a file that is ours."""
    return f"{_MARK}{_digest(text)}\n{text}"


def is_ours(content: str) -> bool:
    """Whether *content* is that of a file of ours which nobody edited."""
    mark, _newline, rest = content.partition("\n")
    return mark == f"{_MARK}{_digest(rest)}"


def file_of(path: str, text: str) -> File:
    """The File at *path* that is to hold *text*. Raises ValueError where what is there can't be read."""
    content = with_mark(text)
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            before = file.read()
    except FileNotFoundError:
        return File(path, content, None, "new")
    except OSError as error:
        raise ValueError(f"{path} can't be read: {error.strerror}") from None
    if before == content:
        return File(path, content, before, "unchanged")
    return File(path, content, before, "changed" if is_ours(before) else "edited")


def path_of(directory: str, kind: str, name: str) -> str:
    """Where the variables of the host or group called *name* stand below *directory*: in ``group_vars`` or
    ``host_vars``, which is *kind*.

    Where Ansible would read a directory of that name, the file stands in there; else a file that is there is
    it. Raises ValueError for a name that is no file's.
    """
    if os.path.basename(name) != name or name.startswith("."):
        raise ValueError(f"{name} can't be the name of a file in {kind}: rename it in the inventory")
    place = os.path.join(directory, kind, name)
    if os.path.isdir(place):
        return os.path.join(place, _NAME)
    for extension in _EXTENSIONS:
        if os.path.exists(place + extension):
            return place + extension
    # A group's vault stands beside it.
    return os.path.join(place, _NAME) if kind == "group_vars" else f"{place}.yml"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
