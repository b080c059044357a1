"""Everything measured on one VAE of a fit, in the form that the report draws for a recording, and the theory read off it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from latentfield.decoding import patterns as recovery
from latentfield.decoding.jacobian import logit_jacobian
from latentfield.decoding.reading import decode
from latentfield.decoding.theory import Theory
from latentfield.decoding.unmixing import Unmixed
from latentfield.errors import LatentfieldError
from latentfield.fitting.settings import Settings
from latentfield.fitting.training import plain, ratio
from latentfield.measures import words
from latentfield.measures.capacities import capacities
from latentfield.measures.remainder import remainder
from latentfield.measures.word_models import Split
from latentfield.measures.word_statistics import COMMON, scores, statistics
from latentfield.store import SampleSet
from latentfield.vae.model import VAE

Record, Tables = dict[str, Any], dict[str, list[dict[str, Any]]]
SURE = 0.5
"""Probability that all bits of a pattern are right, above which it is said to be binary."""
STEPS = 2000
"""Of the search for sign vectors."""


class Patterns(NamedTuple):
    """The directions of the latents, and whether they are patterns of signs."""

    directions: NDArray[np.float64]
    """How every half-logit changes with each latent: (d, sites), in the coordinates of training."""
    signs: Unmixed | None
    """The d sign vectors of their span, where there are as many and all are sure."""

    @property
    def best(self) -> NDArray:
        """The sign vectors, int8, if the span is made of them, else the directions; (d, sites)."""
        return self.directions if self.signs is None else self.signs.patterns


def measure(vae: VAE, parts: Split, chosen: Settings) -> tuple[Record, Tables]:
    """Statistics of test words (n, sites) against words of the VAE, capacities, and the map of what the latents leave."""
    rng, n = np.random.default_rng(chosen.seed), len(parts.test)
    drawn = {
        "data": parts.test,
        "vae": vae.sample(n, 1.0, torch.Generator().manual_seed(chosen.seed)).reshape(n, -1).numpy(),
        "independent": words.draw_independent(parts.train, n, rng),
    }
    tables = statistics(drawn, parts.unit, rng)
    shaped = (x.reshape(1, len(x), *vae.config["shape"]) for x in (parts.train, parts.test))
    found, maps, left = remainder(vae, np.ones(1), *shaped, 1, ratio(chosen))
    # Of many sites that are seldom alike, no word of ten recurs often enough for a z.
    known = {name: rows for name, rows in tables.items() if any(row.get("data_count", COMMON) >= COMMON for row in rows)}
    record: Record = {"observables": scores(known), "residuals": maps}
    record |= {name: plain(value) for name, value in capacities(vae, parts.test, 1.0)._asdict().items()}
    for name, divergence in (("tc", found.value), ("tc_null", found.null)):
        record[name] = plain(divergence.estimates[0]) | {"at_least": divergence.at_least[0], "limit": divergence.limit}
    return record, tables | left


def patterns(vae: VAE, seed: int) -> Patterns:
    """The directions along which the latents of a VAE act, averaged over its prior, and the sign vectors that span them."""
    jacobian = logit_jacobian(vae, 1.0, seed=seed)
    count = jacobian.shape[1]
    try:
        signs = recovery.recover(jacobian, count, seed=seed, steps=STEPS)
    except LatentfieldError:
        # A latent that the decoder ignores leaves a span of fewer dimensions, which holds no d patterns.
        return Patterns(jacobian.T / 2, None)
    sure = not signs.missing and bool((signs.confidence > SURE).all())
    return Patterns(jacobian.T / 2, signs if sure else None)


def theory(vae: VAE, data: SampleSet, seed: int, found: Patterns) -> tuple[Theory, Tables]:
    """The theory of the VAE: the generalised Hopfield model of a linear decoder, with the patterns that were found.

    Of other decoders, and where the density of the latents is not resolved, patterns alone.
    """
    read, tables = _generalized(vae, data, seed, found)
    arrays = read.arrays | {"directions": found.directions}
    record = read.record | {"binary": found.signs is not None}
    if found.signs is not None:
        arrays |= {"signs": found.signs.patterns, "bit_confidence": found.signs.bit_confidence}
        record |= {"confidence": found.signs.confidence.tolist()}
    return Theory(record, arrays), tables


def _generalized(vae: VAE, data: SampleSet, seed: int, found: Patterns) -> tuple[Theory, Tables]:
    try:
        return decode(vae, data, None, seed)
    except LatentfieldError as error:
        reason = f"K(h) is not known: {error}"
    return Theory({"kind": "linear_head", "reason": reason}, {"patterns": found.directions}), {}
