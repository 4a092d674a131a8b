#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# All linters, whatever the first ones find; fails if any did.

set -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

copy=.build/lint/ansible_collections/minerops/whatsminer
failed=()
passed=0

check() {
    local name=$1
    shift
    echo "== $name"
    if "$@"; then passed=$((passed + 1)); else failed+=("$name"); fi
}

# In a copy, where collections live: the linters see what the package would see, and no .venv or .build.
python3 -c 'import pathlib, sys; sys.path.insert(0, "tests/tools"); import tree; tree.copy(pathlib.Path(".build/lint").absolute())'
cd "$copy" || exit
export ANSIBLE_COLLECTIONS_PATH=${PWD%/ansible_collections/*} ANSIBLE_HOME=${PWD%/ansible_collections/*}/home
check "ruff" ruff check --quiet .
# From where the names of collections begin.
types() {
    local inside=${PWD#"$ANSIBLE_COLLECTIONS_PATH/"}
    (cd "$ANSIBLE_COLLECTIONS_PATH" && mypy --config-file "$inside/pyproject.toml" "$inside/plugins" "$inside/extensions/eda/plugins")
}
check "mypy" types
check "yamllint" yamllint --strict .
check "ansible-lint" ansible-lint --offline --nocolor -q
# As its page says: copied out of the collection, with a vault of its own.
gitops() {
    local repository status
    mkdir -p "$ANSIBLE_HOME" && repository=$(mktemp -d) || return
    cp -R examples/gitops/. "$repository" && (
        cd "$repository" && git init --quiet && printf 'a-vault-password\n' >"$ANSIBLE_HOME/vault-password" &&
            ansible-vault encrypt --vault-password-file "$ANSIBLE_HOME/vault-password" --output vault.yml vault.yml.example &&
            git add . && ./pipeline lint
    )
    status=$?
    rm -rf "$repository"
    return "$status"
}
check "examples/gitops" gitops
check "antsibull-changelog" antsibull-changelog lint
echo
for name in "${failed[@]}"; do echo "FAILED $name"; done
echo "$passed passed, ${#failed[@]} failed"
((${#failed[@]} == 0))
