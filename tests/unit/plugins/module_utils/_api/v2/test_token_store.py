# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens: asked for once however many want one, kept where nobody else can look, never beyond the miner's
limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import pathlib
import shutil
import signal
import stat
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotAMiner,
    TimedOut,
    TokenLimit,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import token_store as tokens_of
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.cipher import Challenge, Seal
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import (
    BUDGET,
    LOCKOUT_SECONDS,
    MARGIN_SECONDS,
    Tokens,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.processes import in_processes

MINER = ("192.0.2.7", 4028)
OTHER = ("192.0.2.8", 4028)
PROCESSES = 100


def challenge(number):
    return Challenge(str(1000 + number), f"salt{number:04d}"[:8], f"news{number:04d}"[:8])


class Asked:
    """A miner's get_token: answers with a new challenge each time, or with what *answers* say instead, and
    counts.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.times = 0

    async def __call__(self):
        self.times += 1
        answer = self.answers.pop(0) if self.answers else challenge(self.times)
        if not isinstance(answer, Exception):
            return answer
        raise answer  # pylint: disable=raising-non-exception


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


def raising(error):
    """A function that fails with *error*, whatever it's given."""

    def fail(*args):
        raise error

    return fail


@pytest.fixture
def clock(monkeypatch):
    """The wall clock, which stands still until a test sets ``clock.now``."""
    clock = Clock(time.time())
    monkeypatch.setattr(tokens_of.time, "time", clock)
    return clock


def file_of(directory, miner=MINER):
    return os.path.join(directory, f"{miner[0]}_{miner[1]}.json")


def asking_in_a_file(path, number):
    """A get_token that leaves a line in *path* each time, whichever process asks."""

    async def ask():
        with open(path, "a", encoding="ascii") as file:
            file.write(f"{number}\n")
        await asyncio.sleep(0.01)  # so that the others pile up behind it
        return challenge(number)

    return ask


def lines(path):
    with open(path, encoding="ascii") as file:
        return file.read().split()


# --- One asks, all get it -----------------------------------------------------------------------------------


def test_of_a_hundred_processes_that_want_a_token_at_once_one_asks_and_all_get_it(token_directory, tmp_path):
    log = tmp_path / "asked"

    def work(number):
        got = asyncio.run(Tokens(token_directory).challenge(MINER, asking_in_a_file(log, number)))
        return got.time.encode()

    got = in_processes(PROCESSES, work)
    assert len(lines(log)) == 1
    assert set(got) == {challenge(int(lines(log)[0])).time.encode()}
    assert sorted(os.listdir(token_directory)) == ["192.0.2.7_4028.json"]
    with open(file_of(token_directory), encoding="ascii") as file:
        assert json.load(file)["challenge"][0].encode() == got[0]


def test_a_token_that_many_processes_saw_rejected_is_replaced_once(token_directory, tmp_path):
    log = tmp_path / "asked"
    rejected = asyncio.run(Tokens(token_directory).challenge(MINER, Asked()))

    def work(number):
        ask = asking_in_a_file(log, number + 10)
        return asyncio.run(Tokens(token_directory).challenge(MINER, ask, rejected=rejected)).time.encode()

    got = in_processes(20, work)
    assert len(lines(log)) == 1
    assert set(got) == {challenge(int(lines(log)[0])).time.encode()} != {rejected.time.encode()}


def test_processes_that_want_tokens_of_different_miners_do_not_wait_for_each_other(token_directory):
    async def scenario():
        kept, asking, done = Tokens(token_directory), asyncio.Event(), asyncio.Event()

        async def slow():
            asking.set()
            await done.wait()
            return challenge(1)

        first = asyncio.create_task(kept.challenge(MINER, slow))
        await asking.wait()
        assert await kept.challenge(OTHER, Asked()) == challenge(1)
        done.set()
        await first

    asyncio.run(scenario())


@pytest.mark.parametrize("in_memory", [False, True])
async def test_of_many_coroutines_one_asks_and_all_get_it(tmp_path, token_directory, in_memory):
    kept, ask = Tokens("/dev/null/nowhere" if in_memory else token_directory), Asked()
    got = await asyncio.gather(*(kept.challenge(MINER, ask) for _each in range(50)))
    assert ask.times == 1
    assert set(got) == {challenge(1)}


async def test_whoever_waits_too_long_for_another_process_gives_up(kept, monkeypatch):
    monkeypatch.setattr(tokens_of, "LOCK_SECONDS", 0)
    with kept._try_lock(MINER) as held:
        assert held
        with pytest.raises(TokenLimit, match=r"another process .*\(fuser .* 192\.0\.2\.7_4028\.json open"):
            await kept.challenge(MINER, Asked())


async def test_whoever_finds_another_process_asking_waits_and_gets_what_that_got(kept):
    asked = Asked()
    with kept._try_lock(MINER):
        waiting = asyncio.ensure_future(kept.challenge(MINER, asked))
        await asyncio.sleep(0.01)
        assert not waiting.done()
    assert await waiting == challenge(1)


async def test_where_a_foreign_file_comes_back_whenever_it_is_removed_tokens_are_kept_in_memory(
    kept, token_directory, monkeypatch
):
    monkeypatch.setattr(tokens_of.private_files, "opened", lambda path: None)
    monkeypatch.setattr(os, "unlink", lambda path: None)
    asked = Asked()
    assert [await kept.challenge(MINER, asked) for _each in range(2)] == [challenge(1)] * 2
    assert asked.times == 1


# --- Kept, and for how long ---------------------------------------------------------------------------------


async def test_a_kept_token_serves_later_processes_until_shortly_before_it_expires(token_directory, clock):
    ask = Asked()
    first = await Tokens(token_directory).challenge(MINER, ask)
    clock.now += LOCKOUT_SECONDS - MARGIN_SECONDS - 1
    assert await Tokens(token_directory).challenge(MINER, ask) == first
    clock.now += 1
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(2)
    assert ask.times == 2


async def test_a_token_from_the_future_is_not_trusted(token_directory, clock):
    ask = Asked()
    await Tokens(token_directory).challenge(MINER, ask)
    clock.now -= 100
    await Tokens(token_directory).challenge(MINER, ask)
    assert ask.times == 2


async def test_each_miner_has_its_own_tokens(kept):
    ask = Asked()
    assert await kept.challenge(MINER, ask) == challenge(1)
    assert await kept.challenge(OTHER, ask) == challenge(2)
    assert await kept.challenge((MINER[0], 4029), ask) == challenge(3)
    assert await kept.challenge(MINER, ask) == challenge(1)


@pytest.mark.parametrize(
    "address", ["fe80::1%eth0", "../../etc/cron.d/x", "a b\nc", "miner.example.com", "."]
)
async def test_any_address_makes_a_file_in_the_directory(token_directory, address):
    ask = Asked()
    for _each in range(2):
        await Tokens(token_directory).challenge((address, 4028), ask)
    assert ask.times == 1
    assert len(os.listdir(token_directory)) == 1


async def test_an_address_too_long_for_a_file_name_costs_tokens_not_work(kept):
    assert await kept.challenge(("a" * 400, 4028), Asked()) == challenge(1)


async def test_a_rejected_token_is_replaced_and_the_new_one_kept(token_directory):
    ask = Asked()
    rejected = await Tokens(token_directory).challenge(MINER, ask)
    assert await Tokens(token_directory).challenge(MINER, ask, rejected=rejected) == challenge(2)
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(2)
    assert ask.times == 2


async def test_forgetting_drops_the_token_but_not_how_many_were_asked_for(token_directory, clock):
    kept, ask = Tokens(token_directory), Asked()
    for _each in range(BUDGET):
        await kept.challenge(MINER, ask)
        kept.forget(MINER)
    with pytest.raises(TokenLimit):
        await kept.challenge(MINER, ask)
    assert ask.times == BUDGET


async def test_forgetting_does_not_undo_what_another_process_is_just_asking_for(token_directory):
    kept = Tokens(token_directory)
    await kept.challenge(MINER, Asked())

    async def ask():
        Tokens(token_directory).forget(MINER)
        return challenge(2)

    await kept.challenge(MINER, ask, rejected=challenge(1))
    assert await Tokens(token_directory).challenge(MINER, Asked()) == challenge(2)
    with open(file_of(token_directory), encoding="ascii") as file:
        assert len(json.load(file)["asked"]) == 2


# --- Limits -------------------------------------------------------------------------------------------------


async def test_after_code_136_nobody_asks_for_30_minutes(token_directory, clock):
    ask = Asked(TokenLimit("over max times"))
    with pytest.raises(TokenLimit):
        await Tokens(token_directory).challenge(MINER, ask)
    clock.now += LOCKOUT_SECONDS - 1
    with pytest.raises(TokenLimit, match="asked again for 2 s"):
        await Tokens(token_directory).challenge(MINER, ask)
    assert ask.times == 1
    clock.now += 2
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(2)


async def test_a_short_lock_is_not_asked_into_and_a_second_one_is_taken_for_a_long_one(
    token_directory, clock
):
    ask = Asked(*[TokenLimit("no more tokens", answer="over max connect")] * 2)
    for wait in (200, LOCKOUT_SECONDS):
        with pytest.raises(TokenLimit):
            await Tokens(token_directory).challenge(MINER, ask)
        asked = ask.times
        clock.now += wait - 1
        with pytest.raises(TokenLimit, match="asked again"):
            await Tokens(token_directory).challenge(MINER, ask)
        assert ask.times == asked
        clock.now += 2
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(3)


@pytest.mark.parametrize(
    "timeout, lasts",
    [("0", 10**7), (0, 10**7), ("7200", 7100), ("90", 40), (None, 1700), ("soon", 1700), ("-1", 1700)],
)
async def test_a_token_lasts_as_long_as_the_miner_says(token_directory, clock, timeout, lasts):
    given = Challenge.from_reply_data(
        {"time": "1", "salt": "a", "newsalt": "b", **({} if timeout is None else {"timeout": timeout})}
    )

    async def ask():
        return given

    assert await Tokens(token_directory).challenge(MINER, ask) == given
    clock.now += lasts
    assert await Tokens(token_directory).challenge(MINER, Asked()) == given
    if lasts < 10**7:
        clock.now += lasts
        assert await Tokens(token_directory).challenge(MINER, Asked()) == challenge(1)


async def test_code_136_at_another_occasion_stops_asking_too(token_directory):
    ask = Asked()
    kept = Tokens(token_directory)
    await kept.challenge(MINER, ask)
    kept.refused(MINER, "over max times")
    with pytest.raises(TokenLimit):
        await Tokens(token_directory).challenge(MINER, ask)
    assert ask.times == 1


async def test_a_reboot_ends_the_lockout(token_directory, clock):
    ask = Asked(TokenLimit("over max times"))
    with pytest.raises(TokenLimit):
        await Tokens(token_directory).challenge(MINER, ask)
    with pytest.raises(TokenLimit):
        await Tokens(token_directory).challenge(MINER, ask, booted_at=clock.now - 1)
    clock.now += 120
    assert await Tokens(token_directory).challenge(MINER, ask, booted_at=clock.now - 60) == challenge(2)


async def test_a_budget_of_24_tokens_in_30_minutes_is_kept(token_directory, clock):
    ask, last = Asked(), None
    for _each in range(24):
        clock.now += 1
        last = await Tokens(token_directory).challenge(MINER, ask, rejected=last)
    with pytest.raises(TokenLimit, match="24 tokens"):
        await Tokens(token_directory).challenge(MINER, ask, rejected=last)
    assert ask.times == BUDGET == 24
    clock.now += LOCKOUT_SECONDS - 23  # the first one is forgotten, the others are not
    last = await Tokens(token_directory).challenge(MINER, ask, rejected=last)
    with pytest.raises(TokenLimit):
        await Tokens(token_directory).challenge(MINER, ask, rejected=last)
    assert ask.times == 25


async def test_a_reboot_gives_the_whole_budget_back(token_directory, clock):
    ask, last = Asked(), None
    for _each in range(BUDGET):
        last = await Tokens(token_directory).challenge(MINER, ask, rejected=last)
    clock.now += 60
    await Tokens(token_directory).challenge(MINER, ask, rejected=last, booted_at=clock.now - 30)
    assert ask.times == BUDGET + 1


@pytest.mark.parametrize(
    ("error", "counted"),
    [(Unreachable("no connection"), 0), (TimedOut("no reply"), 1), (NotAMiner("garbage"), 1)],
)
async def test_asking_counts_unless_the_miner_was_not_even_reached(token_directory, error, counted):
    with pytest.raises(type(error)):
        await Tokens(token_directory).challenge(MINER, Asked(error))
    with open(file_of(token_directory), encoding="ascii") as file:
        assert len(json.load(file)["asked"]) == counted


async def test_an_attempt_that_failed_leaves_no_token_behind(token_directory):
    ask = Asked(NotAMiner("garbage"))
    with pytest.raises(NotAMiner):
        await Tokens(token_directory).challenge(MINER, ask)
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(2)


# --- Killed -------------------------------------------------------------------------------------------------


def test_a_process_killed_while_asking_leaves_everything_usable(token_directory):
    read, write = os.pipe()

    def work(_number):
        async def ask():
            os.write(write, b"x")
            await asyncio.sleep(60)

        asyncio.run(Tokens(token_directory).challenge(MINER, ask))

    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            work(0)
        os._exit(1)
    assert os.read(read, 1) == b"x"
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(read)
    os.close(write)

    assert asyncio.run(Tokens(token_directory).challenge(MINER, Asked())) == challenge(1)
    with open(file_of(token_directory), encoding="ascii") as file:
        assert len(json.load(file)["asked"]) == 2  # the one that was killed may have got its token
    assert sorted(os.listdir(token_directory)) == ["192.0.2.7_4028.json"]


# --- Files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
async def test_files_are_0600_in_a_directory_of_0700_whatever_the_umask(token_directory, mask):
    before = os.umask(mask)
    try:
        await Tokens(token_directory).challenge(MINER, Asked())
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(token_directory).st_mode) == 0o700
    modes = {
        name: stat.S_IMODE(os.stat(os.path.join(token_directory, name)).st_mode)
        for name in os.listdir(token_directory)
    }
    assert modes == {"192.0.2.7_4028.json": 0o600}


