"""A decoded theory as files that run no code: `theory.json`, what was found in numbers, and `theory.safetensors`, its arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from latentfield.errors import LatentfieldError

FILES = ("theory.json", "theory.safetensors")


class Theory(NamedTuple):
    """What was read off a trained decoder."""

    record: dict[str, Any]
    """Plain data: `kind` ("patterns", "order_tensor", "mean_field", "generalized_hopfield" or "none"), the model it was read off
    (`name`, `run`, `data`), and its scores and tables, with units in the names or the documentation of the kind."""
    arrays: dict[str, NDArray]
    """Patterns, fields and grids by name."""

    def write(self, folder: Path) -> None:
        """Write both files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(array) for name, array in self.arrays.items()}, folder / FILES[1])
        (folder / FILES[0]).write_text(json.dumps(self.record, indent=2) + "\n")


def read(folder: Path) -> Theory | None:
    """The theory in a folder, or None if there is none; raises LatentfieldError if it is damaged."""
    if not all((folder / name).is_file() for name in FILES):
        return None
    try:
        return Theory(json.loads((folder / FILES[0]).read_text()), load_file(folder / FILES[1]))
    except (SafetensorError, ValueError) as error:
        raise LatentfieldError(f"the theory in {folder} cannot be read: {type(error).__name__}: {error}") from error
