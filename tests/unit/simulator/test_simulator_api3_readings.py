# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: what its reads show, in the shapes of the recordings and of the vendor's document."""

from __future__ import annotations

import pytest
from api3_client import Api3Client

# Names in recordings of an M50 and an M60S (3.0.2), and in the document's samples (3.0.3).
NETWORK = "ip proto netmask dns mac gateway hostname"
MINER = {
    "m50": """
        working type hash-board detect-hash-rate cointype pool-strategy heatmode hash-percent
        chipdata0 chipdata1 chipdata2 fast-boot board-num pcbsn0 pcbsn1 pcbsn2 miner-sn power-limit-set
        UpfreqSpeed web-pool permission""",
    "m60s": """
        board-num chipdata0 chipdata1 chipdata2 detect-hash-rate fast-boot hash-board hash-percent miner-sn
        pcbsn0 pcbsn1 pcbsn2 pool-strategy type working""",
    "document": """
        working type hash-board detect-hash-rate cointype pool-strategy heatmode hash-percent
        eeprom-liquid-cooling chipdata0 chipdata1 chipdata2 fast-boot board-num pcbsn0 pcbsn1 pcbsn2
        miner-sn power-limit-set web-pool""",
}
SYSTEM = {
    "m50": "api platform fwversion control-board-version apiswitch ledstatus",
    "m60s": "api platform fwversion control-board-version apiswitch ledstatus",
    "document": "api platform fwversion control-board-version btrom apiswitch ledstatus",
}
ALL_POWER = "type mode hwversion swversion model iin vin vout pin fanspeed temp0 sn vendor"
POWER = {
    "m50": ALL_POWER,
    "document": ALL_POWER,
    "m60s": "fanspeed hwversion mode model sn swversion type vendor",
}
SUMMARY = """
    elapsed bootup-time freq-avg target-freq factory-hash hash-average hash-1min hash-15min hash-realtime
    power-rate power-5min power-realtime environment-temperature board-temperature chip-temp-min
    chip-temp-avg chip-temp-max power-limit up-freq-finish fan-speed-in fan-speed-out"""
POOLS = "id url status account stratum-active reject-rate last-share-time"
EDEVS = "id slot hash-average factory-hash freq effective-chips chip-temp-min chip-temp-avg chip-temp-max"
EDEVS_M60S = """
    chip-temp-avg chip-temp-max chip-temp-min effective-chips factory-hash freq hash-average hash-realtime
    id status"""
SETTING = "power-limit upfreq-speed power-mode fast-boot target-freq"


@pytest.fixture
def miner3(start):
    def run(generation="3", **how):
        return Api3Client(start(generation, **how))

    return run


@pytest.mark.parametrize("form", ["m50", "m60s", "document"])
def test_device_info_has_the_fields_of_each_form(miner3, form):
    info = miner3(options={"api3_form": form}).msg("get.device.info")
    sections = ["network", "miner", "system", "power", "salt", "error-code"]
    assert list(info) == (sections[:-1] if form == "m60s" else sections)
    for section, names in (
        ("network", NETWORK),
        ("miner", MINER[form]),
        ("system", SYSTEM[form]),
        ("power", POWER[form]),
    ):
        assert sorted(info[section]) == sorted(names.split())


def test_device_info_says_numbers_and_booleans_as_strings_where_the_recordings_do(miner3):
    info = miner3().msg("get.device.info")
    miner, power = info["miner"], info["power"]
    assert (miner["working"], miner["board-num"], miner["web-pool"]) == ("true", "3", 1)
    assert (miner["hash-percent"], miner["power-limit-set"], miner["cointype"]) == ("", "", "BTC/BCH/BSV")
    assert (power["mode"], power["vendor"], info["system"]["apiswitch"]) == ("1", "1", "1")
    assert all(
        isinstance(power[name], (int, float)) for name in ("iin", "vin", "vout", "pin", "fanspeed", "temp0")
    )
    assert miner3(options={"api3_form": "m60s"}).msg("get.device.info")["miner"]["hash-percent"] == "0"


@pytest.mark.parametrize("section", ["miner", "system", "power", "network", "salt", "error-code"])
def test_a_section_comes_alone_under_its_name(miner3, section):
    api = miner3()
    reply = api.msg("get.device.info", section)
    assert list(reply) == [section]
    assert reply[section] == api.msg("get.device.info")[section]


