# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each command does to a miner."""

from __future__ import annotations

import datetime
import json
import socket

import pytest
from simulator_client import POOLS, Client, rows


def info(client):
    return client.ask("get_miner_info")["Msg"]


def summary(client):
    return rows(client.ask("summary"))[0]


def test_update_pools_shows_in_order_and_keeps_passwords_hidden(start, generation):
    client = start(generation)
    assert client.code("update_pools", **POOLS) == 131
    shown = client.ask("pools")["POOLS"]
    assert [(pool["URL"], pool["User"], pool["Priority"]) for pool in shown] == [
        ("stratum+tcp://a.example:3333", "w.1", 0),
        ("stratum+tcp://b.example:3333", "w.2", 1),
    ]
    assert "p1" not in json.dumps(shown)
    assert [pool["password"] for pool in client.miner.describe()["state"]["pools"]] == ["p1", "p2"]


def test_lenient_firmware_takes_pools_with_missing_keys(start):
    client = start(options={"strict_pools": False})
    assert client.code("update_pools", pool1="a:1", worker1="w", passwd1="x") == 131
    assert len(client.ask("pools")["POOLS"]) == 1


def test_restart_btminer_starts_elapsed_anew_not_uptime(start, generation):
    client = start(generation)
    assert summary(client)["Elapsed"] > 80000
    client.code("restart_btminer")
    assert int(summary(client)["Elapsed"]) < 5
    assert summary(client)["Uptime"] > 80000
    assert client.miner.counters.btminer_starts == 1


def test_btminer_is_silent_while_it_restarts(start, generation):
    client = start(generation, options={"restart_seconds": 50.0})
    client.code("restart_btminer")
    assert down(client, "summary")
    assert down(client, "summary+pools")
    assert client.ask("get_version")["Code"] == 131
    client.patch(advance_seconds=51)
    assert summary(client)["Power"] > 1000


def down(client, cmd):
    reply = client.raw(json.dumps({"cmd": cmd})).rstrip(b"\0\n")
    return reply == b"Socket connect failed: Connection refused" or json.loads(reply).get("Code") == 14


@pytest.mark.parametrize("cmd", ["summary", "pools", "devs", "edevs", "devdetails"])
def test_powered_off_old_generations_fail_reads_of_btminer(start, cmd):
    for generation in ("1.3", "1.4"):
        client = start(generation)
        assert client.code("power_off", respbefore="true") == 131
        client.until(lambda client=client: not client.miner.state.powered)
        assert down(client, cmd)
        for name in ("status", "get_version", "get_psu", "get_token"):
            assert (
                b"Firmware Version" in client.raw(json.dumps({"cmd": name}))
                or client.ask(name)["STATUS"] == "S"
            )


def test_powered_off_both_words_for_a_dead_btminer_exist(start):
    text, code = start("1.4"), start("1.3")
    for client in (text, code):
        client.code("power_off", respbefore="false")
    assert text.raw('{"cmd":"summary"}') == b"Socket connect failed: Connection refused\n"
    assert code.ask("summary")["Code"] == 14


def test_powered_off_2_0_answers_with_zeros(start):
    client = start("2.0")
    assert client.code("power_off", respbefore="true") == 131
    client.until(lambda: not client.miner.state.powered)
    row = summary(client)
    assert row["Power"] == row["MHS av"] == row["Power Limit"] == row["Elapsed"] == 0
    assert client.ask("status")["Msg"]["mineroff"] == "true"


def test_respbefore_replies_before_the_work(start):
    client = start(options={"power_off_seconds": 0.3})
    with client.connect() as sock:
        sock.sendall(client.packet(client.token(), "power_off", respbefore="false"))
        client.until(lambda: not client.miner.state.powered)
        sock.settimeout(0.05)
        with pytest.raises(socket.timeout):
            sock.recv(1)
        sock.settimeout(10)
        assert sock.recv(10)


def test_power_on_starts_again(start, generation):
    client = start(generation)
    client.code("power_off")
    assert client.code("power_on") == 131
    assert summary(client)["Power"] > 1000
    starts = client.miner.counters.btminer_starts
    assert client.code("power_on") == 131, "already on is fine"
    assert client.miner.counters.btminer_starts == starts


def test_power_stays_off_over_a_reboot_unless_told_otherwise(start):
    for survives in (True, False):
        client = start(options={"power_off_survives_reboot": survives})
        client.code("power_off")
        client.code("reboot")
        client.until_rebooted()
        assert client.miner.state.powered is not survives


