#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ip_report
short_description: Write which miner stands where while somebody presses their buttons
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - A Whatsminer broadcasts its IP and its MAC address when its button C(IP report) is pressed. This listens,
    and notes each machine at the next of the positions that are declared, while a technician walks along the
    racks.
  - It runs once for a play, on the controller, which must be in the miners' network segment. No miner is
    asked anything.
  - A machine that is pressed again is told, and takes no further position. A machine that the inventory
    doesn't know by its C(whatsminer_mac) is told, and noted.
  - The file is written whole after each press. Run again, or interrupted and run again, it goes on with what
    the file holds. To correct it, edit the file, and run again.
  - Whoever can send to the port can report any MAC address. Use it in a network that you trust.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - It listens and tells what comes, and writes no file.
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  dest:
    description:
      - The file to write, on the controller. As C(.yml) or C(.yaml) it is an inventory that gives hosts their
        C(whatsminer_location), to be used beside your own. As C(.csv) it is a table.
      - A file that holds something else is not written over.
    type: str
    required: true
  positions:
    description:
      - The positions in the order of the walk. A pattern such as V(rack[01:12]-shelf[1:8]) stands for many,
        the last range running fastest.
      - Without positions, machines are noted by their sequence alone.
    type: list
    elements: str
    default: []
  positions_file:
    description:
      - A text file with a position or a pattern on each line. It is read again after each press, so that it
        can be edited during the walk, as where a place turns out to be empty.
    type: str
  seconds:
    description: How long to listen at most.
    type: int
    default: 3600
  count:
    description: How many machines to note at most, and never more than 2,000. It also ends when all positions
      are noted.
    type: int
  address:
    description: The address of the controller to listen on.
    type: str
    default: 0.0.0.0
  udp_port:
    description: The UDP port that the miners send to.
    type: int
    default: 8888
"""

EXAMPLES = r"""
- name: Note who stands where in hall 2
  minerops.whatsminer.ip_report:
    dest: positions.yml
    positions: ["hall-2 rack-[01:12] shelf-[1:8]"]
"""

RETURN = r"""
report:
  description:
    - C(noted) are the machines that were noted in this run, and C(unknown) those of them that the inventory
      doesn't know, by their MAC addresses.
    - C(left) are the positions at which no machine was noted, and C(ended) says why it ended.
  returned: success
  type: dict
  sample:
    noted:
      - position: hall-2 rack-01 shelf-1
        mac: "C4:05:08:00:02:3B"
        address: 192.168.1.101
        host: rack1-01
        at: "2026-11-28T19:05:11Z"
    unknown: []
    left: [hall-2 rack-01 shelf-2]
    ended: the time is over
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "dest": {"type": "str", "required": True},
    "positions": {"type": "list", "elements": "str", "default": []},
    "positions_file": {"type": "str"},
    "seconds": {"type": "int", "default": 3600},
    "count": {"type": "int"},
    "address": {"type": "str", "default": "0.0.0.0"},
    "udp_port": {"type": "int", "default": 8888},
}


def main() -> None:
    refuse_to_be_shipped("ip_report", ARGUMENTS)


if __name__ == "__main__":
    main()
