# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firmware upload and log download: binary data on the same connection."""

from __future__ import annotations

import hashlib
import json
import struct
import time
import tracemalloc

import pytest
from simulator import images
from simulator_client import parse, read_all, unsealed

NEW = "20260101.1.REL"


def upload(client, image, size=None, send=None):
    """(the `ready` reply, whatever came after the data)."""
    token = client.token()
    with client.connect() as sock:
        sock.sendall(client.packet(token, "update_firmware"))
        ready = b""
        while not ready.rstrip(b"\0\n").endswith(b"}"):
            ready += sock.recv(4096)
        try:
            sock.sendall(
                struct.pack("<I", len(image) if size is None else size)
                + (image if send is None else image[:send])
            )
            if send is not None:
                return parse(ready), b""
            return parse(ready), read_all(sock)
        except ConnectionError:
            return parse(ready), None


def image_for(client, version=NEW, **fields):
    return images.build(client.miner.platform, version, **fields)


def test_an_image_of_the_right_platform_is_flashed(start, generation):
    client = start(generation)
    ready, rest = upload(client, image_for(client, size=300000))
    if generation in ("2.0", "2.2"):
        assert ready["Msg"] == "ready", "these generations say ready in plaintext"
    else:
        assert "enc" in ready
    assert (len(rest) > 0) is (generation == "1.4"), "only this generation sends a second reply"
    client.until_rebooted()
    assert client.ask("get_version")["Msg"]["fw_ver"] == NEW
    assert client.miner.last_upload["verdict"] == "accepted"
    assert client.miner.counters.uploads == 1


def test_an_image_may_do_harm_which_the_next_one_mends(start):
    client = start("2.0")

    def shown():
        client.until(lambda: client.miner.hashing and client.miner.elapsed > client.miner.upfreq_seconds)
        (summary,) = client.ask("summary")["SUMMARY"]
        codes = [code for error in client.ask("get_error_code")["Msg"]["error_code"] for code in error]
        return round(summary["MHS av"] / summary["Target MHS"], 1), summary["Error Code Count"], codes

    assert shown() == (1.0, 0, [])
    upload(client, image_for(client, harm={"hashrate_percent": 40, "errors": [110]}))
    client.until_rebooted()
    assert shown() == (0.4, 1, ["110"])
    (outage,) = client.fleet.outages
    assert outage["miner"] == "m" and outage["until"] is None, "it isn't what it was"
    upload(client, image_for(client, version="20260202.1.REL"))
    client.until_rebooted(times=2)
    assert shown() == (1.0, 0, [])
    (outage,) = client.fleet.outages
    assert outage["from"] < outage["until"] < time.time() + 60


def test_harm_that_makes_no_sense_is_refused():
    for harm in (
        {"hashrate_percent": 101},
        {"hashrate_percent": "40"},
        {"errors": ["110"]},
        {"errors": 110},
        {"smoke": True},
    ):
        with pytest.raises(ValueError, match="harm"):
            images.build("h3", NEW, harm=harm)


def test_ready_and_the_second_reply_are_sealed_with_the_same_key(start):
    client = start("1.4")
    token = client.token()
    with client.connect() as sock:
        sock.sendall(client.packet(token, "update_firmware"))
        assert unsealed(token, parse(sock.recv(4096)))["Msg"] == "ready"
        image = image_for(client)
        sock.sendall(struct.pack("<I", len(image)) + image)
        assert unsealed(token, parse(read_all(sock)))["Code"] == 131


def test_the_text_form_says_ready(start):
    client = start("2.0")
    token = client.token()
    with client.connect() as sock:
        sock.sendall(f"enc|{token.seal(f'token,{token.sign}|update_firmware'.encode())}".encode())
        assert sock.recv(100) == b"ready"


def refused(client, image, why, **how):
    before = client.miner.state.firmware
    upload(client, image, **how)
    client.until_rebooted()
    assert client.miner.state.firmware == before
    assert why in client.miner.last_upload["verdict"]


def test_an_image_of_another_platform_leaves_the_old_version(start, generation):
    refused(start(generation), images.build("zynq", NEW), "image for zynq")


def test_a_wrong_checksum_leaves_the_old_version(start):
    client = start()
    refused(client, image_for(client, digest="0" * 64), "checksum")


def test_a_size_that_is_too_small_leaves_the_old_version(start):
    client = start()
    image = image_for(client, size=1000)
    refused(client, image, "checksum", size=len(image) - 1)


def test_what_is_no_image_leaves_the_old_version(start):
    for junk in (
        b"x" * 10000,
        images.MAGIC + b"{}\n",
        images.MAGIC + b"x" * 9000,
        images.MAGIC + b"[1]\n",
        b"W",
    ):
        refused(start(), junk, "no image")


