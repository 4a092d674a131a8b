# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A simulated fleet for shell scripts, to be sourced with COLLECTION_ROOT set. Afterwards:
#
#   start_fleet --miners 3    start a fleet: --fleet fleet.yml, or any other option of: extensions/simulator run
#   $INVENTORY                its inventory file
#   ctl list                  ask or change it: any verb of: extensions/simulator ctl
#   simulator image ...       the simulator itself
#   stop_fleet                end it; start_fleet does so too before it starts the next one
#
# The fleet ends with the script, however that ends. $HOME is a fresh one, so that no tokens, facts or caches of the user or of
# another fleet are seen; it goes with the script, as all of $SCRATCH does.

set -o errexit -o nounset -o pipefail

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/whatsminer-fleet.XXXXXX")
FLEET_LOG=$SCRATCH/fleet.log
FLEET_PID=
FLEET_READY=$SCRATCH/ready.json
INVENTORY=$SCRATCH/inventory.yml
HOME=$SCRATCH/home
ANSIBLE_HOME=$HOME/.ansible
mkdir -p "$ANSIBLE_HOME"
export COLLECTION_ROOT SCRATCH INVENTORY HOME ANSIBLE_HOME

# The Python that runs ansible-core has all that the simulator needs.
PYTHON=${PYTHON:-python3}

simulator() {
    "$PYTHON" "$COLLECTION_ROOT/extensions/simulator" "$@"
}

stop_fleet() {
    [[ -n "$FLEET_PID" ]] || return 0
    kill "$FLEET_PID" 2>/dev/null || true
    wait "$FLEET_PID" 2>/dev/null || true
    FLEET_PID=
}

at_exit() {
    local status=$?
    trap - EXIT
    if ((status != 0)) && [[ -s "$FLEET_LOG" ]]; then
        echo "--- last lines of the simulator's log" >&2
        tail -n 40 "$FLEET_LOG" >&2
    fi
    stop_fleet
    rm -rf "$SCRATCH"
    exit "$status"
}
trap at_exit EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Another fleet may be running beside this one: each takes addresses of its own.
free_block() {
    echo "127.$((64 + RANDOM % 128)).$((RANDOM % 256)).1"
}

start_fleet() {
    local options
    stop_fleet
    for _ in 1 2 3 4 5; do
        options=(--inventory "$INVENTORY" --control 127.0.0.1:0 --ready-file "$FLEET_READY" --parent-pid $$)
        [[ " $* " == *" --address-from "* || " $* " == *" --ports-from "* ]] || options+=(--address-from "$(free_block)")
        # Not through the function: in a background subshell the pid would be the subshell's.
        "$PYTHON" "$COLLECTION_ROOT/extensions/simulator" run "$@" "${options[@]}" >"$FLEET_LOG" 2>&1 </dev/null &
        FLEET_PID=$!
        if fleet_is_ready; then return 0; fi
        stop_fleet
        grep -qi "in use" "$FLEET_LOG" || break
    done
    return 1
}

fleet_is_ready() {
    local deadline=$((SECONDS + 60))
    until [[ -e "$FLEET_READY" ]]; do
        kill -0 "$FLEET_PID" 2>/dev/null || { echo "the simulator ended before it was ready" >&2; return 1; }
        ((SECONDS < deadline)) || { echo "the simulator was not ready after 60 s" >&2; return 1; }
        sleep 0.1
    done
}

ctl() {
    simulator ctl --ready-file "$FLEET_READY" "$@"
}
