# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: run a fleet, talk to a running one, build firmware images."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import urllib.error
import urllib.parse
import urllib.request

from . import images
from .control import Control
from .fleet import DEFAULT_ADDRESS, DEFAULT_PORT, DEFAULT_SIM_PASSWORD, Fleet, FleetError, load_fleet_file, make_specs
from .generations import GENERATIONS, PRESETS
from .inventory import inventory, write_whole

PARENT_SECONDS = 0.5
READY_VARIABLE = "SIMULATOR_READY_FILE"


def main(arguments=None) -> int:
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="simulator: %(message)s")
    try:
        return options.action(options)
    except (FleetError, OSError, ValueError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser():
    parser = argparse.ArgumentParser(prog="simulator", description="A fleet of fake Whatsminers on loopback addresses.")
    actions = parser.add_subparsers(required=True, metavar="run | ctl | image")

    run = actions.add_parser("run", help="run a fleet until SIGTERM or SIGINT")
    run.add_argument("--fleet", metavar="FILE.yml", help="what the fleet is made of (README.md)")
    run.add_argument("--miners", type=int, metavar="N", help="so many miners, without a fleet file (default 10)")
    run.add_argument("--generations", default=",".join(GENERATIONS), metavar="LIST", help="in turn (default %(default)s)")
    run.add_argument("--address-from", metavar="IP", help=f"the first address (default {DEFAULT_ADDRESS})")
    run.add_argument("--port", type=int, help=f"each miner's port (default {DEFAULT_PORT})")
    run.add_argument("--ports-from", type=int, metavar="PORT", help="one address for all, a port each, from here")
    run.add_argument("--password", help=f"of each miner (default {DEFAULT_SIM_PASSWORD})")
    run.add_argument("--inventory", metavar="OUT.yml", help="write an Ansible inventory of the fleet")
    run.add_argument("--control", metavar="HOST:PORT", help="serve the control API there (0 = any free port)")
    run.add_argument("--ready-file", metavar="PATH", help="written when all miners listen: JSON with pid, control, inventory")
    run.add_argument("--latency-ms", type=float, default=0.0, metavar="N", help="before each reply")
    run.add_argument("--seed", type=int, help="the same salts in each run")
    run.add_argument("--parent-pid", type=int, metavar="PID", help="end when this process is gone")
    run.set_defaults(action=_run)

    ctl = actions.add_parser("ctl", help="ask and change a running fleet")
    ctl.add_argument("--ready-file", metavar="PATH", help="of the running fleet")
    ctl.add_argument("--control", metavar="URL", help="of the running fleet, instead of --ready-file")
    verbs = ctl.add_subparsers(required=True, dest="verb", metavar="list | get | set | journal | counters | reset")
    verbs.add_parser("list", help="all miners")
    verbs.add_parser("get", help="one miner").add_argument("name")
    change = verbs.add_parser("set", help="change one miner, or all")
    change.add_argument("name", help='a miner, or "*"')
    change.add_argument("changes", help="""JSON, for example '{"faults": {"silent": true}}'""")
    verbs.add_parser("journal", help="what arrived").add_argument("name", nargs="?")
    verbs.add_parser("counters", help="of all miners together")
    verbs.add_parser("reset", help="counters and journal to zero")
    ctl.set_defaults(action=_ctl)

    image = actions.add_parser("image", help="build a firmware image that the miners accept")
    image.add_argument("output")
    image.add_argument("--platform", help="of a plain image, for example H616")
    image.add_argument("--version", help="of a plain image, for example 20240924.14.REL")
    image.add_argument("--size", type=int, default=65536, help="bytes of filler (default %(default)s)")
    image.add_argument("--generation", choices=list(PRESETS), help="the API that the miner speaks afterwards")
    image.add_argument("--harm", type=json.loads, metavar="JSON", help="what it does to the miner (README.md)")
    image.add_argument("--combine", nargs="+", metavar="PLATFORM=FILE", help="wrap plain images into a combined one")
    image.add_argument("--relative-offsets", action="store_true", help="count offsets from the end of the header")
    image.set_defaults(action=_image)
    return parser


# --- run


def _run(options) -> int:
    if options.inventory:
        options.inventory = os.path.abspath(options.inventory)
    _raise_open_files()
    loop_factory = _fast_loop()
    loop = loop_factory() if loop_factory else asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_serve(options))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _specs(options):
    if options.fleet:
        if options.miners is not None or options.ports_from is not None:
            raise FleetError("--fleet goes without --miners and --ports-from")
        given = {"address": options.address_from, "port": options.port, "password": options.password}
        return load_fleet_file(options.fleet, {name: value for name, value in given.items() if value is not None})
    generations = [name.strip() for name in options.generations.split(",") if name.strip()]
    default = DEFAULT_ADDRESS if options.ports_from is None else "127.0.0.1"
    return make_specs(
        10 if options.miners is None else options.miners,
        generations or list(GENERATIONS),
        options.address_from or default,
        options.port if options.port is not None else DEFAULT_PORT,
        options.ports_from,
        password=options.password if options.password is not None else DEFAULT_SIM_PASSWORD,
    )


