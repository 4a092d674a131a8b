#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

"$PYTHON" fleet.py >"$SCRATCH/fleet.yml"
simulator image "$SCRATCH/image.bin" --platform H616 --version 20260101.1.REL --size 1000
start_fleet --fleet "$SCRATCH/fleet.yml"
export ANSIBLE_WHATSMINER_REPLY_TIMEOUT=1 ANSIBLE_FORKS=24
play -e "scratch=$SCRATCH" each_command.yml
