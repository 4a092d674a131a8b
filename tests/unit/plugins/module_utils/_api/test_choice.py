# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3 is spoken where it answers, a known miner is dialled at one port, and nobody's playbook breaks."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import choice, network, share_counts
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.choice import ports_of
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AnotherApi,
    NoConnection,
    TimedOut,
    Unreachable,
    Unsupported,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, outcome
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_power
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    GARBAGE,
    MAC,
    PASSWORD,
    POOLS,
    FakeMiner,
    Silence,
    btminer,
    failure,
    refuses,
    says,
    shows_mac,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import (
    SUMMARY,
    Ended,
    FakeMiner3,
    info,
    no,
    ok,
)

MODE = ("set.miner.power_mode", {"param": "low"})
BOTH = {2: [("set_low_power", {})], 3: [MODE]}


def closed_port():
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Site:
    """A miner with the ports of *two* and *three*, fakes or None, and Miners for it, each as of a new run."""

    def __init__(self, directory, two, three):
        self.two, self.three = two, three
        self.ports = {"port": two.port if two else closed_port()}
        self.ports["api3_port"] = three.port if three else closed_port()
        self.directory = directory

    def miner(self, **options):
        defaults = {"password": PASSWORD, "connect_timeout": 2, "reply_timeout": 1, "retries": 0}
        return Miner(
            "127.0.0.1",
            tokens=Tokens(self.directory),
            known_apis=KnownApis(self.directory),
            **{**self.ports, **defaults, **options},
        )

    async def read(self, *facts, **options):
        """(the generation that was spoken, the facts) of a new run."""
        miner = self.miner(**options)
        try:
            return miner, (await miner.read(*(facts or ("mac",)))).facts
        finally:
            miner.close()

    @property
    def connections(self):
        """How often each port was dialled, as far as that was taken: (API 2, API 3)."""
        return tuple(fake.connections if fake else 0 for fake in (self.two, self.three))


@pytest.fixture
def site(token_directory):
    """`site(two, three)`: a context manager that gives a Site. Without *three*, its port is closed."""

    @contextlib.asynccontextmanager
    async def start(two=None, three=None):
        async with contextlib.AsyncExitStack() as stack:
            for fake in (two, three):
                if fake is not None:
                    await stack.enter_async_context(fake)
            yield Site(token_directory, two, three)

    return start


def old(**answers):
    """A miner of API 2."""
    return FakeMiner({**shows_mac(MAC), "get_version": says(msg={"api_ver": "2.2.2"}), **answers})


def new(**answers):
    """A miner of API 3."""
    accounts = answers.pop("accounts", None)
    answers = {name.replace("_", "."): answer for name, answer in answers.items()}
    return FakeMiner3({"get.miner.status": ok({"summary": SUMMARY}), MODE[0]: ok(), **answers}, accounts)


def remembered(directory):
    return sorted(pathlib.Path(directory).glob("*.api"))


# --- An unknown miner ---------------------------------------------------------------------------------------


async def test_api_3_is_spoken_where_both_answer_and_its_first_reply_is_one_of_the_read(site):
    async with site(old(), new()) as here:
        miner, facts = await here.read()
        assert miner.generation == 3
        assert facts["api"]["generation"] == 3
        assert here.three.asked() == ["get.device.info"]
        assert here.two.asked() == []
        assert here.connections[1] == 1


async def test_both_ports_are_dialled_at_once(site, monkeypatch):
    dialled = []
    really = choice.connect_either

    async def connect_either(address, ports, limit):
        dialled.append(ports)
        return await really(address, ports, limit)

    async with site(old(), new()) as here:
        monkeypatch.setattr(choice, "connect_either", connect_either)
        monkeypatch.setattr(network, "connect", None)
        await here.read()
        assert dialled == [(here.three.port, here.two.port)]


@pytest.mark.parametrize(("has_two", "has_three", "generation"), [(True, False, 2), (False, True, 3)])
async def test_the_only_api_that_there_is_is_spoken(site, has_two, has_three, generation):
    async with site(old() if has_two else None, new() if has_three else None) as here:
        miner, facts = await here.read()
        assert (miner.generation, facts["mac"]) == (generation, MAC)
        assert sum(here.connections) == 1


async def test_where_neither_port_takes_a_connection_the_miner_is_unreachable(site):
    async with site() as here:
        error = await failure(here.read(), Unreachable)
    assert "no connection" in error.problem
    assert f"127.0.0.1:{here.ports['port']}" in str(error)


