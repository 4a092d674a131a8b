# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the simulator's control API, or tell it something.

``ansible.builtin.url`` and ``ansible.builtin.uri`` can do that too. The first one imports its HTTP client
anew in each worker process, the second one starts a Python process: a large part of what a test cost. This
plugin needs nothing that Ansible has not imported already.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: simulator
short_description: Ask or change the simulated fleet
description:
  - Returns what the simulator's control API answers to each URL.
author: The minerops.whatsminer authors (@minerops)
options:
  _terms:
    description: URLs of the control API, such as V(http://127.0.0.1:8000/miners/m1).
    required: true
  change:
    description: What to send as the body of a PATCH. Without it, the request is a GET.
    type: dict
"""

import json
import socket

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

TIMEOUT_SECONDS = 30


class LookupModule(LookupBase):
    """Sends a request for each URL."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        change = self.get_option("change")
        return [exchange(str(url), None if change is None else json.dumps(change)) for url in terms]


def exchange(url, body):
    """Return the decoded answer to a PATCH with this body, or to a GET where it is None.

    Raises AnsibleError where the simulator refuses it.
    """
    address, _slash, path = url.removeprefix("http://").partition("/")
    host, _colon, port = address.rpartition(":")
    content = (body or "").encode()
    method = "GET" if body is None else "PATCH"
    head = f"{method} /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        connection.sendall(head.encode() + content)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    answer_head, _blank, answer_body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in answer_head.partition(b"\r\n")[0]:
        raise AnsibleError(f"the simulator answers to {method} {url}: {answer.decode(errors='replace')}")
    return json.loads(answer_body)
