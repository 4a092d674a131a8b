#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4, "flash_seconds": 0.1, "max_image_bytes": 4294967295}}' >/dev/null
mkdir "$SCRATCH/images" "$SCRATCH/logs"
for platform in H3 H6OS H616 zynq; do
    simulator image "$SCRATCH/images/$platform.bin" --platform "$platform" --version 20260101.1.REL --size 1000000
done
simulator image "$SCRATCH/images/others.bin" --combine "zynq=$SCRATCH/images/zynq.bin" "h99=$SCRATCH/images/H3.bin"
simulator image "$SCRATCH/images/all.bin" --combine "zynq=$SCRATCH/images/zynq.bin" "h616=$SCRATCH/images/H616.bin"
head -c 500000 "$SCRATCH/images/all.bin" >"$SCRATCH/images/cut.bin"
: >"$SCRATCH/images/empty.bin"
truncate -s 500M "$SCRATCH/images/long.bin"
truncate -s 513M "$SCRATCH/images/longest.bin"
ln -s /dev/zero "$SCRATCH/images/device.bin"
mkfifo "$SCRATCH/images/pipe.bin"

play -e "images=$SCRATCH/images" firmware.yml
play -e "logs=$SCRATCH/logs" -e "images=$SCRATCH/images" logs.yml
rm "$SCRATCH"/logs/*.tgz

# wait_for MINER PYTHON-EXPRESSION: until the miner's description m makes it true.
wait_for() {
    "$PYTHON" - "$(control)/miners/$1" "$2" <<'PYTHON'
import json
import sys
import time
import urllib.request

url, condition = sys.argv[1:]
deadline = time.monotonic() + 60
while True:
    m = json.load(urllib.request.urlopen(url, timeout=10))
    if eval(condition):  # of this script's own
        break
    if time.monotonic() > deadline:
        sys.exit(f"not within 60 s: {condition}: {m['last_upload']} {m['counters']}")
    time.sleep(0.05)
PYTHON
}

# PROCESS and all that it started, whose sessions are their own.
family() {
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do
        family "$child"
    done
}

# Those of PROCESSES that still do something.
alive() {
    local process
    for process in "$@"; do
        ps -o pid=,stat=,args= -p "$process" | grep -v '^ *[0-9]* Z' || true
    done
}

# killed MINER PYTHON-EXPRESSION ARGUMENTS-OF-PLAY: kill Ansible alone, once the miner is so. Where the module runs in-process, what
# Ansible started ends within two seconds by itself; what was shipped is killed, as by a power failure.
killed() {
    local miner=$1 condition=$2 pid main deadline members
    shift 2
    play "$@" >"$SCRATCH/killed.log" 2>&1 &
    pid=$!
    wait_for "$miner" "$condition"
    main=$(pgrep -P "$pid")
    mapfile -t members < <(family "$main")
    ((${#members[@]} > 1)) || { echo "nobody works for Ansible" >&2; exit 1; }
    kill -KILL "$main"
    deadline=$((SECONDS + 3)) # whole seconds, of which the first may be a short one
    if [[ $miner == in-process-* ]]; then
        while [[ -n $(alive "${members[@]}") ]]; do
            ((SECONDS < deadline)) || { echo "outlives Ansible: $(alive "${members[@]}")" >&2; exit 1; }
            sleep 0.05
        done
    else
        kill -KILL "${members[@]}" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
}

# In the middle of an image: the miner has a part of it, which it throws away, and the next run goes through.
for way in in-process-2.0 in-process-3only; do
    ctl set "$way" '{"actions": ["reset_counters"], "faults": null, "state": {"firmware": "20230911.12.REL"}}' >/dev/null
    killed "$way" "m['counters']['upload_bytes'] > 1000000" \
        --limit "$way" -e "images=$SCRATCH/images" -e image=long.bin killed_firmware.yml
    wait_for "$way" "m['last_upload']['verdict'] == 'short transfer'"
    play --limit "$way" -e "images=$SCRATCH/images" -e image=H616.bin killed_firmware.yml
    wait_for "$way" "m['state']['firmware'] == '20260101.1.REL' and m['counters']['uploads'] == 1"
done

# In the middle of a log, which doesn't go on: no file, no part of one under any name, and the next run brings it whole.
for way in in-process-2.0 delegated-2.0 in-process-3only; do
    ctl set "$way" '{"actions": ["reset_counters"], "options": {"log_bytes": 2000000}, "faults": {"hold_logs_after": 1000000}}' >/dev/null
    killed "$way" "{'download_logs', 'get.log.download'} & m['counters']['requests'].keys()" --limit "$way" -e "logs=$SCRATCH/logs" killed_logs.yml
    [[ -z "$(ls -A "$SCRATCH/logs")" ]] || { ls -lA "$SCRATCH/logs"; exit 1; }
    ctl set "$way" '{"options": {"log_bytes": 100000}, "faults": null}' >/dev/null
    play --limit "$way" -e "logs=$SCRATCH/logs" killed_logs.yml
    [[ "$(ls -A "$SCRATCH/logs")" == "$way.tgz" ]]
    [[ "$(stat -c '%a %s' "$SCRATCH/logs/$way.tgz")" == "600 100000" ]]
    rm "$SCRATCH/logs/$way.tgz"
done

# 500 MB in less than 50 MB of memory.
"$PYTHON" memory.py "$(control)" "$SCRATCH"
