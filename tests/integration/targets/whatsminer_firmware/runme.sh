#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

source ../setup_fleet/library.sh

start_fleet --fleet ../setup_fleet/fleet.yml
ctl set '*' '{"options": {"reboot_delay_seconds": 0.05, "reboot_seconds": 0.4, "flash_seconds": 0.1}}' >/dev/null

# One image for each platform of the fleet's miners, two versions of it, and all of a version in one file.
for version in 20260101 20260202; do
    for platform in H3 H6OS H616; do
        simulator image "$SCRATCH/$version-$platform.bin" --platform "$platform" --version "$version.1.REL" --size 300000
    done
    simulator image "$SCRATCH/$version.bin" \
        --combine "h3=$SCRATCH/$version-H3.bin" "h6os=$SCRATCH/$version-H6OS.bin" "h616=$SCRATCH/$version-H616.bin"
done

play -e "images=$SCRATCH" converge.yml
went_by_passage
keep_facts play -e "images=$SCRATCH" without_version.yml
ANSIBLE_STDOUT_CALLBACK=default keep_facts play -e "images=$SCRATCH" progress.yml | tee "$SCRATCH/progress"
grep -q "in-process-2.0: firmware: .* MB sent (100 %)" "$SCRATCH/progress"
