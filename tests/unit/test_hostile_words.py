# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever miners say is text: in facts, results, inventories, reports, pages and tables, nothing of it runs,
is templated, or reaches a screen as it came.
"""

from __future__ import annotations

import csv
import io
import json
import pathlib
import re

import jinja2
import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import report as curtailment
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.table import (
    table_lines as drift_lines,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.assets import asset_of, assets_csv
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action, task_result
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import miner_of, report_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.table import (
    csv_report,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.table import (
    table_lines as health_lines,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import report as rollout
from ansible_collections.minerops.whatsminer.tests.unit.hostile_words import RUN, WAYS, WORDS, facts_of
from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import Discovery
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment import sites
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift import drift_reports
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.test_page import Reader
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._export.exports import (
    exposition_of,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout import rollout_results

# A sample of Prometheus: name, labels, value.
SAMPLE = re.compile(r'[a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*\})? -?[0-9.e+-]+')
NOW = 1_790_000_000.0
FACTS_TABLE = pathlib.Path(__file__).resolve().parents[2] / "playbooks" / "templates" / "fleet.txt.j2"
WAY = pytest.mark.parametrize("how", WAYS)


class Screen:
    """What stands in for Ansible's display, and keeps what is shown."""

    verbosity = 0

    def __init__(self):
        self.lines = []

    def display(self, text, **_how):
        self.lines += text.split("\n")

    warning = v = vvv = display


@pytest.fixture
def screen(monkeypatch):
    shown = Screen()
    monkeypatch.setattr(role_action, "display", shown)
    yield shown
    for line in shown.lines:
        assert line.isprintable(), line
        assert RUN not in line, line


def results_of(how):
    """A result of whatsminer_facts for each disguised miner."""
    return [
        {"host": f"m{number}", "changed": False, "ansible_facts": {"whatsminer": known}}
        for number, known in enumerate(facts_of(how))
    ]


def show(lines):
    """Show *lines* as a role does."""
    role_action.RoleAction.show(None, lines)


@WAY
def test_facts_can_be_passed_on_as_json(how):
    found = list(facts_of(how))
    assert found
    for known in found:
        text = json.dumps(known, allow_nan=False, ensure_ascii=False)
        assert json.loads(text.encode()) == known
        assert text.isprintable()  # JSON has escapes for blanks and line ends


@WAY
def test_no_miner_drowns_all_others_in_the_sums_of_a_fleet(how):
    for known in facts_of(how):
        assert 0 <= known.get("power_watts", 0) < 100_000
        assert all(0 <= rate <= 10_000_000 for rate in known.get("hashrate_ths", {}).values())
        assert all(-274 <= degrees <= 1000 for degrees in known.get("temperature_c", {}).values())


@WAY
def test_health_reports_show_text_and_nothing_else(how, screen):
    miners = []
    for result in results_of(how):
        reading = reading_of(result["ansible_facts"]["whatsminer"], NOW)
        judgement = judge(reading, Thresholds(), now=NOW)
        miners.append(
            miner_of(result["host"], "192.0.2.1", judgement, reading, Thresholds(), warnings=[WORDS])
        )
    report = report_of(miners, "2026-11-28T19:00:00Z")
    json.dumps(report.to_dict(), allow_nan=False)
    show(health_lines(report))
    require_harmless(csv.reader(io.StringIO(csv_report(report))))


def require_harmless(rows):
    """No cell of *rows* of CSV runs in a spreadsheet, or reaches a screen as it came."""
    for cell in (cell for row in rows for cell in row):
        assert cell.isprintable()
        assert not cell.lstrip().startswith(("=", "+", "@")) and (cell[:1] != "-" or is_number(cell)), cell


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


@WAY
def test_the_table_of_facts_has_a_line_for_each_miner_and_no_other(how):
    read = {result["host"]: result["ansible_facts"] for result in results_of(how)}
    environment = jinja2.Environment(trim_blocks=True, autoescape=False)
    environment.filters |= {
        "minerops.whatsminer.report_columns": lambda hosts, *_variables, **_how: dict.fromkeys(hosts, {}),
        "regex_replace": lambda value, pattern, by: re.sub(pattern, by, str(value)),
    }
    lines = environment.from_string(FACTS_TABLE.read_text(encoding="utf-8")).render(
        ansible_play_hosts_all=list(read),
        ansible_play_hosts=list(read),
        hostvars={host: {"ansible_facts": facts} for host, facts in read.items()},
        query=lambda *_name, **_how: [],
    )
    assert [line.split()[0] for line in lines.splitlines() if line] == ["miner", *sorted(read)]
    assert all(line.isprintable() for line in lines.splitlines())


