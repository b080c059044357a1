"""The pairwise maximum-entropy model of words: the Ising-like model of Schneidman et al. 2006 (https://doi.org/10.1038/nature04701).

    P(x) = exp( sum_i h_i x_i + sum_{i<j} J_ij x_i x_j ) / Z,    x_i = 0 or 1,

the distribution of largest entropy with the firing probabilities and all pairwise coincidences of the data. The parameters follow
the difference between data and model moments, each over its variance in the data; model moments come from Gibbs chains that
go on from step to step (persistent contrastive divergence, Tieleman 2008). The steps shrink to nothing: chains that follow moving
parameters have moments which the parameters themselves do not. ln Z comes from annealed importance sampling from independent cells
(Neal 2001); by Jensen's inequality it errs downwards where chains lag behind, which flatters the model, so its standard error is
kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from rich.progress import track

from latentfield.arrays import FloatArray
from latentfield.statistics.estimate import Estimate

CHAINS, STEPS, RATE = 1500, 1500, 0.1
SHORTEST = 3e-3
"""Added to the variance of a coincidence: pairs that hardly fire together would take steps as large as the noise of the chains."""
ANNEALING, WALKERS = 4000, 600


class Pairwise(NamedTuple):
    """Fields h (N,), symmetric couplings J (N, N) with an empty diagonal, and ln Z."""

    field: FloatArray
    coupling: FloatArray
    log_z: Estimate

    def log_likelihood(self, words: NDArray[np.int8]) -> FloatArray:
        """ln P of words ±1 (n, N), nats; (n,)."""
        x = (words > 0).astype(float)
        return x @ self.field + ((x @ self.coupling) * x).sum(1) / 2 - self.log_z.value


def fit(words: NDArray[np.int8], seed: int, steps: int = STEPS, chains: int = CHAINS) -> Pairwise:
    """The model with the moments of words ±1 (n, N)."""
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


def log_partition(
    field: FloatArray, coupling: FloatArray, start: FloatArray, rng: np.random.Generator,
    annealing: int = ANNEALING, walkers: int = WALKERS,
) -> Estimate:  # fmt: skip
    """ln Z by annealed importance sampling from independent cells with fields `start` (N,), and its standard error."""
    x = (rng.random((walkers, len(field))) < 1 / (1 + np.exp(-start))).astype(np.int8)
    local = (field - start) + x @ coupling
    log_weight = np.zeros(walkers)
    for k in range(annealing):
        gain = x @ (field - start) + ((x @ coupling) * x).sum(1) / 2
        log_weight += gain / annealing
        _sweep(x, local, start, coupling, (k + 1) / annealing, rng.random(x.shape, dtype=np.float32))
    log_mean, error = _log_mean(log_weight)
    return Estimate(float(np.logaddexp(0, start).sum()) + log_mean, error)


def log_partition_from(
    words: NDArray[np.int8], field: FloatArray, coupling: FloatArray, start: FloatArray, rng: np.random.Generator,
    annealing: int = ANNEALING,
) -> Estimate:  # fmt: skip
    """ln Z by annealing backwards, from words ±1 (walkers, N) of the model to the independent cells, and its standard error.

    Where walkers do not pass between modes it errs upwards as `log_partition` errs downwards (Grosse, Ghahramani and Adams 2015,
    arXiv:1511.02543), if the words are a fair sample of the model.
    """
    x = (words > 0).astype(np.int8)
    local = (field - start) + x @ coupling
    log_weight = np.zeros(len(x))
    for k in range(annealing, 0, -1):
        _sweep(x, local, start, coupling, k / annealing, rng.random(x.shape, dtype=np.float32))
        log_weight -= (x @ (field - start) + ((x @ coupling) * x).sum(1) / 2) / annealing
    log_mean, error = _log_mean(log_weight)
    return Estimate(float(np.logaddexp(0, start).sum()) - log_mean, error)


def _log_mean(log_weight: FloatArray) -> tuple[float, float]:
    """ln of the mean weight, and its standard error."""
    top = log_weight.max()
    weight = np.exp(log_weight - top)
    return float(top + np.log(weight.mean())), float(weight.std(ddof=1) / weight.mean() / np.sqrt(len(weight)))


def _moments(x: NDArray) -> FloatArray:
    """Coincidences <x_i x_j> of 0/1 words (n, N); firing probabilities on the diagonal."""
    x = x.astype(np.float32)
    return (x.T @ x).astype(float) / len(x)


def _gibbs(x: NDArray[np.int8], theta: FloatArray, rng: np.random.Generator) -> None:
    """One sweep of every chain x (chains, N), in place."""
    coupling = theta - np.diag(np.diag(theta))
    local = np.diag(theta) + x @ coupling
    _sweep(x, local, np.zeros(len(theta)), coupling, 1.0, rng.random(x.shape, dtype=np.float32))


@njit(nogil=True, cache=True)
def _sweep(x, local, base, coupling, strength, uniform):
    """Gibbs updates of all cells in turn with fields base + strength * local; keeps local = constant + x @ coupling."""
    chains, n = x.shape
    for c in range(chains):
        for i in range(n):
            fires = uniform[c, i] * (1 + np.exp(-base[i] - strength * local[c, i])) < 1
            if fires != (x[c, i] == 1):
                change = 1.0 if fires else -1.0
                x[c, i] = 1 if fires else 0
                for j in range(n):
                    local[c, j] += change * coupling[i, j]
