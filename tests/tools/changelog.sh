#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Put the fragments and the list of plugins into the changelog of the version in galaxy.yml.

set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

copy=$PWD/.build/changelog
python3 -c 'import pathlib, sys; sys.path.insert(0, "tests/tools"); import tree; tree.copy(pathlib.Path(".build/changelog").absolute())'
export ANSIBLE_COLLECTIONS_PATH=$copy
(
    cd "$copy/ansible_collections/minerops/whatsminer"
    antsibull-changelog lint
    antsibull-changelog release --update-existing --refresh --reload-plugins
)
cp "$copy"/ansible_collections/minerops/whatsminer/CHANGELOG.rst .
cp "$copy"/ansible_collections/minerops/whatsminer/changelogs/changelog.yaml changelogs/
