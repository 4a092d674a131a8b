#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

export TRACE=$SCRATCH/trace

# Judge, from a directory of one's own; the exit status must be $1.
health() {
    local expected=$1 status=0
    shift
    (
        cd "$SCRATCH"
        ansible-playbook minerops.whatsminer.health -i "$INVENTORY" "$@"
    ) >"$SCRATCH/health.log" 2>&1 || status=$?
    ((status == expected)) || { cat "$SCRATCH/health.log" >&2; echo "exit status $status, and not $expected" >&2; return 1; }
}

# The log says this.
said() {
    tr -s ' \n' ' ' <"$SCRATCH/health.log" | grep -qF -- "$1" || { cat "$SCRATCH/health.log" >&2; echo "not said: $1" >&2; return 1; }
}

check() {
    "$PYTHON" check.py "$@" "$INVENTORY" "$SCRATCH"
}

# Write metrics and assets.
export_fleet() {
    local status=0
    (
        cd "$SCRATCH"
        ansible-playbook minerops.whatsminer.export -i "$INVENTORY" "$@"
    ) >"$SCRATCH/health.log" 2>&1 || status=$?
    ((status == 0)) || { cat "$SCRATCH/health.log" >&2; return 1; }
}

start_fleet --fleet fleet.yml
ansible curtailed -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a "kind=power reason=ercot-4cp" >/dev/null
ansible in-repair -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a "kind=all reason=repair" >/dev/null
ctl reset >/dev/null

echo "--- each fault is found, none is invented, and no miner is touched"
health 2 -e health_json_file=health.json -e health_csv_file=health.csv --check
check all
check untouched "$(ctl counters)"
[[ ! -e "$TRACE" ]]
said "That fails the run by health_fail_on, which is ill, unreachable"

echo "--- metrics and assets are what health shows, of miners that are read once and not touched"
ctl reset >/dev/null
export_fleet -e export_metrics_file=north.prom -e export_csv_file=assets.csv -e '{"whatsminer_report_columns": ["expected"]}'
check export
check untouched "$(ctl counters)"
[[ ! -e "$TRACE" ]]

echo "--- the exit status is that of the verdicts in health_fail_on"
health 0 -e health_fail_on=none -e health_table=none
health 0 --limit 'healthy*:weak-mains:off:young:curtailed'
health 2 --limit 'healthy*:weak-mains' -e health_fail_on=watch,ill
said "of 11 miners, 1 watch."
health 0 --limit 'healthy*' -e '{"health_fail_on": [ill, unreachable, watch, not_judged, held, off]}'
said "10 miners: 10 ok"

echo "--- thresholds and error codes are those that are declared"
changed='{"health_thresholds": {"air": {"input_volts": {"watch": 185}}}, "health_ignored_errors": [530], "health_fail_on": ["watch"]}'
health 0 --limit weak-mains:new-error -e "$changed"
changed='{"health_thresholds": {"chip_c": {"watch": 60, "ill": 70}}, "health_ill_errors": [530]}'
health 2 --limit healthy-1.4:healthy-hydro:new-error -e "$changed"
said "(ill above 70 °C)"
said "3 miners: 3 ill"

echo "--- what makes no sense is refused before a miner is asked"
ctl reset >/dev/null
health 2 -e '{"health_thresholds": {"chip_c": {"warn": 60}}}'
said "health_thresholds.chip_c must be a dictionary with watch, ill or both"
health 2 -e whatsminer_holds=/nonexistent/holds
said "the directory of the holds, /nonexistent/holds (whatsminer_holds), isn't there"
[[ "$(ctl counters)" == *'"connections": 0'* ]]
health 2 -e health_json_file=/nonexistent/health.json --limit healthy-1.3
said "health_json_file: /nonexistent/health.json can't be written"

