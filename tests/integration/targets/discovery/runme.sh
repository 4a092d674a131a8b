#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

export ANSIBLE_INVENTORY_UNPARSED_FAILED=true ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true
export TRACE=$SCRATCH/trace

# An inventory file of the plugin: its name without .whatsminer.yml; options come from the standard input.
config() {
    { echo "plugin: minerops.whatsminer.discovery"; cat; } >"$SCRATCH/$1.whatsminer.yml"
}

# As AWX does it: nobody to ask, all of it on the standard output.
list() {
    ansible-inventory -i "$SCRATCH/$1.whatsminer.yml" --list --export </dev/null >"$SCRATCH/$1.json" 2>"$SCRATCH/$1.err" ||
        { cat "$SCRATCH/$1.err" >&2; return 1; }
}

check() {
    "$PYTHON" check.py "$@" "$SCRATCH"
}

# What the addresses of the running fleet begin with.
network() {
    grep -m 1 -oE '127\.[0-9]+\.[0-9]+\.' "$INVENTORY"
}

start_fleet --fleet fleet.yml
block=$(network)

echo "--- what is there is found, and nothing else"
config plain <<EOF
networks: [${block}0/24]
reply_timeout: 2
retries: 1
EOF
list plain
check plain

echo "--- everything that can be asked for"
config full <<EOF
networks: ["${block}0-120", "${block}121"]
exclude: ["${block}200/29"]
gather_subset: [all]
reply_timeout: 2
retries: 1
hostname: "{{ whatsminer.network.hostname | default(whatsminer.model) }}-{{ whatsminer_mac[-2:] }}"
report_others: true
compose:
  worker: whatsminer.pools[0].user
  kilowatts: whatsminer.power_watts / 1000
groups:
  thirsty: whatsminer.power_watts | default(0) > 1000
keyed_groups:
  - {prefix: mode, key: whatsminer.power_mode}
  - {prefix: worker, key: "whatsminer.pools[0].user", parent_group: workers}
EOF
list full
check full

echo "--- a play over what was found"
ansible-playbook -i "$SCRATCH/full.whatsminer.yml" -e "ansible_password=fleet-pw" -e "scratch=$SCRATCH" play.yml
[[ ! -e "$TRACE" ]]

echo "--- options that make no sense are errors"
config wide <<EOF
networks: [10.0.0.0/8]
EOF
if list wide 2>/dev/null; then exit 1; fi
grep -q "65536 addresses at most, and these are 16777216" <(tr -s '\n ' ' ' <"$SCRATCH/wide.err")
config misspelt <<EOF
networks: [10.0.0.300]
EOF
if list misspelt 2>/dev/null; then exit 1; fi
grep -q "networks must be" <(tr -s '\n ' ' ' <"$SCRATCH/misspelt.err")

echo "--- from the cache, when nothing is there any more"
config cached <<EOF
networks: [${block}0/24]
reply_timeout: 2
retries: 0
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: $SCRATCH/cache
EOF
list cached
cp "$SCRATCH/cached.json" "$SCRATCH/first.json"
ctl set miner-1.3-1 '{"state": {"powered": false}}' >/dev/null
ctl set miner-1.4-1 '{"state": {"powered": false}}' >/dev/null
list cached
cmp "$SCRATCH/first.json" "$SCRATCH/cached.json"

echo "--- a new scan, when some are off that an earlier one identified"
echo "- hosts: all" >"$SCRATCH/play.yml"
ansible-playbook -i "$SCRATCH/cached.whatsminer.yml" --flush-cache --list-hosts "$SCRATCH/play.yml" 2>"$SCRATCH/remembered.err"
list cached
cp "$SCRATCH/cached.json" "$SCRATCH/remembered.json"
check remembered
stop_fleet
list cached
cmp "$SCRATCH/remembered.json" "$SCRATCH/cached.json"
rm -r "$SCRATCH/cache"
list cached
check emptied

echo "--- more miners than open files"
start_fleet --miners 300 --address-from "127.$((64 + RANDOM % 128)).$((RANDOM % 16 * 16)).1"
block=$(network)
config many <<EOF
networks: [${block}0/23]
EOF
(ulimit -n 160; list many)
check many
