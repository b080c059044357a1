"""Zarr arrays, read slice by slice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.errors import BaseZarrError

from latentfield.errors import LatentfieldError


class Chunks:
    """A Zarr array whose damaged chunks are errors that name the rows."""

    def __init__(self, path: Path, array: zarr.Array):
        self.path, self.array = path, array
        self.shape, self.dtype = array.shape, array.dtype

    def __getitem__(self, rows: slice) -> NDArray:
        try:
            return np.asarray(self.array[rows])
        except (BaseZarrError, ValueError, RuntimeError, OSError) as error:
            where = f"{rows.start}:{rows.stop}"
            raise LatentfieldError(f"{self.path}: a chunk of rows {where} is damaged ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return (str(error) or type(error).__name__).splitlines()[0]
