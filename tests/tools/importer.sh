#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the package, and have Ansible Galaxy's importer look at it, as it does when a version is published.

set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python=${1:-python3}
venv=$PWD/.build/venv/importer
wanted=tests/requirements/importer.txt
if ! cmp --silent "$wanted" "$venv/.installed"; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --requirement "$wanted"
    cp "$wanted" "$venv/.installed"
fi
export PATH="$venv/bin:$PATH" HOME="$PWD/.build/importer/home" ANSIBLE_NOCOLOR=1
rm -rf .build/importer
mkdir -p "$HOME"
ansible-galaxy collection build --output-path .build/importer >/dev/null
cd .build/importer
python -m galaxy_importer.main ./*.tar.gz
