#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
# Mode 0600 is the module's own doing.
umask 022
# A directory that isn't there yet.
play -e "logs=$SCRATCH/logs" fetch.yml
went_by_passage
play -e "logs=$SCRATCH/logs" replies.yml
