#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# What is declared, and by which of the role's ways: the outcome is the same.
for way in main fleet; do
    start_fleet --miners 6 --generations 1.3,1.4,2.0,2.2,3,3-only
    export ANSIBLE_CACHE_PLUGIN=jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$SCRATCH/facts-$way
    play converge.yml -e "way=$way" -e "expected=changed" --check
    ctl counters | grep '"writes": 0'
    play converge.yml -e "way=$way" -e "expected=changed"
    play verify.yml
    # API 3 knows no tokens.
    ctl counters | tee "$SCRATCH/counters" | grep '"tokens": 4'
    play converge.yml -e "way=$way" -e "expected=unchanged" --check
    play converge.yml -e "way=$way" -e "expected=unchanged"
    # Comparing tells the same, and neither way wrote anything more.
    play converge.yml -e way=compare -e expected=unchanged
    ctl counters | grep -E '"(tokens|writes)"' | cmp - <(grep -E '"(tokens|writes)"' "$SCRATCH/counters")
done

# A value that is none fails for each host, naming it.
for way in main fleet; do
    if play converge.yml -e "way=$way" -e expected=changed -e '{"whatsminer_power": {"mode": "turbo"}}' >"$SCRATCH/refused"; then exit 1; fi
    grep -q "mode must be one of: low, normal, high" <(tr -s '\n ' ' ' <"$SCRATCH/refused")
done

# A running farm is adopted: of all kinds of miners, some of which are off, one is away, and one calls itself by what looks like a
# template. Converging to what was written down changes nothing, and after one edit just that.
start_fleet --fleet farm.yml
unset ANSIBLE_CACHE_PLUGIN ANSIBLE_CACHE_PLUGIN_CONNECTION
FARM=$SCRATCH/farm
mkdir "$FARM" && cp "$INVENTORY" "$FARM/hosts.yml"
adopt() { ansible-playbook -i "$FARM/hosts.yml" minerops.whatsminer.adopt -e "adopt_directory=$FARM" "$@"; }
site() { ansible-playbook minerops.whatsminer.site -e by_fleet=true --check --diff "$@"; }
adopt --check --diff | tee "$SCRATCH/predicted" | grep '11 miners read, .* would be written' >/dev/null
grep -q '^+  state: ' "$SCRATCH/predicted"
[[ ! -e "$FARM/host_vars" ]]
adopt >"$SCRATCH/adopted"
grep -q 'kept out, since they couldn.t be read: away' "$SCRATCH/adopted"
! grep -rl fleet-pw "$FARM/host_vars" "$FARM/group_vars" "$SCRATCH/adopted" "$SCRATCH/predicted"
grep -q 'user: farm.{{ inventory_hostname }}' "$FARM/group_vars/mining/adopted.yml"
grep -q 'whatsminer_serial: !unsafe "{{ lookup' "$FARM/host_vars/evil.yml"
[[ ! -e "$FARM/host_vars/away.yml" ]]
site -i "$FARM/hosts.yml" --limit '!away' | grep '11 done, 0 changed, 0 failed'
adopt | grep '0 files written' >/dev/null
sed -i 's/mode: low/mode: normal/' "$FARM/host_vars/odd.yml"
site -i "$FARM/hosts.yml" --limit '!away' >"$SCRATCH/one_edit"
grep '11 done, 1 changed, 0 failed' "$SCRATCH/one_edit"
[[ $(grep '^[+] ' "$SCRATCH/one_edit" | tr -d ' ') == '+"power.mode":"normal"' ]]
# What a person edited is overwritten only if that is said. The other way to write it down is one inventory.
if adopt >"$SCRATCH/refused"; then exit 1; fi
grep -q 'host_vars/odd.yml is a person.s, or was edited' "$SCRATCH/refused"
adopt -e adopt_overwrite=true | grep '1 file written' >/dev/null
adopt -e adopt_directory= -e "adopt_inventory_file=$SCRATCH/whole.yml"
site -i "$SCRATCH/whole.yml" | grep '11 done, 0 changed, 0 failed'
# Nothing of all that was written to a miner, nor did it take a token.
ctl counters | grep '"writes": 0'
ctl counters | grep '"tokens": 0'
