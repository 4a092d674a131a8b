# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`python3 extensions/simulator ...`: the folder is both a program and the package `simulator`."""

import os
import sys

if not __package__:
    # Run as a folder: Python put the folder itself on the path, where its `requests.py` would shadow other
    # packages.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from simulator.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
