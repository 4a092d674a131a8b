#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

export TRACE=$SCRATCH/trace
start_fleet --fleet fleet.yml
mkdir -m 700 "$SCRATCH/holds"
export ANSIBLE_WHATSMINER_HOLDS=$SCRATCH/holds

image() {
    simulator image "$SCRATCH/$1.bin" --platform "$2" --version "$3" --size 20000 "${@:4}"
}

# The same version for both platforms, in one file each; in the bad one, the part for one of them does harm.
image h6os H6OS 20260101.1.REL
image h616 H616 20260101.1.REL
image h616-bad H616 20260101.1.REL --harm '{"hashrate_percent": 40, "errors": [110]}'
image old H616 20230911.12.REL
image next H6OS 20260202.1.REL
simulator image "$SCRATCH/good.bin" --combine "h6os=$SCRATCH/h6os.bin" "h616=$SCRATCH/h616.bin"
simulator image "$SCRATCH/bad.bin" --combine "h6os=$SCRATCH/h6os.bin" "h616=$SCRATCH/h616-bad.bin"
simulator image "$SCRATCH/half.bin" --combine "h6os=$SCRATCH/h6os.bin"

digest() {
    sha256sum "$SCRATCH/$1.bin" | cut -d ' ' -f 1
}

# try IMAGE VERSION DIGEST ARGUMENTS: roll it out. What is said goes to $SCRATCH/said, or $SCRATCH/$SAID.
try() {
    cat >"$SCRATCH/declared.yml" <<YAML
firmware_declared:
  "M*": {version: $2, src: $SCRATCH/$1.bin, checksum: "sha256:$3"}
firmware_previous:
  M50*: [{version: 20230911.12.REL, src: $SCRATCH/old.bin, checksum: "sha256:$(digest old)"}]
firmware_batches: [10, 100]
firmware_max_down_percent: 50
firmware_wait_timeout: 60
firmware_gate_timeout: ${GATE_TIMEOUT:-60}
firmware_gate_delay: 1
firmware_settle: 5
firmware_state_file: $SCRATCH/kept/state.json
firmware_report_file: $SCRATCH/kept/report.json
YAML
    # The plan and the report are shown in any case.
    ANSIBLE_DISPLAY_OK_HOSTS=false play -e "@$SCRATCH/declared.yml" "${@:4}" minerops.whatsminer.firmware >"$SCRATCH/${SAID:-said}" 2>&1
}

rollout() {
    try "$@" || { cat "$SCRATCH/said" >&2; exit 1; }
}

fails() {
    if try "$@"; then echo "it did not fail: $*" >&2; cat "$SCRATCH/${SAID:-said}" >&2; exit 1; fi
}

check() {
    "$PYTHON" check.py "$1" "$(control)" "$SCRATCH" || { cat "$SCRATCH/said" >&2; exit 1; }
}

echo "--- the preflight changes nothing, and leaves out who is held"
ansible m30-02 -i "$INVENTORY" -m minerops.whatsminer.whatsminer_hold -a 'reason=grid kind=power' >/dev/null
rollout good 20260101.1.REL "$(digest good)" --check
check planned
fails good 20260101.1.REL "$(digest bad)"
check wrong_checksum
fails half 20260101.1.REL "$(digest half)"
check no_part

echo "--- a bad image on one platform stops it at the gate of the canaries, and the one that failed is flashed back"
GATE_TIMEOUT=3 fails bad 20260101.1.REL "$(digest bad)" -e '{"firmware_rollback": true}'
check stopped

echo "--- mended, it finishes, the canary that failed first"
rollout good 20260101.1.REL "$(digest good)"
check finished
rollout good 20260101.1.REL "$(digest good)"
check unchanged
[[ ! -e "$TRACE" ]]

echo "--- one at a time; killed in the middle of a batch, and run again"
ctl reset >/dev/null
ctl set '*' '{"options": {"reboot_seconds": 4}}' >/dev/null
try next 20260202.1.REL "$(digest next)" --limit 'm30-1*' -e '{"firmware_batches": [10, 60, 100]}' &
pid=$!
until [[ -n $(ls -A "$SCRATCH/holds/runs") ]]; do sleep 0.1; done
SAID=second fails next 20260202.1.REL "$(digest next)" --limit m30-20
grep -q "another run works on the state file .*: a rollout of firmware since" "$SCRATCH/second"
check in_the_middle
family() {
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do
        family "$child"
    done
}
# shellcheck disable=SC2046
kill -KILL $(family "$pid")
wait "$pid" 2>/dev/null || true
check killed
ctl set '*' '{"options": {"reboot_seconds": 0.3}}' >/dev/null
rollout next 20260202.1.REL "$(digest next)" --limit 'm30-1*' -e '{"firmware_batches": [10, 60, 100]}'
check whole
