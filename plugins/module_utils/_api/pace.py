# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How slow a transfer may be."""

from __future__ import annotations

import time
from collections.abc import Callable

# How slow a transfer may be: as slow as it likes for so long, and from then on no slower than this on
# average.
GRACE_SECONDS = 60.0
LEAST_BYTES_PER_SECOND = 8 * 1024


class Pace:
    """How long a transfer may take: GRACE_SECONDS, and beyond them what its bytes take at
    LEAST_BYTES_PER_SECOND.

    So one that dribbles ends soon, and one of a known size ends in a known time. *clock* gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._bytes = 0

    def moved(self, count: int) -> None:
        """*count* more bytes have been sent, or have come."""
        self._bytes += count

    def left(self) -> float:
        """The seconds within which the next bytes must move; 0 or less if the transfer has been too slow."""
        return GRACE_SECONDS + self._bytes / LEAST_BYTES_PER_SECOND - (self._clock() - self._begun)

    def limit(self, longest: float) -> float:
        """The seconds to wait for the next bytes at most, no more than *longest*.

        Raises TimeoutError if none are left.
        """
        left = self.left()
        if left <= 0:
            raise TimeoutError
        return min(left, longest)

    def verdict(self) -> str:
        """Why the transfer was ended, as a clause to append; "" if it wasn't for being slow."""
        return f": slower than {LEAST_BYTES_PER_SECOND // 1024} KiB/s on average" if self.left() <= 0 else ""
