#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"preheat_seconds": 0.5}}' >/dev/null
keep_facts play --limit in_process:delegated-2.0:delegated-3only converge.yml
play unknown.yml
keep_facts play preheat.yml
keep_facts play respond_before.yml

# Miners made since 2024.
start_fleet --fleet newer_fleet.yml
play newer.yml
keep_facts play newer_records.yml
