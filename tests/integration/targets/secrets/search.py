# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find secrets where they must not be.

search.py list TOKENS CONTROL OUT   write all secrets, {name: text}: passwords; keys and signs of the tokens
                                    that were kept, in the directories in TOKENS; tokens and keys of what the
                                    miners of the simulator at CONTROL were sent over API 3
search.py watch OUT PATH...         until SIGTERM, write down the argument lists and environments of all
                                    processes of this test, and what others could read in files below PATH
search.py files SECRETS PATH...     print each place that holds one; the exit status is 1 if there is any
search.py driven RESULTS            print what RESULTS, as callback_plugins/driven.py writes it, lacks; the
                                    exit status is 1 if there is anything
search.py figures SECRETS OUT       write down how much was searched, where `make reliability` finds it
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import time
import urllib.parse
import urllib.request

PASSWORDS = {
    "the miner's password": "Mp_7kQ2z",
    "a wrong password": "Wp_5mN8x",
    "a new password": "Np_3vB6w",
    "the first pool's password": "poolpw-Alpha-1",
    "the second pool's password": "poolpw-Beta-22",
    "a refused pool password": "poolpw-Gamma-3",
    "the password of super": "Sp_6hT3y",
    "an old password of an account": "Up_4cR1z",
}
# Those with which somebody logs in.
LOGINS = [name for name in PASSWORDS if "pool" not in name]
WAYS = ("in-process", "shipped")
COLLECTION = pathlib.Path(os.environ["COLLECTION_ROOT"])
sys.path.insert(0, str(COLLECTION / "extensions"))


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
    from simulator.v3 import authentication

    salts = {
        miner["name"]: miner["state"]["api3_salt"]
        for miner in ask(control, "miners?full=1")["miners"]
        if "port3" in miner
    }
    for entry in ask(control, "journal")["journal"]:
        command, miner = entry["command"], entry["miner"]
        if miner in salts and command.startswith("set."):
            # Of the client's clock, a moment before.
            for which, ts in itertools.product(LOGINS, (int(entry["time"]), int(entry["time"]) - 1)):
                key = authentication.digest(command, PASSWORDS[which], salts[miner], ts)
                yield f"a token of {command} and {which} ({miner}, {ts})", authentication.token(key)
                yield f"a key of {command} and {which} ({miner}, {ts})", key.hex()


def secrets(tokens, control):
    """{name: text} of all that must not be seen.

    Key and sign as the API documents derive them, by the simulator's own hand.
    """
    from simulator import crypto

    found = dict(pair for name, text in PASSWORDS.items() for pair in forms(name, text))
    signed = dict(signatures(control))
    if not signed:
        sys.exit("nothing was signed")
    found.update(signed)
    count = 0
    for path in sorted(pathlib.Path(tokens).glob("*/*.json")):
        challenge = json.loads(path.read_text(encoding="utf-8"))["challenge"]
        if not challenge:
            continue
        moment, salt, newsalt = challenge[:3]
        count += 1
        for which in LOGINS:
            key = crypto.token_key(PASSWORDS[which], salt)
            about = f"{which} ({path.stem}, {path.parent.name})"
            found[f"a key of {about}"] = key
            found[f"a sign of {about}"] = crypto.token_sign(key, newsalt, moment[-4:])
        # A challenge opens nothing by itself, and belongs where tokens are kept and nowhere else.
        found[f"a salt ({path.stem}, {path.parent.name})"] = newsalt
    if not count:
        sys.exit(f"no tokens in {tokens}")
    return found