async def test_no_password_key_or_sign_is_in_any_file(token_directory):
    got = await Tokens(token_directory).challenge(MINER, Asked())
    Seal("hunter22", got)
    content = b""
    for name in os.listdir(token_directory):
        with open(os.path.join(token_directory, name), "rb") as file:
            content += file.read()
    assert set(json.loads(content)) == {"challenge", "asked", "refused", "lockout"}
    assert json.loads(content)["challenge"] == [got.time, got.salt, got.newsalt, 1800]
    assert b"hunter22" not in content
    assert Seal("hunter22", got).sign.encode() not in content


GARBAGE = {
    "empty": b"",
    "text": b"hello",
    "cut off": b'{"challenge": ["1001", "salt00',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "no times": b'{"challenge": ["1001", "salt0001", "news0001"]}',
    "a token that is none": b'{"challenge": ["x", "$", ""], "asked": [1e99], "refused": 0}',
    "a token of another shape": b'{"challenge": 7, "asked": [1e99], "refused": 0}',
    "times that are none": b'{"challenge": null, "asked": ["x"], "refused": 0}',
    "times beyond all floats": b'{"challenge": null, "asked": [1%s], "refused": 0}' % (b"0" * 400),
    "times that are no numbers": b'{"challenge": ["1001", "salt0001", "news0001"], "asked": [NaN], '
    b'"refused": NaN}',
    "not UTF-8": b"\xff\xfe\xfd" * 10,
    "too deep": b"[" * 4000,
    "too long": b'{"challenge": null, "asked": [' + b"1," * 4000 + b'1], "refused": 0}',
    "NULs": bytes(512),
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_ignored_and_replaced(kept, token_directory, content):
    with open(file_of(token_directory), "wb") as file:
        file.write(content)
    os.chmod(file_of(token_directory), 0o600)
    ask = Asked()
    assert await kept.challenge(MINER, ask) == challenge(1)
    assert await Tokens(token_directory).challenge(MINER, ask) == challenge(1)
    assert ask.times == 1


def planted(directory, path=None, mode=0o600):
    """A sound token file, but for where it lies and whose it is."""
    path = path or file_of(directory)
    with open(path, "w", encoding="ascii") as file:
        json.dump(
            {"challenge": ["6666", "planted1", "planted2"], "asked": [time.time() - 1], "refused": 0}, file
        )
    os.chmod(path, mode)
    return path


async def test_a_sound_file_is_used(kept, token_directory):
    planted(token_directory)
    assert (await kept.challenge(MINER, Asked())).salt == "planted1"


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o620, 0o602])
async def test_a_file_that_others_could_read_or_write_is_ignored(kept, token_directory, mode):
    planted(token_directory, mode=mode)
    assert await kept.challenge(MINER, Asked()) == challenge(1)
    assert stat.S_IMODE(os.stat(file_of(token_directory)).st_mode) == 0o600


