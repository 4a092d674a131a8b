# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that lies where tokens are kept is whole: tokens.py DIRECTORY LEAST, which is how many there must be.
"""

from __future__ import annotations

import json
import pathlib
import sys

files = list(pathlib.Path(sys.argv[1]).iterdir())
strange = [file.name for file in files if file.suffix not in (".json", ".api")]
assert not strange, strange
kept = [file for file in files if file.suffix == ".json"]
assert all(
    set(json.loads(file.read_text(encoding="ascii"))) == {"challenge", "asked", "refused", "lockout"}
    for file in kept
)
# Beside them, which API each miner speaks. Nothing is worse for a file that was just begun.
known = filter(None, (file.read_text(encoding="ascii") for file in files if file.suffix == ".api"))
assert all(set(json.loads(text)) == {"generation", "beside", "refused", "at"} for text in known)
assert len(kept) >= int(sys.argv[2]), len(kept)