def grep(wanted, places, *options):
    """(place, name, what stands before it) of each of *wanted*, {name: text}, in the files below *places*:
    all secrets in one pass.
    """
    names = {text: name for name, text in wanted.items()}
    found = subprocess.run(
        ["grep", "-raobHZF", "-f", "-", *options, "--", *places],
        input="".join(f"{text}\n" for text in names).encode(),
        env={**os.environ, "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        check=False,
    )
    if found.returncode > 1:
        sys.exit(f"grep ended with status {found.returncode}")
    seen = set()
    for line in found.stdout.decode("utf-8", "replace").splitlines():
        place, _nul, match = line.partition("\0")
        offset, _colon, text = match.partition(":")
        if (place, text) not in seen:
            seen.add((place, text))
            with open(place, "rb") as file:
                file.seek(max(0, int(offset) - 200))
                before = file.read(min(200, int(offset))).rpartition(b"\n")[2]
            yield place, names[text], before.decode("utf-8", "replace").strip()


def search_files(wanted, paths):
    """Print what is found; return the number of finds."""
    places = [path for path in paths if os.path.exists(path)]
    found = list(grep(wanted, places, "--exclude-dir=tokens"))
    tokens = [str(path) for place in places for path in pathlib.Path(place).glob("**/whatsminer/tokens")]
    # What belongs there.
    others = {name: text for name, text in wanted.items() if not name.startswith("a salt")}
    found += grep(others, tokens) if tokens else []
    for place, name, before in found:
        print(f"{place} holds {name}, after: {before}")
    return len(found)


class Watch:
    """What all processes that this test has started show while they run: other tests have secrets of their
    own.
    """

    def __init__(self, paths):
        self._paths = paths
        self._ours = f"ANSIBLE_LOCAL_TEMP={os.environ['ANSIBLE_LOCAL_TEMP']}".encode()
        self.processes = set()
        self._others = set()
        self._read = set()
        self.shown = {"arguments": set(), "environments": set(), "temporary": set()}

    def look(self):
        """Once."""
        there = {entry for entry in os.listdir("/proc") if entry.isdigit()}
        self._others &= there
        for entry in there - self._others:
            with contextlib.suppress(OSError):
                self._look_at_process(pathlib.Path("/proc", entry))
        for path in self._paths:
            self._look_below(path)

    def _look_at_process(self, process):
        environment = (process / "environ").read_bytes()
        if self._ours in environment.split(b"\0"):
            self.processes.add(process.name)
            self.shown["environments"].add(environment.replace(b"\0", b" "))
            self.shown["arguments"].add((process / "cmdline").read_bytes().replace(b"\0", b" "))
        elif environment:
            self._others.add(process.name)

    def _look_below(self, path):
        for at, directories, names in os.walk(path):
            for name in [*directories, *names]:
                with contextlib.suppress(OSError):
                    found = os.lstat(os.path.join(at, name))
                    if stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o011:
                        directories.remove(name)  # nobody else gets there
                    elif stat.S_ISREG(found.st_mode) and found.st_mode & 0o044:
                        self._read_once(os.path.join(at, name), found)

    def _read_once(self, path, found):
        version = (found.st_ino, found.st_mtime_ns, found.st_size)
        if version not in self._read:
            self._read.add(version)
            self.shown["temporary"].add(f"{path}\n".encode() + pathlib.Path(path).read_bytes())


def watch(out, paths):
    """Look again and again, and write down in files that are called *out* and what is in them."""
    ended = []
    signal.signal(signal.SIGTERM, lambda *_signal: ended.append(True))
    seen = Watch(paths)
    while not ended:
        seen.look()
        time.sleep(0.05)
    for kind, found in seen.shown.items():
        pathlib.Path(f"{out}.{kind}").write_bytes(b"\n".join(sorted(found)))
    pathlib.Path(f"{out}.processes").write_text("".join(f"{each}\n" for each in sorted(seen.processes)))


# --- Whether all was driven ---------------------------------------------------------------------------------


def lacking(results):
    """What *results*, dicts, lack: each module and role must have been seen to succeed and to fail, each
    module that can be shipped to succeed in both ways, and each playbook to have run.
    """
    done = {(row["outcome"], row["way"], row["module"].rpartition(".")[2]) for row in results}
    roles = {(row["outcome"], row["role"].rpartition(".")[2]) for row in results}
    playbooks = {row["playbook"] for row in results}
    for module in sorted(path.stem for path in (COLLECTION / "plugins/modules").glob("*.py")):
        if not any((("failed", way, module) in done) for way in WAYS):
            yield f"module {module}: failed"
        is_shipped = module.startswith("whatsminer_") and module != "whatsminer_fleet"
        for way in WAYS if is_shipped else WAYS[:1]:
            if ("ok", way, module) not in done:
                yield f"module {module}: ok, {way}"
    for role in sorted(path.name for path in (COLLECTION / "roles").iterdir() if path.is_dir()):
        for outcome in ("ok", "failed"):
            if (outcome, role) not in roles:
                yield f"role {role}: {outcome}"
    for playbook in sorted(path.name for path in (COLLECTION / "playbooks").glob("*.yml")):
        if playbook not in playbooks:
            yield f"playbook {playbook}"


def figures(wanted, out):
    """How much was searched, by what was found to be there."""
    files = [path for path in pathlib.Path(out).rglob("*") if path.is_file()]
    rows = [json.loads(line) for line in (pathlib.Path(out) / "results").read_text().splitlines()]
    return {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "passwords": len(PASSWORDS),
        "secrets": len(wanted),
        "files": len(files),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6, 1),
        "processes": sum(len(path.read_text().split()) for path in files if path.suffix == ".processes"),
        "results": len(rows),
        "modules": len({row["module"] for row in rows if row["module"].startswith("minerops.")}),
        "roles": len({row["role"] for row in rows if row["role"]}),
        "playbooks": len(list((COLLECTION / "playbooks").glob("*.yml"))),
    }


def main():
    action, first, *rest = sys.argv[1:]
    path = pathlib.Path(first)
    if action == "watch":
        watch(first, rest)
        return 0
    if action == "driven":
        found = list(lacking([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]))
        print(*(f"not driven: {each}" for each in found), sep="\n")
        return 1 if found else 0
    if action == "list":
        control, out = rest
        pathlib.Path(out).write_text(json.dumps(secrets(first, control)), encoding="utf-8")
        return 0
    wanted = json.loads(path.read_text(encoding="utf-8"))
    if action == "figures":
        found = figures(wanted, rest[0])
        print(json.dumps(found))
        for build in COLLECTION.parents:
            if build.name == ".build":
                (build / "reliability").mkdir(exist_ok=True)
                (build / "reliability" / "secrets.json").write_text(f"{json.dumps(found, indent=1)}\n")
        return 0
    return 1 if search_files(wanted, rest) else 0


if __name__ == "__main__":
    sys.exit(main())
