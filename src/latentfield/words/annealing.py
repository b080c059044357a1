"""ln Z of a pairwise model by annealed importance sampling, from either side (Neal 2001, Statistics and Computing 11,
125).

Walkers go from independent sites to the model, or back, by Gibbs sweeps while the couplings are turned on, or off. By
Jensen's inequality ln Z errs downwards forwards, where walkers lag behind or miss a mode, which flatters a model;
backwards, from words that are a fair sample of the model, it errs upwards (Grosse, Ghahramani and Adams 2015,
arXiv:1511.02543).

The weight of a walker is the product over steps k of exp( (b_(k+1) - b_k) G(x_k) ), b from 0 to 1 in equal steps, G(x)
the log weight of x in the model less that without couplings. The mean weight times the Z of the independent sites,
which is known, has no bias; its logarithm has one of about -Var(w) / (2 <w>^2 walkers), as long as that is small.
Standard errors come from the spread of the weights, and know nothing of a mode that no walker visited. A sweep takes N
steps for every site that changes: steps x walkers x N^2 in all, at worst.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray, Words
from latentfield.statistics.estimate import Estimate

ANNEALING, WALKERS = 4000, 600
"""Steps from one end to the other, one Gibbs sweep each, and independent walkers."""


def log_partition(
    field: FloatArray, coupling: FloatArray, start: FloatArray, rng: np.random.Generator,
    annealing: int = ANNEALING, walkers: int = WALKERS,
) -> Estimate:  # fmt: skip
    """ln Z by annealing from independent sites with fields `start` (N,) to those with couplings, and its standard error.

    `field` (N,) and `coupling` (N, N), symmetric with an empty diagonal, of x_i = 0 or 1. `start` are best the log odds
    of the words' rates: the nearer the ends, the less the weights vary. The value is exact, and its error 0, where
    there are no couplings and `start` is the field.
    """
    x = (rng.random((walkers, len(field))) < 1 / (1 + np.exp(-start))).astype(np.int8)
    local = (field - start) + x @ coupling
    log_weight = np.zeros(walkers)
    for k in range(annealing):
        log_weight += _gain(x, local, field - start) / annealing
        sweep(x, local, start, coupling, (k + 1) / annealing, thresholds(x.shape, rng))
    log_mean, error = _log_mean(log_weight)
    return Estimate(float(np.logaddexp(0, start).sum()) + log_mean, error)


def log_partition_from(
    words: Words, field: FloatArray, coupling: FloatArray, start: FloatArray, rng: np.random.Generator,
    annealing: int = ANNEALING,
) -> Estimate:  # fmt: skip
    """ln Z by annealing backwards, from words ±1 (walkers, N) of the model to the independent sites, and its standard error.

    One walker starts from each of the words. Where they are no fair sample of the model, as words that it was only
    fitted to, the bias may have either sign.
    """
    x = (words > 0).astype(np.int8)
    local = (field - start) + x @ coupling
    log_weight = np.zeros(len(x))
    for k in range(annealing, 0, -1):
        sweep(x, local, start, coupling, k / annealing, thresholds(x.shape, rng))
        log_weight -= _gain(x, local, field - start) / annealing
    log_mean, error = _log_mean(log_weight)
    return Estimate(float(np.logaddexp(0, start).sum()) - log_mean, error)


def _gain(x: NDArray[np.int8], local: FloatArray, constant: FloatArray) -> FloatArray:
    """G(x) of each walker, by local = constant + x @ coupling, which sweeps keep: (walkers,)."""
    return (x * (local + constant)).sum(1) / 2


def _log_mean(log_weight: FloatArray) -> tuple[float, float]:
    """ln of the mean weight, and its standard error.

    By propagation: the standard error of the mean weight over the mean weight. With very unequal weights it is too
    small.
    """
    top = log_weight.max()
    weight = np.exp(log_weight - top)
    return float(top + np.log(weight.mean())), float(weight.std(ddof=1) / weight.mean() / np.sqrt(len(weight)))


def thresholds(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Logistic random numbers: a site fires whose field is above, which it is with probability 1 / (1 + exp(-field))."""
    uniform = rng.random(shape, dtype=np.float32)
    with np.errstate(divide="ignore"):
        return np.log(uniform) - np.log1p(-uniform)


@njit(nogil=True, cache=True)
def sweep(x, local, base, coupling, strength, threshold):
    """Gibbs updates of all sites in turn with fields base + strength * local; keeps local = constant + x @ coupling.

    x (chains, n) of 0 and 1, `local` (chains, n) and `threshold` (chains, n) by `thresholds`; x and local in place. The
    coupling of a site with itself has to be 0.
    """
    chains, n = x.shape
    for c in range(chains):
        for i in range(n):
            fires = base[i] + strength * local[c, i] > threshold[c, i]
            if fires != (x[c, i] == 1):
                change = 1.0 if fires else -1.0
                x[c, i] = 1 if fires else 0
                for j in range(n):
                    local[c, j] += change * coupling[i, j]
