# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sum up in one line what ansible-playbook printed: python3 ci/summary.py check|enforce LOG STATUS
MAX_UNREACHABLE

The exit status is as the head of ./pipeline says.
"""

from __future__ import annotations

import re
import sys

# The lines that tell a host's outcome. What miners say stands in other lines, or behind these words.
OUTCOME = re.compile(r"(ok|changed|fatal|failed|unreachable): \[([^\] ]+)[^\]]*\](: UNREACHABLE!)?")
# Ansible shows what a task did for all hosts under the first of them. That was not changed, if this is said
# before.
BOOKED = re.compile(r"of all hosts together: .*; Ansible books this for (\S+), which was not changed$")
RECAP = re.compile(r"\S+ +: ok=\d+ +changed=\d+ ")
# ansible-playbook ended by itself: all well, some failed (2), some unreachable (4).
ENDED = {0, 2, 4, 6}


def outcomes(lines):
    """({host that was changed, ...}, {host: how it ended}) of a log's *lines*: a miner that was lost may come
    back.
    """
    changed, ended, booked = set(), {}, None
    for line in lines:
        outcome, of_all = OUTCOME.match(line), BOOKED.match(line)
        if of_all:
            booked = of_all.group(1)
        elif outcome and outcome.group(2) == booked:
            ended[booked], booked = "ok", None
        elif outcome:
            verdict, host, unreachable = outcome.groups()
            ended[host] = "unreachable" if unreachable else {"fatal": "failed"}.get(verdict, verdict)
            if verdict == "changed":
                changed.add(host)
    return changed, ended


def named(hosts, what):
    """3 failed: a, b, c"""
    return f"{len(hosts)} {what}" + (f": {', '.join(sorted(hosts))}" if hosts else "")


def main():
    """Print the summary; return the exit status."""
    verb, log, status, most_unreachable = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    if status not in ENDED or not any(RECAP.match(line) for line in lines):
        print(
            f"{verb}: it didn't get to the miners, or not to all of them; ansible-playbook ended with "
            f"{status}"
        )
        return 1
    changed, ended = outcomes(lines)
    failed = {host for host, verdict in ended.items() if verdict == "failed"}
    unreachable = {host for host, verdict in ended.items() if verdict == "unreachable"}
    would = "would be changed" if verb == "check" else "changed"
    print(f"{verb}: {named(changed, would)}; {named(failed, 'failed')}; {named(unreachable, 'unreachable')}")
    if failed:
        return 2
    if len(unreachable) > most_unreachable:
        return 4
    return 10 if verb == "check" and changed else 0


if __name__ == "__main__":
    sys.exit(main())
