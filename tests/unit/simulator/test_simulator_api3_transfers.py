# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: firmware and logs on the same connection, and reports that come by themselves."""

from __future__ import annotations

import hashlib
import struct
import time

import pytest
from api3_client import Api3Client, frame
from simulator import images

NEW = "20260801.1.REL"


@pytest.fixture
def miner3(start):
    def run(generation="3", **how):
        return Api3Client(start(generation, **how))

    return run


def upload(api, wire, image, together=False):
    """The `ready` reply; the image is on its way."""
    request = frame(api.request("set.system.update_firmware"))
    data = struct.pack("<I", len(image)) + image
    if together:
        wire.send(request + data)
        return wire.reply()
    wire.send(request)
    ready = wire.reply()
    wire.send(data)
    return ready


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("final", [False, True])
def test_an_image_is_flashed_and_both_ports_show_it(miner3, final, together):
    api = miner3(options={"api3_final_frame": final})
    with api.connect() as wire:
        ready = upload(api, wire, images.build("H616", NEW, size=200000), together)
        assert (ready["code"], ready["msg"], ready["desc"]) == (0, "ready", "set.system.update_firmware")
        if final:
            assert (wire.reply()["code"], api.miner.last_upload["verdict"]) == (0, "accepted")
        assert wire.ended()
    api.client.until_rebooted()
    assert api.msg("get.device.info", "system")["system"]["fwversion"] == NEW
    assert api.client.ask("get_version")["Msg"]["fw_ver"] == NEW


def test_an_image_for_another_platform_changes_nothing(miner3):
    api = miner3()
    before = api.miner.state.firmware
    with api.connect() as wire:
        upload(api, wire, images.build("zynq", NEW))
        wire.reply()
    api.client.until_rebooted()
    assert api.miner.state.firmware == before
    assert api.miner.last_upload["verdict"] == "image for zynq"


def test_a_transfer_that_breaks_off_changes_nothing(miner3):
    api = miner3(faults={"drop_upload_after": 1000})
    with api.connect() as wire:
        upload(api, wire, images.build("H616", NEW, size=5000))
        assert wire.ended()
    api.client.until(lambda: api.miner.last_upload["verdict"] == "short transfer")
    assert api.miner.counters.reboots == 0


def test_a_client_that_ends_in_the_middle_of_an_image_leaves_the_miner_as_it_was(miner3):
    api = miner3()
    image = images.build("H616", NEW, size=5000)
    with api.connect() as wire:
        wire.send(frame(api.request("set.system.update_firmware")))
        wire.reply()
        wire.send(struct.pack("<I", len(image)) + image[:-1])
    api.client.until(lambda: api.miner.last_upload["verdict"] == "short transfer")
    assert api.miner.counters.reboots == 0


def test_an_image_can_take_api_3_away_or_bring_it(miner3):
    api = miner3()
    with api.connect() as wire:
        upload(api, wire, images.build("H616", NEW, generation="2.2"))
        wire.reply()
    api.client.until_rebooted()
    assert api.miner.port3 is None and api.client.ask("get_version")["Msg"]["fw_ver"] == NEW
    older = miner3("2.2")
    older.client.fleet.call(lambda: older.miner.flash({"version": NEW, "generation": "3"}))
    older.client.until_rebooted()
    assert older.msg("get.device.info", "system")["system"]["fwversion"] == NEW


# --- logs


@pytest.mark.parametrize("together", [False, True])
def test_logs_come_whole_without_a_token_and_the_connection_closes(miner3, together):
    api = miner3(options={"log_bytes": 50000, "logs_same_segment": together})
    with api.connect() as wire:
        size = int(wire.ask("get.log.download")["msg"]["logsize"])
        data = wire.read(size)
        assert wire.ended()
    assert (size, hashlib.sha256(data).hexdigest()) == (50000, api.miner.describe()["log_sha256"])


@pytest.mark.parametrize("together", [False, True])
def test_after_logs_the_connection_can_go_on(miner3, together):
    options = {"log_bytes": 50000, "logs_same_segment": together, "api3_close_after_logs": False}
    with miner3(options=options).connect() as wire:
        wire.ask("get.log.download")
        wire.read(50000)
        assert wire.ask("get.fan.setting")["code"] == 0


def test_logs_can_break_off_short(miner3):
    with miner3(faults={"cut_logs_after": 1000}).connect() as wire:
        wire.ask("get.log.download")
        with pytest.raises(EOFError) as failure:
            wire.read(65536)
    assert len(failure.value.args[0]) == 1000


def test_logs_can_stop_while_the_connection_stays_open(miner3):
    api = miner3(faults={"hold_logs_after": 1000})
    with api.connect() as wire:
        wire.ask("get.log.download")
        wire.read(1000)
        wire.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            wire.read(1)


# --- reports


def test_reports_come_on_the_connection_that_asked_for_them(miner3):
    api = miner3()
    with api.connect() as wire, api.connect() as other:
        wire.send(frame(api.request("set.miner.report", {"gap": 200})))
        assert wire.reply()["msg"] == "ok"
        assert other.ask("get.fan.setting")["code"] == 0
        (reporter,) = [c for c in api.client.fleet.connections if c._report is not None]
        for _number in range(2):
            api.client.fleet.call(reporter.push_report)
            report = wire.reply()
            assert report["desc"] == "get.miner.report"
            assert "hash-realtime" in report["msg"]["summary"]
        wire.send(frame(api.request("set.miner.report", {"gap": 0})))
        assert wire.reply()["desc"] == "set.miner.report"
        api.client.until(lambda: reporter._report is None)
        assert other.ask("get.fan.setting")["code"] == 0


def test_the_gap_is_in_seconds(miner3):
    api = miner3()
    with api.connect() as wire:
        wire.send(frame(api.request("set.miner.report", {"gap": 1})))
        wire.reply()
        before = time.monotonic()
        assert wire.reply()["desc"] == "get.miner.report"
        assert 0.8 < time.monotonic() - before < 8