async def _serve(options) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    fleet = Fleet(_specs(options), seed=options.seed, latency_ms=options.latency_ms)
    await fleet.start()
    watch = None
    try:
        if options.control is not None:
            host, _colon, port = options.control.rpartition(":")
            try:
                await Control(fleet).start(host or "127.0.0.1", int(port))
            except OSError as error:
                raise FleetError(f"the control API cannot listen on {options.control}: {error.strerror}") from None
        if options.inventory:
            write_whole(options.inventory, inventory(fleet))
        ready = {
            "pid": os.getpid(),
            "control": fleet.control.url if fleet.control else None,
            "inventory": options.inventory,
            "miners": len(fleet),
        }
        if options.parent_pid is not None:
            watch = loop.create_task(_watch(options.parent_pid, stopped))
        first = next(iter(fleet))
        print(f"{len(fleet)} miners from {first.address} port {first.port}, control {ready['control']}", flush=True)
        if options.ready_file:
            write_whole(options.ready_file, json.dumps(ready) + "\n")
        await stopped.wait()
    finally:
        if watch is not None:
            watch.cancel()
        await fleet.stop()
        if options.ready_file:
            _forget(options.ready_file)
    return 0


def _forget(path):
    """Only the ready file of this process: another fleet may have written its own there."""
    try:
        with open(path, encoding="utf-8") as file:
            if json.load(file).get("pid") == os.getpid():
                os.unlink(path)
    except (OSError, ValueError):
        pass


async def _watch(pid, stopped):
    """A parent that dies leaves its child to another: then, or when the process is gone, the fleet ends."""
    child = os.getppid() == pid
    while not stopped.is_set():
        try:
            os.kill(pid, 0)
            gone = child and os.getppid() != pid
        except ProcessLookupError:
            gone = True
        except PermissionError:
            gone = False
        if gone:
            stopped.set()
        await asyncio.sleep(PARENT_SECONDS)


def _raise_open_files():
    try:
        import resource
    except ImportError:  # not on Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1 << 20
    if soft < hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def _fast_loop():
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


# --- ctl


def _ctl(options) -> int:
    url = options.control
    if not url:
        ready_file = options.ready_file or os.environ.get(READY_VARIABLE)
        if not ready_file:
            raise FleetError(f"ctl needs --ready-file, --control or the environment variable {READY_VARIABLE}")
        with open(ready_file, encoding="utf-8") as file:
            url = json.load(file)["control"]
        if not url:
            raise FleetError("this fleet runs without --control")
    name = urllib.parse.quote(getattr(options, "name", None) or "", safe="")
    if options.verb == "list":
        for miner in _call(url, "GET", "/miners")["miners"]:
            print("{name}  {address}:{port}  {generation}  {mac}  {phase}".format(**miner))
        return 0
    if options.verb == "get":
        answer = _call(url, "GET", "/miners/" + name)
    elif options.verb == "set":
        changes = json.loads(options.changes)
        answer = _call(url, "PATCH", "/miners" if options.name == "*" else "/miners/" + name, changes)
    elif options.verb == "journal":
        answer = _call(url, "GET", "/journal" + ("?miner=" + name if name else ""))
    elif options.verb == "counters":
        answer = _call(url, "GET", "/counters")
    else:
        answer = _call(url, "POST", "/reset-counters")
    print(json.dumps(answer, indent=2))
    return 0


def _call(url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method=method)
    # Loopback needs no proxy, whatever the environment says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise FleetError(json.load(error).get("error", str(error))) from None
    except urllib.error.URLError as error:
        raise FleetError(f"no control API at {url}: {error.reason}") from None


# --- image


def _image(options) -> int:
    if options.combine:
        parts = []
        for item in options.combine:
            platform, _equals, path = item.partition("=")
            with open(path, "rb") as file:
                parts.append((platform, file.read()))
        with open(options.output, "wb") as file:
            file.write(images.build_combined(parts, options.relative_offsets))
    elif options.platform and options.version:
        images.write(options.output, options.platform, options.version, options.size, options.generation, options.harm)
    else:
        raise FleetError("image needs --platform and --version, or --combine")
    return 0
