"""The figures of the studies that have been made.

A study that has not been run has no record, and nothing is drawn of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from latentfield.report.figures.studies import capacity, latent_number, pattern_load
from latentfield.studies.capacity.record import CapacityRecord
from latentfield.studies.latent_number.record import LatentNumberRecord
from latentfield.studies.pattern_load.record import LoadRecord


def _capacity(file: Path, folder: Path) -> list[Path]:
    """The default and the full study have records of one kind; the figure is named like the record."""
    return capacity.draw(CapacityRecord.read(file), folder, file.stem)


FIGURES: dict[str, Callable[[Path, Path], list[Path]]] = {
    "capacity": _capacity,
    "capacity_full": _capacity,
    "load": lambda file, folder: pattern_load.draw(LoadRecord.read(file), folder),
    "latents": lambda file, folder: latent_number.draw(LatentNumberRecord.read(file), folder),
}
"""What draws the record of a study in a file, by the stem of that file; arguments are the file and the folder of the
figure."""


def draw(records: Path, folder: Path) -> list[Path]:
    """Draw every study whose record, NAME.json, lies in `records`; returns the files.

    Raises LatentfieldError where a record is damaged or of another kind.
    """
    made = {name: records / f"{name}.json" for name in FIGURES if (records / f"{name}.json").is_file()}
    return [path for name, file in made.items() for path in FIGURES[name](file, folder)]
