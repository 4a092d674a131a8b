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
