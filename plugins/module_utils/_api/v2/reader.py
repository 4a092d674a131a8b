# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read one reply from bytes that arrive in any pieces, without any I/O.

A `ReplyReader` takes the bytes, says when the reply is whole, and gives the `Reply` that they hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import EmptyReply, NotAMiner, OversizedReply, TruncatedReply
from ..excerpt import printable
from ..json_text import DECODER, MAX_DEPTH, MAX_REPLY_BYTES, bounded, check_extent, is_deeper, load
from .replies import from_json
from .text_replies import from_text

if TYPE_CHECKING:
    from typing import Any

    from .replies import Reply


_BLANK = b" \t\r\n\0\xef\xbb\xbf"  # with the byte order mark, which no JSON or text begins with otherwise
_BLANKS = re.compile(b"[" + re.escape(_BLANK) + b"]*")
_STARTS_JSON = b'{["'  # a text that holds the JSON of the reply begins with a quote
_ENDS_JSON = (b"}", b"]")
# A reply of some kilobytes comes in about as many pieces.
_TRIES = 8
# Up to the next bracket or string, over whole strings without escapes: a flat object is crossed in a few such
# steps. Not in a single one, since the repetition takes memory.
_MARK = re.compile(rb'[^"{}\[\]]*(?:"[^"\\]*"[^"{}\[\]]*){0,64}(["{}\[\]])')
_STRING_MARK = re.compile(rb'[^"\\]*(["\\])')
_END_OF_TEXT = re.compile(rb"[\n\0]")

# How an object may end whose closing brace alone is missing. A number there may have lost digits with the
# brace, and a Code of 13 isn't a Code of 131; cgminer's "id", which always comes last, tells nothing.
_WHOLE_MEMBER = re.compile(rb'(?:["\]}]|\btrue|\bfalse|\bnull|"id"\s*:\s*\d+)\Z')
_LONGEST_MEMBER_END = 64


