"""Zarr arrays, read slice by slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.errors import BaseZarrError

from latentfield.errors import LatentfieldError


class Chunks:
    """A Zarr array whose damaged chunks are errors that name the rows.

    A chunk is read, and its checksum, where the array has one, tested when rows of it are asked for, and not before.
    """

    def __init__(self, path: Path, array: zarr.Array):
        """`path` is for messages; shape and type are those of `array`, of which nothing is read yet."""
        self.path, self.array = path, array
        self.shape, self.dtype = array.shape, array.dtype

    def __getitem__(self, rows: slice) -> NDArray:
        """Those rows in memory, (rows, ...); raises LatentfieldError where a chunk of them cannot be decoded."""
        try:
            return np.asarray(self.array[rows])
        except (BaseZarrError, ValueError, RuntimeError, OSError) as error:
            where = f"{rows.start}:{rows.stop}"
            raise LatentfieldError(f"{self.path}: a chunk of rows {where} is damaged ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What an error says, in one line; its type where it says nothing."""
    return (str(error) or type(error).__name__).splitlines()[0]
