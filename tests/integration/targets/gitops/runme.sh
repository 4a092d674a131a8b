#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# examples/gitops as it is, on a simulated fleet: only where the miners are comes from here.

source ../setup_fleet/library.sh

check="$PYTHON $PWD/check.py"
start_fleet --fleet fleet.yml
REPO=$SCRATCH/repo OUT=$SCRATCH/out
mkdir "$OUT"
cp -R "$COLLECTION_ROOT/examples/gitops" "$REPO"
cd "$REPO" || exit
# The settings are those of the repository.
unset ANSIBLE_CONFIG ANSIBLE_CACHE_PLUGIN ANSIBLE_CACHE_PLUGIN_CONNECTION

{
    printf 'miners:\n  hosts:\n'
    ctl list | awk '{ split($2, at, ":"); printf "    %s: {ansible_host: %s, ansible_port: %s}\n", $1, at[1], at[2] }'
} >"$SCRATCH/where.yml"
export ANSIBLE_INVENTORY=inventory,$SCRATCH/where.yml

# Run the pipeline, keep what it said, and compare its exit status: pipeline STATUS NAME VERB ...
runs=0
pipeline() {
    local wanted=$1 status=0
    shift
    runs=$((runs + 1))
    "${WHERE:-$REPO}/pipeline" "$@" >"$OUT/$runs-$1" 2>&1 || status=$?
    ((status == wanted)) || { cat "$OUT/$runs-$1"; echo "pipeline $*: $status and not $wanted" >&2; return 1; }
    tail -n 1 "$OUT/$runs-$1"
}

# What the last run said.
said() {
    grep -qF -- "$1" "$OUT/$runs-"* || { cat "$OUT/$runs-"*; echo "not said: $1" >&2; return 1; }
}

counted() {
    ctl counters | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}

$check ci

# The files are right, also for those who have no password. What isn't is found, all of it at once, and no secret is repeated.
pipeline 0 lint
wrong=$SCRATCH/wrong
cp -R . "$wrong"
echo "site_password: Gp_4hT9q" >>"$wrong/inventory/group_vars/site_north.yml"
echo "x: {whatsminer_pools: [{url: a, user: b, password: poolpw-Tau-44}]}" >>"$wrong/inventory/group_vars/site_south.yml"
cp vault.yml.example "$wrong/vault.yml"
echo Gp_4hT9q >"$wrong/vault-password.txt"
echo "- import_playbook: minerops.whatsminer.nonesuch" >>"$wrong/facts.yml"
echo "]" >>"$wrong/inventory/site_north.yml"
WHERE=$wrong pipeline 1 lint
said "inventory/group_vars/site_north.yml: site_password can be read"
said "inventory/group_vars/site_south.yml: x.whatsminer_pools[0].password can be read"
said "vault.yml: isn't encrypted"
said "vault-password.txt: looks like the password of the vault"
for step in yamllint secrets inventory playbooks; do said "FAILED $step"; done

# Without the vault nothing happens.
pipeline 2 check
[[ $(counted connections) == 0 ]]

umask 077
echo a-vault-password >"$SCRATCH/vault-password"
printf '%s\n' 'vault_miner_password: Gp_4hT9q' 'vault_pool_password: poolpw-Tau-44' >"$SCRATCH/plain"
ansible-vault encrypt --vault-password-file "$SCRATCH/vault-password" --output vault.yml "$SCRATCH/plain"
export ANSIBLE_VAULT_PASSWORD_FILE=$SCRATCH/vault-password
python3 ci/no_secrets.py

# A fleet from the factory becomes what is declared, and stays.
pipeline 10 check
said "check: 8 would be changed"
[[ $(counted sealed) == 0 ]]
pipeline 0 enforce
said "enforce: 8 changed"
pipeline 0 check
said "check: 0 would be changed; 0 failed; 0 unreachable"
$check state "$(ctl get north-r1-01)" farm.north-r1-01 stratum+tcp://north.example.com:3333 poolpw-Tau-44

# It drifts. The check shows exactly that, and writes nothing.
$check drift | while read -r name change; do ctl set "$name" "$change" >/dev/null; done
ctl reset >/dev/null
pipeline 10 check
$check shown .state/check.log
[[ $(counted sealed) == 0 && $(counted tokens) == 0 && $(counted writes) == 0 ]]
pipeline 10 check -e by_fleet=true
$check shown_hosts .state/check.log
# The first host isn't taken for one of those that are to be changed.
pipeline 10 check -e by_fleet=true --limit north-r1-04,south-r1-02
said "check: 1 would be changed: south-r1-02; 0 failed; 0 unreachable"
pipeline 10 check --limit site_north
said "check: 3 would be changed: north-r1-01, north-r1-02, north-r1-03; 0 failed; 0 unreachable"

# A miner that is away is named, and is a failure only where there are too many of them.
ctl set south-r1-01 '{"faults": {"refuse": true}}' >/dev/null
pipeline 4 check
said "1 unreachable: south-r1-01"
MAX_UNREACHABLE=1 pipeline 10 check
ctl set south-r1-01 '{"faults": null}' >/dev/null
pipeline 1 check --limit nobody

# Enforced, it's gone; and enforcing again does nothing.
pipeline 0 enforce
$check shown .state/enforce.log
ctl reset >/dev/null
pipeline 0 check
said "check: 0 would be changed; 0 failed; 0 unreachable"
pipeline 0 enforce
said "enforce: 0 changed; 0 failed; 0 unreachable"
[[ $(counted sealed) == 0 && $(counted writes) == 0 ]]

# What is really there, found by the example of discovery.
sed "s|10.10.1.0/24|$(sed -nE 's/.*north-r1-01: .*ansible_host: ([0-9.]+),.*/\1/p' "$SCRATCH/where.yml")/29|" \
    discovery/north.whatsminer.yml >"$SCRATCH/north.whatsminer.yml"
ansible-inventory -i "$SCRATCH/north.whatsminer.yml" --list >"$SCRATCH/found.json"
$check found "$SCRATCH/found.json"

# No password was said or kept, and the search would have found it.
secrets=(-e Gp_4hT9q -e poolpw-Tau-44 -e a-vault-password)
if grep -rF "${secrets[@]}" "$OUT" "$REPO" "$HOME" "$SCRATCH/local"; then exit 1; fi
grep -qF "${secrets[@]}" "$SCRATCH/plain"
