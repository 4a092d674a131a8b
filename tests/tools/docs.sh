#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the pages of all plugins and roles, and of docs/docsite, into .build/docs.

set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

root=$PWD/.build/docs
rm -rf "$root"
python3 -c 'import pathlib, sys; sys.path.insert(0, "tests/tools"); import tree; tree.copy(pathlib.Path(".build/docs/tree").absolute())'
export ANSIBLE_COLLECTIONS_PATH=$root/tree ANSIBLE_HOME=$root/home
(
    cd "$root/tree/ansible_collections/minerops/whatsminer"
    antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck .
)
mkdir -p "$root/rst"
antsibull-docs collection --use-current --dest-dir "$root/rst" minerops.whatsminer
echo "the pages, as reStructuredText: ${root#"$PWD"/}/rst"
