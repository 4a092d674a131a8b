# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the core share: coroutines as tests, short pauses, and tokens of their own for each test.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import pathlib
import sys

import pytest

EXTENSIONS = pathlib.Path(__file__).resolve().parents[4] / "extensions"
if str(EXTENSIONS) not in sys.path:
    sys.path.insert(0, str(EXTENSIONS))

LONGEST_TEST_SECONDS = 30


def pytest_pyfunc_call(pyfuncitem):
    """Run a test that is a coroutine in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), LONGEST_TEST_SECONDS))
    return True


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    # Imported here: conftests are loaded before the one above this makes the collection importable.
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api import line, private_files
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import dialogues, token_store

    monkeypatch.setattr(line, "BACK_OFF_SECONDS", 0.001)
    monkeypatch.setattr(dialogues, "SECOND_TOKEN_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(token_store, "POLL_SECONDS", 0.002)
    # What one test keeps, no other may find.
    monkeypatch.setattr(private_files, "ELSEWHERE", ())


@pytest.fixture
def token_directory(tmp_path):
    return str(tmp_path / "tokens")


@pytest.fixture
def kept(token_directory):
    """The Tokens of this test, in a directory that is there."""
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens

    os.mkdir(token_directory, 0o700)
    return Tokens(token_directory)
