"""The figures of the studies that have been made."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from latentfield.report.figures import capacity_study, latent_number, pattern_load

FIGURES = {
    "capacity": capacity_study.draw,
    "capacity_full": partial(capacity_study.draw, stem="capacity_full"),
    "load": pattern_load.draw,
    "latents": latent_number.draw,
}
"""What draws the record of a study, by its name."""


def draw(records: Path, folder: Path) -> list[Path]:
    """Draw every study whose record, NAME.json, lies in `records`; returns the files."""
    made = {name: records / f"{name}.json" for name in FIGURES if (records / f"{name}.json").is_file()}
    return [path for name, file in made.items() for path in FIGURES[name](json.loads(file.read_text()), folder)]