async def test_a_link_is_not_followed_and_what_it_leads_to_is_left_alone(kept, token_directory, tmp_path):
    target = planted(token_directory, tmp_path / "elsewhere")
    os.symlink(target, file_of(token_directory))
    before = target.read_bytes()
    assert await kept.challenge(MINER, Asked()) == challenge(1)
    assert target.read_bytes() == before
    assert not os.path.islink(file_of(token_directory))


async def test_somebody_else_s_file_is_ignored(kept, token_directory, monkeypatch):
    planted(token_directory)
    owner = os.stat(file_of(token_directory)).st_uid
    monkeypatch.setattr(tokens_of.os, "geteuid", lambda: owner + 1)
    assert await kept.challenge(MINER, Asked()) == challenge(1)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
async def test_what_is_no_file_stops_nobody(kept, token_directory, make):
    make(file_of(token_directory), 0o600)
    assert await kept.challenge(MINER, Asked()) == challenge(1)


async def test_what_is_shorter_than_before_leaves_nothing_of_that_behind(token_directory, clock):
    kept, ask = Tokens(token_directory), Asked()
    for _each in range(BUDGET):
        await kept.challenge(MINER, ask)
        kept.forget(MINER)
    clock.now += LOCKOUT_SECONDS + 1
    await kept.challenge(MINER, ask)
    with open(file_of(token_directory), encoding="ascii") as file:
        assert json.load(file)["asked"] == [clock.now]


