#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

export TRACE=$SCRATCH/trace
target=$PWD

# Compare, from a directory of one's own; the exit status must be $1.
drift() {
    local expected=$1 status=0
    shift
    (
        cd "$SCRATCH"
        ansible-playbook minerops.whatsminer.drift -i "$INVENTORY" -i "$target/declared.yml" "$@"
    ) >"$SCRATCH/drift.log" 2>&1 || status=$?
    ((status == expected)) || { cat "$SCRATCH/drift.log" >&2; echo "exit status $status, and not $expected" >&2; return 1; }
}

check() {
    "$PYTHON" check.py "$@" "$SCRATCH"
}

start_fleet --fleet fleet.yml

echo "--- each miner is told apart, and none touched"
drift 2 -e drift_json_file=fleet.json -e drift_html_file=fleet.html -e drift_title=Hall --check --diff
check all
check untouched "$(ctl counters)"
[[ -z "$(find "$HOME/.ansible/whatsminer" -name '*.json' 2>/dev/null)" ]]
[[ ! -e "$TRACE" ]]
cp "$SCRATCH/fleet.html" "$SCRATCH/page.html"

echo "--- the exit status says whether there is drift"
drift 0 --limit 'declared*:unknown:undeclared' -e drift_json_file=fleet.json
check limited
newer="{firmware_declared: {'M20*': {version: 20260101.1.REL, src: m20.bin, checksum: 'sha256:$(printf '0%.0s' {1..64})'}}}"
ANSIBLE_DISPLAY_OK_HOSTS=false drift 2 --limit 'declared*' -e drift_fail_on_lost=false -e "$newer"
grep -q "firmware.version: 20200207.23.1 -> 20260101.1.REL" "$SCRATCH/drift.log"
grep -q "4 miners: 2 as declared, 2 drifted" "$SCRATCH/drift.log"
drift 2 --limit 'declared*:dead' -e drift_fail=false -e drift_json_file=fleet.json
check lost
drift 0 -e drift_fail=false -e drift_fail_on_lost=false -e drift_table=none
drift 2 --limit declared-1.4 -e drift_table=some
grep -q '"msg": "value of drift_table must be one of: auto, all, problems, none, got: some"' <(tr -s '\n ' ' ' <"$SCRATCH/drift.log")
check untouched "$(ctl counters)"

echo "--- once it is applied nothing drifts, and a record shows what the miner doesn't"
limit='declared*:drifted*:hostile:unknown'
secret=(-e pool_password=p00l_s3cret)
site=(minerops.whatsminer.site -i "$INVENTORY" -i declared.yml -e by_fleet=true "${secret[@]}")
keep_facts ansible-playbook "${site[@]}" --limit "$limit" >"$SCRATCH/site.log" || { cat "$SCRATCH/site.log" >&2; exit 1; }
keep_facts drift 0 --limit "$limit" -e drift_json_file=fleet.json "${secret[@]}"
check applied
keep_facts drift 2 --limit "$limit" -e drift_json_file=fleet.json -e drift_html_file=secret.html -e pool_password=an0ther_s3cret
check repassworded
ctl set '*' '{"state": {"pools": [{"url": "stratum+tcp://pool.example.com:3333", "user": "other.rack", "password": "x"}]}}' >/dev/null
keep_facts drift 0 --limit "$limit" -e drift_json_file=fleet.json -e pool_user=other.rack "${secret[@]}"
check repooled

echo "--- the page in a real browser"
# A package is fetched for as long as it may take, and installed without haste: dpkg must not be stopped halfway.
install_chromium() {
    local options=(-y -q --no-install-recommends -o DPkg::Lock::Timeout=30)
    command -v apt-get >/dev/null || { why="there is no apt-get"; return 1; }
    ((EUID == 0)) || { why="installing it needs root: apt-get install chromium"; return 1; }
    export DEBIAN_FRONTEND=noninteractive
    timeout 120 apt-get install --download-only "${options[@]}" chromium ||
        { timeout 60 apt-get update -q && timeout 120 apt-get install --download-only "${options[@]}" chromium; } ||
        { why="apt-get can't fetch it"; return 1; }
    apt-get install "${options[@]}" chromium || { why="apt-get can't install it"; return 1; }
}
find_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}
why=
if find_browser >/dev/null || install_chromium >"$SCRATCH/apt.log" 2>&1 </dev/null; then
    "$PYTHON" look.py "$(find_browser)" "$SCRATCH"
else
    echo "not run: the page in a real browser: no chromium, and $why"
fi
