#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
play "${TWO_WAYS[@]}" change.yml | tee "$SCRATCH/output"
play wrong.yml | tee -a "$SCRATCH/output"
# No password of the fleet, old or new, in what was shown.
if grep -E "fleet-pw|n3w_pw" "$SCRATCH/output"; then exit 1; fi