async def test_too_many_open_files_cost_a_token_and_not_what_is_kept(kept, token_directory, monkeypatch):
    await kept.challenge(MINER, Asked())
    with monkeypatch.context() as context:
        context.setattr(tokens_of.os, "open", raising(OSError(errno.EMFILE, "Too many open files")))
        assert await kept.challenge(MINER, Asked(challenge(7))) == challenge(7)
    assert await kept.challenge(MINER, Asked()) == challenge(1)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
async def test_a_file_system_without_locks_stops_nobody(kept, monkeypatch, number):
    monkeypatch.setattr(tokens_of.fcntl, "flock", raising(OSError(number, os.strerror(number))))
    assert await kept.challenge(MINER, Asked()) == challenge(1)
    assert await kept.challenge(MINER, Asked(challenge(2))) == challenge(1)


async def test_a_file_that_can_not_be_written_any_more_costs_a_token_not_work(kept, monkeypatch):
    assert await kept.challenge(MINER, Asked()) == challenge(1)
    monkeypatch.setattr(tokens_of.os, "pwrite", raising(OSError(errno.EIO, "Input/output error")))
    assert await kept.challenge(MINER, Asked(challenge(2)), rejected=challenge(1)) == challenge(2)


def test_no_file_stays_open(kept, token_directory):
    before = os.listdir("/proc/self/fd")
    asyncio.run(kept.challenge(MINER, Asked()))
    kept.forget(MINER)
    with kept._try_lock(MINER) as first, kept._try_lock(MINER) as second:
        assert first and not second
    assert os.listdir("/proc/self/fd") == before


