# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven over the pipe of its DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import time

SECONDS = 60
# Nothing of its own: neither updates nor a first-run page, no sandbox that root couldn't have, no /dev/shm
# that is too small.
FLAGS = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-default-browser-check",
    ),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ),
    *("--remote-debugging-pipe", "--mute-audio", "--password-store=basic"),
)


class BrowserFailed(Exception):
    """Chromium didn't do as it was told."""


class Page:
    """One page of a Chromium of its own, whose data are in *scratch*; it ends with the ``with`` block.

    ``requests`` are the URLs that were asked for, ``complaints`` what the console and uncaught errors said.
    """

    def __init__(self, program, scratch):
        self.requests = []
        self.complaints = []
        self._last = 0
        self._buffer = b""
        self._loaded = False
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        # Chromium reads its file 3 and writes to 4.
        command = ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", program]
        home = pathlib.Path(scratch, "browser")
        with open(f"{scratch}/browser.log", "wb") as log:
            self._process = subprocess.Popen(
                [*command, *FLAGS, f"--user-data-dir={home}", "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(to_browser, from_browser),
                start_new_session=True,
                env={
                    **os.environ,
                    "HOME": str(scratch),
                    "XDG_CONFIG_HOME": str(home),
                    "XDG_CACHE_HOME": str(home),
                },
            )
        os.close(to_browser)
        os.close(from_browser)
        self._session = None

    def __enter__(self):
        try:
            self._attach()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info):
        with contextlib.suppress(OSError, BrowserFailed):
            self._session = None
            self._send("Browser.close", {})
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        # All that it started are of its own process group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _attach(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    # The protocol: JSON with a zero byte behind

    def _send(self, method, params):
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        return self._last

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            readable, _writable, _failed = select.select(
                [self._in], [], [], max(0, deadline - time.monotonic())
            )
            data = os.read(self._in, 1 << 16) if readable else b""
            if not data:
                raise BrowserFailed("no answer in time" if not readable else "it ended")
            self._buffer += data
        message, _zero, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(message)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, event, params):
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif event == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif event == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"]))
        elif event == "Page.loadEventFired":
            self._loaded = True

    def call(self, method, **params):
        """The result of a command of the protocol. Raises BrowserFailed."""
        number, deadline = self._send(method, params), time.monotonic() + SECONDS
        while True:
            message = self._receive(deadline)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserFailed(f"{method}: {message['error']}")
                return message["result"]

    # What a reader does

    def open(self, url, width=1300, height=900, dark=False, scripts=True):
        """Load *url* in a window of that size; a narrow one is a phone's."""
        phone = width < 700
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._loaded = False
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + SECONDS
        while not self._loaded:
            self._receive(deadline)

    def value(self, expression):
        """What *expression*, in JavaScript, is on the page. Raises BrowserFailed with what it threw."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserFailed(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def click(self, selector):
        """Click with the mouse into the middle of the element, once it's in view."""
        x, y = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: "
            f"'center'}});"
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key):
        """Press and release a key, by its name."""
        text = {"Enter": "\r"}.get(key, "")
        code = {"Enter": 13, "Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text
            )

    def type(self, text):
        """Type *text* into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self, path, whole=False):
        """Write a picture of what is in view, or of the *whole* page, to *path*."""
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))
