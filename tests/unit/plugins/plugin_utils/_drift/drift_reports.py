# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of comparisons and readings, and the reports that are made of them, for tests."""

from __future__ import annotations

import pathlib
import re

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.page import make_page
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import make_report

ROLES = pathlib.Path(__file__).resolve().parents[5] / "roles"
PARTS = {name: (ROLES / "drift/templates" / file).read_text() for name, file in
         (("template", "page.html.j2"), ("style", "page.css"), ("script", "page.js"))}  # fmt: skip
AT = "2026-11-22T23:00:00Z"
HOSTILE = "</script><script>hit()</script>\"' onload=hit() {{ 7*7 }} {% raw %}\u202e\x00"


def compared(host, drifted=(), unknown=None, **more):
    """What comparing *host* returned; *drifted*: (setting, before, after)."""
    diff = {when: {entry[0]: entry[at] for entry in drifted} for at, when in ((1, "before"), (2, "after"))}
    return {
        "host": host,
        "changed": bool(drifted),
        "declared": ["pools", "power.mode"],
        "drifted": [entry[0] for entry in drifted],
        "unknown": unknown or {},
        "diff": diff,
        **more,
    }


def read(host, **facts):
    return {"host": host, "changed": False, "ansible_facts": {"whatsminer": facts}}


def report(results, facts=(), groups=None, hosts=None):
    hosts = hosts or [result["host"] for result in results]
    return make_report(results, facts, addresses=dict.fromkeys(hosts, "10.0.0.1"), groups=groups or {}, at=AT)


def one(result, facts=None):
    return report([result], [facts] if facts else [])["miners"][0]


def pool(user, password="********", url="stratum+tcp://a:1"):
    return {"url": url, "user": user, "password": password}


def fleet_of(clean=0, drifted=0, lost=0):
    results = [compared(f"clean{number}") for number in range(clean)]
    results += [
        compared(f"drifted{number}", drifted=[("power.mode", "high", "low")]) for number in range(drifted)
    ]
    results += [
        {"host": f"lost{number}", "unreachable": True, "changed": False, "msg": "silent"}
        for number in range(lost)
    ]
    return report(results)


def named(lines):
    return [word for line in lines for word in line.split() if re.fullmatch(r"(clean|drifted|lost)\d+", word)]


def page(shown, title="Hall"):
    return make_page(shown, title=title, **PARTS)