@pytest.mark.parametrize("answer", [Silence(), Ended(), GARBAGE, Silence(b"\xff\xff\xff\xff")])
async def test_api_2_is_spoken_where_what_listens_at_the_port_of_api_3_gives_no_reply(site, answer):
    async with site(old(), new(get_device_info=answer)) as here:
        begun = time.monotonic()
        miner, facts = await here.read(reply_timeout=0.3)
        assert time.monotonic() - begun < 1
        assert (miner.generation, facts["mac"]) == (2, MAC)


async def test_what_hangs_at_the_port_of_api_3_with_no_api_2_beside_is_a_timeout(site):
    async with site(None, new(get_device_info=Silence())) as here:
        await failure(here.read(reply_timeout=0.2), TimedOut)


@pytest.mark.parametrize(("api", "connections"), [("2", (1, 0)), ("3", (0, 1))])
async def test_a_forced_api_alone_is_dialled_and_nothing_is_remembered(
    site, api, connections, token_directory
):
    async with site(old(), new()) as here:
        miner, facts = await here.read(api=api)
        assert (miner.generation, facts["api"]["generation"]) == (int(api), int(api))
        assert here.connections == connections
        assert remembered(token_directory) == []


@pytest.mark.parametrize("api", ["2", "3"])
async def test_a_forced_api_that_is_not_there_is_unreachable_whatever_else_is(site, api):
    async with site(old() if api == "3" else None, new() if api == "2" else None) as here:
        await failure(here.read(api=api), Unreachable)


# --- A known miner ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("three", [True, False])
async def test_a_known_miner_is_dialled_at_one_port_only(site, three):
    async with site(old(), new() if three else None) as here:
        await here.read()
        before = here.connections
        await here.read()
        after = here.connections
        assert (after[0] - before[0], after[1] - before[1]) == ((0, 1) if three else (1, 0))


async def test_a_miner_that_no_longer_speaks_what_is_remembered_is_found_out_anew(site):
    async with site(old(), new()) as here:
        await here.read()
        here.three.answers["get.device.info"] = GARBAGE
        miner, facts = await here.read()
        assert (miner.generation, facts["mac"]) == (2, MAC)


async def test_a_miner_whose_remembered_port_is_closed_now_is_found_out_anew_and_remembered(site):
    three = new()
    async with site(old(), three) as here:
        await here.read()
        three._server.close()
        await three.hang_up()
        miner, _facts = await here.read()
        assert miner.generation == 2
        before = here.two.connections
        await here.read()
        assert here.two.connections == before + 1


async def test_a_miner_that_got_api_3_by_new_firmware_is_asked_once_the_api_is_forgotten(site):
    async with site(old(), None) as here:
        miner, _facts = await here.read()
        miner.forget_api()
        async with new() as three:
            here.three, here.ports["api3_port"] = three, three.port
            miner, _facts = await here.read()
            assert miner.generation == 3


async def test_a_known_miner_that_is_away_is_unreachable(site):
    async with site(old(), new()) as here:
        await here.read()
    await failure(here.read(), Unreachable)


async def test_a_known_miner_that_is_off_is_waited_for_once_and_found_out_anew_in_the_next_run(
    site, monkeypatch
):
    async with site(old(), new()) as here:
        await here.read()
        miner = here.miner()

        async def swallowed(port):
            raise NoConnection("no connection within 2 s")

        monkeypatch.setattr(miner.line, "connect", swallowed)
        before = here.connections
        await failure(miner.read("mac"), NoConnection)
        assert here.connections == before
        assert remembered(here.directory) == []


async def test_a_write_to_a_known_miner_goes_to_the_port_that_is_remembered(site):
    async with site(old(), new()) as here:
        await here.read()
        miner = here.miner()
        await miner.send(*MODE)
        miner.close()
        assert here.three.asked(signed=True) == [MODE[0]]
        assert here.two.connections <= 1


# --- What only the other API has ----------------------------------------------------------------------------


async def test_requests_are_those_of_the_api_that_is_spoken_else_of_the_other_that_is_open(site):
    async with site(old(), new()) as here:
        miner, _facts = await here.read()
        assert miner.requests_for("power.mode", BOTH) == BOTH[3]
        assert miner.requests_for("ssh", {2: [("ssh_open", {})]}) == [("ssh_open", {})]
        await miner.send("ssh_open")
        assert here.two.asked()[-1] == "ssh_open"
        known, _facts = await here.read()  # from what is remembered
        assert known.requests_for("ssh", {2: [("ssh_open", {})]}) == [("ssh_open", {})]


