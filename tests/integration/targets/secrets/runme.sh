#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet fleet.yml

# What a run leaves behind goes to one place: its output, its log, its facts, and the argument lists seen meanwhile.
OUT=$SCRATCH/out
SECRETS=$SCRATCH/secrets.json
mkdir "$OUT"
export ANSIBLE_CACHE_PLUGIN=jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$OUT/facts ANSIBLE_LOG_PATH=$OUT/log

# Run a playbook with all that Ansible can say, and let nobody see it but the search: overheard NAME PLAYBOOK ...
overheard() {
    local name=$1 status=0 watcher
    shift
    "$PYTHON" search.py watch "$OUT/$name.arguments" &
    watcher=$!
    play -vvvv --diff "$@" >"$OUT/$name" 2>&1 || status=$?
    kill "$watcher"
    wait "$watcher"
    if ((status != 0)); then
        echo "$name ended with status $status" >&2
        grep -A 20 '^fatal' "$OUT/$name" | tail -n 60 >&2
        return 1
    fi
}

# Print where a secret lies that mustn't: in what runs left behind, and in the home directory of the user who ran them. The keys
# and signs are those of the tokens that are kept by then.
search() {
    "$PYTHON" search.py list "$HOME/.ansible/whatsminer/tokens" "$(control)" "$SECRETS"
    "$PYTHON" search.py files "$SECRETS" "$OUT" "$HOME" "$SCRATCH/local" "$SCRATCH/remote"
}

overheard in-process exchange.yml
search
# Each way of shipping with each outcome, and both APIs by both ways.
overheard in-background exchange.yml --limit good-2.0:wrong-password:lost-3:gossip-3 -e background=60
overheard delegated exchange.yml --limit good-3only:wrong-password-3:lost:gossip -e through=gateway
search

# Candidates are tried, right ones and wrong ones, in check mode; whichever it is, none is seen.
overheard candidates minerops.whatsminer.passwords --check -e @candidates.yml --limit 'good-*'
grep -q 'on old 2 before: 5 miners' "$OUT/candidates"
search

# It was all said, and about all of them.
for run in in-process in-background delegated; do
    for cause in wrong_password outcome_unknown command_refused bad_parameter; do
        grep -q "\"cause\": \"$cause\"" "$OUT/$run"
    done
    grep -q 'are not for \*\*\*\*\*\*\*\*' "$OUT/$run"
    if grep -n Traceback "$OUT/$run"; then exit 1; fi
done

for cause in unreachable access_denied token_limit wrong_machine truncated_reply; do
    grep -q "\"cause\": \"$cause\"" "$OUT/in-process"
done

# And the search would have found it: everywhere that it looks ...
overheard leak leak.yml
if search >"$SCRATCH/found"; then exit 1; fi
for place in "$OUT"/leak "$OUT"/leak.arguments "$OUT"/log "$OUT"/facts/*good-1.3 "$ANSIBLE_HOME/leaked"; do
    grep -q "^$place holds the miner's password, " "$SCRATCH/found" || { cat "$SCRATCH/found"; echo "not found in $place"; exit 1; }
done

# ... and every secret.
mkdir "$SCRATCH/all"
"$PYTHON" -c 'import json, sys; print(*json.load(open(sys.argv[1])).values(), sep="\n")' "$SECRETS" >"$SCRATCH/all/secrets"
if "$PYTHON" search.py files "$SECRETS" "$SCRATCH/all" >"$SCRATCH/found"; then exit 1; fi
[[ $(wc -l <"$SCRATCH/found") == $(wc -l <"$SCRATCH/all/secrets") ]]
