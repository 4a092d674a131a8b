#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
# Where port 22 can't be bound, the miners' SSH listens here.
ctl set '*' '{"options": {"ssh_fallback_port": 2022}}' >/dev/null
keep_facts play "${TWO_WAYS[@]}" converge.yml
