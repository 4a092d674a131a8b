# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines on this machine's own network segments, as its kernel knows them."""

from __future__ import annotations

# The kernel's table of the machines on its own links: IP address, HW type, Flags, HW address, Mask, Device.
_NEIGHBOURS = "/proc/net/arp"
_COMPLETE = 0x2


def mac_of(address: str) -> str | None:
    """The MAC address, as the kernel writes it, that has *address*, an IPv4 address on one of this machine's
    own links.

    None where that can't be told: behind a router, for a host name, without such a table (other systems than
    Linux).
    """
    try:
        with open(_NEIGHBOURS, encoding="ascii") as table:
            for line in table:
                fields = line.split()
                if fields[:1] == [address] and int(fields[2], 16) & _COMPLETE:
                    return fields[3]
    except (OSError, ValueError, IndexError):
        pass
    return None
