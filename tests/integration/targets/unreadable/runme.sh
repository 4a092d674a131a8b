#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4}}' >/dev/null
some() {
    play --limit in_process:delegated-2.0 "$@"
}

# Without a cache it is applied at each run, with a warning; a pool's password is left, where nothing else of the pools differs.
some declare.yml -e what=all -e warned=true
some declare.yml -e what=unreadable_but_pools -e warned=true

# With a cache the first run makes the records, and the next ones have nothing to do.
keep_facts some declare.yml -e what=unreadable
keep_facts some declare.yml declare.yml -e what=nothing

# No password stands in the cache, but a slow, salted fingerprint of what holds one.
if grep -r "p00l_s3cret" "$SCRATCH/facts"; then exit 1; fi
"$PYTHON" - "$SCRATCH/facts" <<'PYTHON'
import pathlib
import re
import sys

# Newer ansible-core keeps the JSON of the facts as text inside of JSON.
texts = [path.read_text().replace("\\", "") for path in pathlib.Path(sys.argv[1]).iterdir()]
records = [re.search(r'"pools": ?{[^}]*"value": ?"([^"]*)"', text) for text in texts]
values = [record.group(1) for record in records if record]
assert len(values) == 8, values
assert all(re.fullmatch(r"[0-9a-f]{24}\$[0-9a-f]{64}", value) for value in values), values
assert len({value.partition("$")[0] for value in values}) == 8, "a salt is used twice"
PYTHON

# A restart loses the percentage.
ctl set '*' '{"actions": ["restart_btminer"]}' >/dev/null
keep_facts some declare.yml -e what=lost_by_a_restart
keep_facts some declare.yml reboot.yml -e what=nothing
keep_facts some declare.yml -e what=lost_by_a_restart

# Other firmware may have forgotten all of it.
ctl set '*' '{"state": {"firmware": "20260101.1.REL"}}' >/dev/null
keep_facts some declare.yml -e what=unreadable
keep_facts some declare.yml -e what=nothing

# A factory reset forgets all of it.
keep_facts some reset.yml
ctl set '*' '{"state": {"password": "fleet-pw", "accounts": {"super": {"password": "fleet-pw"}}, "api_on": true}}' >/dev/null
keep_facts some declare.yml -e what=all
keep_facts some declare.yml -e what=nothing

# Where another machine stands now, what was applied to the one before means nothing.
ctl set in-process-1.3 '{"state": {"mac": "C4:05:08:FF:FF:FE"}}' >/dev/null
keep_facts play --limit in-process-1.3 declare.yml -e what=unreadable -e whatsminer_mac=

# What can't be a record any more costs a write, and not the play.
sed -z -i -E 's/(timezone\\*":\s*\{[^}]*)value/\1nothing/' "$SCRATCH"/facts/*
grep -q nothing "$SCRATCH"/facts/*in-process-1.3
keep_facts play --limit in-process-1.3 declare.yml -e what=damaged -e whatsminer_mac=

# What a hostile miner says is text, for playbooks, reports and inventories: nothing of it runs, or reaches the screen as it came.
logged() {
    "$@" >>"$SCRATCH/hostile.log" 2>&1 || { cat -v "$SCRATCH/hostile.log"; return 1; }
}
hostile=(--limit in-process-2.0:in-process-2.2:in-process-3)
ctl set '*' "$(cat hostile.json)" >/dev/null
logged play "${hostile[@]}" hostile.yml
logged play "${hostile[@]}" minerops.whatsminer.health -e "health_csv_file=$SCRATCH/health.csv" -e health_fail_on=none
logged play "${hostile[@]}" minerops.whatsminer.drift -e "drift_html_file=$SCRATCH/drift.html" -e drift_fail=false \
    -e '{"whatsminer_system": {"hostname": "a"}}'
cat >"$SCRATCH/hostile.whatsminer.yml" <<INVENTORY
plugin: minerops.whatsminer.discovery
networks: [$(grep -m 1 -oE '127\.[0-9]+\.[0-9]+\.' "$INVENTORY")0/24]
hostname: hostname
INVENTORY
logged ansible-inventory -i "$SCRATCH/hostile.whatsminer.yml" --list
if grep -n -P '\x1b|\x07|ran-42' "$SCRATCH/hostile.log" "$SCRATCH/health.csv" "$SCRATCH/drift.html"; then exit 1; fi
grep -q "ran-' ~ 6" "$SCRATCH/hostile.log" # it was there
[[ ! -e hit ]]
