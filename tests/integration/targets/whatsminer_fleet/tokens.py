# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that lies where tokens are kept is whole: tokens.py DIRECTORY LEAST, which is how many there must be.
"""

from __future__ import annotations

import json
import pathlib
import sys

kept = list(pathlib.Path(sys.argv[1]).iterdir())
strange = [file.name for file in kept if file.suffix != ".json"]
assert not strange, strange
assert all(
    set(json.loads(file.read_text(encoding="ascii"))) == {"challenge", "asked", "refused", "lockout"}
    for file in kept
)
assert len(kept) >= int(sys.argv[2]), len(kept)
