# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A simulated fleet for integration targets. In a target's aliases: needs/target/setup_fleet; in its runme.sh:
#
#   source ../setup_fleet/library.sh
#   start_fleet --miners 3            # or --fleet fleet.yml, or any other option of: extensions/simulator run
#   ansible-playbook -i "$INVENTORY" playbook.yml
#   ctl list                          # ask or change the running fleet: any verb of: extensions/simulator ctl
#   simulator image ...               # the simulator itself
#
# The fleet ends with the script, however that ends. Each target has a home of its own, so no tokens, facts or caches of
# another target or of the user are seen. start_fleet may be called again: it stops the fleet before it starts the next.

set -o errexit -o nounset -o pipefail

collection_root() {
    local directory
    directory=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    while [[ ! -d "$directory/extensions/simulator" ]]; do
        [[ "$directory" != / ]] || { echo "extensions/simulator not found above this target" >&2; return 1; }
        directory=$(dirname "$directory")
    done
    echo "$directory"
}

COLLECTION_ROOT=$(collection_root)
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/whatsminer-test.XXXXXX")
FLEET_LOG=$SCRATCH/fleet.log
FLEET_PID=
FLEET_READY=$SCRATCH/ready.json
INVENTORY=$SCRATCH/inventory.yml
HOME=$SCRATCH/home
ANSIBLE_HOME=$HOME/.ansible
mkdir -p "$ANSIBLE_HOME"
export COLLECTION_ROOT SCRATCH INVENTORY HOME ANSIBLE_HOME

# The Python that runs ansible-core has all that the simulator needs.
PYTHON=${ANSIBLE_TEST_PYTHON_INTERPRETER:-python3}

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

# Another target may be running beside this one: each takes addresses of its own.
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
