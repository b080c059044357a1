"""Words as lists of the sites that are not in their usual state: few in a recording, half of them in a spin system.

Work on a word is then in proportion to these sites, and the usual state of all sites, common to all words, is worked on once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import Words


class Active(NamedTuple):
    """Words ±1 (n, sites), each by the sites where it differs from `usual`."""

    site: NDArray[np.int32]
    """Those of the first word, then those of the second, ..."""
    start: NDArray[np.int64]
    """Where a word's sites begin, and their end, (n + 1,)."""
    usual: NDArray[np.bool_]
    """Whether a site is mostly +1, (sites,)."""

    @classmethod
    def of(cls, words: Words, usual: NDArray[np.bool_] | None = None) -> Active:
        """The words, by the usual states of their own majority unless others are given."""
        up = words > 0
        if usual is None:
            usual = up.mean(0) > 0.5
        row, site = np.nonzero(up != usual)
        start = np.concatenate([[0], np.bincount(row, minlength=len(words)).cumsum()])
        return cls(site.astype(np.int32), start, usual)

    def rows(self, rows: NDArray[np.int64]) -> Active:
        """Some of the words, by their numbers."""
        parts = [self.site[self.start[row] : self.start[row + 1]] for row in rows]
        start = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
        return Active(np.concatenate([*parts, np.empty(0, np.int32)]), start, self.usual)

    def __len__(self) -> int:
        return len(self.start) - 1
