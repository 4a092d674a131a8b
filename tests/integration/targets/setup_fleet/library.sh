# shellcheck shell=bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A simulated fleet for integration targets. In a target's aliases: needs/target/setup_fleet; in its runme.sh:
#
#   source ../setup_fleet/library.sh
#   start_fleet --miners 3
#   ansible-playbook -i "$INVENTORY" playbook.yml
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
