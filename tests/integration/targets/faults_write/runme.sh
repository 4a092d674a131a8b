#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

"$PYTHON" fleet.py >"$SCRATCH/fleet.yml"
start_fleet --fleet "$SCRATCH/fleet.yml"
ANSIBLE_FORKS=18 keep_facts play writes.yml
