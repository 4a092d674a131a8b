# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another machine than the one that is meant gets no write."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import neighbours as neighbours_of
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import recognition
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    MAC,
    NOT_RUNNING,
    OTHER_MAC,
    FakeMiner,
    failure,
    refuses,
    says,
    shows_mac,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import (
    FakeMiner3,
    info,
    ok,
)


async def test_a_miner_that_shows_its_mac_elsewhere_than_in_summary_is_recognised_by_one_read_more(
    token_directory,
):
    answers = {"summary": says(msg={"MHS av": 1, "Uptime": 9}), "get_miner_info": says(msg={"mac": MAC})}
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, mac=MAC)
        for _each in range(2):
            assert (await client.read("uptime_seconds")).facts["uptime_seconds"] == 9
    assert fake.asked() == ["summary", "get_miner_info", "summary"]


async def test_a_miner_that_is_not_pinned_needs_no_read_more(token_directory):
    async with FakeMiner({"summary": says(msg={"MHS av": 1})}) as fake:
        await fake.client(token_directory).read("uptime_seconds")
    assert fake.asked() == ["summary"]


async def after(function, *arguments):
    function(*arguments)


@pytest.fixture
def neighbours(monkeypatch, tmp_path):
    """`neighbours(mac)`: what this machine's kernel says has the fake miner's address."""
    table = tmp_path / "arp"
    monkeypatch.setattr(neighbours_of, "_NEIGHBOURS", str(table))

    def set_to(mac):
        rows = [("192.0.2.9", "0x2", "C4:05:08:09:09:09"), ("127.0.0.1", "0x2", mac.lower())]
        lines = ["IP address       HW type     Flags       HW address            Mask     Device"]
        lines += [
            f"{address:16} 0x1         {flags}         {mac}     *        eth0"
            for address, flags, mac in rows
        ]
        table.write_text("\n".join(lines) + "\n", encoding="ascii")

    return set_to


def unseen(off):
    """The answers of a machine that shows no MAC; *off* is what its status says of btmineroff."""
    status = says(msg={"btmineroff": off}) if off else refuses(14)
    return {"summary": NOT_RUNNING, "get_miner_info": refuses(14), "status": status}


async def test_the_pinned_machine_is_recognised_once_and_once_more_after_each_new_token(token_directory):
    async with FakeMiner(shows_mac(MAC)) as fake:
        client = fake.client(token_directory, mac="c40508-00023b")
        for _each in range(2):
            await client.send("ssh_open")
    assert fake.asked() == ["summary", "get_token", "summary", "ssh_open", "ssh_open"]


async def test_a_machine_that_is_not_pinned_is_not_asked_again_after_a_token(token_directory):
    async with FakeMiner(shows_mac(MAC)) as fake:
        await fake.client(token_directory).send("ssh_open")
    assert fake.asked() == ["get_token", "ssh_open"]


async def test_another_machine_that_gives_the_token_gets_no_write(token_directory):
    shown = [shows_mac(MAC)["summary"], *[shows_mac(OTHER_MAC)["summary"]] * 9]
    async with FakeMiner({**shows_mac(MAC), "summary": shown}) as fake:
        client = fake.client(token_directory, mac=MAC)
        for _each in range(2):
            error = await failure(client.send("ssh_open"), WrongMachine)
            assert OTHER_MAC in error.problem and "Nothing was written" in error.remedy
    assert "ssh_open" not in fake.asked()


async def test_another_machine_that_refuses_the_kept_token_gets_no_write_with_its_own(token_directory):
    async with FakeMiner(shows_mac(MAC)) as fake:
        client = fake.client(token_directory, mac=MAC)
        await client.send("ssh_open")
        fake.forget_tokens()  # as another machine has none of them
        fake.answers.update(undecryptable=refuses(23), summary=shows_mac(OTHER_MAC)["summary"])
        error = await failure(client.send("ssh_open"), WrongMachine)
    assert fake.asked()[-3:] == ["undecryptable", "get_token", "summary"]
    assert "A command had been sent before" in error.remedy