def test_who_takes_no_token_leaves_no_directory(token_directory):
    Tokens(token_directory)
    assert not os.path.exists(token_directory)


async def test_a_directory_that_vanishes_in_between_costs_tokens_not_work(kept, token_directory):
    kept.forget(("192.0.2.9", 4028))
    shutil.rmtree(token_directory)
    assert await kept.challenge(MINER, Asked()) == challenge(1)


# --- Directories --------------------------------------------------------------------------------------------


async def test_where_no_directory_can_be_made_tokens_are_kept_in_memory(tmp_path):
    (tmp_path / "file").write_text("")
    kept, ask = Tokens(str(tmp_path / "file" / "tokens")), Asked()
    assert await kept.challenge(MINER, ask) == challenge(1)
    assert await kept.challenge(MINER, ask) == challenge(1)
    kept.forget(MINER)
    assert await kept.challenge(MINER, ask) == challenge(2)
    assert ask.times == 2


async def test_in_memory_the_limits_hold_too(tmp_path):
    kept, ask = Tokens("/dev/null/nowhere"), Asked(TokenLimit("over max times"))
    for _each in range(3):
        with pytest.raises(TokenLimit):
            await kept.challenge(MINER, ask)
    assert ask.times == 1


async def test_an_unwritable_directory_is_left_alone(tmp_path, monkeypatch):
    os.mkdir(tmp_path / "tokens", 0o700)
    monkeypatch.setattr(tokens_of.os, "access", lambda path, mode: False)
    assert await Tokens(str(tmp_path / "tokens")).challenge(MINER, Asked()) == challenge(1)
    assert [name for _place, _dirs, files in os.walk(tmp_path) for name in files] == []


