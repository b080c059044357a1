"""Binary data in text: a line for each sample, a column for each site, with or without a line of names.

Numbers are 0 and 1, 1 and -1, or True and False, between commas, semicolons or tabs. Lines are read some thousands at a time and
kept as int8. Other numbers are kept as they are, for `values` to name.

The mark between columns is the first of comma, semicolon and tab that is in the first line, else any run of spaces. A first
line with a cell that is no number is taken for names and skipped; empty lines are skipped everywhere. There are no
comments, no quotation marks, and no decimal commas.
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
Line = tuple[int, str]
"""Its number in the file, from 1, and what it says."""


def read(path: Path) -> NDArray[np.float32] | NDArray[np.int8]:
    """The table in a file, (samples, sites): int8 where it holds nothing but -1, 0 and 1, else float32 with what it holds.

    Raises LatentfieldError for lines of different lengths and for text, with the line, and for a file that cannot be read, is not
    UTF-8, or holds no samples. NaN is a number here.
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
    """The table in pieces of `AT_ONCE` lines, (lines, sites), each of its own type; all have as many columns as the first."""
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    first = next(numbered, (1, ""))
    delimiter = next((mark for mark in ",;\t" if mark in first[1]), None)
    named = not all(_number(cell) for cell in first[1].split(delimiter))
    rest = numbered if named else chain([first] if first[1] else [], numbered)
    width = None
    while some := list(islice(rest, AT_ONCE)):
        part = _numbers(path, some, delimiter, width)
        width = part.shape[1]
        yield part


def _numbers(path: Path, lines: list[Line], delimiter: str | None, width: int | None) -> NDArray:
    """A piece of the table: int8 where it holds only -1, 0 and 1, else float32; `width` is that of pieces before, if any."""
    figures = [line.replace("True", "1").replace("False", "0") for _, line in lines]
    try:
        # Single precision holds every value that is allowed, in half the space.
        values = np.loadtxt(figures, np.float32, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError as error:
        raise LatentfieldError(_fault(path, lines, delimiter, width)) from error
    if width not in (None, values.shape[1]):
        raise LatentfieldError(_fault(path, lines, delimiter, width))
    return values.astype(np.int8) if np.isin(values, (-1, 0, 1)).all() else values


def _fault(path: Path, lines: list[Line], delimiter: str | None, width: int | None) -> str:
    """What is wrong with the first line that is: its number in the file, and its length or the cell that is no number."""
    for number, line in lines:
        cells = line.split(delimiter)
        width = width or len(cells)
        if len(cells) != width:
            return f"{path}: line {number} has {len(cells)} columns, those before have {width}"
        wrong = next((k for k, cell in enumerate(cells, start=1) if not _number(cell)), None)
        if wrong:
            return f"{path}: line {number}, column {wrong}: got {cells[wrong - 1].strip()!r}, which is not a number"
    return f"{path}: lines {lines[0][0]} to {lines[-1][0]} are not a table of numbers"


def _number(cell: str) -> bool:
    """Whether a cell is a number, or one of True and False, written so."""
    try:
        float(cell.strip().replace("True", "1").replace("False", "0"))
    except ValueError:
        return False
    return True