class ReplyReader:
    """Finds the end of one reply in bytes that arrive in any pieces.

    A JSON reply ends with its outermost bracket, any other at NUL, newline or the end of the connection. So
    nobody has to wait for a miner that leaves its connection open. The bytes are looked at once, however
    small the pieces.

    *limit* bounds the reply in bytes, and *depth* its nesting: OversizedReply or NotAMiner is raised as soon
    as one is exceeded.
    """

    def __init__(self, limit: int = MAX_REPLY_BYTES, depth: int = MAX_DEPTH) -> None:
        self._limit = limit
        self._max_depth = depth
        self._buffer = bytearray()
        self._start: int | None = None  # where the reply begins, behind blanks
        self._position = 0  # where to look on; may lie behind the buffer, when that ends in a backslash
        self._depth = 0
        self._in_string = False
        self._tries = _TRIES
        self._body: dict[str, Any] | list[Any] | None = None  # the JSON, if that was parsed already
        # The bytes of the reply, without its terminator, once it is whole.
        self.message: bytes | None = None
        # What came after it. Behind a JSON reply that is every byte after its last bracket: a log file can
        # begin with the newline that looks like the reply's own, and only the caller knows whether a file is
        # due.
        self.rest = b""

    def feed(self, data: bytes) -> bool:
        """Take *data*; True once the reply is whole. Bytes that come later join `rest`, without bound."""
        if self.message is not None:
            self.rest += data
            return True
        self._buffer += data
        end, behind = self._try_parsing(data) or self._scan()
        if (len(self._buffer) if end is None else end) > self._limit:
            raise OversizedReply(f"the reply is longer than {self._limit} bytes")
        if end is None or behind is None:
            return False
        self._finish(end, behind)
        return True

    def eof(self) -> bool:
        """The connection ended: make do with what is there. True, or EmptyReply or TruncatedReply is raised.

        A JSON object that lacks nothing but its closing brace is whole: some firmware forgets it.
        """
        if self.message is not None:
            return True
        if self._start is None:
            raise EmptyReply("the connection ended without a reply")
        if self._buffer[self._start] in _STARTS_JSON:
            self._buffer = bytearray(self._with_last_brace())
        self._finish(len(self._buffer), len(self._buffer))
        return True

    # Nor does it matter to the reply whether the miner closed the connection or sat on it until the time was
    # up.
    timeout = eof

    def reply(self) -> Reply:
        """The `Reply` that the message holds. Raises NotAMiner where it can't be understood."""
        if self.message is None:
            raise RuntimeError("the reply isn't whole yet")
        return (
            _interpret(self.message) if self._body is None else from_json(bounded(self._body, self.message))
        )

    def _finish(self, end: int, behind: int) -> None:
        self.message = bytes(self._buffer[self._start : end])
        self.rest = bytes(self._buffer[behind:])

    def _try_parsing(self, data: bytes) -> tuple[int, int] | None:
        """What `_scan` returns, where the JSON so far is sound, and whole with *data*; else None.

        So it's nearly always, and the parser finds the end in a quarter of the time. Only a few tries are
        made, since who sends closing brackets one by one could make each of them long.
        """
        if not self._tries or not data.rstrip(_BLANK).endswith(_ENDS_JSON):
            return None
        self._tries -= 1
        check_extent(self._buffer)
        start = self._find_start()
        if start is None or not self._buffer.isascii() or b"\\u" in self._buffer:
            return None
        try:
            body, end = DECODER.raw_decode(self._buffer.decode("ascii"), start)
        except (ValueError, RecursionError):
            return None
        brackets = self._buffer.count(b"{") + self._buffer.count(b"[")
        if (
            not isinstance(body, (dict, list))
            or brackets > self._max_depth
            and is_deeper(body, self._max_depth)
        ):
            return None
        self._body = body
        return end, end

    def _scan(self) -> tuple[int, int] | tuple[None, None]:
        """(where the reply ends, where the bytes after it begin), or two Nones while it isn't whole."""
        start = self._find_start()
        if start is None:
            return None, None
        if self._buffer[start] in _STARTS_JSON:
            end = self._end_of_json()
            return (None, None) if end is None else (end, end)
        return self._end_of_text()

    def _find_start(self) -> int | None:
        """Where the reply begins, behind blanks; None as long as there is nothing else."""
        buffer = self._buffer
        if self._start is None:
            blanks = _BLANKS.match(buffer, self._position)
            self._position = blanks.end() if blanks else self._position
            if self._position < len(buffer):
                self._start = self._position
                if buffer[self._start] in b'"':  # the string is the whole reply
                    self._position += 1
                    self._in_string = True
        return self._start

    def _end_of_text(self) -> tuple[int, int] | tuple[None, None]:
        found = _END_OF_TEXT.search(self._buffer, self._position)
        if found is None:
            self._position = len(self._buffer)
            return None, None
        return found.start(), found.end()

    def _end_of_json(self) -> int | None:
        while True:
            pattern = _STRING_MARK if self._in_string else _MARK
            found = pattern.match(self._buffer, self._position)
            if found is None:
                self._position = max(self._position, len(self._buffer))
                return None
            self._position = found.end()
            if self._closes(found.group(1)):
                return self._position

    def _closes(self, mark: bytes) -> bool:
        """Take in one *mark*; True if it ends the outermost bracket, or a string that is the whole reply."""
        if self._in_string:
            if mark == b'"':
                self._in_string = False
                return self._depth == 0
            self._position += 1  # a backslash: the next byte means nothing, even if it hasn't come yet
        elif mark == b'"':
            self._in_string = True
        elif mark in b"{[":
            self._depth += 1
            if self._depth > self._max_depth:
                raise NotAMiner(f"the reply is nested deeper than {self._max_depth} levels")
        else:
            self._depth -= 1
            return self._depth == 0
        return False

    def _with_last_brace(self) -> bytes:
        """The buffer with the closing brace it lacks, where that is all it lacks.

        Else raises TruncatedReply.
        """
        start = self._start
        text = bytes(self._buffer).rstrip(_BLANK)
        if _WHOLE_MEMBER.search(text[-_LONGEST_MEMBER_END:]):
            try:
                load(text[start:] + b"}")
                return text + b"}"
            except NotAMiner:
                pass  # more than the brace is missing: a key without its value, say
        raise TruncatedReply(f'the connection ended in the middle of a reply: "{printable(text[start:])}"')


def parse_reply(data: bytes) -> Reply:
    """The `Reply` in *data*, all the bytes of one reply. Raises NotAMiner where it can't be understood."""
    reader = ReplyReader()
    reader.feed(data)
    reader.eof()
    return reader.reply()


def _interpret(message: bytes) -> Reply:
    """The `Reply` in *message*, all the bytes of one."""
    if message[0] not in _STARTS_JSON:
        return from_text(message.decode("utf-8", "replace").rstrip(), message)
    body = load(message)
    # Some refusals of sealed requests are JSON in a JSON string. Each layer doubles its backslashes: there
    # can't be many.
    return parse_reply(body.encode("utf-8", "replace")) if isinstance(body, str) else from_json(body)
