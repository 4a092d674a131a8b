# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: HTTP and JSON on loopback, for tests and demonstrations.

README.md lists what it offers.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import urllib.parse

MAX_BODY = 1 << 20
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}


class _Problem(Exception):
    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


class Control:
    """`await Control(fleet).start("127.0.0.1", 0)`, then `url`."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.url = ""
        self._server = None
        self._busy: set = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Control:
        """Raises ValueError for a host that is not loopback, OSError where the port can't be bound."""
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the control API shows passwords: it listens on loopback only, not on {host}")
        self._server = await asyncio.start_server(self._serve, host, port)
        address = self._server.sockets[0].getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        self.url = f"http://{shown}:{address[1]}"
        self.fleet.control = self
        return self

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in list(self._busy):
            task.cancel()
        if self._busy:
            await asyncio.wait(list(self._busy))
        self._server = None

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._busy.add(task)
        try:
            while True:
                request = await self._read(reader)
                if request is None:
                    break
                status, body = self._handle(*request)
                data = json.dumps(body).encode()
                head = (
                    f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: "
                    f"application/json\r\nContent-Length: {len(data)}\r\n\r\n"
                )
                writer.write(head.encode() + data)
                await writer.drain()
        except (
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
            ValueError,
        ):
            pass
        finally:
            self._busy.discard(task)
            writer.close()

    async def _read(self, reader):
        line = (await reader.readline()).decode("latin-1").split()
        if len(line) < 2:
            return None
        length = 0
        while True:
            header = (await reader.readline()).decode("latin-1").strip()
            if not header:
                break
            name, _colon, value = header.partition(":")
            if name.strip().lower() == "content-length":
                length = int(value)
        if not 0 <= length <= MAX_BODY:
            return None
        return line[0], line[1], await reader.readexactly(length)

    def _handle(self, method, target, body):
        url = urllib.parse.urlsplit(target)
        parts = [urllib.parse.unquote(part) for part in url.path.split("/") if part]
        query = dict(urllib.parse.parse_qsl(url.query))
        try:
            return 200, self._route(method, parts, query, body)
        except _Problem as problem:
            return problem.status, {"error": str(problem)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return 400, {"error": str(error)}

    def _route(self, method, parts, query, body):
        fleet = self.fleet
        if parts == ["miners"]:
            if method == "GET":
                full = query.get("full") in ("1", "true")
                return {"miners": [miner.describe() if full else miner.brief() for miner in fleet]}
            if method == "PATCH":
                return self._patch_many(_json(body))
        elif len(parts) == 2 and parts[0] == "miners":
            if parts[1] not in fleet.miners:
                raise _Problem(404, f"no miner {parts[1]!r}")
            miner = fleet[parts[1]]
            if method == "PATCH":
                miner.patch(_json(body))
            elif method != "GET":
                raise _Problem(405, "GET or PATCH")
            return miner.describe()
        elif parts == ["counters"] and method == "GET":
            return total(fleet)
        elif parts == ["reset-counters"] and method == "POST":
            fleet.reset_counters()
            return {"ok": True}
        elif parts == ["outages"] and method == "GET":
            return {"outages": list(fleet.outages), "limit": fleet.outages.maxlen}
        elif parts == ["journal"] and method == "GET":
            entries = fleet.journal_entries(query.get("miner"))
            if "command" in query:
                entries = [entry for entry in entries if entry["command"] == query["command"]]
            return {"journal": entries, "limit": fleet.journal.maxlen}
        raise _Problem(404, "nothing at {} /{}".format(method, "/".join(parts)))

    def _patch_many(self, changes):
        names = changes.pop("names", None)
        names = list(self.fleet.miners) if names is None else names
        for name in names:
            if name not in self.fleet.miners:
                raise _Problem(404, f"no miner {name!r}")
        for name in names:
            self.fleet[name].patch(changes)
        return {"changed": len(names)}


def _json(body):
    value = json.loads(body or b"{}")
    if not isinstance(value, dict):
        raise ValueError("a JSON object is wanted")
    return value


def total(fleet) -> dict:
    """The counters of all miners added up."""
    out: dict = {}
    for miner in fleet:
        for name, value in miner.counters.as_dict().items():
            if isinstance(value, dict):
                table = out.setdefault(name, {})
                for key, count in value.items():
                    table[key] = table.get(key, 0) + count
            else:
                out[name] = out.get(name, 0) + value
    return out
