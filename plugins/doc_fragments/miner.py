# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a miner is reached: options that the modules and the connection plugin share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  host:
    description:
      - Address or host name of the miner.
      - Over the connection P(minerops.whatsminer.api#connection), and wherever the task leads elsewhere, this
        is taken from the host's variables; set it for plays on C(localhost).
    type: str
  port:
    description:
      - TCP port of API 2. Without it, 4028.
      - With O(api=3), or if it is 4433, it is the port of API 3, unless O(api3_port) is set.
    type: int
  account:
    description:
      - Account of API 3, such as V(super) or V(user1). API 2 has the account C(admin) only.
    type: str
    default: super
  password:
    description:
      - Password of the account, that is of C(admin) over API 2 and of O(account) over API 3. Reading needs
        none.
      - It is sent to no one, and appears in no result and no log.
    type: str
  api:
    description:
      - Which API of the miner is spoken.
      - V(auto) takes API 3 where the miner speaks it. What a miner speaks is remembered beside its tokens. A
        command that only API 2 has goes over API 2, if the miner has that as well.
      - If API 3 refuses the password and API 2 takes it, V(auto) goes on with API 2 and warns.
    type: str
    choices: [auto, "2", "3"]
    default: auto
  api3_port:
    description: TCP port of API 3. Without it, 4433.
    type: int
  api3_password:
    description:
      - Password of O(account) over API 3, if it is another one than O(password).
      - Miners that were managed over API 2 so far may still have the factory's password there.
    type: str
  mac:
    description:
      - MAC address of the machine that is meant. If another machine answers at the address, nothing is
        written and the task fails.
    type: str
  serial:
    description:
      - Serial number of the machine that is meant, as the fact C(serial) shows it. It stays when the control
        board is swapped, and the MAC address doesn't.
      - If the machine there shows another one, nothing is written and the task fails, also where O(mac) is
        that of the machine. If it shows this one and another MAC address, the message says that the control
        board was swapped. Nothing is written then either, until O(mac) is the new one.
      - A miner that is read and not changed isn't asked for it in particular.
      - Not all firmware shows a serial number, and miners with API 1.3 and 1.4 show none. Where O(mac) is set
        too, that decides alone then.
    type: str
  mac_required:
    description:
      - Whether a miner that O(mac) pins, and that shows no MAC address, is left alone. Miners with API 1.3
        and 1.4 show none while they are powered off, or their btminer has crashed. Powering on is allowed all
        the same.
      - No address needs to be shown on the controller's own network segment, where the kernel's neighbour
        table tells it. If it tells another, the miner gets nothing at all.
      - V(false) takes a miner that shows no address for the one that is meant. One that shows another still
        gets nothing.
      - The same holds for a miner that O(serial) alone pins, and that shows no serial number.
    type: bool
    default: true
  connect_timeout:
    description: Seconds until the connection must stand. This time is waited for once, whatever O(retries)
      is.
    type: float
    default: 5
  reply_timeout:
    description:
      - Seconds until a reply must be whole. This time is waited for once, whatever O(retries) is.
      - In transfers of files, seconds without a byte.
    type: float
    default: 10
  retries:
    description:
      - How often a read is tried again that fails at once, as where a miner refuses the connection or drops
        it. A time-out is not waited for again.
      - Writes are never sent twice.
    type: int
    default: 2
  token_directory:
    description:
      - Where the miners' tokens are kept between tasks, readable only by the user that runs Ansible. They
        hold no password and no key.
      - Where that can't be written to, or its disk is full, they are kept in a directory of this user's below
        C(/dev/shm) or C(/tmp). Else each task would ask for a token, and a miner gives 32 in 30 minutes.
    type: path
    default: ~/.ansible/whatsminer/tokens
  holds:
    description:
      - The directory on the controller in which holds are kept, see M(minerops.whatsminer.whatsminer_hold).
      - A directory other than the default must be there, since one that isn't mounted must never be taken for
        one without holds. Then the task fails, and writes nothing to the miner.
    type: path
    default: ~/.ansible/whatsminer/holds
"""

    # What only modules have: filled in by the action plugin.
    RECORDS = r"""
options:
  applied:
    description:
      - Records of what earlier runs applied, the fact C(whatsminer_applied) of the host. Filled in by the
        collection.
    type: dict
  fact_cache:
    description:
      - Whether the host's facts outlive this run, so that records of what was applied are kept. Filled in by
        the collection.
    type: bool
    default: true
  hold_as:
    description: The name under which holds of the miner are kept, which is the host's name in the inventory.
      Filled in by the collection.
    type: str
  held:
    description: The holds on the miner, where the module doesn't run on the controller. Filled in by the
      collection.
    type: list
    elements: dict
  ignore_holds:
    description:
      - Whether to write to the miner although somebody else has the say over it, see
        M(minerops.whatsminer.whatsminer_hold). A warning then says whose hold was ignored.
      - Otherwise what is held is left as it is. The task isn't changed by that and doesn't fail, and says it
        under C(held).
    type: bool
    default: false
"""

    # What the connection plugin adds: where each option's value comes from.
    PLUGIN = r"""
options:
  host:
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: whatsminer_host
  port:
    vars:
      - name: ansible_port
      - name: whatsminer_port
  account:
    vars:
      - name: ansible_user
  api:
    vars:
      - name: whatsminer_api
    env:
      - name: ANSIBLE_WHATSMINER_API
    ini:
      - section: whatsminer
        key: api
  api3_port:
    vars:
      - name: whatsminer_api3_port
  api3_password:
    vars:
      - name: whatsminer_api3_password
    env:
      - name: ANSIBLE_WHATSMINER_API3_PASSWORD
  password:
    vars:
      - name: ansible_ssh_pass
      - name: ansible_password
      - name: whatsminer_password
    env:
      - name: ANSIBLE_WHATSMINER_PASSWORD
  mac:
    vars:
      - name: whatsminer_mac
  serial:
    vars:
      - name: whatsminer_serial
  mac_required:
    vars:
      - name: whatsminer_mac_required
  connect_timeout:
    vars:
      - name: whatsminer_connect_timeout
    env:
      - name: ANSIBLE_WHATSMINER_CONNECT_TIMEOUT
    ini:
      - section: whatsminer
        key: connect_timeout
  reply_timeout:
    vars:
      - name: whatsminer_reply_timeout
    env:
      - name: ANSIBLE_WHATSMINER_REPLY_TIMEOUT
    ini:
      - section: whatsminer
        key: reply_timeout
  retries:
    vars:
      - name: whatsminer_retries
    env:
      - name: ANSIBLE_WHATSMINER_RETRIES
    ini:
      - section: whatsminer
        key: retries
  token_directory:
    vars:
      - name: whatsminer_token_directory
    env:
      - name: ANSIBLE_WHATSMINER_TOKEN_DIRECTORY
    ini:
      - section: whatsminer
        key: token_directory
  holds:
    vars:
      - name: whatsminer_holds
    env:
      - name: ANSIBLE_WHATSMINER_HOLDS
    ini:
      - section: whatsminer
        key: holds
"""
