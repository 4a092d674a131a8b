# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as files: where a link leads, and where not."""

from __future__ import annotations

import os
import stat

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files


@pytest.fixture
def link(tmp_path):
    """A link to the file ``target``, which is there."""
    (tmp_path / "target").write_text("before", encoding="utf-8")
    (tmp_path / "report.json").symlink_to("target")
    return tmp_path / "report.json"


def test_a_report_goes_where_a_link_leads_and_all_may_read_it(link, tmp_path):
    report_files.write(str(link), "text", "health_json_file")
    assert link.is_symlink() and (tmp_path / "target").read_text(encoding="utf-8") == "text"
    assert stat.S_IMODE(os.stat(link).st_mode) == 0o644


def test_a_link_of_another_user_is_not_followed(link, tmp_path, monkeypatch):
    really = os.lstat

    def lstat(path, **options):  # by hand: not every user may give a link to another
        found = list(really(path, **options))
        return os.stat_result([4242 if index == 4 else value for index, value in enumerate(found)])

    monkeypatch.setattr(os, "lstat", lstat)
    with pytest.raises(ValueError, match=r"health_json_file: .*report\.json is a link that another user"):
        report_files.write(str(link), "text", "health_json_file")
    assert link.is_symlink() and (tmp_path / "target").read_text(encoding="utf-8") == "before"


def test_a_report_that_can_not_be_written_is_told_by_the_name_of_its_variable(tmp_path):
    with pytest.raises(ValueError, match="health_json_file: .*/nowhere/a can't be written: No such file"):
        report_files.write(str(tmp_path / "nowhere" / "a"), "text", "health_json_file")
