#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4}}' >/dev/null
keep_facts play "${TWO_WAYS[@]}" converge.yml
keep_facts play move.yml
