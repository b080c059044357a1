"""The pairwise model of words, fitted in two ways, of which the better on validation words is kept.

    moments             maximum entropy by chains that follow the parameters (`measures.pairwise`)
    pseudo-likelihood   every site given the others (`decoding.inverse_ising`)

The chains of the first do not mix near a critical point or among many states; the second needs none, but many words of sites that
are seldom active. A field on a site is a coupling to one more site that is always +1: pseudo-likelihood does not change when all
spins of a word change sign, so that its words may be taken as those of a law without fields. Both need ln Z, by annealed importance
sampling. Annealing forwards misses modes, which flatters a model, and backwards from training words it errs the other way: the
larger value is taken, and their difference is part of its error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding.patterns.inverse_ising import pseudo_likelihood
from latentfield.errors import LatentfieldError
from latentfield.statistics.estimate import Estimate
from latentfield.words import pairwise
from latentfield.words.ladder import Split
from latentfield.words.pairwise import Pairwise

MOST = 20_000
"""Words that pseudo-likelihood is fitted to."""
WALKERS = 600
"""Training words from which ln Z is annealed backwards."""


def fit(parts: Split, seed: int, steps: int) -> tuple[str, Pairwise]:
    """How the better model of words (n, sites) was fitted, and the model."""
    found = {"moments": pairwise.fit(parts.train, seed, steps)}
    try:
        found["pseudo-likelihood"] = by_pseudo_likelihood(parts.train, seed)
    except LatentfieldError:
        # Sites that are all but certain given the others have couplings without a limit: the fit by moments stands alone.
        pass
    found = {name: checked(model, parts.train, seed) for name, model in found.items()}
    best = max(found, key=lambda name: found[name].log_likelihood(parts.validation).mean())
    return best, found[best]


def checked(model: Pairwise, words: NDArray[np.int8], seed: int) -> Pairwise:
    """The model with ln Z from both sides, given words ±1 (n, N) that it was fitted to."""
    rng = np.random.default_rng([seed, 2])
    some = words[rng.permutation(len(words))[:WALKERS]]
    back = pairwise.log_partition_from(some, model.field, model.coupling, _start(words), rng)
    larger = max(model.log_z, back)
    error = np.hypot(larger.se, back.value - model.log_z.value)
    return model._replace(log_z=Estimate(larger.value, float(error)))


def by_pseudo_likelihood(words: NDArray[np.int8], seed: int) -> Pairwise:
    """The pairwise model of words ±1 (n, N) by pseudo-likelihood; raises LatentfieldError if that does not converge."""
    rng = np.random.default_rng(seed)
    some = words[rng.permutation(len(words))[:MOST]]
    all_spins = pseudo_likelihood(np.concatenate([some, np.ones((len(some), 1), np.int8)], 1), 1.0)
    coupling, field = all_spins[:-1, :-1], all_spins[:-1, -1]
    # s = 2x - 1 turns couplings of spins into those of active sites.
    field, coupling = 2 * field - 2 * coupling.sum(1), 4 * coupling
    return Pairwise(field, coupling, pairwise.log_partition(field, coupling, _start(words), rng))


def _start(words: NDArray[np.int8]) -> NDArray[np.float64]:
    """Fields of independent sites with the rates of words."""
    p = ((words > 0).sum(0) + 0.5) / (len(words) + 1)
    return np.log(p / (1 - p))
