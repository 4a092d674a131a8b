# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feed one target, led by the coverage of plugins/, until libFuzzer ends this process: see run.py.

    python3 tests/fuzz/harness.py ROOT TARGET TALLY [libFuzzer's options and directories of inputs]

ROOT is the directory that holds ansible_collections. The file TALLY holds how many inputs came to what, every
second.
"""

from __future__ import annotations

import collections
import json
import os
import sys
import time

import atheris

PACKAGE = "ansible_collections.minerops.whatsminer"


def main() -> None:
    """What the command line asks for."""
    root, name, tally, *options = sys.argv[1:]
    sys.path.insert(0, root)
    with atheris.instrument_imports(include=[f"{PACKAGE}.plugins"]):
        from ansible_collections.minerops.whatsminer.tests.fuzz.targets import TARGETS
    check, outcomes, written = TARGETS[name].check, collections.Counter(), 0.0

    def feed(data: bytes) -> None:
        nonlocal written
        outcomes[check(data)] += 1
        if time.monotonic() - written > 1:
            written = time.monotonic()
            with open(f"{tally}.new", "w", encoding="utf-8") as file:
                json.dump(outcomes, file)
            os.replace(f"{tally}.new", tally)

    atheris.Setup([sys.argv[0], *options], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