def test_wrong_sections_are_refused_and_joined_ones_by_option(miner3):
    api = miner3()
    for param in ("fans", "miner,salt", 1, ["salt"]):
        assert api.ask("get.device.info", param)["code"] == -1
    api.client.patch(options={"api3_info_joins": True})
    assert list(api.msg("get.device.info", "miner,salt")) == ["miner", "salt"]


def test_errors_have_reasons_since_3_0_1(miner3):
    api = miner3(
        state={"errors": [{"code": 531, "since": "2025-03-12 14:52:35", "reason": "Slot1 not found."}]}
    )
    wanted = {"531": "2025-03-12 14:52:35", "reason": "Slot1 not found."}
    assert api.msg("get.device.info", "error-code") == {"error-code": [wanted]}
    api.client.patch(options={"api3_version": "3.0.0"})
    del wanted["reason"]
    assert api.msg("get.device.info")["error-code"] == [wanted]
    assert api.ask("get.device.info", "error-code")["code"] == -1


@pytest.mark.parametrize("unset, shown", [("empty", ""), ("nominal", "3600"), ("int_max", "2147483647")])
def test_a_limit_that_was_never_set(miner3, unset, shown):
    api = miner3(options={"api3_limit_unset": unset})
    assert api.msg("get.device.info", "miner")["miner"]["power-limit-set"] == shown
    api.client.patch(state={"power_limit": 3000})
    assert api.msg("get.device.info", "miner")["miner"]["power-limit-set"] == "3000"


def test_liquid_cooled_machines_have_four_boards_and_a_liquid_temperature(miner3):
    info = miner3(model="M63S_VL50", options={"api3_form": "document"}).msg("get.device.info")
    assert (info["miner"]["board-num"], info["power"]["liquid-temperature"]) == ("4", 34.5)
    assert {"pcbsn3", "chipdata3"} <= set(info["miner"])
    assert len(info["miner"]["detect-hash-rate"].split(":")) == 4
    assert (info["power"]["fanspeed"], info["power"]["vin"]) == (0, 396.0)


# --- status


def test_status_has_the_fields_of_each_form(miner3):
    api = miner3()
    document = api.msg("get.miner.status", "summary+pools+edevs")
    assert list(document["summary"]) == SUMMARY.split()
    assert list(document["edevs"][0]) == EDEVS.split()
    assert list(document["pools"][0]) == POOLS.split()
    api.client.patch(options={"api3_form": "m60s"})
    recorded = api.msg("get.miner.status", "summary+pools+edevs")
    assert sorted(recorded["summary"]) == sorted(SUMMARY.replace("target-freq", "Debug").split())
    assert sorted(recorded["edevs"][0]) == EDEVS_M60S.split()
    assert sorted(recorded["pools"][0]) == ["account", "pool-priority", "status", "stratum-active", "url"]
    api.client.patch(options={"api3_pools": "percent"})
    assert "reject-percent" in api.msg("get.miner.status", "pools")["pools"][0]


def test_status_is_in_ths_and_watts(miner3):
    api = miner3()
    status = api.msg("get.miner.status", "summary+edevs")
    summary = status["summary"]
    assert summary["factory-hash"] == 186.0
    assert summary["hash-average"] == pytest.approx(186, rel=0.01)
    assert summary["power-rate"] == pytest.approx(3500 / 186, rel=0.02)
    assert summary["elapsed"] <= summary["bootup-time"]
    assert sum(board["hash-average"] for board in status["edevs"]) == pytest.approx(
        summary["hash-average"], rel=0.001
    )
    assert len(summary["board-temperature"]) == len(status["edevs"]) == 3


def test_status_gives_what_is_asked_for(miner3):
    api = miner3()
    assert list(api.msg("get.miner.status", "edevs")) == ["edevs"]
    assert list(api.msg("get.miner.status", "pools+summary")) == ["pools", "summary"]
    for param in ("devs", "summary,pools", "", 1):
        assert api.ask("get.miner.status", param)["code"] == -1


@pytest.mark.parametrize(
    "how, code, msg", [("refuse", -3, "param item is null"), ("object", 0, {}), ("text", 0, "")]
)
def test_status_without_a_parameter(miner3, how, code, msg):
    reply = miner3(options={"api3_status_without_param": how}).ask("get.miner.status")
    assert (reply["code"], reply["msg"]) == (code, msg)


def test_while_it_is_off_pools_are_missing_or_shown(miner3):
    api = miner3(state={"powered": False})
    assert api.ask("get.miner.status", "pools")["code"] == -1
    status = api.msg("get.miner.status", "summary+pools+edevs")
    assert list(status) == ["summary", "edevs"]
    assert (status["summary"]["hash-realtime"], status["summary"]["power-realtime"]) == (0, 0)
    api.client.patch(options={"api3_pools_while_off": "shown"})
    assert api.msg("get.miner.status", "pools")["pools"][0]["status"] == "dead"


