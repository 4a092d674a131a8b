# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare asyncio client for miners of API 2.0: the exchanges of the collection's modules, in the fastest
obvious code.

It makes sure of its replies, and does nothing besides: no timeouts, no retries, no other firmware, no facts,
no results.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import json
import os
import struct
import sys

import job as job_of
from Crypto.Cipher import AES

sys.path.insert(0, str(job_of.collection() / "extensions"))
from simulator.crypto import md5_crypt  # libcrypt's, the fastest there is

CHUNK_BYTES = 256 * 1024


class Wrong(Exception):
    """A reply that isn't what was asked for."""


async def exchange(place, request: bytes) -> dict:
    """One connection, one request, one reply."""
    reader, writer = await asyncio.open_connection(*place)
    try:
        writer.write(request)
        return json.loads(await reader.read())
    finally:
        writer.close()


async def ask(place, command: str) -> dict:
    """The reply to a readable command, which must be a good one."""
    reply = await exchange(place, b'{"cmd":"%s"}' % command.encode())
    parts = [reply[name][0] for name in command.split("+")] if "+" in command else [reply]
    for part in parts:
        status = part["STATUS"]
        good = status[0]["STATUS"] if isinstance(status, list) else status
        if good != "S":
            raise Wrong(reply)
    return reply


async def sealed(place, password: str) -> tuple[str, AES]:
    """A token's sign, and the cipher that goes with it."""
    challenge = (await ask(place, "get_token"))["Msg"]
    key = md5_crypt(password, challenge["salt"])
    sign = md5_crypt(key + challenge["time"][-4:], challenge["newsalt"])
    return sign, AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_ECB)


def seal(cipher, sign: str, command: str, **params) -> bytes:
    """An encrypted request."""
    plain = json.dumps({"cmd": command, "token": sign, **params}).encode()
    data = base64.b64encode(cipher.encrypt(plain + bytes(-len(plain) % 16))).decode()
    return json.dumps({"enc": 1, "data": data}).encode()


def opened(cipher, reply: dict) -> dict:
    """The reply in an encrypted one, which must be a yes."""
    plain = json.loads(cipher.decrypt(base64.b64decode(reply["enc"])).rstrip(b"\0"))
    if plain["Code"] != 131:
        raise Wrong(plain)
    return plain


class Client:
    """The things to do to one miner; each returns what it read."""

    def __init__(self, job: dict) -> None:
        self._job = job

    async def facts(self, place):
        """What whatsminer_facts reads."""
        joined = await ask(place, "summary+edevs+devdetails+pools")
        alone = [
            await ask(place, name)
            for name in ("status", "get_version", "get_psu", "get_miner_info", "get_error_code")
        ]
        return joined, alone

    async def power_off(self, place):
        """What whatsminer_power does: look, switch off, read back."""
        await ask(place, "summary")
        if self._is_off(await ask(place, "status")):
            raise Wrong("off already")
        sign, cipher = await sealed(place, self._job["password"])
        opened(cipher, await exchange(place, seal(cipher, sign, "power_off", respbefore="true")))
        if not self._is_off(await ask(place, "status")):
            raise Wrong("still on")

    @staticmethod
    def _is_off(reply):
        return str(reply["Msg"]["mineroff"]).lower() == "true"

    async def converged(self, place):
        """What whatsminer_config reads of a miner that is as declared."""
        await self._look(place, self._job["pools"], True)

    async def drifted(self, place):
        """What whatsminer_config does to a miner that has other pools."""
        await self._look(place, self._job["pools"], False)
        params = {f"{key}{slot}": "" for slot in (1, 2, 3) for key in ("pool", "worker", "passwd")}
        for slot, (url, user) in enumerate(self._job["pools"], start=1):
            params.update({f"pool{slot}": url, f"worker{slot}": user, f"passwd{slot}": "x"})
        sign, cipher = await sealed(place, self._job["password"])
        opened(cipher, await exchange(place, seal(cipher, sign, "update_pools", **params)))
        await self._look(place, self._job["pools"], True, status=False)

    async def _look(self, place, pools, as_declared, status=True):
        reply = await ask(place, "summary+pools")
        found = [[pool["URL"], pool["User"]] for pool in reply["pools"][0]["POOLS"] if pool["URL"]]
        if (found == [list(pool) for pool in pools]) != as_declared or reply["summary"][0]["SUMMARY"][0][
            "Power Mode"
        ] != "Normal":
            raise Wrong(reply)
        if status and self._is_off(await ask(place, "status")):
            raise Wrong("off")

    async def firmware(self, place):
        """What whatsminer_firmware sends, without the wait for the reboot."""
        for name in ("summary", "status", "get_version"):
            await ask(place, name)
        sign, cipher = await sealed(place, self._job["password"])
        size = os.path.getsize(self._job["image"])
        reader, writer = await asyncio.open_connection(*place)
        try:
            writer.write(seal(cipher, sign, "update_firmware"))
            if b"ready" not in await reader.readuntil(b"}"):  # which API 2.0 says in plaintext
                raise Wrong("not ready")
            writer.write(struct.pack("<I", size))
            with open(self._job["image"], "rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    writer.write(chunk)
                    await writer.drain()
            await reader.read()
        finally:
            writer.close()


async def connects(place):
    """Whether anything listens there."""
    try:
        _reader, writer = await asyncio.open_connection(*place)
    except OSError:
        return False
    writer.close()
    return True


async def main() -> None:
    """Do the job."""
    job = job_of.read()
    if job["what"] == "scan":
        port = job["addresses"][0][1]
        places = [(str(address), port) for address in ipaddress.ip_network(job["network"] + "/20")]
        one, of = connects, len(job["addresses"])
    else:
        places = job["addresses"][: job.get("first")]
        one, of = getattr(Client(job), job["what"]), len(places)

    async def work():
        return await job_of.in_turns(one, places, job["concurrency"])

    def whole(answers):
        return sum(answer is not False and not isinstance(answer, Exception) for answer in answers)

    await job_of.timed(job, work, whole, of)


if __name__ == "__main__":
    asyncio.run(main())
