# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sources on API 3 disagree about in requests: both forms, the likelier one as the default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Padding(Enum):
    """What fills the last AES block of an encrypted parameter (2.5)."""

    PKCS7 = "pkcs7"  # the vendor's own tools, and three more clients
    ZEROS = "zeros"  # one client; as API 2 does


@dataclass(frozen=True)
class Dialect:
    """How requests are written. In brackets stand the sections of the reference on API 3.

    *padding* (2.5). *quoted*: an encrypted parameter is JSON in a JSON string, as an old copy of the vendor's
    demonstration has it (2.5). *objects_as_text*: objects and lists that aren't encrypted are JSON in a JSON
    string, as that demonstration has them (2.6). *numbers*: what the document calls numbers goes as numbers,
    where firmware was seen to read strings alone (2.6). *null_param*: ``"param": null`` where there is no
    parameter (1).
    """

    padding: Padding = Padding.PKCS7
    quoted: bool = False
    objects_as_text: bool = False
    numbers: bool = False
    null_param: bool = False


LIKELIEST = Dialect()
