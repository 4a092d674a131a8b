#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# examples/awx: what AWX is to hold, given to modules that know what the real ones document; and the execution environment.

set -o errexit -o nounset -o pipefail

PYTHON=${ANSIBLE_TEST_PYTHON_INTERPRETER:-python3}
COLLECTION=$PWD
until [[ -d "$COLLECTION/examples/awx" ]]; do
    [[ "$COLLECTION" != / ]] || { echo "no collection above $PWD" >&2; exit 1; }
    COLLECTION=$(dirname "$COLLECTION")
done
ROOT=${COLLECTION%/ansible_collections/*}
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/whatsminer-awx.XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT

# apply.yml
stand_ins=$SCRATCH/ansible_collections/awx/awx/plugins
mkdir -p "$stand_ins/action"
for module in organization execution_environment credential_type credential project inventory inventory_source job_template \
    workflow_job_template schedule; do
    cp stand_in.py "$stand_ins/action/$module.py"
done
cat >"$SCRATCH/secrets.yml" <<'YAML'
awx_secrets:
  git: {username: robot, password: git-pw-Alpha-1}
  vault_password: a-vault-password
YAML
export AWX_OPTIONS=$PWD/options.yml AWX_RECORD=$SCRATCH/record
apply() {
    ANSIBLE_COLLECTIONS_PATH=$SCRATCH:$ROOT ansible-playbook "$COLLECTION/examples/awx/apply.yml" -e "@$SCRATCH/secrets.yml" "$@"
}
apply -vvv >"$SCRATCH/said" 2>&1 || { cat "$SCRATCH/said"; exit 1; }
if grep -F -e git-pw-Alpha-1 -e a-vault-password "$SCRATCH/said"; then exit 1; fi
"$PYTHON" check.py "$AWX_RECORD" "$COLLECTION"

# What the real modules don't know is refused here too.
if apply -e '{"awx_schedules": [{"name": "x", "cron": "* * * * *"}]}' >"$SCRATCH/said" 2>&1; then exit 1; fi
grep -q 'schedule x: cron. Supported parameters include' "$SCRATCH/said" || { cat "$SCRATCH/said"; exit 1; }

# The execution environment: its build context, and what the collection itself asks for.
ansible-builder create --file "$COLLECTION/examples/awx/execution-environment.yml" --context "$SCRATCH/context" \
    --output-filename Containerfile
grep -q '^ARG EE_BASE_IMAGE="quay.io/centos/centos:stream9"' "$SCRATCH/context/Containerfile"
grep -q '^ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.18,<2.19 ansible-runner"' "$SCRATCH/context/Containerfile"
grep -q 'ansible-galaxy collection install .* -r requirements.yml' "$SCRATCH/context/Containerfile"
grep -q 'introspect.py introspect .*--write-bindep=.*--write-pip=' "$SCRATCH/context/Containerfile"
grep -q 'name: minerops.whatsminer' "$SCRATCH/context/_build/requirements.yml"
ansible-builder introspect --write-pip "$SCRATCH/pip" --write-bindep "$SCRATCH/bindep" "$ROOT"
grep -q '^pycryptodome>=3.11 *# from collection minerops.whatsminer' "$SCRATCH/pip"
grep -q '^openssh-clients \[platform:rpm\]' "$SCRATCH/bindep"
