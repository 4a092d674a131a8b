#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# The exit status of a command whose output goes to a file: status_of FILE COMMAND...
status_of() {
    local status=0 file=$1
    shift
    "$@" >"$file" 2>&1 || status=$?
    echo "$status"
}

same() {
    [[ "$1" == "$2" ]] || { echo "$1 and not $2" >&2; return 1; }
}

TOKENS=$HOME/.ansible/whatsminer/tokens

start_fleet --fleet fleet.yml
play variables.yml -e suffix=-end

# Records: within a run without a fact cache, within a run with one, and in the next run.
turns() {
    local IFS=,
    echo "{\"turns\": [$*]}"
}
host80='{"way": "host", "percent": 80, "changes": true}'
fleet50='{"way": "fleet", "percent": 50, "changes": true}'
fleet50still='{"way": "fleet", "percent": 50, "changes": false}'
host50still='{"way": "host", "percent": 50, "changes": false}'
mixed=$(turns "$host80" "$fleet50" "$fleet50still" "$host80" "$fleet50" "$host50still" "$host50still")
play records.yml -e "$mixed"
keep_facts play records.yml -e "$mixed"
keep_facts play records.yml -e "$(turns "$host50still" "$fleet50still")"

# Facts become each host's own, in the same run and in the next. With force_handlers, which ansible-test sets, Ansible looks all
# hosts up at the beginning of a play, and goes by what it knew then for the rest of the run.
ANSIBLE_FORCE_HANDLERS=false keep_facts play facts.yml kept.yml
keep_facts play kept.yml

# Each changed host shows, with its difference, and no secret does.
play switch.yml --diff -e whom=good -e state=off | tee "$SCRATCH/shown"
for miner in m1 m2 m3 m4; do
    grep -q "^changed: \[$miner\]$" "$SCRATCH/shown"
    grep -q "^--- before: $miner$" "$SCRATCH/shown"
done
grep -q '"power.state": "off"' "$SCRATCH/shown"
if grep -q fleet-pw "$SCRATCH/shown"; then exit 1; fi

# The site, by host and by fleet: the same are lost for the same reasons, and Ansible ends with the same status.
for by_fleet in false true; do
    ctl set '*' '{"state": {"powered": true, "mode": "High"}}' >/dev/null
    status_of "$SCRATCH/site-$by_fleet" play minerops.whatsminer.site -e "by_fleet=$by_fleet" >"$SCRATCH/status-$by_fleet"
    same "$(for miner in m1 m2 m3 m4; do ctl get $miner; done | grep -c '"mode": "Low"')" 4
done
"$PYTHON" recap.py "$SCRATCH/site-false" "$SCRATCH/site-true"
same "$(<"$SCRATCH/status-true")" "$(<"$SCRATCH/status-false")"
cat >"$SCRATCH/twin.yml" <<YAML
good: {hosts: {twin: {ansible_host: $(ctl get m2 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["address"])')}}}
YAML
same "$(status_of "$SCRATCH/fine" play -i "$SCRATCH/twin.yml" minerops.whatsminer.site -e by_fleet=true --limit 'good:!twin')" 0
# Two hosts at one address are named once.
same "$(tr -s '\n ' ' ' <"$SCRATCH/fine" | grep -o "hosts of the inventory share an address: [a-z0-9, ]* at" | sort)" \
    "hosts of the inventory share an address: m2, twin at"
# A misspelt variable fails the run, by host and by fleet, also if it's one host's, and nothing is done.
ctl reset >/dev/null
ctl set '*' '{"state": {"powered": true, "mode": "High"}}' >/dev/null
for how in "" "-e by_fleet=true"; do
    # shellcheck disable=SC2086
    same "$(status_of "$SCRATCH/misspelt" play minerops.whatsminer.site $how --limit good -e '{"whatsminer_pool": []}')" 2
    grep -q "whatsminer_pool is no variable of minerops.whatsminer; the nearest is whatsminer_pools" "$SCRATCH/misspelt"
done
same "$(ctl counters | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["connections"])')" 0
echo "good: {hosts: {m4: {whatsminer_pool: []}}}" >"$SCRATCH/misspelt.yml"
same "$(status_of "$SCRATCH/misspelt" play -i "$SCRATCH/misspelt.yml" minerops.whatsminer.site -e by_fleet=true --limit good)" 2
grep -q "of all hosts together: 4 total, 3 done, .* lost: m4; the first: m4: whatsminer_pool is no variable" "$SCRATCH/misspelt"
same "$(status_of "$SCRATCH/own" play -i "$SCRATCH/misspelt.yml" minerops.whatsminer.site -e by_fleet=true --limit good \
    -e '{"whatsminer_own_variables": ["whatsminer_poo?"]}')" 0
# What a second try brings in is no loss. One try is two questions, of which the second one asks anew which API the miner speaks, and
# each is repeated once.
ctl set m2 '{"faults": {"garbage": true, "times": 4}}' >/dev/null
same "$(status_of "$SCRATCH/second" play minerops.whatsminer.site -e by_fleet=true --limit good)" 0
grep -q "^failed: \[m2\]" "$SCRATCH/second"
grep -q "^m2 .* unreachable=0 .* failed=0 " "$SCRATCH/second"

# A password that is asked for, as with -k and AWX's machine credential.
(umask 077; echo fleet-pw >"$SCRATCH/password")
address=$(ctl get m3 | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["address"])')
ansible-playbook -i "$address," -c minerops.whatsminer.api --connection-password-file "$SCRATCH/password" \
    one.yml

# A thousand, with losses and few files: the run ends within the bound of the timeouts, and not their sum.
start_fleet --fleet big.yml
begun=$SECONDS
(ulimit -n 1024; play switch.yml -e state=off -e keep=true) >"$SCRATCH/big.log"
((SECONDS - begun < 80)) || { echo "it took $((SECONDS - begun)) s" >&2; exit 1; }
"$PYTHON" tally.py "$SCRATCH/result.json" off "$(control)"

# Too many are lost: it stops, and the others are left alone.
ctl reset >/dev/null
same "$(status_of "$SCRATCH/stopped" play switch.yml -e whom=dead:good -e state=on -e concurrency=10 -e most=1)" 2
grep -q "stopped: more than 1 % failed or were unreachable" "$SCRATCH/stopped"
"$PYTHON" -c 'import json, sys; sys.exit(json.load(sys.stdin)["writes"] > 100)' < <(ctl counters)

# Interrupted by Ctrl-C or a kill: it says who was done, and all files are whole.
mkdir "$SCRATCH/logs"
interrupt() {
    local signal=$1 whom=$2 names=$3 order=$4 least=$5
    shift 5
    "$PYTHON" interrupt.py "$signal" "$whom" "$(control)" "$names" "$order" "$least" \
        ansible-playbook -i "$INVENTORY" -i ../setup_fleet/ways.yml -e whom=good -e "logs=$SCRATCH/logs" "$@"
    "$PYTHON" tokens.py "$TOKENS" "$least"
}
interrupt SIGINT group good set_low_power 20 switch.yml -e mode=low -e state=on -e concurrency=20
interrupt SIGTERM process good set_high_power 20 switch.yml -e mode=high -e state=on -e concurrency=20

start_fleet --fleet fleet.yml
ctl set '*' '{"options": {"log_bytes": 2000000}, "faults": {"hold_logs_after": 1000000}}' >/dev/null
interrupt SIGINT group m download_logs,get.log.download 4 logs.yml -e whatsminer_reply_timeout=60
same "$(ls -A "$SCRATCH/logs")" ""
