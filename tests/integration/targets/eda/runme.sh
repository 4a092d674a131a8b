#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

# The rule engine is written in Java.
if ! version=$(java -version 2>&1); then
    echo "not run: rulebooks: no Java here; they need Java 17 or newer"
    exit 0
fi
version=$(sed -n '1s/.*version "\([0-9]*\).*/\1/p' <<<"$version")
if ((version < 17)); then
    echo "not run: rulebooks: Java $version is too old; they need Java 17 or newer"
    exit 0
fi

start_fleet --fleet fleet.yml
mkdir -m 700 "$SCRATCH/holds"
export ANSIBLE_WHATSMINER_HOLDS=$SCRATCH/holds
CONTROL=$(control) PYTHONDONTWRITEBYTECODE=1 "$PYTHON" drive.py