def test_a_combined_image_is_refused_whole_and_accepted_as_a_slice(start):
    client = start()
    own = image_for(client)
    combined = images.build_combined(
        [("zynq", images.build("zynq", NEW)), (client.miner.platform.lower(), own)]
    )
    refused(client, combined, "no image")
    count = struct.unpack_from("<I", combined, 20)[0]
    for number in range(count):
        _chip, platform, offset, size = images.ENTRY.unpack_from(combined, 24 + number * 104)
        if platform.rstrip(b"\0").decode() == client.miner.platform.lower():
            upload(client, combined[offset : offset + size])
    client.until_rebooted(2)
    assert client.miner.state.firmware == NEW


def test_a_combined_image_has_the_vendors_layout():
    parts = [("a", b"1" * 10), ("b", b"2" * 20)]
    combined = images.build_combined(parts)
    assert struct.unpack_from("<II", combined, 16) == (30, 2)
    assert images.ENTRY.size == 104
    assert images.ENTRY.unpack_from(combined, 24 + 104)[2:] == (6812 + 10, 20)
    relative = images.build_combined(parts, relative=True)
    assert images.ENTRY.unpack_from(relative, 24 + 104)[2:] == (10, 20)
    assert len(combined) == len(relative) == 6812 + 30


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_an_impossible_size_is_not_waited_for(start, size):
    client = start()
    upload(client, b"", size=size)
    assert "impossible" in client.miner.last_upload["verdict"]
    assert client.miner.counters.reboots == 0


def test_a_transfer_that_breaks_off_changes_nothing(start):
    client = start()
    image = image_for(client, size=100000)
    upload(client, image, send=50000)
    client.until(lambda: client.miner.last_upload["verdict"] == "short transfer")
    assert client.miner.counters.reboots == 0
    assert client.miner.state.firmware != NEW
    assert client.miner.last_upload["size"] == len(image)


def test_a_firmware_of_another_generation_brings_its_api(start):
    client = start("1.4")
    upload(client, image_for(client, generation="2.0"))
    client.until_rebooted()
    assert client.ask("get_version")["Msg"]["api_ver"] == "2.0.5"


def test_an_image_may_arrive_in_any_pieces_and_is_never_held(start):
    image = images.build("H616", NEW, size=5000)
    for step in (1, 7, 4096):
        intake = images.Intake("h616", 1 << 20)
        stream = struct.pack("<I", len(image)) + image + b"more than was announced"
        done = [intake.feed(stream[at : at + step]) for at in range(0, len(stream), step)]
        assert done[-1] is True
        assert intake.verdict()[0]["version"] == NEW
    tracemalloc.start()
    intake = images.Intake("h616", 1 << 30)
    intake.feed(struct.pack("<I", 200 * (1 << 20)) + image)
    chunk = bytes(1 << 16)
    for _number in range(3200):
        intake.feed(chunk)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_drop_upload_after_cuts_the_connection(start):
    client = start(faults={"drop_upload_after": 20000})
    _ready, rest = upload(client, image_for(client, size=3000000))
    assert not rest
    client.until(lambda: client.miner.last_upload["verdict"] == "short transfer")
    assert client.miner.counters.reboots == 0


def test_keep_old_version_reboots_into_the_old_one(start):
    client = start(faults={"keep_old_version": True})
    upload(client, image_for(client))
    client.until_rebooted()
    assert client.miner.state.firmware != NEW
    assert client.miner.last_upload["verdict"] == "accepted"


def test_a_write_ignored_upload_does_nothing(start):
    client = start(faults={"write_ignored": ["update_firmware"]})
    upload(client, image_for(client))
    assert client.miner.last_upload["verdict"] == "accepted"
    assert client.miner.state.firmware != NEW and not client.miner._rebooting


# --- logs


def download(client):
    token = client.token()
    data = client.raw(client.packet(token, "download_logs"))
    header, end = json.JSONDecoder().raw_decode(data.decode("latin-1"))
    header = unsealed(token, header)
    return int(header["Msg"]["logfilelen"]), data[end:], header


def test_logs_come_after_a_header_that_gives_their_length(start, generation):
    client = start(generation, options={"log_bytes": 300001})
    length, data, header = download(client)
    assert header["Code"] == 131 and isinstance(header["Msg"]["logfilelen"], str)
    assert length == len(data) == 300001
    assert hashlib.sha256(data).hexdigest() == client.miner.describe()["log_sha256"]


def test_logs_may_come_in_the_segment_of_the_header(start):
    client = start(options={"logs_same_segment": True, "log_bytes": 500})
    with client.connect() as sock:
        sock.sendall(client.packet(client.token(), "download_logs"))
        client.until(lambda: client.miner.counters.taken["download_logs"] == 1)
        assert len(sock.recv(65536)) > 500


def test_a_log_transfer_can_break_off_short(start):
    length, data, _header = download(start(faults={"cut_logs_after": 1000}))
    assert (length, len(data)) == (65536, 1000)
    assert download(start(faults={"cut_logs_after": 0}))[1] == b""


def test_a_log_transfer_can_stop_without_an_end_until_the_miner_is_tired_of_it(start):
    client = start(faults={"hold_logs_after": 1000}, options={"idle_seconds": 0.5})
    began = time.monotonic()
    assert len(download(client)[1]) == 1000
    assert time.monotonic() - began > 0.4
