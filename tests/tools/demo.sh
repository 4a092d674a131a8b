#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# The demo as a user has it: build the package, install it into .build/demo, run it from there.

set -o errexit -o nounset -o pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

root=$PWD/.build/demo
log=$root/install.log
rm -rf "$root"
mkdir -p "$root"
export ANSIBLE_HOME=$root/home ANSIBLE_COLLECTIONS_PATH=$root ANSIBLE_LOCALHOST_WARNING=false
if ! {
    ansible-galaxy collection build --output-path "$root" &&
        ansible-galaxy collection install --offline --collections-path "$root" "$root"/*.tar.gz
} >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    exit 1
fi
exec bash "$root/ansible_collections/minerops/whatsminer/extensions/demo/run" "$@"