async def test_somebody_else_s_directory_is_left_alone(tmp_path, monkeypatch):
    os.mkdir(tmp_path / "tokens", 0o700)
    monkeypatch.setattr(tokens_of.os, "geteuid", lambda: os.stat(tmp_path).st_uid + 1)
    assert await Tokens(str(tmp_path / "tokens")).challenge(MINER, Asked()) == challenge(1)
    assert [name for _place, _dirs, files in os.walk(tmp_path) for name in files] == []


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o1777])
async def test_a_directory_that_others_can_look_into_keeps_its_mode_and_gets_a_private_one_inside(
    tmp_path, mode
):
    public = tmp_path / "public"
    public.mkdir()
    public.chmod(mode)
    ask = Asked()
    for _each in range(2):
        await Tokens(str(public)).challenge(MINER, ask)
    (inside,) = public.iterdir()
    assert ask.times == 1
    assert stat.S_IMODE(public.stat().st_mode) == mode
    assert stat.S_IMODE(inside.stat().st_mode) == 0o700
    assert os.path.exists(file_of(inside))


async def test_a_link_planted_as_the_private_directory_is_not_followed(tmp_path):
    public, elsewhere = tmp_path / "public", tmp_path / "elsewhere"
    public.mkdir()
    public.chmod(0o777)
    elsewhere.mkdir(0o700)
    (public / f"tokens-{os.geteuid()}").symlink_to(elsewhere)
    assert await Tokens(str(public)).challenge(MINER, Asked()) == challenge(1)
    assert list(elsewhere.iterdir()) == []


