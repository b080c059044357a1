"""The pairwise maximum-entropy model of words: the Ising-like model of Schneidman et al. 2006 (https://doi.org/10.1038/nature04701).

    P(x) = exp( sum_i h_i x_i + sum_{i<j} J_ij x_i x_j ) / Z,    x_i = 0 or 1,

the distribution of largest entropy with the firing probabilities and all pairwise coincidences of the data. There are two ways to
it:

    moments             the parameters follow the difference between data and model moments, each over its variance in the data;
                        model moments come from Gibbs chains that go on from step to step (persistent contrastive divergence,
                        Tieleman 2008). The steps shrink to nothing: chains that follow moving parameters have moments which the
                        parameters themselves do not
    pseudo-likelihood   every site given the others (`inverse_ising`)

Of up to `SUMMED` sites moments and ln Z are sums over all states, and neither is needed: the likelihood is maximised (`exactly`).
Of more, chains of the first do not mix near a critical point or among many states; the second needs none, but many words of sites
that are seldom active. A field on a site is a coupling to one more site that is always +1: pseudo-likelihood does not change when
all spins of a word change sign, so that its words may be taken as those of a law without fields.

Either needs ln Z (`annealing`). Annealing forwards misses modes, and backwards from training words it errs the other way: where
both are done, the larger value is taken, and their difference is part of its error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import minimize
from scipy.special import logsumexp

from latentfield.arrays import FloatArray, Words
from latentfield.errors import LatentfieldError
from latentfield.statistics.estimate import Estimate
from latentfield.systems.enumeration import every_state
from latentfield.words.annealing import WALKERS, log_partition, log_partition_from, sweep, thresholds
from latentfield.words.inverse_ising import pseudo_likelihood
from latentfield.words.parts import Parts

CHAINS, STEPS, RATE = 1500, 1500, 0.1
"""Gibbs chains of the fit, its steps, and the length of a step at the start, in units of the difference of moments over
the variance of a coincidence."""
SHORTEST = 3e-3
"""Added to the variance of a coincidence: pairs that hardly fire together would take steps as large as the noise of the chains."""
SUMMED = 12
"""Sites over all states of which sums are taken, at most."""
MOST = 20_000
"""Words that pseudo-likelihood is fitted to."""


class Pairwise(NamedTuple):
    """Fields h (N,), symmetric couplings J (N, N) with an empty diagonal, and ln Z."""

    field: FloatArray
    """h, without a unit, of x_i = 0 or 1: the log odds of a site when all others are inactive."""
    coupling: FloatArray
    """J, without a unit, of pairs of active sites."""
    log_z: Estimate
    """Its error is shared by all words: ln P of the model is off by the same number everywhere."""

    def log_likelihood(self, words: Words) -> FloatArray:
        """ln P of words ±1 (n, N), nats; (n,).

        Too high by as much as ln Z is too low; its error is for whoever takes the mean over words.
        """
        x = (words > 0).astype(float)
        return x @ self.field + ((x @ self.coupling) * x).sum(1) / 2 - self.log_z.value


def better(parts: Parts, seed: int, steps: int) -> tuple[str, Pairwise]:
    """Which of the two ways is better on validation words, and its model; ln Z is from both sides.

    "moments" or "pseudo-likelihood"; of few sites "every state", the likelihood itself. The comparison has the error of two ln Z in
    it, and where both are good to less than that the choice is chance. Costs both fits and four annealings.
    """
    if parts.train.shape[1] <= SUMMED:
        return "every state", exactly(parts.train)
    found = {"moments": by_moments(parts.train, seed, steps)}
    try:
        found["pseudo-likelihood"] = by_pseudo_likelihood(parts.train, seed)
    except LatentfieldError:
        # Sites that are all but certain given the others have couplings without a limit: the fit by moments stands alone.
        pass
    found = {name: from_both_sides(model, parts.train, seed) for name, model in found.items()}
    best = max(found, key=lambda name: found[name].log_likelihood(parts.validation).mean())
    return best, found[best]


def exactly(words: Words) -> Pairwise:
    """The model of words ±1 (n, N) by its likelihood, with sums over all 2^N states; ln Z has no error.

    A penalty of 1/n for the square of every parameter, nats per word, keeps those finite that the words would have without limit.
    Of it and the likelihood the maximum is found by L-BFGS.
    """
    sites = words.shape[1]
    upper = np.triu_indices(sites, 1)
    state, seen = _statistics(every_state(sites), upper), _statistics(words, upper).mean(0)

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        log_weight = state @ theta
        log_z = float(logsumexp(log_weight))
        slope = np.exp(log_weight - log_z) @ state - seen + theta / len(words)
        return log_z - float(seen @ theta) + float(theta @ theta) / (2 * len(words)), slope

    found = minimize(
        objective, np.zeros(len(seen)), jac=True, method="L-BFGS-B", options={"maxiter": 2000, "gtol": 1e-8}
    )
    coupling = np.zeros((sites, sites))
    coupling[upper] = found.x[sites:]
    return Pairwise(found.x[:sites], coupling + coupling.T, Estimate(float(logsumexp(state @ found.x)), 0.0))


def _statistics(words: Words, upper: tuple[NDArray, NDArray]) -> FloatArray:
    """Active sites and active pairs of words ±1 (n, N), (n, N (N + 1) / 2)."""
    x = (words > 0).astype(float)
    return np.concatenate([x, x[:, upper[0]] * x[:, upper[1]]], 1)


def by_moments(words: Words, seed: int, steps: int = STEPS, chains: int = CHAINS) -> Pairwise:
    """The model with the moments of words ±1 (n, N).

    Every step is one Gibbs sweep of all chains and one move of all N (N + 1) / 2 parameters, whose length falls as (1 -
    step / steps)^2. Fields start at the log odds of the rates, those of 0 or 1 moved by one word, couplings at 0. It
    ends after `steps`, however far the moments still are: convergence is not looked at. ln Z is annealed from
    independent sites alone.
    """
    rng = np.random.default_rng(seed)
    data = _moments(words > 0)
    p = np.clip(np.diag(data), 1 / len(words), 1 - 1 / len(words))
    scale = data * (1 - data) + SHORTEST
    theta = np.diag(np.log(p / (1 - p)))
    x = (rng.random((chains, len(p))) < p).astype(np.int8)
    for step in track(range(steps), "pairwise maximum entropy"):
        _gibbs(x, theta, rng)
        theta += RATE * (1 - step / steps) ** 2 * (data - _moments(x)) / scale
    field, coupling = np.diag(theta).copy(), theta - np.diag(np.diag(theta))
    return Pairwise(field, coupling, log_partition(field, coupling, np.log(p / (1 - p)), rng))


def by_pseudo_likelihood(words: Words, seed: int) -> Pairwise:
    """The model of words ±1 (n, N) by pseudo-likelihood; raises LatentfieldError if that does not converge.

    At most `MOST` words, drawn at random, with a site that is always active in place of fields. ln Z from independent
    sites alone.
    """
    rng = np.random.default_rng(seed)
    some = words[rng.permutation(len(words))[:MOST]]
    all_spins = pseudo_likelihood(np.concatenate([some, np.ones((len(some), 1), np.int8)], 1), 1.0)
    coupling, field = all_spins[:-1, :-1], all_spins[:-1, -1]
    # s = 2x - 1 turns couplings of spins into those of active sites.
    field, coupling = 2 * field - 2 * coupling.sum(1), 4 * coupling
    return Pairwise(field, coupling, log_partition(field, coupling, _independent(words), rng))


def from_both_sides(model: Pairwise, words: Words, seed: int) -> Pairwise:
    """The model with ln Z from both sides, given words ±1 (n, N) that it was fitted to.

    Words of the training part stand for samples of the model, which they are only as far as the fit is good. The error
    is the standard error of the larger value and the distance of the two in quadrature: if annealing missed a mode,
    that distance shows it.
    """
    rng = np.random.default_rng([seed, 2])
    some = words[rng.permutation(len(words))[:WALKERS]]
    back = log_partition_from(some, model.field, model.coupling, _independent(words), rng)
    larger = max(model.log_z, back)
    error = np.hypot(larger.se, back.value - model.log_z.value)
    return model._replace(log_z=Estimate(larger.value, float(error)))


def _independent(words: Words) -> FloatArray:
    """Fields of independent sites with the rates of words.

    Log odds (N,), with half an event added to either count.
    """
    p = ((words > 0).sum(0) + 0.5) / (len(words) + 1)
    return np.log(p / (1 - p))


def _moments(x: NDArray) -> FloatArray:
    """Coincidences <x_i x_j> of 0/1 words (n, N); firing probabilities on the diagonal."""
    x = x.astype(np.float32)
    return (x.T @ x).astype(float) / len(x)


def _gibbs(x: NDArray[np.int8], theta: FloatArray, rng: np.random.Generator) -> None:
    """One sweep of every chain x (chains, N), in place."""
    coupling = theta - np.diag(np.diag(theta))
    local = np.diag(theta) + x.astype(np.float32) @ coupling.astype(np.float32)
    sweep(x, local, np.zeros(len(theta)), coupling, 1.0, thresholds(x.shape, rng))
