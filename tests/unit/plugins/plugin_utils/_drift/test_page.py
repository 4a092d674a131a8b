# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever miners say is text in the page, and nothing of it is run."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import make_report
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    AT,
    HOSTILE,
    PARTS,
    compared,
    fleet_of,
    page,
    pool,
    read,
)


class Reader(html.parser.HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and whether they're closed in
    order.
    """

    EMPTY = ("meta", "input", "br")

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        self.texts.append(data)

    def count(self, tag):
        return sum(element == tag for element, _attributes in self.elements)


@pytest.fixture
def hostile():
    facts = {
        "model": HOSTILE,
        "firmware_version": HOSTILE,
        "mac": HOSTILE,
        "state": HOSTILE,
        "hashrate_ths": {"realtime": 99.9},
        "errors": [{"code": 1, "component": HOSTILE, "meaning": HOSTILE, "since": HOSTILE}],
    }
    drifted = [("hostname", HOSTILE, HOSTILE + "2"), ("pools", [pool(HOSTILE)], [pool("a")])]
    results = [
        compared(HOSTILE, drifted=drifted, unknown={HOSTILE: HOSTILE}),
        {
            "host": "b",
            "unreachable": True,
            "changed": False,
            "msg": HOSTILE + ". " + HOSTILE,
            "cause": HOSTILE,
        },
    ]
    addresses = {HOSTILE: HOSTILE, "b": None}
    return make_report(
        results,
        [read(HOSTILE, **facts), read("b", **facts)],
        addresses=addresses,
        groups={HOSTILE: [HOSTILE], "c": ["b"]},
        at=AT,
    )


def test_whatever_miners_and_inventories_say_is_text_in_the_page(hostile):
    reader = Reader(page(hostile, HOSTILE))
    assert reader.open == []
    assert reader.count("script") == 1 and reader.count("style") == 1
    names = {name for _tag, attributes in reader.elements for name in attributes}
    assert not [
        name for name in names if name.startswith("on") or name in ("style", "src", "href", "action", "http")
    ]
    said = "".join(reader.texts)
    assert "{{ 7*7 }} {% raw %}" in said and "</script><script>hit()" in said
    assert "\u202e" not in said and "\x00" not in said


def test_the_page_allows_its_own_style_and_script_alone(hostile):
    text = page(hostile)
    (policy,) = [
        attributes["content"] for tag, attributes in Reader(text).elements if attributes.get("http-equiv")
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'"
    for kind in ("style", "script"):
        (within,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        assert (
            rules[f"{kind}-src"]
            == f"'sha256-{base64.b64encode(hashlib.sha256(within.encode()).digest()).decode()}'"
        )
    assert not re.search(
        r"@import|url\(|//[a-z]+\.|fetch\(|XMLHttp|import\(", PARTS["style"] + PARTS["script"]
    )


def test_the_same_report_makes_the_same_page(hostile):
    assert page(hostile) == page(json.loads(json.dumps(hostile)))


def test_the_page_holds_every_miner_and_begins_with_what_needs_a_look():
    text = page(fleet_of(30, 2, 1))
    assert (
        re.findall(r'<tr data-state="(\w+)"', text) == ["no_answer"] + ["drifted"] * 2 + ["as_declared"] * 30
    )
    assert (
        "3 of 33 miners need a look" in text
        and "2026-11-22 23:00:00 UTC" in text
        and "minerops.whatsminer" in text
    )
    assert "All 5 miners are as declared" in page(fleet_of(5))
    assert "1 of 5 miners needs a look" in page(fleet_of(4, 1))
