# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firmware: the right part of the right file, sent once, and called a success only once the miner runs it."""

from __future__ import annotations

import contextlib
import hashlib
import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotConverged,
    TransferFailed,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import restarts
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import firmware
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    GARBAGE,
    SUMMARY,
    FakeMiner,
    Sealed,
    Upload,
    refuses,
    says,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import (
    OTHER_MAC,
    PASSWORD,
    QUICK,
)

GENERATIONS = ["1.3", "1.4", "2.0", "2.2", "3", "3-only"]
NEW = "20260101.1.REL"
ON = {"btmineroff": "false"}
VERSION = {"api_ver": "2.0.5", "fw_ver": "20230911.12.REL"}
COMMANDS = {"update_firmware", "set.system.update_firmware"}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(restarts, "LONGEST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(firmware, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(firmware, "UNCONFIRMED_SECONDS", 0.2)


@pytest.fixture
def simulated(token_directory):
    """`simulated(generation, options, **fields of the simulator's spec)`: an async context manager that gives
    a machine, and a Miner that leads to it.
    """
    import simulator

    @contextlib.asynccontextmanager
    async def start(generation="2.0", options=None, *, mac=None, **fields):
        spec = simulator.MinerSpec(
            name="m",
            generation=generation,
            address="127.0.0.1",
            port=0,
            options={**QUICK, "flash_seconds": 0.0, **(options or {})},
            **fields,
        )
        async with simulator.Fleet([spec], seed=1) as fleet:
            machine = fleet["m"]
            yield (
                machine,
                Miner(
                    "127.0.0.1",
                    machine.port or None,
                    PASSWORD,
                    api="auto" if generation.startswith("3") else "2",
                    api3_port=machine.port3 or None,
                    mac=mac,
                    reply_timeout=1,
                    tokens=Tokens(token_directory),
                    known_apis=KnownApis(token_directory),
                ),
            )

    return start


@pytest.fixture
def image(tmp_path):
    """`image(platform, version)`: the path of an image for the simulator."""
    import simulator

    def write(platform="H6OS", version=NEW, **fields):
        path = tmp_path / f"{platform}-{version}.bin"
        simulator.images.write(path, platform, version, **fields)
        return str(path)

    return write


def params_of(src, version=NEW, **others):
    defaults = {"checksum": None, "force": False, "wait": True, "wait_timeout": 5, "applied": {}}
    return {"src": src, "version": version, **defaults, **others}


def sent_to(machine):
    """How many images the machine was sent."""
    return sum(count for name, count in machine.counters.requests.items() if name in COMMANDS)


# --- Flashed and seen to run --------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_an_image_is_sent_once_and_the_miner_then_runs_its_version(simulated, image, generation):
    async with simulated(generation) as (machine, miner):
        path, before = image(machine.platform), machine.state.firmware
        result = await firmware.flash(miner, params_of(path))
        assert result.changed
        assert set(result.commands) < COMMANDS
        assert result.values == {"version": NEW, "previous_version": before}
        assert machine.state.firmware == NEW
        assert not (await firmware.flash(miner, params_of(path))).changed
        assert sent_to(machine) == 1


@pytest.mark.parametrize("generation", ["2.0", "3"])
async def test_check_mode_says_what_would_run_and_sends_nothing(simulated, image, generation):
    async with simulated(generation) as (machine, miner):
        before = machine.state.firmware
        result = await firmware.flash(miner, params_of(image(machine.platform)), check_mode=True)
        assert (result.changed, result.commands) == (True, [])
        assert (result.before, result.after) == ({"firmware": before}, {"firmware": NEW})
        assert sent_to(machine) == 0


async def test_force_sends_the_version_that_runs_already(simulated, image):
    async with simulated() as (machine, miner):
        path = image(machine.platform, machine.state.firmware)
        assert not (await firmware.flash(miner, params_of(path, machine.state.firmware))).changed
        result = await firmware.flash(miner, params_of(path, machine.state.firmware, force=True))
        assert result.changed
        assert sent_to(machine) == 1


async def test_without_wait_the_result_says_that_nobody_looked(simulated, image):
    async with simulated() as (machine, miner):
        result = await firmware.flash(miner, params_of(image(machine.platform), wait=False))
        assert result.changed
        assert "wasn't waited for" in result.warnings[0]


async def test_progress_is_said_in_tenths(simulated, image):
    said = []
    async with simulated("3") as (machine, miner):
        miner.on_progress = said.append
        await firmware.flash(miner, params_of(image(machine.platform, size=2_000_000)))
    assert said[-1] == "firmware: 2.0 of 2.0 MB sent (100 %)"
    assert len(said) <= 11


# --- Without a version --------------------------------------------------------------------------------------


async def test_an_image_without_a_version_is_flashed_once_and_then_known_by_its_digest(simulated, image):
    async with simulated() as (machine, miner):
        path = image(machine.platform)
        result = await firmware.flash(miner, params_of(path, None))
        assert result.after == {"firmware": path.rpartition("/")[2]}
        assert not (await firmware.flash(miner, params_of(path, None, applied=result.applied))).changed
        other = image(machine.platform, "20260202.2.REL")
        assert (await firmware.flash(miner, params_of(other, None, applied=result.applied))).changed
        assert sent_to(machine) == 2


async def test_without_wait_nothing_is_recorded_since_nobody_saw_it_run(simulated, image):
    async with simulated() as (machine, miner):
        result = await firmware.flash(miner, params_of(image(machine.platform), None, wait=False))
        assert result.applied is None


async def test_a_miner_that_comes_back_as_it_was_is_a_warning_where_no_version_is_declared(simulated, image):
    async with simulated(faults={"keep_old_version": True}) as (machine, miner):
        result = await firmware.flash(miner, params_of(image(machine.platform), None))
        assert any(machine.state.firmware in warning for warning in result.warnings)


async def test_an_unreadable_image_is_named(simulated, tmp_path):
    async with simulated() as (_machine, miner):
        with pytest.raises(BadParameter, match=r"nowhere\.bin: No such file"):
            await firmware.flash(miner, params_of(str(tmp_path / "nowhere.bin"), None))


# --- What is refused before anything is sent ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"src": "a\0b"}, "src"),
        ({"version": ""}, "version"),
        ({"version": "new; reboot"}, "version"),
        ({"checksum": "sha256:12"}, "checksum"),
        ({"checksum": "md5:" + "0" * 64}, "checksum"),
        ({"checksum": "sha256:" + "0" * 64}, "checksum"),
        ({"src": "/nowhere/image.bin"}, "src"),
    ],
)
async def test_a_wrong_option_is_named_and_the_miner_sent_nothing(simulated, image, changes, named):
    async with simulated() as (machine, miner):
        with pytest.raises(BadParameter, match=f"^m?.*{named} must be"):
            await firmware.flash(miner, {**params_of(image(machine.platform)), **changes})
        assert sent_to(machine) == 0


