"""The words of a recording under one of its splits, and the models without a latent variable that a VAE is held against.

Words held out one by one are a random sample of the recording, each a unit of the standard errors; held-out repeats, and seconds of
a held-out piece of the movie, are units as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.samples.store import SampleSet
from latentfield.words import baselines, pairwise

SECOND = 50
"""Bins of 20 ms."""


class Sizes(NamedTuple):
    """Sizes of the ladder: draws of z per word, components of the mixtures tried, and steps of the pairwise model's fit."""

    importance_samples: int
    mixtures: tuple[int, ...]
    pairwise_steps: int


class Split(NamedTuple):
    """Words ±1 (n, neurons) to train on, to choose with, to test on; and the unit (n,) of the errors each test word belongs to."""

    train: NDArray[np.int8]
    validation: NDArray[np.int8]
    test: NDArray[np.int8]
    unit: NDArray[np.int64] | None


def split_words(data: SampleSet, split: str) -> Split:
    """The parts of a recording under one of its splits."""
    parts = data.split(split)
    label = data["splits"][data.attributes["splits"].index(split)]
    repeat, time = np.nonzero(label == 3)
    unit = {"random": None, "repeats": repeat, "movie": time // SECOND}[split]
    return Split(*(parts[name].x for name in ("train", "validation", "test")), unit)


def best_mixture(parts: Split, sizes: Sequence[int], seed: int) -> baselines.Mixture:
    """Of the mixtures of independent cells with so many components the one that is best on validation words."""
    mixtures = [baselines.fit_mixture(parts.train, size, seed) for size in sizes]
    return max(mixtures, key=lambda model: baselines.mixture(model, parts.validation).mean())


def other_models(parts: Split, sizes: Sizes, seed: int) -> tuple[dict[str, FloatArray], dict[str, dict[str, Any]]]:
    """The rest of the ladder: ln P of the test words under each model, (n,), and what else is to be said of some."""
    best = best_mixture(parts, sizes.mixtures, seed)
    maximum_entropy = pairwise.fit(parts.train, seed, sizes.pairwise_steps)
    scores = {
        "independent": baselines.independent(parts.train, parts.test),
        "count": baselines.count(parts.train, parts.test),
        "pairwise": maximum_entropy.log_likelihood(parts.test),
        "mixture": baselines.mixture(best, parts.test),
    }
    log_z = {"log_z": maximum_entropy.log_z.value, "log_z_se": maximum_entropy.log_z.se}
    return scores, {"pairwise": log_z, "mixture": {"components": len(best.log_weight)}}
