#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4}}' >/dev/null
play restart.yml
went_by_passage
play fail.yml

echo "--- miners are restarted batch by batch, and held ones and those that are off are left alone"
# Other machines have some of the addresses by now.
start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4}}' >/dev/null
ctl set in-process-2.0 '{"state": {"powered": false}}' >/dev/null
ctl set in-process-2.2mixed '{"faults": {"refuse": true}}' >/dev/null
ansible in-process-1.4 -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a "kind=power reason=ercot" >/dev/null
ctl reset >/dev/null
restart() {
    (
        cd "$SCRATCH" || exit
        ansible-playbook minerops.whatsminer.restart -i "$INVENTORY" --limit in_process -e restart_batch=4 -e restart_pause=0 "$@"
    ) >"$SCRATCH/restart.log" 2>&1
}
said() {
    grep -qF -- "$1" "$SCRATCH/restart.log" || { cat "$SCRATCH/restart.log" >&2; echo "not said: $1" >&2; return 1; }
}
restart --check || { cat "$SCRATCH/restart.log" >&2; exit 1; }
said "4 would be restarted, 1 held, 1 off, 1 not answering"
[[ "$(ctl counters)" == *'"writes": 0'* ]]
restart
said "4 restarted, 1 held, 1 off, 1 not answering"
said "left alone: in-process-1.4: curtailed since"
[[ "$(ctl counters)" == *'"writes": 4'* ]]
ctl set in-process-3only '{"faults": {"write_ignored": ["set.miner.service"]}}' >/dev/null
restart -e restart_max_failures=0 -e restart_wait_timeout=1 && { cat "$SCRATCH/restart.log"; exit 1; }
said "1 miner failed: in-process-3only"
