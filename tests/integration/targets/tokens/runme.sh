#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# One counter of the whole fleet.
counted() {
    ctl counters | "$PYTHON" -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}

same() {
    [[ "$1" == "$2" ]] || { echo "$1 and not $2" >&2; return 1; }
}

start_fleet --fleet fleet.yml

# A fleet that is as declared costs reads only, run after run.
keep_facts play converged.yml -e changes=true
same "$(counted tokens)" 9
ctl reset
keep_facts play converged.yml -e changes=false
keep_facts play converged.yml -e changes=false --check
same "$(counted sealed)" 0
same "$(counted writes)" 0
same "$(counted tokens)" 0
same "$(ctl journal | grep -c '"get_token"' || true)" 0
[[ $(counted connections) -gt 0 ]]

# Kept where only their owner can read, and nothing in them but what the miner itself said in the open.
stat -c '%a %n' "$HOME/.ansible/whatsminer/tokens" "$HOME"/.ansible/whatsminer/tokens/*.json
same "$(stat -c %a "$HOME/.ansible/whatsminer/tokens")" 700
same "$(stat -c %a "$HOME"/.ansible/whatsminer/tokens/*.json | sort -u)" 600
same "$(find "$HOME/.ansible/whatsminer/tokens" -name '*.json' | wc -l)" 9

# Another fleet, where nothing is known: its tokens are its own.
start_fleet --miners 4 --generations 1.3,1.4,2.0,3-only
play forty.yml
play renewed.yml
