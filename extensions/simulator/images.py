# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firmware images for the simulator, plain and combined, and the intake that judges what a client uploads.

A plain image is: the line `WMSIMFW1`, a JSON line `{"platform", "version", "size", "sha256"}` (optional
"generation": the API that the new firmware speaks, and "harm": what it does to the miner, README.md), then
`size` bytes whose digest is `sha256`.

A combined image wraps several behind a 6812-byte header laid out as the vendor's (field notes): u32
little-endian data size at 16, package count at 20, then 104-byte entries from 24: chip char[16], platform
char[16], offset u32, size u32, 64 reserved. Offsets count from the start of the file; `relative=True` counts
them from the end of the header, since the field notes leave that open. A miner takes only its own slice.
"""

from __future__ import annotations

import hashlib
import json
import struct

MAGIC = b"WMSIMFW1\n"
MAX_HEADER = 4096
COMBINED_HEADER = 6812
COMBINED_ENTRIES = 24
ENTRY = struct.Struct("<16s16sII64x")
MAX_PACKAGES = 64


def _filler(size: int, version: str):
    """`size` bytes in chunks: the same for the same version, so that an image can be told by its digest."""
    block = hashlib.sha256(version.encode()).digest() * 2048
    while size > 0:
        yield block[:size]
        size -= len(block)


def _header(
    platform: str, version: str, size: int, generation: str | None, digest: str | None, harm: dict | None
) -> bytes:
    if digest is None:
        sha = hashlib.sha256()
        for chunk in _filler(size, version):
            sha.update(chunk)
        digest = sha.hexdigest()
    fields = {"platform": platform, "version": version, "size": size, "sha256": digest}
    if generation:
        fields["generation"] = generation
    if harm:
        fields["harm"] = checked_harm(harm)
    return MAGIC + json.dumps(fields).encode() + b"\n"


def build(
    platform: str, version: str, size: int = 4096, generation: str | None = None, digest=None, harm=None
) -> bytes:
    """A plain image with `size` bytes of filler. A wrong `digest` makes one that the miner refuses."""
    return _header(platform, version, size, generation, digest, harm) + b"".join(_filler(size, version))


def checked_harm(harm: dict) -> dict:
    """What an image does to its miner: `hashrate_percent` of what it hashes otherwise, `errors` that it shows
    then.
    """
    clean = {"hashrate_percent": 100, "errors": [], **harm}
    if set(clean) != {"hashrate_percent", "errors"}:
        raise ValueError("harm: hashrate_percent and errors are what there is")
    if not isinstance(clean["hashrate_percent"], int) or not 0 <= clean["hashrate_percent"] <= 100:
        raise ValueError("harm hashrate_percent: 0 to 100 is wanted")
    if not isinstance(clean["errors"], list) or not all(isinstance(code, int) for code in clean["errors"]):
        raise ValueError("harm errors: a list of codes is wanted")
    return clean


def write(
    path,
    platform: str,
    version: str,
    size: int = 4096,
    generation: str | None = None,
    harm: dict | None = None,
) -> None:
    """The same into a file, in chunks: for images of hundreds of megabytes."""
    with open(path, "wb") as file:
        file.write(_header(platform, version, size, generation, None, harm))
        for chunk in _filler(size, version):
            file.write(chunk)


def build_combined(images, relative: bool = False) -> bytes:
    """`images`: [(platform, image bytes)] or [(chip, platform, image bytes)]."""
    entries, data = [], b""
    if len(images) > MAX_PACKAGES:
        raise ValueError(f"at most {MAX_PACKAGES} packages")
    for item in images:
        chip, platform, image = item if len(item) == 3 else ("k27d26", *item)
        start = len(data) + (0 if relative else COMBINED_HEADER)
        entries.append(ENTRY.pack(chip.encode(), platform.encode(), start, len(image)))
        data += image
    header = bytearray(COMBINED_HEADER)
    header[:8] = b"WMSIMCMB"
    struct.pack_into("<II", header, 16, len(data), len(entries))
    header[COMBINED_ENTRIES : COMBINED_ENTRIES + ENTRY.size * len(entries)] = b"".join(entries)
    return bytes(header) + data


class Intake:
    """What comes after `ready` (API document V1.3.11, section 2.7): u32 little-endian size, then that many
    bytes.

    Only the header line is kept, whatever the size: an image may have hundreds of megabytes.
    """

    def __init__(self, platform: str, most: int):
        self.platform = platform.lower()
        self.most = most
        self.size = None
        self.taken = 0  # bytes of the image so far
        self._start = b""
        self._fields = None
        self._sha = hashlib.sha256()
        self._filler = 0
        self._wrong = None

    def feed(self, data: bytes) -> bool:
        """True once all is in. Raises ValueError when the size is impossible."""
        if self.size is None:
            self._start += data
            if len(self._start) < 4:
                return False
            (self.size,) = struct.unpack_from("<I", self._start)
            data, self._start = self._start[4:], b""
            if not 0 < self.size <= self.most:
                raise ValueError(f"impossible size {self.size}")
        data = data[: self.size - self.taken]  # what is sent beyond the size is never read
        self.taken += len(data)
        if self._fields is None and self._wrong is None:
            self._start += data
            data = self._take_header()
        if self._fields is not None:
            self._sha.update(data)
            self._filler += len(data)
        return self.taken >= self.size

    def _take_header(self) -> bytes:
        """Reads the header once it is there; returns the filler bytes after it."""
        have = self._start
        if not have.startswith(MAGIC[: len(have)]):
            self._wrong, self._start = "no image", b""
            return b""
        end = have.find(b"\n", len(MAGIC))
        if end < 0:
            if len(have) > MAX_HEADER:
                self._wrong, self._start = "no image", b""
            return b""
        self._start = b""
        try:
            fields = json.loads(have[len(MAGIC) : end])
            if not all(isinstance(fields.get(name), str) for name in ("platform", "version", "sha256")):
                raise ValueError
        except (ValueError, AttributeError):
            self._wrong = "no image"
            return b""
        self._fields = fields
        return have[end + 1 :]

    def verdict(self) -> tuple[dict | None, str]:
        """(the header's fields, "") for an image that may be flashed, or (None, reason)."""
        if self.size is None or self.taken < self.size:
            return None, "short transfer"
        if self._fields is None:
            return None, self._wrong or "no image"
        if self._fields["platform"].lower() != self.platform:
            return None, "image for {}".format(self._fields["platform"])
        if self._filler != self._fields.get("size") or self._sha.hexdigest() != self._fields["sha256"]:
            return None, "checksum"
        return self._fields, ""
