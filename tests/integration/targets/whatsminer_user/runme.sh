#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
keep_facts play converge.yml | tee "$SCRATCH/output"
keep_facts play refused.yml | tee -a "$SCRATCH/output"
# No password of an account, old or new, in what was shown or is kept.
if grep --recursive --extended-regexp "t3chn1c1an|0ther_pw" "$SCRATCH/output" "$SCRATCH/facts"; then exit 1; fi
