# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find secrets where they must not be.

search.py list TOKENS CONTROL OUT   write all secrets, {name: text}: passwords; keys and signs of the tokens
                                    kept in TOKENS; tokens and keys of what the miners of the simulator at
                                    CONTROL were sent over API 3
search.py files SECRETS PATH...     print each place that holds one; the exit status is 1 if there is any
search.py watch OUT                 write down the argument lists of all processes, until SIGTERM
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import signal
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.environ["COLLECTION_ROOT"], "extensions"))
from simulator import crypto  # noqa: E402  # pylint: disable=wrong-import-position
from simulator.v3 import authentication  # noqa: E402  # pylint: disable=wrong-import-position

PASSWORDS = {
    "the miner's password": "Mp_7kQ2z",
    "a wrong password": "Wp_5mN8x",
    "a new password": "Np_3vB6w",
    "the first pool's password": "poolpw-Alpha-1",
    "the second pool's password": "poolpw-Beta-22",
    "a refused pool password": "poolpw-Gamma-3",
}


def forms(name, text):
    """A secret as it stands, and as it may be wrapped."""
    yield name, text
    yield f"{name}, in base64", base64.b64encode(text.encode()).decode().rstrip("=")
    yield f"{name}, quoted", urllib.parse.quote(text, safe="")
    yield f"{name}, in hex", text.encode().hex()


def ask(control, path):
    """The simulator's answer."""
    with urllib.request.urlopen(f"{control}/{path}", timeout=60) as reply:
        return json.load(reply)


def signatures(control):
    """(name, text) of the tokens and keys of API 3's writes: a token is how the key begins in base64."""
    salts = {
        miner["name"]: miner["state"]["api3_salt"]
        for miner in ask(control, "miners?full=1")["miners"]
        if "port3" in miner
    }
    for entry in ask(control, "journal")["journal"]:
        command, miner = entry["command"], entry["miner"]
        if miner in salts and command.startswith("set."):
            password = PASSWORDS["a wrong password" if miner.startswith("wrong") else "the miner's password"]
            for ts in (int(entry["time"]), int(entry["time"]) - 1):  # of the client's clock, a moment before
                key = authentication.digest(command, password, salts[miner], ts)
                yield f"a token of {command} ({miner}, {ts})", authentication.token(key)
                yield f"a key of {command} ({miner}, {ts})", key.hex()


def secrets(tokens, control):
    """{name: text} of all that must not be seen.

    Key and sign as the API documents derive them, by the simulator's own hand.
    """
    found = dict(pair for name, text in PASSWORDS.items() for pair in forms(name, text))
    signed = dict(signatures(control))
    if not signed:
        sys.exit("nothing was signed")
    found.update(signed)
    count = 0
    for path in sorted(pathlib.Path(tokens).glob("*.json")):
        challenge = json.loads(path.read_text(encoding="utf-8"))["challenge"]
        if not challenge:
            continue
        moment, salt, newsalt = challenge[:3]
        count += 1
        for which in ("the miner's password", "a wrong password"):
            key = crypto.token_key(PASSWORDS[which], salt)
            found[f"a key of {which} ({path.stem})"] = key
            found[f"a sign of {which} ({path.stem})"] = crypto.token_sign(key, newsalt, moment[-4:])
        # A challenge opens nothing by itself, and belongs where tokens are kept and nowhere else.
        found[f"a salt ({path.stem})"] = newsalt
    if not count:
        sys.exit(f"no tokens in {tokens}")
    return found


def places(paths):
    """(name, bytes) of all files in *paths*, but for those where tokens are kept."""
    for path in paths:
        files = (
            [path]
            if os.path.isfile(path)
            else [os.path.join(at, name) for at, _d, names in os.walk(path) for name in names]
        )
        for file in files:
            if os.sep + os.path.join("whatsminer", "tokens") + os.sep not in file:
                with open(file, "rb") as stream:
                    yield file, stream.read()


def show(place, name, data, text):
    at = data.index(text.encode())
    around = data[max(0, data.rfind(b"\n", 0, at)) : at]
    print(f"{place} holds {name}, after: {around[-200:].decode('utf-8', 'replace').strip()}")


def search_files(wanted, paths):
    """Print what is found; return the number of finds."""
    found = 0
    for place, data in places(paths):
        for name, text in wanted.items():
            if text.encode() in data:
                show(place, name, data, text)
                found += 1
    return found


def watch(out):
    """Look at the argument lists of all that this test has started, again and again: other tests have secrets
    of their own.
    """
    ended = []
    ours = f"ANSIBLE_LOCAL_TEMP={os.environ['ANSIBLE_LOCAL_TEMP']}".encode()
    signal.signal(signal.SIGTERM, lambda *_signal: ended.append(True))
    seen = set()
    while not ended:
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                process = pathlib.Path("/proc", entry)
                with contextlib.suppress(OSError):
                    if ours in (process / "environ").read_bytes().split(b"\0"):
                        seen.add((process / "cmdline").read_bytes().replace(b"\0", b" "))
        time.sleep(0.05)
    pathlib.Path(out).write_bytes(b"\n".join(sorted(seen)))


def main():
    action, first, *rest = sys.argv[1:]
    if action == "list":
        control, out = rest
        pathlib.Path(out).write_text(json.dumps(secrets(first, control)), encoding="utf-8")
        return 0
    if action == "watch":
        watch(first)
        return 0
    wanted = json.loads(pathlib.Path(first).read_text(encoding="utf-8"))
    return 1 if search_files(wanted, rest) else 0


if __name__ == "__main__":
    sys.exit(main())
