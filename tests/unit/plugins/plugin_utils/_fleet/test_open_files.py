# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No more goes on at once than files may be opened for, and the limit is what it was before afterwards."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import open_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.open_files import open_files_for

resource = pytest.importorskip("resource")

INFINITE = resource.RLIM_INFINITY


@pytest.fixture
def limits():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def pretended(monkeypatch):
    """pretended(soft, hard): these limits, with 8 files open; returns the list of all limits that are set."""

    def pretend(*limit):
        limits = [limit]
        monkeypatch.setattr(open_files, "_open_files", lambda: 8)
        monkeypatch.setattr(resource, "getrlimit", lambda _which: limits[-1])
        monkeypatch.setattr(resource, "setrlimit", lambda _which, new: limits.append(new))
        return limits

    return pretend


def test_the_limit_is_raised_and_put_back(limits):
    _soft, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    with open_files_for(512, 2) as at_once:
        assert at_once == 512
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1024
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, hard)


def test_a_limit_that_need_not_be_raised_is_left_alone(limits):
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limits[1]))
    with open_files_for(100, 2) as at_once:
        assert at_once == 100
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1024, limits[1])


@pytest.mark.parametrize(
    ("wanted", "each", "soft", "hard", "raised", "at_once"),
    [
        (512, 2, 1024, 1024, None, 492),  # as many as there are files for
        (512, 1, 1024, 1024, None, 512),
        (1000, 4, 1024, 20000, 4040, 1000),  # asks for more files where it may
        (1000, 4, 1024, 2000, 2000, 490),
        (1000, 4, 1024, INFINITE, 4040, 1000),
        (512, 2, INFINITE, INFINITE, None, 512),
        (100, 2, 4096, 4096, None, 100),
        (512, 2, 43, 43, None, 1),
        (512, 2, 10, 10, None, 1),  # slowly is better than not at all
        (0, 2, 1024, 1024, None, 1),
    ],
)
def test_no_more_go_on_at_once_than_files_may_be_opened_for(
    pretended, wanted, each, soft, hard, raised, at_once
):
    limits = pretended(soft, hard)
    with open_files_for(wanted, each) as given:
        assert given == at_once
        assert limits[-1] == ((soft, hard) if raised is None else (raised, hard))
    assert limits[-1] == (soft, hard)


def test_where_the_limit_cannot_be_raised_the_one_there_is_holds(pretended, monkeypatch):
    def refuse(_which, _new):
        raise OSError("not here")

    pretended(256, INFINITE)
    monkeypatch.setattr(resource, "setrlimit", refuse)
    with open_files_for(512, 4) as at_once:
        assert at_once == 54