@pytest.mark.parametrize("command", ["ssh_open", "power_on", "reboot"])
async def test_another_machine_gets_nothing_not_even_a_question_for_a_token(token_directory, command):
    async with FakeMiner({**shows_mac(OTHER_MAC), "reboot": says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert set(fake.asked()) == {"summary"}
    assert OTHER_MAC in str(error)
    assert MAC in str(error)


async def test_a_machine_whose_mac_only_api_2_shows_is_recognised_too(token_directory):
    answers = {"summary": NOT_RUNNING, "get_miner_info": says(msg={"mac": MAC}), "ssh_open": says()}
    async with FakeMiner(answers) as fake:
        await fake.client(token_directory, mac=MAC).send("ssh_open")
    assert fake.asked()[-1] == "ssh_open"


@pytest.mark.parametrize("command", ["ssh_open", "reboot", "power_off", "factory_reset"])
async def test_a_machine_whose_mac_can_not_be_read_gets_nothing(token_directory, command):
    async with FakeMiner({**unseen("true"), command: says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert set(fake.asked()) == {"summary", "get_miner_info", "status"}
    assert "powered off" in error.problem
    assert "power the miner on first" in str(error)


@pytest.mark.parametrize(
    ("off", "problem"), [("false", "isn't powered off, but its btminer is down"), ("", "shows no MAC")]
)
async def test_the_error_about_a_mac_that_can_not_be_read_names_the_real_state_and_the_way_out(
    token_directory, off, problem
):
    async with FakeMiner(unseen(off)) as fake:
        error = await failure(
            fake.client(token_directory, mac=MAC, retries=0).send("restart_btminer"), WrongMachine
        )
    assert problem in error.problem
    assert MAC in error.problem
    assert "whatsminer_mac_required: false" in str(error)
    assert "power the miner on" not in str(error)


@pytest.mark.parametrize("command", ["restart_btminer", "reboot", "power_on"])
async def test_the_kernel_s_neighbour_table_vouches_for_a_machine_that_shows_no_mac(
    token_directory, neighbours, command
):
    neighbours(MAC)
    async with FakeMiner({**unseen("false"), command: says()}) as fake:
        client = fake.client(token_directory, mac=MAC)
        await client.send(command)
        assert fake.asked()[-1] == command
        neighbours(OTHER_MAC)
        if command == "reboot":  # after which it's looked at anew
            await failure(client.send(command), WrongMachine)


@pytest.mark.parametrize("command", ["restart_btminer", "power_on"])
async def test_a_machine_that_is_another_by_the_neighbour_table_gets_nothing(
    token_directory, neighbours, command
):
    neighbours(OTHER_MAC)
    async with FakeMiner({**unseen("true"), command: says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert command not in fake.asked()
    assert OTHER_MAC in str(error)
    assert MAC in str(error)


async def test_where_no_mac_is_required_a_machine_that_shows_none_is_taken_for_the_pinned_one(
    token_directory,
):
    async with FakeMiner({**unseen("false"), "restart_btminer": says()}) as fake:
        await fake.client(token_directory, mac=MAC, mac_required=False).send("restart_btminer")
    assert fake.asked()[-1] == "restart_btminer"


async def test_where_no_mac_is_required_a_machine_that_shows_another_gets_nothing_all_the_same(
    token_directory,
):
    async with FakeMiner(shows_mac(OTHER_MAC)) as fake:
        await failure(
            fake.client(token_directory, mac=MAC, mac_required=False).send("ssh_open"), WrongMachine
        )
    assert "ssh_open" not in fake.asked()


async def test_the_first_mac_that_a_machine_shows_pins_it(token_directory):
    async with FakeMiner({**shows_mac(MAC), "reboot": says()}) as fake:
        client = fake.client(token_directory)
        client.recognise({"uptime_seconds": 5})
        client.recognise({"mac": MAC})
        await client.send("reboot")
        error = await failure(after(client.recognise, {"mac": OTHER_MAC}), WrongMachine)
        fake.answers.update(shows_mac(OTHER_MAC))
        await failure(client.send("ssh_open"), WrongMachine)
    assert "ssh_open" not in fake.asked()
    assert {MAC, OTHER_MAC} <= set(error.problem.replace(",", "").split())
    assert "Nothing was written" not in str(error)


async def test_a_machine_is_confirmed_by_what_it_shows_now_and_not_by_what_it_showed(token_directory):
    shown = [says(msg={"mac": MAC}), refuses(14), says(msg={"mac": OTHER_MAC})]
    async with FakeMiner({**unseen("false"), "get_miner_info": shown}) as fake:
        client = fake.client(token_directory)
        assert await recognition.confirm(client, {})  # nothing to compare with
        client.recognise({"mac": MAC})
        assert await recognition.confirm(client, {"mac": MAC})
        assert fake.asked() == []
        assert await recognition.confirm(client, {})
        assert not await recognition.confirm(client, {})
        await failure(recognition.confirm(client, {}), WrongMachine)


async def test_a_machine_whose_mac_can_not_be_read_may_be_powered_on_which_makes_it_show(token_directory):
    async with FakeMiner({"summary": NOT_RUNNING, "get_miner_info": refuses(14), "power_on": says()}) as fake:
        await fake.client(token_directory, mac=MAC).send("power_on")
    assert fake.asked()[-1] == "power_on"


async def test_after_a_reboot_the_machine_is_recognised_anew(token_directory):
    async with FakeMiner({**shows_mac(MAC), "reboot": says()}) as fake:
        client = fake.client(token_directory, mac=MAC)
        await client.send("reboot")
        fake.answers.update(shows_mac(OTHER_MAC))
        await failure(client.send("ssh_open"), WrongMachine)
    assert "ssh_open" not in fake.asked()


@pytest.mark.parametrize("mac", ["C4:05:08:00:02", "nonsense", "00:00:00:00:00:00"])
def test_a_pin_that_is_no_mac_pins_nothing_and_so_is_refused(mac):
    with pytest.raises(BadParameter, match="mac"):
        Miner("192.0.2.1", mac=mac)


SERIAL, OTHER_SERIAL = "HTM38X29M21010721", "HTM38X29M21010722"


def shows(mac, serial, summary_has_mac=True):
    """The answers of a machine of API 2.0 with *mac* and *serial*; newer ones show the MAC beside the serial
    number alone.
    """
    told = {name: value for name, value in (("mac", mac), ("minersn", serial)) if value is not None}
    summary = {"MAC": mac} if summary_has_mac else {}
    return {
        "summary": says(msg={**summary, "Uptime": 1000}),
        "get_miner_info": says(msg={**told, "ip": "127.0.0.1"}),
        "ssh_open": says(),
    }


def shows_over_api_3(mac, serial):
    shown = info(mac)
    shown["miner"]["miner-sn"] = serial
    return {"get.device.info": ok(shown), "set.system.led": ok()}


async def test_a_pinned_serial_number_costs_a_miner_that_is_only_read_no_connection(token_directory):
    async with FakeMiner(shows(MAC, SERIAL)) as fake:
        for pins in ({"mac": MAC, "serial": SERIAL}, {"serial": SERIAL}):
            await fake.client(token_directory, **pins).read("uptime_seconds")
    assert fake.asked() == ["summary", "summary"]


async def test_before_a_write_a_pinned_serial_number_is_asked_for_once(token_directory):
    async with FakeMiner(shows(MAC, SERIAL)) as fake:
        client = fake.client(token_directory, mac=MAC, serial=SERIAL.lower())
        for _each in range(2):
            await client.send("ssh_open")
    assert fake.asked() == ["get_miner_info", "get_token", "get_miner_info", "ssh_open", "ssh_open"]


@pytest.mark.parametrize("summary_has_mac", [True, False])
@pytest.mark.parametrize("api", [2, 3])
@pytest.mark.parametrize(
    ("mac", "serial", "problem", "remedy"),
    [
        (OTHER_MAC, SERIAL, "its control board was swapped", f"set whatsminer_mac to {OTHER_MAC}"),
        (MAC, OTHER_SERIAL, "the control board sits in another machine", "correct whatsminer_serial"),
        (OTHER_MAC, OTHER_SERIAL, f"and serial number {OTHER_SERIAL}, not {SERIAL}", "Find the miner's new"),
    ],
)
async def test_a_swapped_control_board_is_told_from_another_machine_and_neither_gets_a_write(
    token_directory, api, summary_has_mac, mac, serial, problem, remedy
):
    fake, command, params = (
        (FakeMiner(shows(mac, serial, summary_has_mac)), "ssh_open", None)
        if api == 2
        else (FakeMiner3(shows_over_api_3(mac, serial)), "set.system.led", {"param": "auto"})
    )
    async with fake:
        client = fake.client(token_directory, mac=MAC, serial=SERIAL)
        for attempt in (client.send(command, params), client.require_may_write(command, {})):
            error = await failure(attempt, WrongMachine)
            assert problem in error.problem
            assert remedy in str(error)
            assert "Nothing was written" in str(error)
    assert command not in fake.asked()
    assert "get_token" not in fake.asked()


@pytest.mark.parametrize("shown", [None, ""])
async def test_where_the_firmware_shows_no_serial_number_the_mac_decides_alone(token_directory, shown):
    async with FakeMiner(shows(MAC, shown)) as fake:
        await fake.client(token_directory, mac=MAC, serial=SERIAL).send("ssh_open")
        await failure(
            fake.client(token_directory, mac=OTHER_MAC, serial=SERIAL).send("ssh_open"), WrongMachine
        )
        fake.answers["get_miner_info"] = b""
        await fake.client(token_directory, mac=MAC, serial=SERIAL).send("ssh_open")
    assert fake.asked().count("ssh_open") == 2


async def test_where_the_mac_is_not_shown_the_serial_number_decides_alone(token_directory):
    answers = {**unseen("false"), **shows(None, SERIAL, summary_has_mac=False)}
    async with FakeMiner(answers) as fake:
        await fake.client(token_directory, mac=MAC, serial=SERIAL).send("ssh_open")
        error = await failure(
            fake.client(token_directory, mac=MAC, serial=OTHER_SERIAL).send("ssh_open"), WrongMachine
        )
    assert fake.asked().count("ssh_open") == 1
    assert SERIAL in str(error)


async def test_a_machine_that_a_serial_number_alone_pins_and_that_shows_none_gets_no_write_unless_told(
    token_directory,
):
    async with FakeMiner(shows(MAC, None)) as fake:
        client = fake.client(token_directory, serial=SERIAL)
        await client.read("mac")
        error = await failure(client.send("ssh_open"), WrongMachine)
        assert "shows no serial number" in error.problem
        assert "whatsminer_mac_required: false" in str(error)
        assert "ssh_open" not in fake.asked()
        await fake.client(token_directory, serial=SERIAL, mac_required=False).send("ssh_open")
    assert fake.asked()[-1] == "ssh_open"


async def test_after_a_reboot_the_serial_number_is_looked_at_anew(token_directory):
    async with FakeMiner({**shows(MAC, SERIAL), "reboot": says()}) as fake:
        client = fake.client(token_directory, serial=SERIAL)
        await client.send("reboot")
        fake.answers.update(shows(MAC, OTHER_SERIAL))
        error = await failure(client.send("ssh_open"), WrongMachine)
    assert "ssh_open" not in fake.asked()
    assert "Nothing was written" not in str(error)


async def test_a_serial_number_of_the_wrong_machine_never_lets_its_mac_be_the_pin(token_directory):
    async with FakeMiner(shows(OTHER_MAC, OTHER_SERIAL)) as fake:
        client = fake.client(token_directory, serial=SERIAL)
        await client.read("mac")
        await failure(client.send("ssh_open"), WrongMachine)
        fake.answers.update(shows(MAC, SERIAL))
        await client.send("ssh_open")
    assert fake.asked()[-1] == "ssh_open"


@pytest.mark.parametrize("serial", ["   ", "HTM\n1", "9" * 65, "séria"])
def test_a_pin_that_is_no_serial_number_is_refused(serial):
    with pytest.raises(BadParameter, match="serial"):
        Miner("192.0.2.1", serial=serial)