@pytest.mark.parametrize(
    ("two", "three", "by_api", "names"),
    [
        (False, True, {2: [("ssh_open", {})]}, ("ssh", "API 3", "ssh_open", "API 1.3")),
        (True, False, {3: [MODE]}, ("ssh", "API 2", MODE[0], "API 3")),
    ],
)
async def test_what_no_api_of_the_miner_has_is_unsupported_naming_what_would(site, two, three, by_api, names):
    async with site(old() if two else None, new() if three else None) as here:
        miner, _facts = await here.read()
        with pytest.raises(Unsupported) as caught:
            miner.requests_for("ssh", by_api)
    for name in names:
        assert name in caught.value.problem


async def test_share_counts_come_over_api_2_where_that_is_open(site):
    pool = {"id": 1, "url": "stratum+tcp://a.example:3333", "account": "w", "status": "alive"}
    status = ok({"summary": SUMMARY, "pools": [pool]})
    counted = btminer("POOLS", {**POOLS["POOLS"][0], "Accepted": 7, "Rejected": 1})
    async with site(old(pools=counted), new(get_miner_status=status)) as here:
        miner = here.miner()
        facts = (await miner.gather(["pools"])).facts
        assert (facts["pools"][0]["accepted"], facts["pools"][0]["rejected"]) == (7, 1)
        here.two.answers["pools"] = refuses(14)
        assert "accepted" not in (await miner.gather(["pools"])).facts["pools"][0]
        miner.close()


@pytest.mark.parametrize(
    ("shown", "counted", "added"),
    [
        ([{"url": "a", "user": "w"}], [{"url": "a", "user": "w", "accepted": 7}], [7]),
        ([{"url": "a", "user": "w"}], [{"url": "b", "user": "w", "accepted": 7}], [None]),
        ([{"url": "a", "user": "w"}], [], [None]),
        ([{"url": "a", "user": "w", "accepted": 1}], None, [1]),
        ([], None, []),
    ],
)
async def test_share_counts_are_those_of_the_same_pool_and_asked_for_where_they_lack(shown, counted, added):
    class Client:
        async def read(self, facts, beside, once):
            assert counted is not None, "nothing had to be asked for"
            return {}

        def normalise(self, replies):
            return {"pools": counted}

    facts = {"pools": shown}
    await share_counts.add(facts, Client())
    assert [pool.get("accepted") for pool in facts["pools"]] == added


@pytest.mark.parametrize(("command", "generation"), [("ssh_open", 2), ("set.system.reboot", 3)])
async def test_a_command_of_the_other_api_is_unsupported_while_that_is_closed(site, command, generation):
    async with site(old(), new()) as here:
        closed, spoken = (here.two, "3") if generation == 2 else (here.three, "2")
        closed._server.close()
        await closed._server.wait_closed()
        miner = here.miner(api=spoken)
        await miner.read("mac")
        with pytest.raises(Unsupported, match=f"{command} is a command of API {generation}, and") as caught:
            await miner.send(command)
        assert caught.value.command == command
        miner.close()


async def test_a_miner_that_was_moved_is_found_out_anew_with_the_same_accounts(site):
    async with site(old(), new(set_miner_report=ok())) as here:
        miner, _facts = await here.read()
        moved = miner.choice.on(miner.line)
        assert (await moved.client()).generation == 3
        assert moved.three is not miner.choice.three
        assert (moved.three.account, moved.three.port) == ("super", here.three.port)
        assert await moved.three.knows(PASSWORD)
        for each in (moved.two, moved.three):
            each.close()


async def test_a_name_that_leads_nowhere_is_unreachable():
    miner = Miner("a" * 400, password=PASSWORD, connect_timeout=1, retries=0)
    error = await failure(miner.read("mac"), Unreachable)
    assert "address" in error.remedy


# --- A password that API 3 refuses --------------------------------------------------------------------------


async def powered_off(here, **options):
    """The task result of whatsminer_power, which powers the miner off."""
    params = {"state": "off", "wait": False, "wait_timeout": 5}
    connection = {
        **{name: option.get("default") for name, option in OPTIONS.items()},
        "host": "127.0.0.1",
        "password": PASSWORD,
        "reply_timeout": 1,
        "retries": 0,
        "token_directory": here.directory,
    }
    return await outcome(whatsminer_power.run, {**connection, **params, **here.ports, **options})


def managed_over_api_2(refusal=None):
    """A miner of both APIs, whose super account has another password than its admin."""
    three = new(accounts={"super": "another1"})
    three.refusal = refusal or three.refusal
    return old(power_off=says(), status=says(msg={"btmineroff": "false"})), three


@pytest.mark.parametrize("refusal", [no(-4, "no permission"), no(-1, "password is wrong")])
async def test_a_playbook_that_worked_over_api_2_goes_on_working_with_one_warning(site, refusal):
    async with site(*managed_over_api_2(refusal)) as here:
        result = await powered_off(here)
        assert (result["changed"], result["commands"]) == (True, ["power_off"])
        (warning,) = result["warnings"]
        assert "whatsminer_api3_password" in warning
        assert "super" in warning
        assert here.two.asked(sealed=True).count("power_off") == 1


