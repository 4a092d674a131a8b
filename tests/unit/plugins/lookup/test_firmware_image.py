# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image is looked at before a rollout as it will be when it's sent."""

from __future__ import annotations

import hashlib
import pathlib
import sys

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader

EXTENSIONS = pathlib.Path(__file__).resolve().parents[4] / "extensions"
if str(EXTENSIONS) not in sys.path:
    sys.path.insert(0, str(EXTENSIONS))

pytest.importorskip("cryptography")

from simulator import images  # noqa: E402

PLAIN = images.build("h3", "20260101.1.REL")


@pytest.fixture
def look(tmp_path):
    """`look(content, ...)` puts it into files/ of a playbook, as image.bin, and looks it up from there."""

    def run(content, **options):
        (tmp_path / "files").mkdir()
        if content is not None:
            (tmp_path / "files" / "image.bin").write_bytes(content)
        lookup = lookup_loader.get("minerops.whatsminer.firmware_image", loader=DataLoader())
        (image,) = lookup.run(["image.bin"], variables={"ansible_search_path": [str(tmp_path)]}, **options)
        return image

    return run


def test_a_combined_image_tells_its_platforms(look, tmp_path):
    image = look(images.build_combined([("h616", PLAIN), ("H6OS", PLAIN)]))
    assert image == {"path": str(tmp_path / "files" / "image.bin"), "platforms": ["h616", "h6os"]}


def test_any_other_image_does_not_say_for_which_platforms_it_is(look):
    assert look(PLAIN)["platforms"] == []


def test_the_checksum_is_that_of_the_file(look):
    assert look(PLAIN, checksum="sha256:" + hashlib.sha256(PLAIN).hexdigest())["platforms"] == []


@pytest.mark.parametrize(
    ("content", "options", "complaint"),
    [
        (None, {}, "there is no firmware image image.bin"),
        (b"", {}, "has 0 bytes"),
        (images.build_combined([("h3", PLAIN)])[:-1], {}, "lacks some of its part for h3"),
        (PLAIN, {"checksum": "sha256:" + "0" * 64}, "whose sha256 is"),
        (PLAIN, {"checksum": "crc:1"}, "checksum must be ALGORITHM:DIGEST"),
    ],
)
def test_an_image_that_can_not_be_sent_is_refused_saying_why(look, content, options, complaint):
    with pytest.raises(AnsibleError, match=complaint):
        look(content, **options)
