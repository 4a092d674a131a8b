# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make ansible_collections.minerops.whatsminer importable, with Ansible's own collection loader.

``make unit`` copies the tree to where Ansible wants it. In a bare checkout a link does, so that ``pytest
tests/unit`` works too.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
import tempfile

COLLECTION = pathlib.Path(__file__).resolve().parent.parent.parent


def collections_root() -> pathlib.Path:
    """Return the directory that holds ansible_collections with this very tree in it."""
    if COLLECTION.parts[-3:] == ("ansible_collections", "minerops", "whatsminer"):
        return COLLECTION.parent.parent.parent
    root = COLLECTION / ".build" / "checkout"
    link = root / "ansible_collections" / "minerops" / "whatsminer"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(COLLECTION)
    return root


def pytest_configure(config) -> None:
    """Set Ansible up before any test module is imported: its paths, and a home of its own for tokens and
    caches.
    """
    root = collections_root()
    scratch = tempfile.mkdtemp(prefix="whatsminer-unit-")
    config.add_cleanup(lambda: shutil.rmtree(scratch, ignore_errors=True))
    os.environ.update(ANSIBLE_COLLECTIONS_PATH=str(root), ANSIBLE_HOME=scratch)
    sys.path.insert(0, str(root))

    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder(paths=[str(root)])._install()