async def test_the_fallback_is_remembered_and_needs_no_second_try_nor_a_second_warning(site):
    async with site(*managed_over_api_2()) as here:
        await powered_off(here)
        refused = len(here.three.refused)
        before = here.connections
        again = await powered_off(here)
        assert again["changed"]
        assert "warnings" not in again
        assert len(here.three.refused) == refused
        assert here.connections[1] == before[1]


@pytest.mark.parametrize("changed", [{"api3_password": "another1"}, {"account": "user1"}])
async def test_the_fallback_is_void_once_api_3_has_another_password_or_account(site, changed):
    two, three = managed_over_api_2()
    three.answers["set.miner.service"] = ok()
    three.accounts["user1"] = PASSWORD
    async with site(two, three) as here:
        await powered_off(here)
        result = await powered_off(here, **changed)
        assert result["commands"] == ["set.miner.service"]


@pytest.mark.parametrize("answer", [GARBAGE, refuses(136), Silence()])
async def test_where_api_2_does_not_tell_whether_it_takes_the_password_the_refusal_of_api_3_stands(
    site, answer
):
    async with site(old(get_token=answer), new(accounts={"super": "an0ther"})) as here:
        result = await powered_off(here)
        assert result["cause"] == "wrong_password"
        assert "set.miner.service" in result["msg"]
        assert here.two.asked(sealed=True) == []


async def test_a_password_that_neither_api_takes_is_a_wrong_password(site):
    async with site(*managed_over_api_2()) as here:
        here.two.answers["undecryptable"] = refuses(23)
        result = await powered_off(here, password="neither")
        assert (result["failed"], result["cause"]) == (True, WrongPassword.cause)
        assert result["changed"] is False
        assert here.two.asked(sealed=True).count("power_off") == 0


@pytest.mark.parametrize("options", [{"api": "3"}, {"api": "auto", "two": False}])
async def test_a_wrong_password_is_called_so_where_there_is_no_api_2_to_fall_back_to(site, options):
    two, three = managed_over_api_2()
    async with site(two if options.pop("two", True) else None, three) as here:
        result = await powered_off(here, **options)
        assert (result["failed"], result["cause"]) == (True, WrongPassword.cause)


async def test_an_api_that_is_switched_off_is_no_wrong_password_and_no_reason_to_fall_back(site):
    two, three = managed_over_api_2()
    three.answers["get.device.info"] = ok(info(apiswitch="0"))
    async with site(two, three) as here:
        result = await powered_off(here)
        assert (result["failed"], result["cause"]) == (True, "access_denied")
        assert here.two.asked(sealed=True) == here.three.asked(signed=True) == []


async def test_after_something_was_changed_there_is_no_fallback_to_another_api(site):
    async with site(old(get_version=says()), new()) as here:
        miner, _facts = await here.read()
        await miner.send(*MODE)
        here.three.accounts["super"] = "changed1"
        await failure(miner.send(*MODE), WrongPassword)
        assert here.two.asked() == []
        miner.close()


async def test_a_caller_is_told_that_another_api_is_spoken_from_now_on(site):
    async with site(*managed_over_api_2()) as here:
        miner, _facts = await here.read()
        await failure(miner.send(*MODE), AnotherApi)
        assert miner.generation == 2
        assert miner.requests_for("power.mode", BOTH) == BOTH[2]
        miner.close()


# --- Ports --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "port", "api3_port", "ports"),
    [
        ("auto", None, None, (4028, 4433)),
        ("auto", 4028, None, (4028, 4433)),
        ("auto", 4433, None, (4028, 4433)),
        ("auto", 14028, None, (14028, 4433)),
        ("auto", 14028, 14433, (14028, 14433)),
        ("auto", None, 14433, (4028, 14433)),
        ("3", 14433, None, (4028, 14433)),
        ("3", None, None, (4028, 4433)),
        ("3", 14028, 14433, (14028, 14433)),
        ("2", 14028, None, (14028, 4433)),
    ],
)
def test_a_port_is_that_of_api_2_unless_it_can_only_be_that_of_api_3(api, port, api3_port, ports):
    assert ports_of(api, port, api3_port) == ports


async def test_miners_at_other_ports_of_one_address_are_remembered_apart(site):
    async with site(old(), new()) as here:
        await here.read()
        miner, _facts = await here.read(api3_port=closed_port())
        assert miner.generation == 2
        miner, _facts = await here.read()
        assert miner.generation == 3
