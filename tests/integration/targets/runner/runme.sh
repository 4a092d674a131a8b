#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# The playbooks of examples/gitops as jobs of AWX, by ansible-runner: sliced and whole, and with each way to hand over a password.

source ../setup_fleet/library.sh

unset ANSIBLE_CONFIG ANSIBLE_CACHE_PLUGIN ANSIBLE_CACHE_PLUGIN_CONNECTION
check=("$PYTHON" "$PWD/check.py")
DATABASE=$SCRATCH/database JOBS=$SCRATCH/jobs PROJECT=$SCRATCH/project
umask 077
mkdir "$DATABASE" "$JOBS"
cp -R "$COLLECTION_ROOT/examples/gitops" "$PROJECT"
printf '%s\n' 'vault_miner_password: Rp_6jN3w' 'vault_pool_password: poolpw-Rho-31' >"$SCRATCH/plain"
echo a-vault-password >"$SCRATCH/vault-password"
ansible-vault encrypt --vault-password-file "$SCRATCH/vault-password" --output "$PROJECT/vault.yml" "$SCRATCH/plain"

# What AWX imports of the project, which it does without the vault's password: import FILE
import() {
    {
        printf 'miners:\n  hosts:\n'
        ctl list | awk '{ split($2, at, ":"); printf "    %s: {ansible_host: %s, ansible_port: %s}\n", $1, at[1], at[2] }'
    } >"$SCRATCH/where.yml"
    ansible-inventory -i "$PROJECT/inventory" -i "$SCRATCH/where.yml" --list --export >"$1"
}

# Run a job: job NUMBER KEY=VALUE ...
job() {
    local out=$JOBS/$1
    mkdir "$out"
    "${check[@]}" job ident="$1" out="$out" project="$PROJECT" playbook=site.yml inventory="$SCRATCH/inventory.json" \
        facts="$DATABASE" use_fact_cache=true collections="${ANSIBLE_COLLECTIONS_PATH:-}" "${@:2}" >"$out.json"
    "$PYTHON" awx.py "$out.json" >"$out/said" 2>&1 || { tail -n 40 "$out/said"; return 1; }
}

# All miners' JSON, one a line.
miners() {
    local name
    for name in $(ctl list | cut -d ' ' -f 1); do
        ctl get "$name" | "$PYTHON" -c 'import json, sys; print(json.dumps(json.load(sys.stdin)))'
    done
}

vault='passwords={"vault_password": "a-vault-password"}'
start_fleet --fleet fleet.yml
import "$SCRATCH/inventory.json"

# Two slices at once, each a pod with a disk of its own, and so with no tokens of the other; to the miners one address.
job 1 slice='[1, 2]' arguments='["--ask-vault-pass", "--diff"]' "$vault" &
first=$!
job 2 slice='[2, 2]' arguments='["--ask-vault-pass", "--diff"]' "$vault"
wait "$first"
"${check[@]}" results "$JOBS/1" "$JOBS/2" >"$SCRATCH/sliced"
miners | "${check[@]}" state >"$SCRATCH/sliced.state"
miners | "${check[@]}" tokens 1

# What AWX has kept of the facts makes the next run quiet. Of newer ansible-core it keeps nothing: docs/awx.md says what to do.
if "$PYTHON" -c 'import sys; from ansible.release import __version__ as v; sys.exit(tuple(map(int, v.split(".")[:2])) >= (2, 19))'; then
    ctl reset >/dev/null
    job 3 slice='[1, 2]' arguments='["--ask-vault-pass"]' "$vault" &
    first=$!
    job 4 slice='[2, 2]' arguments='["--ask-vault-pass"]' "$vault"
    wait "$first"
    ctl counters | "${check[@]}" quiet
else
    [[ -z $(ls "$DATABASE") ]]
fi

# The same fleet anew, in one job, with facts and tokens on a disk that is mounted into all pods: the outcome is the same.
start_fleet --fleet fleet.yml
import "$SCRATCH/inventory.json"
mounted="environment={\"ANSIBLE_CACHE_PLUGIN_CONNECTION\": \"$SCRATCH/mounted/facts\", \
    \"ANSIBLE_WHATSMINER_TOKEN_DIRECTORY\": \"$SCRATCH/mounted/tokens\"}"
job 5 arguments='["--ask-vault-pass", "--diff"]' "$vault" use_fact_cache=false "$mounted"
"${check[@]}" results "$JOBS/5" >"$SCRATCH/whole"
miners | "${check[@]}" state >"$SCRATCH/whole.state"
diff "$SCRATCH/sliced" "$SCRATCH/whole"
diff "$SCRATCH/sliced.state" "$SCRATCH/whole.state"
[[ $(grep -c '"verdict": "changed"' "$SCRATCH/whole") == 8 ]]
ctl reset >/dev/null
job 6 arguments='["--ask-vault-pass"]' "$vault" use_fact_cache=false "$mounted"
ctl counters | "${check[@]}" quiet

# A credential of our own type brings what the vault holds: the vault stays shut.
ctl set north-r1-01 '{"state": {"mode": "High"}}' >/dev/null
ctl reset >/dev/null
mv "$PROJECT/vault.yml" "$SCRATCH"
job 7 arguments='["--check", "--diff"]' use_fact_cache=false "$mounted" \
    'injected_vars={"vault_miner_password": "Rp_6jN3w", "vault_pool_password": "poolpw-Rho-31"}'
"${check[@]}" results "$JOBS/7" | tr -d ' \n' | grep -q '"north-r1-01":{"commands":\[\],"verdict":"changed"}'
[[ $("${check[@]}" results "$JOBS/7" | grep -c '"verdict": "changed"') == 1 ]]
ctl counters | "${check[@]}" quiet

# A machine credential answers the prompt of --ask-pass, for each miner by itself and for all of them in one task.
"${check[@]}" machine "$SCRATCH/inventory.json" >"$SCRATCH/machine.json"
cp -R "$PROJECT" "$SCRATCH/machine"
printf '%s\n' '- import_playbook: minerops.whatsminer.site' >"$SCRATCH/machine/site.yml"
machine=(project="$SCRATCH/machine" inventory="$SCRATCH/machine.json" 'passwords={"ssh_password": "Rp_6jN3w"}'
    'injected_vars={"vault_pool_password": "poolpw-Rho-31"}')
number=8
for by_fleet in false true; do
    ctl set '*' '{"state": {"mode": "High"}}' >/dev/null
    job "$number" arguments='["--ask-pass"]' "${machine[@]}" extra_vars="{\"by_fleet\": $by_fleet}"
    miners | "${check[@]}" state | diff "$SCRATCH/whole.state" -
    number=$((number + 1))
done

# The limit of 32 was never near.
miners | "${check[@]}" tokens 3

# No password is in what a job leaves behind: its events, artifacts and logs, and its pod's disk, but for AWX's own file.
secrets=(-e Rp_6jN3w -e poolpw-Rho-31 -e a-vault-password)
if grep -rF "${secrets[@]}" --exclude=tmpa1b2c3 "$JOBS"/*/ "$DATABASE" "$SCRATCH/mounted" "$SCRATCH/inventory.json"; then exit 1; fi
grep -rqF "${secrets[@]}" "$JOBS/7/pod/env/tmpa1b2c3"