echo "--- what a vendor wants to see of sick miners is in a folder, and no secret"
run_quietly() {
    local expected=$1 status=0
    shift
    (cd "$SCRATCH" && ansible-playbook -i "$INVENTORY" "$@") >"$SCRATCH/health.log" 2>&1 || status=$?
    ((status == expected)) || { cat "$SCRATCH/health.log" >&2; echo "exit status $status, and not $expected" >&2; return 1; }
}
run_quietly 0 minerops.whatsminer.logs -e logs_directory=case --limit gap:hot:dead:healthy-2.0:still-fans-3
check case
run_quietly 0 minerops.whatsminer.logs -e logs_directory=other -e logs_verdicts=all --limit healthy-2.0 --check
said "1 of 1 miner would be collected in"
[[ ! -e "$SCRATCH/other" && ! -e "$TRACE" ]]

echo "--- presses of the IP report buttons become locations"
port=$("$PYTHON" -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
run_quietly 0 minerops.whatsminer.ip_report -e "ip_report_port=$port ip_report_address=127.0.0.1 ip_report_file=walk.yml" \
    -e '{"ip_report_positions": ["hall-[1:2]"], "ip_report_seconds": 60}' &
job=$!
until grep -q "listening on UDP port $port" "$SCRATCH/health.log"; do
    kill -0 "$job" 2>/dev/null || { cat "$SCRATCH/health.log" >&2; exit 1; }
    sleep 0.1
done
"$PYTHON" check.py press "$port" "$INVENTORY" "$SCRATCH"
wait "$job"
said "1: hall-1: C4:05:08:FF:FF:FE 192.0.2.1 another"
said "all positions are noted: 2 machines noted"
(cd "$SCRATCH" && ansible-inventory -i "$INVENTORY" -i walk.yml --host another) >"$SCRATCH/health.log"
said '"whatsminer_location": "hall-1"'

# --- Remedies -----------------------------------------------------------------------------------------------

STATE=$HOME/.ansible/whatsminer/remediation.json
export FLEET_READY PYTHON

# Remedy; the exit status must be $1. Restarted miners are judged at once, and a second time at once.
remediate() {
    local expected=$1 status=0
    shift
    ansible-playbook minerops.whatsminer.remediate -i "$INVENTORY" -e remediation_json_file="$SCRATCH/remedies.json" \
        -e '{"health_thresholds": {"settle_seconds": 0}, "remediation_confirm_seconds": 0}' -e remediation_site_percent=10 \
        "$@" >"$SCRATCH/health.log" 2>&1 || status=$?
    ((status == expected)) || { cat "$SCRATCH/health.log" >&2; echo "exit status $status, and not $expected" >&2; return 1; }
}

remedies() {
    "$PYTHON" remedies.py "$1" "$INVENTORY" "$SCRATCH" "$STATE" || { tail -n 60 "$SCRATCH/health.log" >&2; return 1; }
}

echo "--- a site of 300 miners with 25 faults of each verdict: each is found, none is invented"
rm -rf "$HOME/.ansible/whatsminer" # holds and tokens of the fleet before, which had the same MAC addresses
start_fleet --fleet site.yml
ansible-playbook hold.yml -i "$INVENTORY" >/dev/null
ctl reset >/dev/null
health 2 -e health_json_file=health.json -e health_csv_file=health.csv
check site
check untouched "$(ctl counters)"

echo "--- check mode says what would be done, and touches nothing"
remediate 0 --check
remedies check
check untouched "$(ctl counters)"

echo "--- each run does one remedy for a miner, for so many at once; a second run is refused meanwhile"
remediate 0
remedies first

echo "--- a run that is killed doubles no remedy"
status=0
remediate 0 2>/dev/null || status=$?
((status != 0))
remedies killed

echo "--- what a remedy didn't mend gets the next one when its time has come, and is given up then"
remedies later
remediate 2
remedies second
said "1 miner given up: unplugged"
remedies later
remediate 2
remedies third
said "4 miners given up: broken-1, broken-2, broken-3, broken-4"

echo "--- in a storm nothing is done"
ctl set "*" '{"faults": {"btminer_down": true}}' >/dev/null
ctl reset >/dev/null
remedies later
remediate 2
remedies storm
check untouched "$(ctl counters)"
