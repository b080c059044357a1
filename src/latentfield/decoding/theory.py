"""A decoded theory as files that run no code: `theory.json`, what was found in numbers, and `theory.safetensors`, its arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from latentfield.errors import LatentfieldError
from latentfield.records.base import checked, read_json
from latentfield.records.decoded import DECODED, Decoded
from latentfield.records.provenance import Origin

FILES = ("theory.json", "theory.safetensors")


class Theory(NamedTuple):
    """What was read off a trained decoder."""

    record: Decoded
    """What was found in numbers, and the model it was read off."""
    arrays: dict[str, NDArray]
    """Patterns, fields and grids by name."""

    def read_off(self, origin: Origin) -> Theory:
        """The same, with the VAE that it was read off."""
        known = {name: getattr(origin, name) for name in Origin.model_fields}
        return self._replace(record=self.record.model_copy(update=known))

    def write(self, folder: Path) -> None:
        """Write both files into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(array) for name, array in self.arrays.items()}, folder / FILES[1])
        (folder / FILES[0]).write_text(json.dumps(self.record.plain(), indent=2) + "\n")


def read(folder: Path) -> Theory | None:
    """The theory in a folder, or None if there is none; raises LatentfieldError if it is damaged."""
    if not all((folder / name).is_file() for name in FILES):
        return None
    record = checked(DECODED, read_json(folder / FILES[0]), str(folder / FILES[0]))
    try:
        return Theory(record, load_file(folder / FILES[1]))
    except (SafetensorError, ValueError) as error:
        raise LatentfieldError(f"the theory in {folder} cannot be read: {type(error).__name__}: {error}") from error
