# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's table of neighbours tells which machine has an address."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import neighbours

TABLE = """IP address       HW type     Flags       HW address            Mask     Device
192.168.1.10     0x1         0x2         c4:05:08:00:02:3b     *        eth0
192.168.1.1      0x1         0x0         00:00:00:00:00:00     *        eth0
192.168.1.11     0x1         0x6         c4:05:08:00:02:3c     *        eth0
192.168.1.12     0x1
192.168.1.13     0x1         many        c4:05:08:00:02:3e     *        eth0
"""


@pytest.mark.parametrize(
    ("address", "mac"),
    [
        ("192.168.1.10", "c4:05:08:00:02:3b"),
        ("192.168.1.11", "c4:05:08:00:02:3c"),  # set by hand
        ("192.168.1.1", None),  # asked for, and not answered
        ("192.168.1.12", None),
        ("192.168.1.13", None),
        ("192.168.1.100", None),
        ("miner.example", None),
        ("", None),
    ],
)
def test_the_kernel_tells_which_machine_has_an_address_on_its_own_links(monkeypatch, tmp_path, address, mac):
    table = tmp_path / "arp"
    table.write_text(TABLE, encoding="ascii")
    monkeypatch.setattr(neighbours, "_NEIGHBOURS", str(table))
    assert neighbours.mac_of(address) == mac


def test_where_the_kernel_has_no_such_table_no_neighbour_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(neighbours, "_NEIGHBOURS", str(tmp_path / "none"))
    assert neighbours.mac_of("192.168.1.10") is None