def test_preheating_goes_from_waiting_to_complete(start):
    client = start(options={"preheat_seconds": 10.0})
    client.code("power_off")
    seen = []
    for _step in range(3):
        seen.append(client.order("pre_power_on", complete="false", msg="wait for adjust temp")["Msg"])
        client.patch(advance_seconds=6)
    assert seen == [
        {"complete": "false", "msg": "wait for adjust temp"},
        {"complete": "false", "msg": "adjust continue"},
        {"complete": "true", "msg": "adjust complete"},
    ]


def test_a_preheated_miner_is_at_full_power_at_once(start):
    for heat in (True, False):
        client = start(options={"upfreq_seconds": 1000.0})
        client.patch(advance_seconds=2000)
        client.code("power_off")
        if heat:
            client.code("pre_power_on")
        client.code("power_on")
        assert bool(summary(client)["Upfreq Complete"]) is heat


@pytest.mark.parametrize("mode", ["Low", "Normal", "High"])
def test_a_mode_change_restarts_btminer_and_loses_the_percentage(start, generation, mode):
    client = start(generation, state={"mode": "High" if mode != "High" else "Low"})
    client.code("set_power_pct", percent="50")
    assert client.code(f"set_{mode.lower()}_power") == 131
    row = summary(client)
    assert row["Power Mode"] == mode
    assert row["Elapsed"] < 5
    assert client.miner.state.percent == 100
    client.code(f"set_{mode.lower()}_power")
    assert client.miner.counters.btminer_starts == 1, "the mode it has already restarts nothing"


def test_power_follows_percent_frequency_and_mode(start):
    client = start()
    normal = summary(client)["Power"]
    client.code("set_power_pct", percent="50")
    assert summary(client)["Power"] == pytest.approx(normal / 2, rel=0.02)
    client.code("set_power_pct", percent="100")
    client.code("set_target_freq", percent="-10")
    assert summary(client)["Power"] == pytest.approx(normal * 0.9, rel=0.02)
    client.code("set_target_freq", percent="0")
    client.code("set_low_power")
    assert summary(client)["Power"] < normal * 0.8


def test_led_zone_log_target_and_switches_are_stored(start):
    client = start()
    for cmd, params in (
        ("set_led", {"color": "red", "period": 60, "duration": 20, "start": 0}),
        ("set_zone", {"timezone": "EST5EDT,M3.2.0,M11.1.0", "zonename": "America/New_York"}),
        ("load_log", {"ip": "127.0.0.9", "port": "514", "proto": "udp"}),
        ("enable_btminer_fast_boot", {}),
        ("disable_web_pools", {}),
        ("set_hostname", {"hostname": "rack-1"}),
    ):
        assert client.code(cmd, **params) == 131
    state = client.miner.describe()["state"]
    assert state["led"] == {"mode": "manual", "color": "red", "period": 60, "duration": 20, "start": 0}
    assert state["zonename"] == "America/New_York" and state["timezone"].startswith("EST5EDT")
    assert state["remote_log"] == {"ip": "127.0.0.9", "port": "514", "proto": "udp"}
    assert state["fast_boot"] is True and state["web_pools"] is False
    assert info(client)["hostname"] == "rack-1" and info(client)["ledstat"] == "manual"
    assert summary(client)["Btminer Fast Boot"] == "enable"
    client.code("disable_btminer_fast_boot")
    client.code("enable_web_pools")
    client.code("set_led", param="auto")
    assert summary(client)["Btminer Fast Boot"] == "disable"
    assert client.miner.state.web_pools and info(client)["ledstat"] == "auto"


def test_reboot_closes_the_port_and_starts_uptime_anew(start, generation):
    client = start(generation, options={"reboot_seconds": 60.0})
    old = client.token()
    client.code("set_power_pct", percent="50")
    client.code("set_target_freq", percent="5")
    assert client.code("reboot") == 131
    client.until(lambda: client.miner.phase == "down")
    with pytest.raises(ConnectionRefusedError):
        client.connect()
    client.fleet.call(client.miner._come_up)
    assert client.miner.uptime < 10
    assert summary(client)["Uptime"] < 10
    assert (client.miner.state.percent, client.miner.state.frequency_percent) == (100, 5)
    assert client.code("set_led", old, param="auto") == (23 if generation == "1.3" else 135)
    assert client.code("set_led", param="auto") == 131


@pytest.mark.parametrize("code", [23, 135])
def test_an_old_token_after_a_reboot_is_refused_in_the_way_asked_for(start, code):
    client = start(options={"stale_token_code": code})
    old = client.token()
    client.code("reboot", old)
    client.until_rebooted()
    assert client.code("set_led", old, param="auto") == code