async def test_an_image_of_the_declared_checksum_is_sent(simulated, image):
    async with simulated() as (machine, miner):
        path = image(machine.platform)
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        assert (await firmware.flash(miner, params_of(path, checksum=digest.upper()))).changed


def test_an_empty_image_is_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(BadParameter, match="0 bytes"):
        firmware.parts_of(str(tmp_path / "empty"))


# --- Combined images ----------------------------------------------------------------------------------------


def combined(tmp_path, *platforms, relative=False, cut=0):
    """The path of a combined image for *platforms*, without its last *cut* bytes, and the images in it."""
    import simulator

    # Longer than the header, so that no offset from its end looks like one from the file's start.
    inside = {name: simulator.images.build(name, NEW, 9000) for name in platforms}
    data = simulator.images.build_combined(list(inside.items()), relative=relative)
    path = tmp_path / "combined.bin"
    path.write_bytes(data[: len(data) - cut])
    return str(path), inside


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("platform", ["h616", "H616", "zynq"])
def test_of_a_combined_image_a_miner_gets_the_part_of_its_platform(tmp_path, relative, platform):
    path, inside = combined(tmp_path, "H616", "zynq", relative=relative)
    part = firmware.part_for(path, platform)
    with open(path, "rb") as file:
        file.seek(part.offset)
        assert file.read(part.size) == inside["zynq" if platform == "zynq" else "H616"]


