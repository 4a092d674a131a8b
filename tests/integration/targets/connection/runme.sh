#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# The exit status of a command, and its output.
status_of() {
    local status=0
    "$@" || status=$?
    echo "exit status $status"
}

# One value of what the simulator knows of a miner: of good-1.3 "['state']['mode']"
of() {
    ctl get "$1" | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)$2)"
}

same() {
    [[ "$1" == "$2" ]] || { echo "$1 and not $2" >&2; return 1; }
}

start_fleet --fleet fleet.yml

# A faulty miner is told by its fault, and the second run, which asks no miner for a token again that gives none, agrees.
play faults.yml
same "$(of limited "['counters']['token_refusals']")" 1
ctl reset
play faults.yml --limit limited,wrong-password,refusing,dead,garbled,wrong-password-3
same "$(of limited "['counters']['requests'].get('get_token', 0)")" 0

# The run goes on without a miner that isn't there, and ends with Ansible's own status for that.
status_of play pool.yml --limit 'good:dead' -e pool=first.example.com:3333 -e facts=true | tee "$SCRATCH/output"
grep -q "^exit status 4$" "$SCRATCH/output"
grep -q "^dead .* unreachable=1 .* failed=0 " "$SCRATCH/output"
for miner in good-1.3 good-1.4 good-2.0 good-3 good-3only; do
    same "$(of $miner "['state']['pools'][0]['url']")" stratum+tcp://first.example.com:3333
done

ctl reset
play habits.yml

# A miner that comes up late: once somebody has asked in vain, it answers.
ctl set good-1.4 '{"faults": {"silent": true}, "actions": ["reset_counters"]}' >"$SCRATCH/late"
play late.yml &
waiting=$!
until (($(of good-1.4 "['counters']['connections']") > 0)); do kill -0 "$waiting"; done
ctl set good-1.4 '{"faults": null}' >"$SCRATCH/late"
wait "$waiting"

play localhost.yml

# The password from where people keep it: -k and AWX's machine credential, or the environment.
address=$(of good-2.0 "['address']")
(umask 077; echo fleet-pw >"$SCRATCH/password")
ansible-playbook -i "$address," -c minerops.whatsminer.api --connection-password-file "$SCRATCH/password" \
    pool.yml -e pool=second.example.com:3333
same "$(of good-2.0 "['state']['pools'][0]['url']")" stratum+tcp://second.example.com:3333
ANSIBLE_WHATSMINER_PASSWORD=fleet-pw ansible-playbook -i "$address," -c minerops.whatsminer.api pool.yml -e pool=third.example.com:3333
same "$(of good-2.0 "['state']['pools'][0]['url']")" stratum+tcp://third.example.com:3333
