# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Ansible inventory of the fleet."""

from __future__ import annotations

import collections
import json
import os
import tempfile

from .fleet import API3_PORT


def inventory(fleet) -> str:
    """YAML: group `miners`, children by generation (`api_1_3`) and by the groups of the fleet file.

    Written by hand, since a YAML library takes seconds for 10,000 hosts; each value is JSON, which is YAML.
    """
    passwords = collections.Counter(miner.state.password for miner in fleet)
    common = passwords.most_common(1)[0][0]
    groups: dict = {}
    lines = [
        "# Fake miners. Written by the simulator of minerops.whatsminer.",
        "miners:",
        "  vars:",
        "    ansible_connection: minerops.whatsminer.api",
        f"    ansible_password: {json.dumps(common)}",
        "  children:",
    ]
    for miner in fleet:
        row = {"ansible_host": miner.address, "ansible_port": miner.port, "whatsminer_mac": miner.state.mac}
        if miner.state.password != common:
            row["ansible_password"] = miner.state.password
        if miner.port3 not in (None, API3_PORT):
            row["whatsminer_api3_port"] = miner.port3
        row.update(miner.spec.vars)
        group = "api_" + miner.generation.replace(".", "_").replace("-", "_")
        groups.setdefault(group, []).append((miner.name, row))
        for group in miner.spec.groups:
            groups.setdefault(group, []).append((miner.name, None))
    for group, hosts in groups.items():
        lines.append(f"    {group}:")
        lines.append("      hosts:")
        for name, row in hosts:
            lines.append("        {}:{}".format(json.dumps(name), "" if row is None else " " + json.dumps(row)))
    return "\n".join(lines) + "\n"


def write_whole(path: str, text: str) -> None:
    """Atomically, and for the owner only: a reader sees the old file or the new one."""
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".simulator-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
