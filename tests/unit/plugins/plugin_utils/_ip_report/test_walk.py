# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A walk notes each machine once, at the next position, and its file is an inventory or a table."""

from __future__ import annotations

import csv

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report import saved_walk
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.loop import listen
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.walk import Noted, Walk

AT = "2026-11-28T19:05:11Z"
NAMES = {f"C4:05:08:00:00:0{number}": f"rack1-0{number}" for number in range(1, 6)}
FIRST = Noted("r1", "C4:05:08:00:00:01", "10.0.0.1", "rack1-01", AT)
STRANGER = Noted("r2 =x", "C4:05:08:FF:00:09", "10.0.0.9", "", AT)


def report(number, mac=None):
    return f"IP:10.0.0.{number}MAC:{mac or f'C4:05:08:00:00:0{number}'}".encode()


class Site:
    """The datagrams in *arriving*, a second apart; None is a second in which nothing comes."""

    def __init__(self, arriving, positions=None):
        self.arriving, self.places = list(arriving), positions
        self.lines, self.saved, self.seconds = [], [], 0.0

    def clock(self):
        return self.seconds

    def moment(self):
        return AT

    def say(self, text):
        self.lines.append(text)

    def receive(self, seconds):
        self.seconds += seconds
        found = self.arriving.pop(0) if self.arriving else None
        return found and (found, "10.0.0.77")

    def positions(self):
        return self.places

    def save(self, noted):
        self.saved.append([each.position for each in noted])


def walked(arriving, positions=None, *, seconds=60, count=None, noted=(), names=NAMES):
    site = Site(arriving, positions)
    walk = Walk(names, {each.mac: each for each in noted})
    found, why = listen(site, walk, seconds=seconds, count=count)
    return site, walk, found, why


def places(walk):
    return {each.position: each.host or each.mac for each in walk.noted.values()}


def test_machines_are_noted_at_the_positions_in_order_and_saved_after_each():
    site, walk, found, why = walked([report(2), None, report(1)], ["r1", "r2"])
    assert places(walk) == {"r1": "rack1-02", "r2": "rack1-01"}
    assert (why, len(found)) == ("all positions are noted", 2)
    assert site.saved == [["r1"], ["r1", "r2"]]
    assert site.lines == [
        "next: r1",
        "1: r1: C4:05:08:00:00:02 10.0.0.2 rack1-02",
        "next: r2",
        "2: r2: C4:05:08:00:00:01 10.0.0.1 rack1-01",
    ]


def test_one_press_is_reported_several_times_and_counts_once():
    site, walk, _found, _why = walked([report(1)] * 4 + [report(2)], ["r1", "r2"])
    assert places(walk) == {"r1": "rack1-01", "r2": "rack1-02"}
    assert len(site.lines) == 4


def test_a_machine_that_is_pressed_again_is_told_and_takes_no_position():
    arriving = [report(1), *[None] * 9, report(1), report(2)]
    site, walk, _found, _why = walked(arriving, ["r1", "r2"])
    assert f"again: C4:05:08:00:00:01 10.0.0.1 rack1-01 is noted at r1 already, since {AT}" in site.lines
    assert places(walk) == {"r1": "rack1-01", "r2": "rack1-02"}


def test_a_machine_that_the_inventory_does_not_know_is_told_and_noted():
    site, walk, _found, _why = walked([report(9, STRANGER.mac)], ["r1"])
    assert "1: r1: C4:05:08:FF:00:09 10.0.0.9 unknown to the inventory" in site.lines
    assert places(walk) == {"r1": STRANGER.mac}
    assert "unknown" not in "".join(walked([report(1)], ["r1"], names={})[0].lines)


def test_it_ends_when_the_time_is_over():
    site, _walk, found, why = walked([report(1)], ["r1", "r2"], seconds=10)
    assert (why, len(found), site.seconds) == ("the time is over", 1, 10)


def test_a_flood_does_not_outlast_the_time_nor_fill_the_screen():
    site, _walk, found, why = walked([b"\x1b[2Jrubbish"] * 500, ["r1"], seconds=300)
    assert (why, found) == ("the time is over", [])
    assert len(site.lines) == 22 and "\x1b" not in "".join(site.lines)
    assert site.lines[1].startswith("ignored: 11 bytes from 10.0.0.77 report nothing: \\x1b[2J")


def test_a_flood_of_machines_that_are_not_there_ends_the_walk():
    flood = (report(1, f"C4:05:08:{n >> 16:02X}:{n >> 8 & 255:02X}:{n & 255:02X}") for n in range(3000))
    site, walk, found, why = walked(flood, seconds=10_000)
    assert len(found) == len(walk.noted) == 2000
    assert why.startswith("2000 machines noted, the most of one walk")
    assert len(site.lines) <= 2000


