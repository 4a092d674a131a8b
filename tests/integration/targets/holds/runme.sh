#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# The playbook $1 on the hosts that match $2.
on() {
    local playbook=$1 limit=$2
    shift 2
    play "$playbook" --limit "$limit" "$@"
}

ad_hoc() {
    ansible -i "$INVENTORY" -i ../setup_fleet/ways.yml -e "control=$(control)" "$@"
}

# Those that the role curtailment reaches.
direct='all:!by_passage'
declared=(-e '{"whatsminer_power": {"state": "on"}, "whatsminer_led": {"mode": "auto"}}')

start_fleet --fleet fleet.yml

echo "--- a curtailment holds the power of each miner, and another way to the same is whatsminer_hold"
on minerops.whatsminer.curtail "$direct" -e curtailment_all=true -e curtailment_reason=grid -e curtailment_recheck_seconds=0
on states.yml "$direct" -e powered=false
on hold.yml by_passage -e reason=grid
on states.yml by_passage -e powered=true

echo "--- whichever way a module runs, it leaves that alone"
play held.yml -e reason=grid
went_by_passage
on states.yml "$direct" -e powered=false
on states.yml by_passage -e powered=true

echo "--- so do the role, for each miner and for all at once, and a command line"
on minerops.whatsminer.site "$direct" "${declared[@]}"
on minerops.whatsminer.site "$direct" "${declared[@]}" -e by_fleet=true 2>&1 | tee "$SCRATCH/said"
grep -q "6 total, 6 done, 0 changed" "$SCRATCH/said"
grep -q "6 miners (.*): left as it is, since somebody else has the say: power.state" <(tr -s '\n ' ' ' <"$SCRATCH/said")
ad_hoc in_process -m minerops.whatsminer.whatsminer_power -a 'state=on'
ad_hoc in-process-2.0 -m minerops.whatsminer.whatsminer_command -a 'command=power_on' | grep '"power_on": "curtailed since'
on states.yml "$direct" -e powered=false

echo "--- a second curtailment counts them, and a firmware rollout's module leaves them alone"
on minerops.whatsminer.curtail "$direct" -e curtailment_all=true -e curtailment_reason=price -e curtailment_recheck_seconds=0
on minerops.whatsminer.resume "$direct" -e curtailment_reason=price | grep "others hold them: 6 miners"
on states.yml "$direct" -e powered=false

echo "--- ignored, visibly, a hold holds nothing; and the way back says that it was"
ad_hoc in-process-2.2 -m minerops.whatsminer.whatsminer_power -a 'state=on ignore_holds=true' 2>&1 | tee "$SCRATCH/said"
grep -q "changed although somebody else has the say" <(tr -s '\n ' ' ' <"$SCRATCH/said")
on states.yml in-process-2.2 -e powered=true
on minerops.whatsminer.resume "$direct" -e curtailment_reason=grid -e curtailment_step_pause_seconds=0 | tee "$SCRATCH/said"
grep -q "ATTENTION: 1 miner had not stayed curtailed" "$SCRATCH/said"
play states.yml -e powered=true
on hold.yml by_passage -e reason=grid -e state=absent
[[ -z $(find "$HOME/.ansible/whatsminer/holds" -name '*.json') ]]

echo "--- nothing is written to a miner in maintenance, until it is released"
on minerops.whatsminer.maintenance in_process -e maintenance_until=+1h -e maintenance_comment=fans
off=(-e '{"whatsminer_power": {"state": "off"}, "whatsminer_led": {"color": "red"}}')
on minerops.whatsminer.site in_process "${off[@]}"
on states.yml in_process -e powered=true
on minerops.whatsminer.release in_process
on minerops.whatsminer.site in-process-2.0 "${off[@]}"
on states.yml in-process-2.0 -e powered=false

echo "--- holds that can't be read stop what would write"
if ANSIBLE_WHATSMINER_HOLDS=$SCRATCH/nowhere ad_hoc in_process -m minerops.whatsminer.whatsminer_power -a 'state=on' >"$SCRATCH/said"; then
    cat "$SCRATCH/said" >&2
    exit 1
fi
grep -q "nowhere (whatsminer_holds), isn't there" <(tr -s '\n ' ' ' <"$SCRATCH/said")
on states.yml in-process-2.0 -e powered=false
