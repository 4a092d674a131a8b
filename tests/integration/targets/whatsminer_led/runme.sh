#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
keep_facts play converge.yml
went_by_passage

mapfile -t miners < <(ctl list | cut -d ' ' -f 1 | grep ^in-process)
leds() {
    "$PYTHON" leds.py "$(control)" "$1" "${miners[@]}"
}

# Locate miners, from a directory of one's own.
locate() {
    (cd "$SCRATCH" && exec setsid ansible-playbook minerops.whatsminer.locate -i "$INVENTORY" --limit in_process "$@") >"$SCRATCH/locate.log" 2>&1
}

said() {
    grep -qF -- "$1" "$SCRATCH/locate.log" || { cat "$SCRATCH/locate.log" >&2; echo "not said: $1" >&2; return 1; }
}

echo "--- located miners flash for a while, and their LEDs are given back"
ansible in-process-1.4 -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a "kind=all reason=repair" >/dev/null
locate -e locate_seconds=1
said "flashing $((${#miners[@]} - 1)) LEDs for 1 s"
said "left alone: in-process-1.4: held since"
leds auto
ansible in-process-1.4 -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a "state=absent reason=repair" >/dev/null

for signal in INT KILL; do
    echo "--- so they are after SIG$signal"
    locate -e locate_seconds=600 &
    job=$!
    leds manual
    until [[ -s "$SCRATCH/locate.log" ]] && said "LEDs for 600 s" 2>/dev/null; do sleep 0.1; done
    # Ctrl-C reaches all processes of a terminal, a kill one.
    kill "-$signal" -- "$([[ $signal == INT ]] && echo -)$(pgrep -o -f "minerops.whatsminer.locate -i $INVENTORY")"
    wait "$job" && { echo "it ended well" >&2; exit 1; }
    leds auto
done
