# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datagrams that really arrive are noted, and the file is there after each."""

from __future__ import annotations

import re
import socket
from unittest import mock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import ip_report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import role_action

HOSTVARS = {"rack1-01": {"whatsminer_mac": "c4-05-08-00-00-01"}, "other": {}}


class Tagged(str):
    """Text as ansible-core has it since 2.19."""


class Plugin(ip_report.ActionModule):
    """The action plugin, without what comes before any miner is served."""

    def _prepare(self, task_vars):
        """There is nothing to prepare."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """run(datagrams, options): (the task's result, the lines shown). They are sent once the port is open."""

    def go(datagrams=(), *, check_mode=False, on_line=None, **options):
        lines = []

        def display(text, **more):
            lines.append(text)
            opened = re.match(r"listening on UDP port (\d+)", text)
            if opened:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    for data in datagrams:
                        sender.sendto(data, ("127.0.0.1", int(opened.group(1))))
            if on_line:
                on_line(text)

        monkeypatch.setattr(role_action.display, "display", display)
        groups = {"all": list(map(Tagged, HOSTVARS))}
        known = {"groups": groups, "hostvars": HOSTVARS, "inventory_hostname": "localhost"}
        given = {
            "dest": str(tmp_path / "walk.csv"),
            "udp_port": 0,
            "address": "127.0.0.1",
            "seconds": 5,
            **options,
        }
        task = mock.Mock(args=given, action="ip_report", async_val=0, check_mode=check_mode, no_log=False)
        loader = DataLoader()
        plugin = Plugin(task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=known), mock.Mock())
        return plugin.run(task_vars=known), lines

    return go


def report(number):
    return f"IP:192.0.2.{number}MAC:C4:05:08:00:00:0{number}\r\n".encode()


def test_presses_are_noted_at_the_positions_in_order(run, tmp_path):
    result, lines = run([report(1), b"\xff" * 1500, report(1), report(2)], positions=["r[1:2]"])
    assert result["changed"] and result["report"]["ended"] == "all positions are noted"
    assert [(each["position"], each["host"]) for each in result["report"]["noted"]] == [
        ("r1", "rack1-01"),
        ("r2", ""),
    ]
    assert (result["report"]["unknown"], result["report"]["left"]) == (["C4:05:08:00:00:02"], [])
    rows = (tmp_path / "walk.csv").read_text().splitlines()
    assert rows[1].startswith("r1,rack1-01,C4:05:08:00:00:01,192.0.2.1,2")
    assert lines[-1] == f"all positions are noted: 2 machines noted; {tmp_path / 'walk.csv'} holds 2"


def test_an_inventory_is_written_of_the_text_that_ansible_tags(run, tmp_path):
    run([report(1)], positions=[Tagged("r1")], dest=Tagged(tmp_path / "walk.yml"))
    assert "    rack1-01:\n      whatsminer_location: r1\n" in (tmp_path / "walk.yml").read_text()


def test_the_file_is_whole_after_each_press(run, tmp_path):
    sizes = []
    run(
        [report(1), report(2)],
        count=2,
        on_line=lambda text: sizes.append(len((tmp_path / "walk.csv").read_text().splitlines())),
    )
    # Each line is shown before the press that it tells is written.
    assert sizes == [1, 1, 2, 3]


def test_it_ends_by_itself_with_what_it_has(run, tmp_path):
    result, lines = run([report(1)], positions=["r1", "r2"], seconds=1)
    assert (result["report"]["ended"], result["report"]["left"]) == ("the time is over", ["r2"])
    assert lines[-1].startswith("the time is over: 1 machine noted, 1 position left; ")


def test_a_second_run_goes_on(run):
    run([report(1)], positions=["r1"])
    result, lines = run([report(1), report(2)], positions=["r1", "r2"])
    assert [each["position"] for each in result["report"]["noted"]] == ["r2"]
    assert "going on after 1 machine" in lines[0]


def test_positions_of_a_file_are_read_again_on_the_way(run, tmp_path):
    places = tmp_path / "places.txt"
    places.write_text("r1\nempty\n")

    def edit(text):
        if text.startswith("1: r1"):
            places.write_text("r1\nr2\n")

    result, _lines = run([report(1), report(2)], positions_file=str(places), on_line=edit)
    assert [each["position"] for each in result["report"]["noted"]] == ["r1", "r2"]


def test_a_file_of_positions_that_goes_away_holds_as_it_was(run, tmp_path):
    places = tmp_path / "places.txt"
    places.write_text("r1\nr2\n")

    def remove(text):
        if text.startswith("1: r1"):
            places.unlink()

    result, lines = run([report(1), report(2)], positions_file=str(places), on_line=remove)
    assert result["report"]["ended"] == "all positions are noted"
    assert sum("can't be read" in line for line in lines) == 1


def test_check_mode_writes_nothing(run, tmp_path):
    result, _lines = run([report(1)], count=1, check_mode=True)
    assert result["changed"] and list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_refused_in_plain_words(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        result, _lines = run(udp_port=port)
    assert result["failed"]
    assert f"UDP port {port} of 127.0.0.1 can't be listened on: Address already in use" in result["msg"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"dest": "walk.txt"}, "dest must name a file that ends in .yml, .yaml or .csv"),
        ({"dest": "/nonexistent/walk.yml"}, "dest: /nonexistent/walk.yml can't be written"),
        ({"positions": ["a", "a"]}, "positions: a is there twice"),
        ({"positions": ["a"], "positions_file": "b"}, "mutually exclusive"),
        ({"positions_file": "/nonexistent/places"}, "positions_file: /nonexistent/places can't be read"),
        ({"seconds": 0}, "seconds must be at least 1"),
        ({"count": 0}, "count must be at least 1"),
        ({"udp_port": 70000}, "UDP port 70000 of 127.0.0.1 can't be listened on"),
        ({"address": "192.0.2.77"}, "can't be listened on: Cannot assign requested address"),
    ],
)
def test_options_that_make_no_sense_are_named_in_plain_words(run, options, complaint):
    result, _lines = run(**options)
    assert result["failed"] and complaint in result["msg"]
