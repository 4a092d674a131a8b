#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
simulator image "$SCRATCH/image.bin" --platform H3 --version 20260101.1.REL --size 1000
# The miners of the inventory were exchanged for others.
ctl set '*' '{"faults": {"wrong_mac": "C4:05:08:FF:FF:FE"}}' >/dev/null
play -e "image=$SCRATCH/image.bin" another.yml
went_by_passage
# By their serial numbers, they are the machines that are meant, with other control boards. Firmware before API 2.0 shows none.
play -l in_process control_board.yml
# What bars them is the pin alone: without one they are written to.
play -e "image=$SCRATCH/image.bin" -e whatsminer_mac= unpinned.yml
