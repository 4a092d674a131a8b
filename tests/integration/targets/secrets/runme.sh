#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet fleet.yml

# What a run leaves behind goes to one place: its output, its log, its facts, its reports, each result as a callback gets it, and
# the argument lists and environments seen meanwhile.
export OUT=$SCRATCH/out
SECRETS=$SCRATCH/secrets.json
mkdir "$OUT" "$SCRATCH/tmp" "$SCRATCH/tokens"
export TMPDIR=$SCRATCH/tmp
export ANSIBLE_CACHE_PLUGIN=jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$OUT/facts ANSIBLE_LOG_PATH=$OUT/log
export ANSIBLE_RETRY_FILES_ENABLED=true ANSIBLE_RETRY_FILES_SAVE_PATH=$OUT/retry
export ANSIBLE_CALLBACK_PLUGINS=$PWD/callback_plugins ANSIBLE_CALLBACKS_ENABLED=driven
LEFT=("$OUT" "$HOME" "$SCRATCH/local" "$SCRATCH/remote" "$TMPDIR")

# Run a playbook with all that Ansible can say, and let nobody see it but the search: overheard NAME STATUS PLAYBOOK ...
overheard() {
    local name=$1 expected=$2 status=0 watcher
    shift 2
    "$PYTHON" search.py watch "$OUT/$name" "${LEFT[@]:1}" &
    watcher=$!
    play -vvvv --diff "$@" >"$OUT/$name" 2>&1 || status=$?
    kill "$watcher"
    wait "$watcher"
    if ((status != expected)); then
        echo "$name ended with status $status, and not $expected" >&2
        grep -A 20 '^fatal' "$OUT/$name" | tail -n 60 >&2
        tail -n 20 "$OUT/$name" >&2
        return 1
    fi
    # Some of them are replaced in the next run.
    cp -r "$HOME/.ansible/whatsminer/tokens" "$SCRATCH/tokens/$name"
}

# Playbooks of the collection, with all that they may be told: drive NAME STATUS HOSTS "PLAYBOOK ..." ...
drive() {
    local name=$1 status=$2 hosts=$3 playbooks
    read -ra playbooks <<<"$4"
    shift 4
    overheard "$name" "$status" -e @canaries.yml -e @declared.yml -e "checksum=sha256:$CHECKSUM" --limit "$hosts" \
        "${playbooks[@]/#/minerops.whatsminer.}" "$@"
}

# Print where a secret lies that mustn't: in what runs left behind, and in the home directory of the user who ran them.
search() {
    "$PYTHON" search.py list "$SCRATCH/tokens" "$(control)" "$SECRETS"
    "$PYTHON" search.py files "$SECRETS" "${LEFT[@]}"
}

simulator image "$SCRATCH/next.bin" --platform H616 --version 20260101.1.REL --size 20000
CHECKSUM=$(sha256sum "$SCRATCH/next.bin" | cut -d ' ' -f 1)

overheard in-process 0 exchange.yml
# Each way of shipping with each outcome, and both APIs by both ways.
overheard in-background 0 exchange.yml --limit good-2.0:wrong-password:lost-3:gossip-3 -e background=60
overheard delegated 0 exchange.yml --limit good-3only:wrong-password-3:lost:gossip -e through=gateway

# Each playbook, on miners that do it and on miners that don't. What ends well is one run.
drive playbooks 0 'good-*:apart-3:gossip*:wrong*:api-off:ill:dead:localhost' \
    "health export adopt drift maintenance release curtail resume dispatch ip_report remediate"
drive logs 2 good-2.0:gossip:dead logs
drive show 4 good-1.4:dead facts
drive site 4 good-2.0:good-3only:gossip:dead site
drive site-by-fleet 4 good-1.3:good-3:gossip-3:dead site -e by_fleet=true
drive firmware 2 good-2.0:lost firmware
drive locate 2 good-1.3:gossip-3:dead locate
drive restart 2 good-1.3:gossip:dead restart
drive demo 2 good-2.0:gossip demo
ANSIBLE_PIPELINING=true overheard modules 0 modules.yml
# Candidates are tried, right ones and wrong ones; whichever it is, none is seen.
drive passwords 2 'good-*:apart-3:gossip*:wrong*:lost*:api-off:limited:dead' passwords
search

# It was all said, and about all of them.
"$PYTHON" search.py driven "$OUT/results"
for run in in-process in-background delegated; do
    for cause in wrong_password outcome_unknown command_refused bad_parameter; do
        grep -q "\"cause\": \"$cause\"" "$OUT/$run"
    done
    grep -q 'are not for \*\*\*\*\*\*\*\*' "$OUT/$run"
done
for cause in unreachable access_denied token_limit wrong_machine truncated_reply; do
    grep -q "\"cause\": \"$cause\"" "$OUT/in-process"
done
if grep -n Traceback "$OUT"/log; then exit 1; fi
"$PYTHON" search.py figures "$SECRETS" "$OUT"

# And the search would have found it: everywhere that it looks ...
overheard leak 0 leak.yml
if search >"$SCRATCH/found"; then exit 1; fi
for place in "$OUT"/leak{,.arguments,.environments,.temporary} "$OUT"/log "$OUT"/facts/*good-1.3 "$ANSIBLE_HOME/leaked"; do
    grep -q "^$place holds the miner's password, " "$SCRATCH/found" || { cat "$SCRATCH/found"; echo "not found in $place"; exit 1; }
done
[[ ! -e "$ANSIBLE_HOME/passing" ]]

# ... and every secret.
mkdir "$SCRATCH/all"
"$PYTHON" -c 'import json, sys; print(*json.load(open(sys.argv[1])).values(), sep="\n")' "$SECRETS" >"$SCRATCH/all/secrets"
if "$PYTHON" search.py files "$SECRETS" "$SCRATCH/all" >"$SCRATCH/found"; then exit 1; fi
[[ $(wc -l <"$SCRATCH/found") == $(sort -u "$SCRATCH/all/secrets" | wc -l) ]]
