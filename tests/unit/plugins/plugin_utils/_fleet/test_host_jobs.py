# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from host to host is worked out for each."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import _without_omitted


def test_what_is_omitted_is_left_out_however_deep_it_stands():
    given = {"a": "omit-1", "b": {"c": "omit-1", "d": [1, "omit-1", {"e": "omit-1"}]}, "f": ""}
    assert _without_omitted(given, "omit-1") == {"b": {"d": [1, {}]}, "f": ""}
    assert _without_omitted({"a": None}, None) == {"a": None}