@pytest.mark.parametrize(("platform", "said"), [("H3", "H3"), (None, "which it does not show")])
def test_a_combined_image_without_the_miner_s_platform_is_refused_with_those_that_it_has(
    tmp_path, platform, said
):
    path, _inside = combined(tmp_path, "H616", "zynq")
    with pytest.raises(BadParameter, match=re.escape(f"{said} (it is for h616, zynq)")):
        firmware.part_for(path, platform)


def test_a_combined_image_that_was_cut_off_is_refused(tmp_path):
    path, _inside = combined(tmp_path, "H616", "zynq", cut=1)
    with pytest.raises(BadParameter, match="lacks some of its part for zynq"):
        firmware.parts_of(path)


@pytest.mark.parametrize(
    "header",
    [
        b"\0" * 20000,  # no packages
        b"\xff" * 20000,  # more packages than fit
        b"\0" * 20 + b"\1\0\0\0" + b"\xff" * 20000,  # names that are none
    ],
)
def test_a_long_file_that_only_looks_like_a_combined_image_is_sent_whole(tmp_path, header):
    path = tmp_path / "plain.bin"
    path.write_bytes(header)
    assert firmware.part_for(str(path), "H616") == firmware.Part(None, 0, len(header))


async def test_a_miner_takes_its_slice_of_a_combined_image(simulated, tmp_path):
    async with simulated("2.2") as (machine, miner):
        path, _inside = combined(tmp_path, machine.platform, "zynq")
        assert (await firmware.flash(miner, params_of(path))).values["version"] == NEW


# --- What goes wrong on the way -----------------------------------------------------------------------------


async def failed(miner, params, kind):
    with pytest.raises(kind) as caught:
        await firmware.flash(miner, params)
    return caught.value


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_an_image_that_is_not_for_the_model_is_no_success_and_the_miner_runs_as_before(
    simulated, image, generation
):
    async with simulated(generation) as (machine, miner):
        before = machine.state.firmware
        error = await failed(miner, params_of(image("another")), TransferFailed)
        assert f"came back with version {before} and not {NEW}" in str(error)
        assert "the miner runs as before" in error.remedy
        assert error.result.changed
        assert sent_to(machine) == 1


@pytest.mark.parametrize("generation", ["2.0", "3"])
async def test_a_transfer_that_breaks_off_says_how_far_it_came_and_changes_nothing(
    simulated, image, generation
):
    async with simulated(generation, faults={"drop_upload_after": 100_000}) as (machine, miner):
        path = image(machine.platform, size=30_000_000)
        error = await failed(miner, params_of(path), TransferFailed)
        assert re.search(r"broke off after \d+ of \d+ bytes", str(error))
        assert machine.state.firmware != NEW


@pytest.mark.parametrize("generation", ["2.0", "3"])
async def test_a_miner_that_does_not_get_ready_is_sent_nothing_of_the_image(simulated, image, generation):
    faults = {"write_lost": ["*"]}
    async with simulated(generation, faults=faults) as (machine, miner):
        error = await failed(miner, params_of(image(machine.platform)), TransferFailed)
        assert "Nothing of the image was sent" in error.remedy
        assert machine.counters.upload_bytes == 0


