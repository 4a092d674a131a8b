#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux

source ../setup_fleet/library.sh

start_fleet --miners 3

# Each miner of the inventory answers a summary.
"$PYTHON" - "$INVENTORY" <<'PYTHON'
import socket
import sys

import yaml


def variables(group, inherited=()):
    merged = {**dict(inherited), **(group.get("vars") or {})}
    for name, own in (group.get("hosts") or {}).items():
        yield name, {**merged, **(own or {})}
    for child in (group.get("children") or {}).values():
        yield from variables(child or {}, merged)


with open(sys.argv[1]) as stream:
    inventory = yaml.safe_load(stream)
miners = {}
for group in inventory.values():
    for name, own in variables(group):
        miners.setdefault(name, {}).update(own)
assert len(miners) == 3, miners
for name, own in miners.items():
    address = (own.get("ansible_host", name), int(own.get("ansible_port", 4028)))
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(b'{"cmd":"summary"}')
        reply = b""
        while b"}]" not in reply:
            received = connection.recv(65536)
            if not received:
                break
            reply += received
    print(name, address, reply[:200])
    assert b"SUMMARY" in reply, reply
PYTHON
