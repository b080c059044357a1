"""The result of a fit, as it is read from the folder of a finished one.

Nothing is computed here and nothing of the words is read: numbers come from `fit.json`, patterns from `patterns.npy`, the
VAE and its theory from `models` and `theory`.
"""

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
"""Names, in the folder, of the record and of the patterns."""


@dataclass(frozen=True)
class Result:
    """What a fit found; see the module `latentfield.fitting.choice` for what the words mean."""

    record: Fit
    """Everything measured and concluded."""
    patterns: NDArray
    """±1 where the latents act along sign vectors, else the change of every half-logit with each latent; (chosen, sites).

    Half a logit is the field on a spin, beta h. Of such rows the span alone does not depend on the coordinates of training.
    Sites are those that were fitted, in the order of the file; (0, sites) where no latents are needed.
    """
    model: VAE
    """That of the chosen number of latents; where none is needed, of the fewest."""
    theory: Theory
    """What was read off it; for a decoder without a readable K(h), patterns and the reason why there is no more."""

    @property
    def n_samples(self) -> int:
        """Words in all."""
        return self.record.samples

    @property
    def n_sites(self) -> int:
        """Sites that were fitted, dropped ones not among them."""
        return int(np.prod(self.record.sites))

    @property
    def dropped_sites(self) -> list[int]:
        """Numbers, in the data, of the sites that never change."""
        return list(self.record.dropped_sites)

    @property
    def split(self) -> str:
        """What was held out: random words, whole repeats, or the end of the movie."""
        return self.record.split

    @property
    def latents(self) -> tuple[Rung, ...]:
        """For each number of latents: d, nats per held-out word, se, rate, tc, tc_floor (TC at least).

        In increasing order from d = 0, independent sites. Of a number of which two VAEs were trained it is the better on validation
        words. `tc` is a network's estimate, and a lower limit where `tc_saturated`.
        """
        return self.record.fit.latents

    @property
    def baselines(self) -> dict[str, float]:
        """Nats per held-out word of models without latents, by name: independent, count (up to 400 sites), pairwise, mixture."""
        return self.record.fit.baselines

    @property
    def chosen(self) -> int:
        """Number of latents beyond which nothing is gained that counts; 0 for independent sites.

        Enough among the numbers tried; whether a theory with so many is a good one, `faithful` says.
        """
        return self.record.fit.chosen

    @property
    def faithful(self) -> bool:
        """Whether nothing is known to be missing with so many, by other models or by a network, beyond three standard errors.

        No proof that nothing is: the entropy of the data is not known.
        """
        return self.record.fit.faithful

    @property
    def missing_nats(self) -> float:
        """Nats per word that the chosen model misses: at least, or by estimate, as the verdict says; its error in `record`."""
        return self.record.fit.missing.value

    @property
    def verdict(self) -> str:
        """All of it in plain words."""
        return self.record.fit.verdict


def read(folder: Path) -> Result:
    """The result in the folder of a finished fit.

    Raises LatentfieldError where there is no record, one that cannot be read, or no theory. Nothing is unpickled.
    """
    record = Fit.read(folder / FILE)
    vae = model.load(folder / "models" / record.shown)
    theory = theories.read(folder / "theory" / record.name)
    if theory is None:
        raise LatentfieldError(
            f"{folder} has no theory/{record.name}: a part of the fit is gone; remove it and fit again"
        )
    vae.theory = theory
    return Result(record, np.load(folder / PATTERNS), vae, theory)
