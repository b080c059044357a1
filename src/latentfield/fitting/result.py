"""The result of a fit, as it is read from the folder of a finished one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding import theory as theories
from latentfield.decoding.theory import Theory
from latentfield.vae import model
from latentfield.vae.model import VAE

FILE, PATTERNS = "fit.json", "patterns.npy"


@dataclass(frozen=True)
class Result:
    """What a fit found; see the module `latentfield.fitting.choice` for what the words mean."""

    n_samples: int
    n_sites: int
    """Sites that were fitted."""
    dropped_sites: list[int]
    """Numbers, in the data, of the sites that never change."""
    split: str
    latents: list[dict[str, Any]]
    """For each number of latents: d, nats per held-out word, se, rate, tc, tc_floor (TC at least)."""
    baselines: dict[str, float]
    """Nats per held-out word of models without latents."""
    chosen: int
    faithful: bool
    missing_nats: float
    """Nats per word that the chosen model misses: at least, or by estimate, as the verdict says."""
    verdict: str
    patterns: NDArray
    """±1 where the latents act along sign vectors, else the change of every half-logit with each latent; (chosen, sites)."""
    model: VAE
    """That of the chosen number of latents; where none is needed, of the fewest."""
    theory: Theory
    """What was read off it."""
    record: dict[str, Any]
    """Everything measured."""


def read(folder: Path) -> Result:
    """The result in the folder of a finished fit."""
    record = json.loads((folder / FILE).read_text())
    fitted = record["fit"]
    vae = model.load(folder / "models" / record["shown"])
    vae.theory = theories.read(folder / "theory" / record["name"])
    rows = [{key: row[key] for key in ("d", "nats", "se", "rate", "tc", "tc_floor")} for row in fitted["latents"]]
    return Result(
        n_samples=record["samples"],
        n_sites=int(np.prod(record["sites"])),
        dropped_sites=record["dropped_sites"],
        split=record["split"],
        latents=rows,
        patterns=np.load(folder / PATTERNS),
        model=vae,
        theory=vae.theory,
        record=record,
        **{key: fitted[key] for key in ("baselines", "chosen", "faithful", "missing_nats", "verdict")},
    )
