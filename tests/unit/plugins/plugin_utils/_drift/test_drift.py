# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A comparison is told as it came out: nothing hidden, nothing made up, no secret shown, and nothing a miner
says is run.
"""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import pathlib
import re

import pytest
import yaml
from ansible.errors import AnsibleFilterError, AnsibleUndefinedVariable
from ansible_collections.minerops.whatsminer.plugins.filter import (
    drift_addresses,
    drift_page,
    drift_report,
    drift_table,
)
from ansible_collections.minerops.whatsminer.plugins.modules.whatsminer_config import ARGUMENTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift import drift

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
    return drift.report(results, facts, dict.fromkeys(hosts, "10.0.0.1"), groups or {}, AT)


def one(result, facts=None):
    return report([result], [facts] if facts else [])["miners"][0]


def page(shown, title="Hall"):
    return drift.page(shown, title, **PARTS)


# --- Verdicts ---


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (compared("a"), "as_declared"),
        (compared("a", drifted=[("power.mode", "high", "low")]), "drifted"),
        (compared("a", unknown={"timezone": "no command shows it"}), "unknown"),
        (compared("a", drifted=[("power.mode", "high", "low")], unknown={"timezone": "why"}), "drifted"),
        (compared("a", declared=[]), "undeclared"),
        (
            {"host": "a", "changed": False, "unreachable": True, "msg": "a: silent", "cause": "timed_out"},
            "no_answer",
        ),
        ({"host": "a", "changed": False, "failed": True, "msg": "a: refused"}, "failed"),
        (compared("a", drifted=[("power.mode", "high", "low")], failed=True, msg="a: refused"), "failed"),
    ],
)
def test_each_outcome_has_its_verdict(result, verdict):
    shown = report([result])
    assert shown["miners"][0]["verdict"] == verdict
    assert {name: shown["fleet"][name] for name in drift.VERDICTS} == {
        **dict.fromkeys(drift.VERDICTS, 0),
        verdict: 1,
    }


def test_a_host_without_a_result_failed_and_says_so():
    (miner,) = report([], hosts=["a"])["miners"]
    assert miner["verdict"] == "failed" and "wasn't compared" in miner["message"]


def test_what_check_mode_would_send_again_for_want_of_a_record_is_no_drift():
    planned = compared(
        "a", drifted=[("timezone", "unknown: no command", "UTC")], unknown={"timezone": "no command"}
    )
    miner = one({**planned, "drifted": []})
    assert (miner["verdict"], miner["drift"]) == ("unknown", [])


def test_a_message_does_not_repeat_whose_it_is():
    result = {
        "host": "a",
        "changed": False,
        "failed": True,
        "msg": "a (10.0.0.1:4028): power_off: refused: by a: no. Do this.",
    }
    assert one(result)["message"] == "power_off: refused: by a: no. Do this."


def test_what_another_machine_says_is_not_taken_for_the_miners():
    result = {"host": "a", "changed": False, "failed": True, "msg": "another", "cause": "wrong_machine"}
    assert one(result, read("a", model="M50", hashrate_ths={"realtime": 99.0}))["hashrate_ths"] is None
    assert (
        one({**result, "cause": "bad_parameter"}, read("a", hashrate_ths={"realtime": 99.0}))["hashrate_ths"]
        == 99.0
    )


def test_what_a_miner_does_not_give_is_null():
    miner = one(compared("a"), {"host": "a", "failed": True, "msg": "it went away"})
    assert miner["model"] is None and miner["hashrate_ths"] is None and miner["errors"] is None


FIRMWARE = {"M50*": {"version": "20240101.1.REL", "src": "m50.bin", "checksum": "sha256:" + "0" * 64}}


@pytest.mark.parametrize(
    ("facts", "verdict", "drifted"),
    [
        ({"model": "M50S", "firmware_version": "20240101.1.REL"}, "as_declared", []),
        ({"model": "M50S", "firmware_version": "20230101.1.REL"}, "drifted", ["firmware.version"]),
        ({"model": "M30S", "firmware_version": "20230101.1.REL"}, "as_declared", []),
        ({"model": "M50S"}, "unknown", []),
        ({}, "unknown", []),
    ],
)
def test_firmware_is_compared_where_it_is_declared(facts, verdict, drifted):
    (miner,) = drift.report([compared("a")], [read("a", **facts)], {"a": None}, {}, AT, FIRMWARE)["miners"]
    assert (miner["verdict"], [entry["setting"] for entry in miner["drift"]]) == (verdict, drifted)
    undeclared = drift.report(
        [compared("a", declared=[])], [read("a", model="M30S")], {"a": None}, {}, AT, FIRMWARE
    )
    assert undeclared["miners"][0]["verdict"] == "undeclared"


@pytest.mark.parametrize("declared", ["M50VH84", "M50_VH84", "M50_VH84.H616", "M50_*"])
@pytest.mark.parametrize("model", ["M50VH84", "M50_VH84", "M50_VH84.H616"])
def test_firmware_is_compared_however_the_model_is_spelt(declared, model):
    facts = read("a", model=model, firmware_version="20230101.1.REL")
    (miner,) = drift.report([compared("a")], [facts], {"a": None}, {}, AT, {declared: FIRMWARE["M50*"]})[
        "miners"
    ]
    assert miner["verdict"] == "drifted"


def test_firmware_that_is_declared_without_sense_is_refused():
    with pytest.raises(AnsibleFilterError, match="must have version, src and checksum"):
        drift_report.drift_report([], [], {}, {}, AT, {"M50*": {"version": "1"}})


# --- Differences ---


def pool(user, password="********", url="stratum+tcp://a:1"):
    return {"url": url, "user": user, "password": password}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("high", "low", [("x", "high", "low")]),
        (True, False, [("x", "true", "false")]),
        ({"ssh": True}, {"ssh": False, "dns": ["1.1.1.1"]},
         [("x.ssh", "true", "false"), ("x.dns", "nothing", "1.1.1.1")]),
        ({"dns": ["1.1.1.1", "8.8.8.8"]}, {"dns": ["1.1.1.1"]}, [("x.dns", "1.1.1.1, 8.8.8.8", "1.1.1.1")]),
        ([pool("a"), pool("b")], [pool("a"), pool("c")], [("x[1].user", "b", "c")]),
        ([pool("a")], [], [("x[0].url", "stratum+tcp://a:1", "nothing"), ("x[0].user", "a", "nothing")]),
        ([pool("a")], [pool("a")],
         [("x", "another password, by the record of what was applied last", "the declared one")]),
        ("unknown: no command shows it", "UTC",
         [("x", "another value, by the record of what was applied last", "UTC")]),
        ("unknown: no command shows it", {"timezone": "UTC", "on": True},
         [("x", "another value, by the record of what was applied last", "timezone UTC, on true")]),
    ],
)  # fmt: skip
def test_differences_are_told_one_by_one_and_no_password_is(before, after, lines):
    (entry,) = one(compared("a", drifted=[("x", before, after)]))["drift"]
    assert drift.differences(entry) == lines


def test_one_difference_is_told_whole_and_several_by_their_settings():
    mode = ("power.mode", "high", "low")
    assert drift.headline(one(compared("a", drifted=[mode]))) == [("drift", "power.mode: high → low")]
    several = one(compared("a", drifted=[mode, ("hostname", "a", "b")], unknown={"timezone": "why"}))
    assert drift.headline(several) == [("drift", "power.mode, hostname"), ("unknown", "timezone unknown")]


def headline_of(before, after, *others):
    ((_kind, text),) = drift.headline(one(compared("a", drifted=[("pools", before, after), *others])))
    return text


def test_a_headline_about_pools_says_which_they_are():
    ours, theirs = pool("farm.1"), pool("thief", url="stratum+tcp://evil:3333")
    assert headline_of([theirs], [ours]) == "pools: stratum+tcp://evil:3333 → stratum+tcp://a:1"
    mode = ("power.mode", "high", "low")
    assert (
        headline_of([theirs], [ours], mode)
        == "pools: stratum+tcp://evil:3333 → stratum+tcp://a:1, power.mode"
    )
    assert headline_of([pool("b")], [ours]) == "pools[0].user: b → farm.1 (stratum+tcp://a:1)"
    assert headline_of([pool("b"), pool("c")], [ours, pool("d")]) == "pools (stratum+tcp://a:1)"
    assert headline_of([ours], [ours]).endswith("(stratum+tcp://a:1)") and "another password" in headline_of(
        [ours], [ours]
    )
    assert headline_of([pool("a", url=HOSTILE)], [pool("a", url=HOSTILE)]).isprintable()


# --- Sums ---


def test_a_summary_adds_up_what_is_known_and_only_that():
    cool, hot = {"chip_max": 80.0}, {"chip_max": 95.5}
    facts = [
        read(
            "a",
            state="on",
            hashrate_ths={"realtime": 100.0, "average": 1.0},
            power_watts=3000,
            temperature_c=cool,
            errors=[],
        ),
        read(
            "b",
            state="on",
            hashrate_ths={"average": 50.0},
            power_watts=2000,
            temperature_c=hot,
            errors=[{"code": 1}],
        ),
        read("c", state="off", hashrate_ths={"realtime": 0.0}, power_watts=20),
        read("d", state="on", hashrate_ths={"realtime": 10.0}),
    ]
    fleet = report([compared(host) for host in "abcde"], facts)["fleet"]
    wanted = {
        "miners": 5,
        "hashing": 3,
        "with_errors": 1,
        "hashrate_ths": 160.0,
        "power_watts": 5020,
        "chip_max_c": 95.5,
        "hottest": "b",
    }
    assert {name: fleet[name] for name in wanted} == wanted
    assert fleet["efficiency_j_per_th"] == 33.33, "of those that tell both"


def test_the_share_of_the_expected_rate_is_of_miners_that_are_up_and_tell_both():
    facts = [
        read(
            "low",
            state="on",
            hashrate_ths={"average": 59.0, "realtime": 61.0, "expected": 60.0, "factory": 100.0},
            tuning=False,
        ),
        read("sick", state="on", hashrate_ths={"average": 0.0, "expected": 40.0}),
        read("off", state="off", hashrate_ths={"average": 0.0, "expected": 100.0}),
        read(
            "tuning",
            state="on",
            hashrate_ths={"average": 0.0, "realtime": 0.0, "expected": 100.0},
            tuning=True,
        ),
        read("mute", state="on", hashrate_ths={"average": 70.0}),
    ]
    shown = report([compared(host) for host in ("low", "sick", "off", "tuning", "mute")], facts)
    assert {miner["host"]: miner["expected_percent"] for miner in shown["miners"]} == {
        "low": 98, "sick": 0, "off": None, "tuning": None, "mute": None,
    }  # fmt: skip
    assert shown["fleet"]["expected_percent"] == 59
    assert "59 % of the expected" in drift.table(shown)[-2]
    assert "98" in next(line for line in drift.table(shown) if "low" in line).split()


def test_a_miner_that_is_tuning_is_neither_off_nor_drifted_nor_failed():
    facts = read(
        "a", state="on", tuning=True, power_watts=0, hashrate_ths={"average": 0.0, "realtime": 0.0}, errors=[]
    )
    shown = report([compared("a")], [facts])
    assert shown["miners"][0]["verdict"] == "as_declared"
    assert (shown["fleet"]["tuning"], shown["fleet"]["hashing"]) == (1, 0)
    row = drift.table(shown)[1].split()
    assert "tuning" in row and "off" not in row and "1 tuning" in drift.table(shown)[-2]
    assert (
        ">tuning</td>" in page(shown)
        and ">off</td>" not in page(shown)
        and "All 1 miners are as declared" in page(shown)
    )


def test_a_fleet_that_says_nothing_sums_up_to_nothing():
    fleet = report([compared("a")])["fleet"]
    assert (fleet["hashing"], fleet["hashrate_ths"], fleet["efficiency_j_per_th"], fleet["hottest"]) == (
        0,
        0,
        None,
        None,
    )
    assert fleet["power_watts"] is None and fleet["expected_percent"] is None
    assert "kW" not in "".join(drift.table(report([compared("a")]))), "nobody knows, which isn't 0"
    page(report([compared("a")]))
    assert drift.table(report([compared("a")]))[-1] == "1 miners: 1 as declared"


def test_groups_are_those_that_tell_some_miners_from_others():
    groups = {
        "all": ["a", "b"],
        "ungrouped": [],
        "miners": ["a", "b", "x"],
        "rack10": ["a"],
        "rack9": ["b", "x"],
        "none": ["x"],
    }
    shown = report([compared("a"), compared("b", drifted=[("power.mode", "high", "low")])], groups=groups)
    assert [(group["name"], group["miners"], group["drifted"]) for group in shown["groups"]] == [
        ("rack9", 1, 1),
        ("rack10", 1, 0),
    ]


def test_names_sort_as_people_count():
    shown = report([compared(host) for host in ("r10-2", "r2-10", "r2-9", "r", "10.0.0.9", "10.0.0.10")])
    assert [miner["host"] for miner in shown["miners"]] == [
        "10.0.0.9",
        "10.0.0.10",
        "r",
        "r2-9",
        "r2-10",
        "r10-2",
    ]


# --- The table ---


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


ALL = ["lost0", "drifted0", "clean0"]


@pytest.mark.parametrize(("which", "shown"), [("auto", ALL), ("all", ALL), ("problems", ALL[:2])])
def test_a_small_fleet_is_shown_as_asked_what_needs_a_look_first(which, shown):
    lines = drift.table(fleet_of(1, 1, 1), which)
    assert named(lines) == shown
    assert "    power.mode: high -> low" in lines and "    silent" in lines
    assert lines[-1] == "3 miners: 1 as declared, 1 drifted, 1 no answer"


def test_errors_stand_above_what_is_not_known_and_below_what_drifted():
    failing = read("sick", errors=[{"code": 110, "component": "fan", "meaning": "lost"}])
    results = [compared("well"), compared("unknown", unknown={"timezone": "why"}), compared("sick")]
    results += [
        compared("undeclared", declared=[]),
        compared("drifted", drifted=[("power.mode", "high", "low")]),
    ]
    shown = report(results, [failing])
    order = ["drifted", "sick", "unknown", "undeclared", "well"]
    assert [line.split()[-8] for line in drift.table(shown) if line.endswith((" -", " 110"))] == order
    assert re.findall(r'<th scope="row">(\w+)', page(shown)) == order


def test_of_a_large_fleet_only_what_drifted_or_was_lost_is_shown_and_no_more_than_anyone_reads():
    assert named(drift.table(fleet_of(50, 2, 1))) == ["lost0", "drifted0", "drifted1"]
    assert len(named(drift.table(fleet_of(50, 300)))) == 200
    assert "and 100 more" in drift.table(fleet_of(50, 300))[-3]
    assert len(named(drift.table(fleet_of(50, 300), "problems"))) == 300
    assert len(named(drift.table(fleet_of(50, 300), "all"))) == 350
    assert drift.table(fleet_of(50))[:-2] == []


def test_without_a_table_there_is_none_and_another_word_is_refused():
    assert drift_table.drift_table(fleet_of(1), "none") == []
    with pytest.raises(
        AnsibleFilterError, match="drift_table must be one of auto, all, problems, none, and not some"
    ):
        drift_table.drift_table(fleet_of(1), "some")


def test_many_differences_of_a_miner_do_not_bury_the_others():
    shown = report([compared("a", drifted=[(f"x{number}", 1, 2) for number in range(9)])])
    lines = drift.table(shown)
    assert sum("->" in line for line in lines) == 6 and "    and 3 more differences" in lines


def test_nothing_in_the_table_turns_text_around_or_moves_the_cursor():
    facts = read(HOSTILE, model="\x1b[2J\u202e", errors=[{"code": 1}])
    shown = report([compared(HOSTILE, drifted=[("hostname", HOSTILE, "a")])], [facts])
    text = "".join(drift.table(shown))
    assert text.isprintable() and "\\u202e" in text and "{{ 7*7 }}" in text


# --- The page ---


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
    return drift.report(
        results, [read(HOSTILE, **facts), read("b", **facts)], addresses, {HOSTILE: [HOSTILE], "c": ["b"]}, AT
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


# --- The filters and the roles around it ---


def test_each_filter_is_called_as_its_file():
    for module in (drift_addresses, drift_report, drift_table, drift_page):
        (name,) = module.FilterModule().filters()
        assert name == module.__name__.rpartition(".")[2] == yaml.safe_load(module.DOCUMENTATION)["name"]


def test_an_address_that_cannot_be_worked_out_loses_no_report():
    class Variables(dict):
        def get(self, name, default=None):
            raise AnsibleUndefinedVariable("rack is undefined")

    hostvars = {"a": Variables(), "b": {"ansible_host": "10.0.0.2"}, "c": {}}
    assert drift_addresses.drift_addresses(list(hostvars), hostvars) == {"a": None, "b": "10.0.0.2", "c": "c"}


def test_every_way_of_the_baseline_declares_the_same():
    declared = yaml.safe_load((ROLES / "baseline/vars/main.yml").read_text())["baseline_declared"]
    (task,) = yaml.safe_load((ROLES / "baseline/tasks/main.yml").read_text())
    assert declared == task["minerops.whatsminer.whatsminer_config"] and set(declared) == set(ARGUMENTS)
    for name in ("fleet", "compare"):
        (task,) = yaml.safe_load((ROLES / f"baseline/tasks/{name}.yml").read_text())
        assert task["minerops.whatsminer.whatsminer_fleet"]["params"] == "{{ baseline_declared }}"


def test_the_variables_of_the_role_are_documented_with_their_defaults():
    options = yaml.safe_load((ROLES / "drift/meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    defaults = yaml.safe_load((ROLES / "drift/defaults/main.yml").read_text())
    assert {
        name: option.get("default") for name, option in options.items() if "default" in option
    } == defaults
    readme = (ROLES / "drift/README.md").read_text()
    assert [name for name in options if f"`{name}`" not in readme] == []
    assert tuple(options["drift_table"]["choices"]) == drift.TABLES