async def test_a_linked_directory_of_one_s_own_is_fine(tmp_path):
    (tmp_path / "real").mkdir(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    await Tokens(str(tmp_path / "link")).challenge(MINER, Asked())
    assert os.path.exists(file_of(tmp_path / "real"))


# --- Elsewhere ----------------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Where tokens go if their own directory can't take them."""
    path = tmp_path / "elsewhere"
    path.mkdir()
    path.chmod(0o1777)
    monkeypatch.setattr(tokens_of.private_files, "ELSEWHERE", (str(path),))
    return path


async def test_where_the_home_is_read_only_the_next_process_needs_no_token_of_its_own(elsewhere):
    ask = Asked()
    for _process in range(40):
        assert await Tokens("/dev/null/nowhere").challenge(MINER, ask) == challenge(1)
    assert ask.times == 1
    (own,) = elsewhere.iterdir()
    assert (own.name, stat.S_IMODE(own.stat().st_mode)) == (f"whatsminer-{os.geteuid()}", 0o700)
    assert stat.S_IMODE(os.stat(file_of(own)).st_mode) == 0o600


def no_space(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def without_room(monkeypatch, directory, what):
    """Have a disk without *what* below *directory*: each of them is told apart from the other by nothing but
    the attempt.
    """
    really, write = os.open, os.pwrite

    def opened(path, flags, *mode, **options):
        usual = str(path).startswith(directory) and not os.path.exists(path)
        return no_space() if usual and what == "files" else really(path, flags, *mode, **options)

    def written(handle, data, offset):
        path = os.readlink(f"/proc/self/fd/{handle}")
        if not path.startswith(directory) or offset + len(data) <= os.fstat(handle).st_size:
            return write(handle, data, offset)
        return write(handle, data[:100], offset) if what == "all bytes" else no_space()

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "pwrite", written)


@pytest.mark.parametrize("what", ["files", "bytes", "all bytes"])
async def test_on_a_full_disk_the_next_process_needs_no_token_of_its_own(
    elsewhere, token_directory, monkeypatch, what
):
    without_room(monkeypatch, token_directory, what)
    ask = Asked()
    for _process in range(40):
        assert await Tokens(token_directory).challenge(MINER, ask) == challenge(1)
    assert ask.times == 1 and file_of(elsewhere / f"whatsminer-{os.geteuid()}")
    assert [os.path.getsize(file) for file in pathlib.Path(token_directory).iterdir()] in ([], [0])


async def test_on_a_full_disk_a_miner_that_gives_no_more_tokens_is_asked_once(
    elsewhere, token_directory, monkeypatch
):
    without_room(monkeypatch, token_directory, "files")
    ask = Asked(*[TokenLimit("no more")] * 9)
    for _process in range(9):
        with pytest.raises(TokenLimit):
            await Tokens(token_directory).challenge(MINER, ask)
    assert ask.times == 1


async def test_a_disk_that_fills_up_while_a_token_is_asked_for_costs_none(token_directory, monkeypatch):
    asked = []

    async def ask():
        without_room(monkeypatch, token_directory, "bytes")
        asked.append(1)
        return challenge(1)

    for _process in range(2):
        assert await Tokens(token_directory).challenge(MINER, ask) == challenge(1)
    assert asked == [1]


@pytest.mark.parametrize("planted_as", ["link", "open to others"])
async def test_what_somebody_else_planted_elsewhere_is_not_used(elsewhere, tmp_path, planted_as):
    own, theirs = elsewhere / f"whatsminer-{os.geteuid()}", tmp_path / "theirs"
    theirs.mkdir(0o700)
    if planted_as == "link":
        own.symlink_to(theirs)
    else:
        own.mkdir()
        own.chmod(0o777)
    kept, ask = Tokens("/dev/null/nowhere"), Asked()
    assert [await kept.challenge(MINER, ask) for _each in range(2)] == [challenge(1)] * 2
    assert list(theirs.iterdir()) == [] == list(own.iterdir())
