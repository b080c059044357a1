"""The result of a fit, as it is read from the folder of a finished one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding import theory as theories
from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.records.fitted import Fit, Rung
from latentfield.vae import model
from latentfield.vae.model import VAE

FILE, PATTERNS = "fit.json", "patterns.npy"


@dataclass(frozen=True)
class Result:
    """What a fit found; see the module `latentfield.fitting.choice` for what the words mean."""

    record: Fit
    """Everything measured and concluded."""
    patterns: NDArray
    """±1 where the latents act along sign vectors, else the change of every half-logit with each latent; (chosen, sites)."""
    model: VAE
    """That of the chosen number of latents; where none is needed, of the fewest."""
    theory: Theory
    """What was read off it."""

    @property
    def n_samples(self) -> int:
        """Words in all."""
        return self.record.samples

    @property
    def n_sites(self) -> int:
        """Sites that were fitted."""
        return int(np.prod(self.record.sites))

    @property
    def dropped_sites(self) -> list[int]:
        """Numbers, in the data, of the sites that never change."""
        return list(self.record.dropped_sites)

    @property
    def split(self) -> str:
        """What was held out."""
        return self.record.split

    @property
    def latents(self) -> tuple[Rung, ...]:
        """For each number of latents: d, nats per held-out word, se, rate, tc, tc_floor (TC at least)."""
        return self.record.fit.latents

    @property
    def baselines(self) -> dict[str, float]:
        """Nats per held-out word of models without latents."""
        return self.record.fit.baselines

    @property
    def chosen(self) -> int:
        """Number of latents that is enough."""
        return self.record.fit.chosen

    @property
    def faithful(self) -> bool:
        """Whether nothing is known to be missing with so many."""
        return self.record.fit.faithful

    @property
    def missing_nats(self) -> float:
        """Nats per word that the chosen model misses: at least, or by estimate, as the verdict says."""
        return self.record.fit.missing.value

    @property
    def verdict(self) -> str:
        """All of it in plain words."""
        return self.record.fit.verdict


def read(folder: Path) -> Result:
    """The result in the folder of a finished fit."""
    record = Fit.read(folder / FILE)
    vae = model.load(folder / "models" / record.shown)
    theory = theories.read(folder / "theory" / record.name)
    if theory is None:
        raise LatentfieldError(
            f"{folder} has no theory/{record.name}: a part of the fit is gone; remove it and fit again"
        )
    vae.theory = theory
    return Result(record, np.load(folder / PATTERNS), vae, theory)
