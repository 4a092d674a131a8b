# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies that several tests read."""

from __future__ import annotations

SUMMARY = (
    b'{"STATUS":[{"STATUS":"S","When":1594179080,"Code":11,"Msg":"Summary","Description":"btminer"}],'
    b'"SUMMARY":[{"Elapsed":7}],"id":1}'
)
READY = b'{"STATUS":"S","When":1594179080,"Code":131,"Msg":"ready","Description":"whatsminer v1.3"}'
