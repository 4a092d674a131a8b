# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another machine than the one that is meant gets no write."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import neighbours as neighbours_of
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


async def test_the_pinned_machine_gets_the_command_and_is_recognised_once(token_directory):
    async with FakeMiner(shows_mac(MAC)) as fake:
        client = fake.client(token_directory, mac="c40508-00023b")
        for _each in range(2):
            await client.send("ssh_open")
    assert fake.asked() == ["summary", "get_token", "ssh_open", "ssh_open"]


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
        assert await client.confirm({})  # nothing to compare with
        client.recognise({"mac": MAC})
        assert await client.confirm({"mac": MAC})
        assert fake.asked() == []
        assert await client.confirm({})
        assert not await client.confirm({})
        await failure(client.confirm({}), WrongMachine)


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
