# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy the checkout to where Ansible finds collections: ROOT/ansible_collections/minerops/whatsminer."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = CHECKOUT / ".build"
PLACE = pathlib.Path("ansible_collections", "minerops", "whatsminer")


def files() -> list[str]:
    """Return the files of the collection, new ones that nobody has committed included."""
    command = ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(CHECKOUT)) for path in CHECKOUT.rglob("*") if made_by_hand(path)]
    # git also lists what is deleted, but not yet committed as such.
    return sorted(name for name in set(listed) if name and (CHECKOUT / name).is_file())


def made_by_hand(path: pathlib.Path) -> bool:
    """Tell the collection's files from what make and Python put beside them, where there is no git to ask."""
    parts = path.relative_to(CHECKOUT).parts
    made = {
        ".git",
        ".venv",
        ".build",
        "__pycache__",
        ".pytest_cache",
        ".hypothesis",
        ".ruff_cache",
        ".mypy_cache",
        ".ansible",
    }
    return not made.intersection(parts) and parts[:2] != ("tests", "output") and path.is_file()


def copy(root: pathlib.Path) -> pathlib.Path:
    """Make a fresh copy under `root`; return the collection's directory in it."""
    target = root / PLACE
    shutil.rmtree(target, ignore_errors=True)
    for name in files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, target / name, follow_symlinks=False)
    os.makedirs(target, exist_ok=True)
    return target
