"""The values of a binary data set: checked, named where they are wrong, and turned into spins ±1, int8, slice by slice.

Allowed are 0 and 1, -1 and 1, or booleans, in any type of number (floats that are whole, too; complex ones are not).

0, -1 and False become -1, which is a silent site; 1 and True become +1. A count of 2, a rate of 0.5, infinity or NaN is an
error: whether a missing value was silence, and where a threshold should be, the data cannot say. Memory: one byte a value
for the result, and beside it a slice of the source at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.recordings.files import Source

AT_ONCE = 2**22
"""Values that are looked at together."""


@dataclass
class Fault:
    """Values of one kind that are not allowed: how many, and the first."""

    what: str
    """What is wrong with them, as the message says it."""
    count: int = 0
    first: str = ""
    """The first of them: its value, and its index along every axis of the file."""

    def add(self, wrong: NDArray[np.bool_], x: NDArray, start: int) -> None:
        """Count those of a slice x (rows, ...) that begins at row `start`; `wrong`, of its shape, says which they are."""
        found = int(np.count_nonzero(wrong))
        if found and not self.count:
            place = np.argwhere(wrong)[0]
            where = [int(place[0]) + start, *map(int, place[1:])]
            self.first = f"the first, {x[tuple(place)]}, at {where}"
        self.count += found


def spins(source: Source, name: str) -> NDArray[np.int8]:
    """±1 in the axes of the file, (…), every slice checked and turned to int8 by itself.

    Raises LatentfieldError for an array that holds no numbers; for NaN, and for other values, with their number and the first of
    them, after the whole has been read; and where both -1 and 0 occur, since one of them would have two meanings. An array of
    nothing but 1 is taken as it is. `name` is for the messages.
    """
    kind = np.dtype(source.dtype).kind
    if kind not in "biuf":
        raise LatentfieldError(f"{name}: holds {source.dtype}, not numbers; allowed: 0 and 1, -1 and 1, or booleans")
    x = np.empty(source.shape, np.int8)
    missing, other = Fault("are NaN"), Fault("are neither 0 and 1 nor -1 and 1")
    zero = negative = False
    for rows in slices(source.shape):
        part = np.asarray(source[rows])
        if kind == "f":
            missing.add(np.isnan(part), part, rows.start)
        signs = (part == 1).astype(np.int8)
        signs[part == -1] = -1
        empty = part == 0
        known = empty | (signs != 0)
        if kind == "f":
            known |= np.isnan(part)
        other.add(~known, part, rows.start)
        zero, negative = zero or bool(empty.any()), negative or bool((signs < 0).any())
        x[rows] = signs
    for fault in (missing, other):
        if fault.count:
            raise LatentfieldError(f"{name}: {fault.count} values {fault.what}; {fault.first}")
    if zero and negative:
        raise LatentfieldError(f"{name}: holds -1 and 0 and 1; allowed: 0 and 1, or -1 and 1")
    x[x == 0] = -1
    return x


def slices(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of an array of this shape, some at a time: `AT_ONCE` values, or one row if it has more."""
    step = max(1, AT_ONCE // max(1, int(np.prod(shape[1:]))))
    for start in range(0, shape[0], step):
        yield slice(start, min(start + step, shape[0]))