def test_a_second_reboot_while_one_is_coming_changes_nothing(start):
    client = start(options={"reboot_delay_seconds": 0.2})
    client.code("reboot")
    assert client.code("reboot") == 131
    client.until_rebooted()
    assert client.miner.counters.reboots == 1


def test_factory_reset_brings_everything_back(start, generation):
    client = start(generation)
    client.code("update_pools", **POOLS)
    client.code("set_hostname", hostname="rack-1")
    client.code("set_low_power")
    assert client.code("factory_reset") == 131
    client.until_rebooted()
    state = client.miner.describe()["state"]
    assert (state["password"], state["api_on"], state["mode"], state["proto"]) == (
        "admin",
        False,
        "Normal",
        "dhcp",
    )
    assert "rack-1" not in json.dumps(state) and "a.example" not in json.dumps(state)
    assert client.code("set_led", param="auto") == 45


def test_a_new_password_voids_tokens_and_old_passwords(start, generation):
    client = start(generation)
    token = client.token()
    assert client.code("update_pwd", token, old="sim12345", new="new_pw_8") == 131
    assert client.code("set_led", token, param="auto") == 23
    assert client.code("set_led", client.token("sim12345"), param="auto") == 23
    assert client.code("set_led", client.token("new_pw_8"), param="auto") == 131
    assert client.miner.tokens.count() == 2


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


STATIC = {
    "ip": "127.0.0.77",
    "mask": "255.255.255.0",
    "gate": "127.0.0.254",
    "dns": "127.0.0.1 127.0.0.2",
    "host": "m77",
}


def test_net_config_moves_the_miner_and_dhcp_brings_it_back(start):
    client = start()
    port = client.miner.port
    assert client.code("net_config", **STATIC) == 131
    client.until_rebooted()
    assert (client.miner.address, client.miner.port) == ("127.0.0.77", port)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    row = info(client)
    assert (row["ip"], row["proto"], row["netmask"], row["gateway"]) == (
        "127.0.0.77",
        "static",
        "255.255.255.0",
        "127.0.0.254",
    )
    assert (row["dns"], row["hostname"]) == ("127.0.0.1 127.0.0.2", "m77")
    assert client.code("net_config", param="dhcp") == 131
    client.until_rebooted(2)
    assert client.miner.address == "127.0.0.1"
    assert info(client)["proto"] == "dhcp" and info(client)["netmask"] == "255.0.0.0"


@pytest.mark.parametrize("ip", ["0.0.0.0", "192.0.2.1"])
def test_a_miner_sent_off_loopback_is_gone_and_listens_nowhere(start, ip):
    client = start()
    assert client.code("net_config", **{**STATIC, "ip": ip}) == 131
    client.until(lambda: client.miner.phase == "gone")
    assert not client.miner.listening


def test_ssh_opens_and_closes_a_port(start):
    port = free_port()
    client = start(options={"ssh_listens": True, "ssh_fallback_port": port}, address="127.0.0.78")
    assert client.miner.ssh_port is None
    client.code("ssh_open")
    with socket.create_connection(("127.0.0.78", client.miner.ssh_port), 5) as sock:
        assert sock.recv(100).startswith(b"SSH-2.0")
    shown = client.miner.ssh_port
    client.code("ssh_close")
    assert client.miner.state.ssh is False
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.78", shown), 5)


def test_errors_show_in_the_summary_and_by_themselves(start):
    client = start("2.0", state={"errors": [218, {"code": "530137", "since": "2024-06-15 10:30:00"}]})
    row = summary(client)
    assert (row["Error Code Count"], row["Error Code 0"], row["Error Code 1"]) == (2, 218, 530137)
    codes = client.ask("get_error_code")["Msg"]["error_code"]
    assert codes[1] == {"530137": "2024-06-15 10:30:00"}


def test_a_token_made_before_the_password_changed_elsewhere_is_void(start):
    client = start()
    token = client.token()
    client.patch(state={"password": "other"})
    assert client.code("set_led", token, param="auto") == 23


def test_two_clients_do_not_share_tokens(start):
    client = start()
    first = client.token()
    other = Client(client.fleet, client.miner, source="127.0.0.3")
    assert other.code("set_led", param="auto") == 131
    assert client.code("set_led", first, param="auto") == 131


def test_an_error_that_is_set_without_a_time_begins_now(start):
    client = start("2.0", state={"errors": [218]})
    ((since,),) = (error.values() for error in client.ask("get_error_code")["Msg"]["error_code"])
    begun = datetime.datetime.strptime(since, "%Y-%m-%d %H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    assert abs(datetime.datetime.now(datetime.timezone.utc) - begun) < datetime.timedelta(minutes=5)