def test_btminer_that_is_down_answers_in_words(miner3):
    off_like_older = miner3(state={"powered": False}, options={"zeros_when_off": False})
    for api in (off_like_older, miner3(faults={"btminer_down": True})):
        reply = api.ask("get.miner.status", "summary+pools+edevs")
        assert (reply["code"], reply["msg"]) == (-1, "btminer process is down err")
        assert api.ask("get.device.info")["code"] == 0


def test_what_is_not_known_has_marks(miner3):
    api = miner3(options={"unknown": ["factory", "power", "fans"]})
    summary = api.msg("get.miner.status", "summary")["summary"]
    assert (summary["factory-hash"], summary["power-realtime"], summary["fan-speed-in"]) == (-0.003, -1, -1)


def test_a_wrong_mac_shows_here_too(miner3):
    api = miner3(faults={"wrong_mac": "C4:05:08:99:99:99"})
    assert api.msg("get.device.info", "network")["network"]["mac"] == "C4:05:08:99:99:99"


# --- settings


@pytest.mark.parametrize(
    "version, more",
    [
        ("3.0.0", []),
        ("3.0.2", ["fast-mining"]),
        ("3.0.3", ["fast-mining", "power", "power-percent"]),
        ("3.0.5", ["fast-hash", "power", "power-percent", "heat-mode", "btrom-worker-suffix"]),
    ],
)
def test_the_miners_settings_grow_with_the_version(miner3, version, more):
    api = miner3(options={"api3_version": version})
    assert list(api.msg("get.miner.setting")) == [*SETTING.split(), *more]


def test_heat_mode_shows_where_liquid_cooled_since_3_0_3(miner3):
    api = miner3(model="M63S_VL50", options={"api3_version": "3.0.3"})
    assert api.msg("get.miner.setting")["heat-mode"] == "normal"


def test_system_settings_have_the_shape_of_the_recording(miner3):
    api = miner3()
    shown = api.msg("get.system.setting")
    names = ["web-pool", "timezone", "zonename", "hostname", "time-randomized", "ntp-server"]
    assert list(shown) == names
    assert (shown["web-pool"], shown["time-randomized"], len(shown["ntp-server"])) == (
        1,
        {"start": 0, "stop": 0},
        4,
    )
    api.code("set.log.upload", {"ip": "10.0.0.9", "port": "9008", "proto": "tcp"})
    assert list(api.msg("get.system.setting")) == [*names[:4], "log-upload", *names[4:]]


def test_custom_data_has_eleven_texts_under_either_name(miner3):
    api = miner3()
    api.code("set.device.custom_data", {"key": "CustomerSn", "value": "A-17"})
    shown = api.msg("get.device.custom_data")
    assert list(shown) == ["CustomerSn", *(f"msg{number}" for number in range(10))]
    api.client.patch(options={"api3_custom_sn": "custom-sn"})
    assert api.msg("get.device.custom_data")["custom-sn"] == shown["CustomerSn"] == "A-17"


def test_history_is_text_of_at_most_a_day(miner3):
    api = miner3()
    now = api.miner.epoch
    text = api.msg("get.miner.history", {"begin": str(now - 86400), "end": str(now)})
    records = [record.split(",") for record in text.split(" ")]
    assert 46 <= len(records) <= 49
    assert all(now - 86400 <= int(moment) <= now for moment, _rate, _watts in records)
    assert api.msg("get.miner.history", {"begin": now - 86400, "end": now}) == text
    for begin, end in ((now - 86401, now), (now, now - 1), ("x", "y"), (-1, 5)):
        assert api.ask("get.miner.history", {"begin": begin, "end": end})["code"] == -1
    assert (
        api.ask("get.miner.history")["code"]
        == api.ask("get.miner.history", {"start": "1", "stop": "2"})["code"]
        == -3
    )


def test_history_can_be_an_object_asked_for_with_other_names(miner3):
    api = miner3(options={"api3_history": "data"})
    now = api.miner.epoch
    old = api.msg("get.miner.history", {"start": str(now - 7200), "stop": str(now)})
    assert old == api.msg("get.miner.history", {"begin": str(now - 7200), "end": str(now)})
    assert list(old) == ["Data"] and len(old["Data"].split(" ")) in (4, 5)
