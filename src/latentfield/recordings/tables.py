"""Binary data in text: a line for each sample, a column for each site, with or without a line of names.

Numbers are 0 and 1, 1 and -1, or True and False, between commas, semicolons or tabs. Lines are read some thousands at a time and
kept as int8. Other numbers are kept as they are, for `words` to name.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError

AT_ONCE = 50_000
"""Lines that are held as numbers together."""


def read(path: Path) -> NDArray[np.float32] | NDArray[np.int8]:
    """The table in a file, (samples, sites): int8 where it holds nothing but -1, 0 and 1, else float32 with what it holds.

    Raises LatentfieldError for lines of different lengths and for text, with the line.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            parts = list(_parts(path, lines))
    except UnicodeDecodeError as error:
        raise LatentfieldError(f"{path} is not text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise LatentfieldError(f"cannot read {path}: {error.strerror}") from error
    if not parts:
        raise LatentfieldError(f"{path} holds no samples")
    return np.concatenate(parts)


def _parts(path: Path, lines: Iterator[str]) -> Iterator[NDArray]:
    first = next(lines, "")
    delimiter = next((mark for mark in ",;\t" if mark in first), None)
    named = not all(_number(cell) for cell in first.split(delimiter))
    done = int(named)
    rest = filter(str.strip, lines if named else chain([first], lines))
    width = None
    while some := list(islice(rest, AT_ONCE)):
        part = _numbers(path, some, delimiter, done)
        if width not in (None, part.shape[1]):
            raise LatentfieldError(f"{path}: line {done + 1} has {part.shape[1]} columns, those before have {width}")
        width, done = part.shape[1], done + len(some)
        yield part


def _numbers(path: Path, lines: list[str], delimiter: str | None, done: int) -> NDArray:
    figures = [line.replace("True", "1").replace("False", "0") for line in lines]
    try:
        # Single precision holds every value that is allowed, in half the space.
        values = np.loadtxt(figures, np.float32, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError as error:
        raise LatentfieldError(f"{path}, in the lines from {done + 1} on: {str(error).split(';')[0]}") from error
    return values.astype(np.int8) if np.isin(values, (-1, 0, 1)).all() else values


def _number(cell: str) -> bool:
    try:
        float(cell.strip().replace("True", "1").replace("False", "0"))
    except ValueError:
        return False
    return True
