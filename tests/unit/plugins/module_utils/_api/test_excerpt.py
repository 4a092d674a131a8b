# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others said is shown on one short line, and does nothing else."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.excerpt import printable


class TestPrintable:
    def test_leaves_text_alone(self):
        assert printable('caf\u00e9 \\ "x"') == 'caf\u00e9 \\ "x"'
        assert printable("caf\u00e9".encode()) == "caf\u00e9"

    def test_escapes_what_a_terminal_would_obey(self):
        assert printable(b"a\n\0\x1b[2J\xff") == "a\\n\\x00\\x1b[2J\\xff"
        assert printable("\u202e\ud800") == "\\u202e\\ud800"

    def test_is_short(self):
        assert printable("x" * 120) == "x" * 120
        assert printable("x" * 121) == "x" * 117 + "..."
        assert printable(b"\0" * 10, length=12) == "\\x00\\x00\\..."
        assert printable(bytearray(b"abc"), length=3) == "abc"