def test_it_ends_after_as_many_as_were_asked_for():
    site, walk, _found, why = walked([report(1), report(2), report(3)], count=2)
    assert why == "2 machines noted, as asked for" and site.arriving == [report(3)]
    assert [each.position for each in walk.noted.values()] == ["", ""]


def test_a_second_walk_goes_on_where_the_first_was():
    _site, walk, found, _why = walked([report(1), report(2)], ["r1", "r2"], noted=[FIRST])
    assert places(walk) == {"r1": "rack1-01", "r2": "rack1-02"} and len(found) == 1


def test_positions_that_are_edited_on_the_way_hold_from_the_next_press_on():
    site = Site([report(1), None, report(2)], ["r1", "r2"])
    site.say = lambda text: (
        site.lines.append(text) or (site.places.__setitem__(1, "r3") if text[0] == "1" else None)
    )
    walk = Walk(NAMES, {})
    listen(site, walk, seconds=60, count=None)
    assert places(walk) == {"r1": "rack1-01", "r3": "rack1-02"}


@pytest.mark.parametrize("name", ["walk.yml", "walk.yaml", "walk.csv"])
def test_what_is_written_is_read_again(tmp_path, name):
    path = str(tmp_path / name)
    assert saved_walk.read(path, "dest") == {}
    saved_walk.write(path, [FIRST, STRANGER], "dest")
    assert list(saved_walk.read(path, "dest").values()) == [FIRST, STRANGER]


def test_the_file_is_an_inventory_that_gives_hosts_their_location(tmp_path):
    path = tmp_path / "walk.yml"
    saved_walk.write(str(path), [FIRST, STRANGER], "dest")
    inventory = InventoryManager(DataLoader(), sources=[str(path)])
    known = inventory.get_host("rack1-01").vars
    assert (known["whatsminer_location"], known["whatsminer_mac"]) == ("r1", FIRST.mac)
    assert "ansible_host" not in known
    assert [host.name for host in inventory.groups["miners"].hosts] == ["rack1-01"]
    (stranger,) = inventory.groups["unlisted_miners"].hosts
    assert stranger.name == "C4-05-08-FF-00-09" and stranger.vars["ansible_host"] == "10.0.0.9"


def test_a_machine_without_a_position_keeps_the_location_of_the_inventory(tmp_path):
    path = str(tmp_path / "walk.yml")
    placeless = Noted("", FIRST.mac, "10.0.0.1", "rack1-01", AT)
    saved_walk.write(path, [placeless], "dest")
    assert "whatsminer_location" not in (tmp_path / "walk.yml").read_text().partition("miners:")[2]
    assert saved_walk.read(path, "dest") == {FIRST.mac: placeless}


def test_the_table_runs_nothing_in_a_spreadsheet(tmp_path):
    path = tmp_path / "walk.csv"
    saved_walk.write(str(path), [Noted("=x", FIRST.mac, "10.0.0.1", "", AT)], "dest")
    assert next(csv.DictReader(path.read_text().splitlines()))["position"] == "'=x"
    assert saved_walk.read(str(path), "dest")[FIRST.mac].position == "=x"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "miners: {hosts: {a: {ansible_host: 10.0.0.1}}}"),
        ("a.yml", "- 1"),
        ("a.yml", "{"),
        ("a.yml", "all: {hosts: {a: {}}}"),
        ("a.csv", "host,address\na,b\n"),
        ("a.csv", "position,host,mac,address,at\nr1,,nonsense,,\n"),
        ("a.csv", "position,host,mac,address,at\nr1\n"),
        ("a.csv", "position,host,mac,address,at\n1,2,C4:05:08:00:00:01,4,5,6\n"),
    ],
)
def test_a_file_that_holds_something_else_is_not_written_over(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=rf"dest: .*{name} holds something else than the machines of a walk"):
        saved_walk.read(str(tmp_path / name), "dest")


def test_a_file_that_somebody_edited_is_read(tmp_path):
    path = tmp_path / "walk.yml"
    saved_walk.write(str(path), [FIRST], "dest")
    content = yaml.safe_load(path.read_text())
    content["miners"]["hosts"]["rack1-01"].update(whatsminer_location=7, whatsminer_mac="c4-05-08-00-00-01")
    path.write_text(yaml.safe_dump(content))
    assert saved_walk.read(str(path), "dest")[FIRST.mac].position == "7"


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(ValueError, match=r"dest must name a file that ends in \.yml, \.yaml or \.csv"):
        saved_walk.read("walk.json", "dest")


def test_a_machine_that_came_into_the_inventory_since_gets_its_name():
    walk = Walk({STRANGER.mac: "rack9-09"}, {STRANGER.mac: STRANGER})
    assert walk.noted[STRANGER.mac].host == "rack9-09"
