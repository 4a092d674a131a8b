# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3 of a miner, on port 4433. It shares the miner's state with the API on port 4028."""
