#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
play -e "scratch=$SCRATCH" refuse.yml
went_by_passage
ctl set '*' '{"state": {"hostname": "rack1-01"}}' >/dev/null
play incomplete.yml
