"""The theory of the VAE of a fit: patterns, and for a linear decoder the generalised Hopfield model that it is.

Patterns come from the Jacobian of the decoder, averaged over its prior. Its columns are the directions of the latents in the
coordinates of training; where their span is that of sign vectors, as many as there are latents and all of them sure, those are the
patterns.

What is fixed by the data and what is not: fields are, coordinates of z are not. Of the directions only the span is independent of
them; sign vectors are known up to their order and their signs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding.curved import curve
from latentfield.decoding.decode import TERMS, of_words
from latentfield.decoding.generalized_hopfield import gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.generalized_hopfield.model import GRID_LATENTS, GeneralizedHopfield
from latentfield.decoding.patterns import recovery
from latentfield.decoding.patterns.jacobian import logit_jacobian
from latentfield.decoding.patterns.unmixing import Unmixed
from latentfield.decoding.theory import Theory
from latentfield.errors import LatentfieldError
from latentfield.fitting.settings import CURVED
from latentfield.records.decoded import LinearHead
from latentfield.records.tables import Tables
from latentfield.vae.model import VAE
from latentfield.words.parts import Parts

SURE = 0.5
"""Probability that all bits of a pattern are right, above which it is said to be one of signs."""
STEPS = 2000
"""Of the search for sign vectors, at most; one that ends for want of steps leaves patterns missing, and directions are shown."""
READ, FEWEST = 3000, 200
"""Random test words that the theory is compared with, at most and at least."""


class Patterns(NamedTuple):
    """The directions of the latents, and the sign vectors of their span."""

    directions: NDArray[np.float64]
    """How every half-logit changes with each latent: (d, sites), in the coordinates of training."""
    signs: Unmixed | None
    """The d sign vectors of their span, where there are as many and all are sure."""

    @property
    def best(self) -> NDArray:
        """The sign vectors, int8, if the span is made of them, else the directions; (d, sites)."""
        return self.directions if self.signs is None else self.signs.patterns


def patterns(vae: VAE, seed: int) -> Patterns:
    """The patterns of a VAE of spins, at T = 1.

    The Jacobian is averaged over draws of the prior; of a linear decoder it is the same for every z, its matrix of weights.
    There are no `signs` where fewer than d sign vectors were found, where one has a confidence of `SURE` or less, or where
    a latent is unused.
    """
    jacobian = logit_jacobian(vae, 1.0, seed=seed)
    count = jacobian.shape[1]
    try:
        signs = recovery.recover(jacobian, count, seed=seed, steps=STEPS)
    except LatentfieldError:
        # A latent that the decoder ignores leaves a span of fewer dimensions, which holds no d patterns.
        return Patterns(jacobian.T / 2, None)
    sure = not signs.missing and bool((signs.confidence > SURE).all())
    return Patterns(jacobian.T / 2, signs if sure else None)


def theory(vae: VAE, parts: Parts, found: Patterns, beside: VAE | None, seed: int) -> tuple[Theory, Tables]:
    """The theory of a VAE with its patterns, and the tables of its figures; words (n, sites).

    Where the decoder is not linear, or the density of the latents is not resolved, its record says why there are patterns alone; so
    it does with more latents than the sums over a grid can take. Arrays beside those of the theory itself: `directions` (d, sites),
    and with sign vectors `signs`, `sources` and `bit_confidence`, each (d, sites). Of a curved decoder, that of the VAE or else of
    an exact fit `beside` it, there are `curved_quantile`, `curved_probability` and `curved_jacobian` (`decoding.curved`).
    """
    read, tables = _read(vae, parts, found, seed)
    arrays = read.arrays | {"directions": found.directions}
    bent = vae if vae.architecture.decoder == CURVED else beside
    if bent is not None:
        traced = curve(bent)
        tables |= traced.tables
        arrays |= {f"curved_{name}": getattr(traced, name) for name in ("quantile", "probability", "jacobian")}
    said: dict[str, bool | tuple[float, ...]] = {"binary": found.signs is not None}
    if found.signs is not None:
        arrays |= {
            "signs": found.signs.patterns,
            "sources": found.signs.sources,
            "bit_confidence": found.signs.bit_confidence,
        }
        said["confidence"] = tuple(found.signs.confidence.tolist())
    return Theory(read.record.model_copy(update=said), arrays), tables


def _read(vae: VAE, parts: Parts, found: Patterns, seed: int) -> tuple[Theory, Tables]:
    """The generalised Hopfield model in its standard gauge with its tables; or directions and the reason, and no tables."""
    latents = len(found.directions)
    reason = f"K(h) is read off at most {GRID_LATENTS} latents, got {latents}"
    if latents <= GRID_LATENTS:
        try:
            model = gauge.fixed(generalized.decode(vae, training=parts.train, seed=seed))
            some = _some(model, parts, seed)
            return of_words(model, some.train, some.test, some.unit, seed)
        except LatentfieldError as error:
            reason = f"K(h) is not known: {error}"
    return Theory(LinearHead(reason=reason), {"patterns": found.directions}), {}


def _some(model: GeneralizedHopfield, parts: Parts, seed: int) -> Parts:
    """As many random test words as their sums over the nodes of the theory allow, between `FEWEST` and `READ`."""
    most = max(FEWEST, min(READ, TERMS // len(model.tilted.points)))
    return parts.some(np.random.default_rng(seed).permutation(len(parts.test))[:most])
