# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A simulated fleet for integration targets. In a target's aliases: needs/target/setup_fleet; in its runme.sh:
#
#   source ../setup_fleet/library.sh
#   start_fleet --miners 3                    or: --fleet ../setup_fleet/fleet.yml
#   play playbook.yml                         ansible-playbook on that fleet; the variable `control` is the simulator's URL
#   ctl list
#
# The fleet ends with the script. All there is: extensions/demo/fleet.sh.

set -o errexit -o nounset -o pipefail

# ansible-test runs a copy of the target somewhere below the collection.
COLLECTION_ROOT=$PWD
until [[ -f "$COLLECTION_ROOT/extensions/demo/fleet.sh" ]]; do
    [[ "$COLLECTION_ROOT" != / ]] || { echo "no collection above $PWD" >&2; exit 1; }
    COLLECTION_ROOT=$(dirname "$COLLECTION_ROOT")
done
PYTHON=${ANSIBLE_TEST_PYTHON_INTERPRETER:-python3}
source "$COLLECTION_ROOT/extensions/demo/fleet.sh"

# The connection "passage", a way to another host, and where it lists what went through it.
export ANSIBLE_CONNECTION_PLUGINS=$PWD/../setup_fleet/connection_plugins
# The lookup "simulator".
export ANSIBLE_LOOKUP_PLUGINS=$PWD/../setup_fleet/lookup_plugins
export PASSAGE_LOG=$SCRATCH/passage.log
# What a run says is read while it goes on: Ansible doesn't flush it.
export PYTHONUNBUFFERED=1
export ANSIBLE_FORKS=${ANSIBLE_FORKS:-12}
# In one's own temporary directory, so that nothing is left behind.
export ANSIBLE_LOCAL_TEMP=$SCRATCH/local ANSIBLE_REMOTE_TEMP=$SCRATCH/remote

# The control URL of the running fleet.
control() {
    "$PYTHON" -c 'import json, sys; print(json.load(open(sys.argv[1]))["control"])' "$FLEET_READY"
}

# Run ansible-playbook on the running fleet.
play() {
    ansible-playbook -i "$INVENTORY" -i ../setup_fleet/ways.yml -e "control=$(control)" "$@"
}

# The same with a fact cache: keep_facts play ...
keep_facts() {
    ANSIBLE_CACHE_PLUGIN=jsonfile ANSIBLE_CACHE_PLUGIN_CONNECTION=$SCRATCH/facts "$@"
}

# For play: the modules run in-process and shipped by delegation. Where they run is decided in one place for all modules, so the two
# other ways are left to a few targets: whatsminer_power, _led, _reboot, _firmware and _factory_reset.
# shellcheck disable=SC2034
TWO_WAYS=(--limit in_process:delegated)

# The connection "passage" was used, and so was not taken for the miner's own.
went_by_passage() {
    [[ -s "$PASSAGE_LOG" ]] || { echo "nothing went by the connection passage" >&2; return 1; }
}
