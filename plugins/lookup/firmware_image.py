# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: firmware_image
short_description: What a firmware image file holds
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Reads an image on the controller, verifies its checksum, and tells for which platforms it is, without a
    miner.
options:
  _terms:
    description:
      - The image. Looked for as Ansible looks for files, in C(files/) of the role and of the playbook.
      - A regular file of at most 512 MiB.
    required: true
  checksum:
    description: What the image must hash to, C(sha256:DIGEST); also C(sha512), C(sha1) and C(md5).
    type: str
"""

EXAMPLES = r"""
- name: Show for which platforms an image is
  ansible.builtin.debug:
    msg: "{{ lookup('minerops.whatsminer.firmware_image', 'whatsminer-20240419.22.bin').platforms }}"
"""

RETURN = r"""
_raw:
  description: A dictionary for each image.
  type: list
  elements: dict
  contains:
    path:
      description: Where it was found.
      type: str
    platforms:
      description: The platforms for which a combined image holds a part; empty for an image that doesn't say.
      type: list
      elements: str
  sample: [{path: /srv/firmware/whatsminer-20240419.22.bin, platforms: [h3, h6os]}]
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import files
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.firmware import parts_of

if TYPE_CHECKING:
    from typing import Any


class LookupModule(LookupBase):
    """One image after the other."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return [self._image(term, variables) for term in terms]

    def _image(self, term: str, variables: dict[str, Any] | None) -> dict[str, Any]:
        path = self.find_file_in_search_path(variables, "files", term, ignore_missing=True)
        if path is None:
            raise AnsibleLookupError(f"there is no firmware image {term}")
        try:
            if self.get_option("checksum") is not None:
                files.verify(path, self.get_option("checksum"))
            parts = parts_of(path)
        except (BadParameter, OSError) as error:
            raise AnsibleLookupError(f"the firmware image {path}: {error}") from error
        return {"path": path, "platforms": sorted({part.platform for part in parts if part.platform})}