async def test_an_image_that_vanishes_before_it_is_sent_is_an_error_of_the_file(
    simulated, image, monkeypatch
):
    async with simulated() as (machine, miner):
        path = image(machine.platform)

        def gone(*_arguments):
            raise FileNotFoundError(2, "No such file or directory")

        monkeypatch.setattr(firmware, "part_for", lambda *_arguments: firmware.Part(None, 0, 10))
        monkeypatch.setattr(firmware.files, "opened", gone)
        error = await failed(miner, params_of(path), TransferFailed)
        assert f"{path} can't be read" in str(error)
        assert error.command == "update_firmware"


@pytest.mark.parametrize("generation", ["2.0", "3"])
async def test_another_machine_that_comes_back_is_no_success(simulated, image, generation):
    async with simulated(generation, faults={"mac_after_reboot": OTHER_MAC}) as (machine, miner):
        error = await failed(miner, params_of(image(machine.platform)), WrongMachine)
        assert OTHER_MAC in error.problem
        assert error.result.commands


@pytest.mark.parametrize("generation", ["2.0", "3"])
async def test_a_miner_that_does_not_come_back_is_said_to_be_away_after_the_time_allowed(
    simulated, image, generation
):
    async with simulated(generation, faults={"hang_after_reboot": True}) as (machine, miner):
        error = await failed(miner, params_of(image(machine.platform), wait_timeout=0.5), NotConverged)
        assert "the image was sent, and after 0.5 s" in str(error)
        assert error.result.changed


async def test_a_firmware_that_hides_the_mac_until_btminer_runs_is_waited_for(simulated, image):
    """Any machine may have come back: the version alone doesn't tell."""
    async with simulated("1.3", {"restart_seconds": 0.6}, mac=None) as (machine, miner):
        miner.identity.pinned_mac = machine.state.mac
        result = await firmware.flash(miner, params_of(image(machine.platform)))
        assert result.values["version"] == NEW
        assert machine.btminer_answers


async def test_a_firmware_that_never_shows_the_mac_is_no_success(simulated, image):
    async with simulated("1.3", {"restart_seconds": 60.0}) as (machine, miner):
        miner.identity.pinned_mac = machine.state.mac
        error = await failed(miner, params_of(image(machine.platform), wait_timeout=0.5), NotConverged)
        assert "not yet its MAC, since its btminer is down" in str(error)


# --- What confirms an image ---------------------------------------------------------------------------------


def takes_image(answer):
    """A miner that takes an image, gives *answer*, and goes on as it was."""
    shown = {"summary": SUMMARY, "status": says(msg=ON), "get_version": says(msg=VERSION)}
    return FakeMiner({"update_firmware": Upload(answer), **shown})


@pytest.mark.parametrize("answer", [b"", GARBAGE])
async def test_a_miner_that_neither_confirms_the_image_nor_restarts_may_not_have_got_all_of_it(
    token_directory, tmp_path, answer
):
    (tmp_path / "image").write_bytes(b"image")
    async with takes_image(answer) as fake:
        error = await failed(fake.client(token_directory), params_of(str(tmp_path / "image")), TransferFailed)
        assert "neither confirms it nor restarts" in str(error)
        assert "Run again" in error.remedy
        assert fake.files == [b"image"]


@pytest.mark.parametrize("answer", [says(), Sealed(says())])
async def test_a_miner_that_confirmed_the_image_has_all_the_time_allowed(token_directory, tmp_path, answer):
    (tmp_path / "image").write_bytes(b"image")
    async with takes_image(answer) as fake:
        miner = fake.client(token_directory)
        error = await failed(miner, params_of(str(tmp_path / "image"), wait_timeout=0.4), NotConverged)
        assert "after 0.4 s it hasn't restarted" in str(error)


@pytest.mark.parametrize("answer", [refuses(132), Sealed(refuses(132))])
async def test_an_image_that_the_miner_refuses_has_failed_and_says_its_code(
    token_directory, tmp_path, answer
):
    (tmp_path / "image").write_bytes(b"image")
    async with takes_image(answer) as fake:
        error = await failed(fake.client(token_directory), params_of(str(tmp_path / "image")), TransferFailed)
        assert (error.code, fake.files) == (132, [b"image"])