@WAY
def test_drift_reports_and_the_page_show_text_and_nothing_else(how, screen):
    read = results_of(how)
    compared = [
        drift_reports.compared(
            result["host"],
            drifted=[("hostname", WORDS, "a"), ("pools", [WORDS], [{WORDS: WORDS}])],
            unknown={"x": WORDS},
        )
        for result in read
    ]
    compared[0] = {"host": "m0", "failed": True, "changed": False, "msg": WORDS, "cause": "not_a_miner"}
    report = drift_reports.report(compared, read)
    json.dumps(report, allow_nan=False)
    show(drift_lines(report, "all"))
    page = drift_reports.page(report)
    reader = Reader(page)
    assert reader.open == [] and reader.count("script") == 1 and reader.count("style") == 1
    assert not any(name.startswith("on") for _tag, attributes in reader.elements for name in attributes)
    assert "\x1b" not in page and "\u202e" not in page and "\x9b" not in page and RUN not in page


@WAY
def test_rollout_reports_show_text_and_nothing_else(how, screen):
    results = results_of(how)
    results[0] = {"host": "m0", "unreachable": True, "changed": False, "msg": WORDS}
    surveyed = rollout_results.look(results)
    report = rollout.make_report(surveyed, {})
    json.dumps(report, allow_nan=False)
    show(rollout.report_lines(report))
    show(rollout.plan_lines([[result["host"] for result in results]], surveyed, rollout_results.rules()))


@WAY
def test_curtailment_reports_show_text_and_nothing_else(how, screen):
    results = results_of(how)
    results[0] = {"host": "m0", "unreachable": True, "changed": False, "msg": WORDS}
    run = sites.begin({"shed_kw": 1}, fleet=results)
    report = curtailment.of_shedding(run, {"all": [], "hall": ["m0", "m1"]}, 103.0)
    json.dumps(report, allow_nan=False)
    show(report["text"])
    assert "{{" not in json.dumps(report["lost"]) and "{%" not in json.dumps(report["lost"])


@WAY
def test_exports_hold_text_and_nothing_else(how):
    read = {result["host"]: result["ansible_facts"]["whatsminer"] for result in results_of(how)}
    assets = [
        asset_of(host, "192.0.2.1", known, site="north", declared={}, columns={})
        for host, known in read.items()
    ]
    rows = list(csv.reader(io.StringIO(assets_csv(assets, (), "2026-11-28"))))
    assert len(rows) == len(read) + 1 and len(rows[0]) < 50
    require_harmless(rows)
    for line in exposition_of(read).text().splitlines():
        assert line.isprintable()
        assert line.startswith("#") or SAMPLE.fullmatch(line), line


def test_results_of_fleet_tasks_show_text_and_nothing_else():
    hosts = [f"m{number}" for number in range(4)]
    tally = Tally(len(hosts))
    for host in hosts:
        diff = {"before": {WORDS: WORDS}, "after": {}}
        tally.outcomes[host] = {"changed": True, "msg": WORDS, "failed": True, "diff": diff}
    result = task_result.task_result(tally, hosts, most_lost=None)
    assert result["msg"].isprintable()
    for diff in result["diff"]:
        assert all(text.isprintable() for pair in diff["before"].items() for text in pair)


@WAY
@pytest.mark.parametrize("hostname", ["hostname", "{{ whatsminer.model }}-{{ whatsminer.serial }}"])
def test_inventories_hold_text_that_is_no_template_and_names_that_are_plain(how, hostname, discovery):
    known = [facts for facts in facts_of(how) if facts]
    for number, facts in enumerate(known):
        facts["mac"] = f"C4:05:08:00:00:{number:02X}"
    miners = {f"10.0.0.{number}": facts for number, facts in enumerate(known)}
    discovery.finds(miners=miners, others={"10.0.1.1": "the answer is not a Whatsminer reply"})
    inventory = discovery.parse(
        hostname=hostname,
        keyed_groups=[
            {"prefix": "pool", "key": "whatsminer.pools | default([]) | map(attribute='url') | list"}
        ],
        compose={"named": "whatsminer.hostname | default('')"},
    )
    for group in inventory.groups:
        assert group.replace("_", "").isalnum() and group.isascii()
    by_address = {host.vars["ansible_host"]: host for host in inventory.get_hosts()}
    assert set(by_address) == set(miners)
    for address, host in by_address.items():
        assert host.name.isascii() and not set(host.name) & set(" /\\{}%$;:'\"<>*!&[]")
        values = discovery.values(inventory, host.name)
        assert values["whatsminer"] == miners[address]
        assert values["named"] == miners[address].get("hostname", "")
    assert all(warning.isprintable() for warning in discovery.warnings)


@pytest.fixture
def discovery(tmp_path, monkeypatch):
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan

    found = Discovery(tmp_path)

    def run(plan, addresses):  # a function, so that it is told its plan
        return found.run(plan, addresses)

    monkeypatch.setattr(scan.Scan, "run", run)
    return found
