#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
play "${TWO_WAYS[@]}" change.yml | tee "$SCRATCH/output"
play wrong.yml | tee -a "$SCRATCH/output"
# No password of the fleet, old or new, in what was shown.
if grep -E "fleet-pw|n3w_pw" "$SCRATCH/output"; then exit 1; fi

# Sixty miners, each on one of three passwords, two away, one that gives no tokens, one on another: all get the new one that can,
# the report says which was on which, and a second run changes nothing.
start_fleet --fleet fleet.yml
# One of them is encrypted by itself.
echo a-vault-password >"$SCRATCH/vault-password"
export ANSIBLE_VAULT_PASSWORD_FILE=$SCRATCH/vault-password
{
    cat candidates.yml
    ansible-vault encrypt_string one_pw | sed '1s/^/  - /; 2,$s/^ */      /'
} >"$SCRATCH/candidates.yml"
# Run the playbook on all miners: change STATUS OUTCOMES ...
change() {
    local wanted=$1 outcomes=$2 status=0
    shift 2
    ansible-playbook -i "$INVENTORY" minerops.whatsminer.passwords -e "@$SCRATCH/candidates.yml" -e "passwords_json_file=$SCRATCH/report.json" \
        -vvv "$@" >"$SCRATCH/passwords" 2>&1 || status=$?
    cat "$SCRATCH/passwords" "$SCRATCH/report.json" >>"$SCRATCH/said"
    [[ "$status" == "$wanted" ]]
    grep -F "60 miners: $outcomes" "$SCRATCH/passwords"
}
change 2 '1 other, 1 locked, 2 unreachable, 56 changed, by what was tried in check mode' --check
ctl counters | grep '"writes": 0'
change 2 '1 other, 1 locked, 2 unreachable, 56 changed'
grep -F 'on old 3 before: 20 miners' "$SCRATCH/passwords"
grep -F 'on since 2024 before: 20 miners' "$SCRATCH/passwords"
grep -F 'on since 2025 before: 16 miners' "$SCRATCH/passwords"
grep -F "1 on a password that is none of those given" "$SCRATCH/passwords"
ctl set '*' '{"actions": ["reset_counters"]}' >/dev/null
change 2 '1 other, 1 locked, 2 unreachable, 56 already'
grep 'changed=0' "$SCRATCH/passwords"
ctl counters | grep '"writes": 0'
# The locked one isn't asked any more, so that its lock ends. Those that are back, and only they, are changed.
if ctl get locked | grep '"get_token"'; then exit 1; fi
ctl set '*' '{"faults": {"refuse": false}}' >/dev/null
change 2 '1 other, 1 locked, 2 changed, 56 already'
if grep -nE "one_pw|two_pw|three_pw|n3w_pw|stray_pw" "$SCRATCH/said"; then exit 1; fi
