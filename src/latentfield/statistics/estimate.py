"""Means with standard errors from correlated draws.

Whole chains are the independent units of a Markov chain's draws. Where whole stretches of a recording are held out, words of one
stretch are not independent: clusters of words are then the units, and the error of a mean is that of the sums of the deviations
over clusters (Liang and Zeger 1986, Biometrika 73, 13). Without clusters every word is a unit of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray

BINS = 50


class Estimate(NamedTuple):
    """A value and its standard error, in the units of the value."""

    value: float
    se: float


def blocked_mean(series: FloatArray) -> Estimate:
    """Mean of series (chains, draws) and its standard error from the spread of the chains' means."""
    means = series.mean(1)
    return Estimate(float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))))


def clustered_mean(values: FloatArray, cluster: NDArray[np.int64] | None = None) -> Estimate:
    """Mean over words (n,) and its standard error; `cluster` (n,) says which words belong together."""
    deviations = values - values.mean()
    if cluster is not None:
        deviations = np.bincount(np.unique(cluster, return_inverse=True)[1], deviations)
    return Estimate(float(values.mean()), float(total_error(deviations) / len(values)))


def total_error(deviations: FloatArray) -> FloatArray:
    """Standard error of a total from the deviations (clusters, ...) that make it up; (...)."""
    return np.sqrt((deviations**2).sum(0) * len(deviations) / (len(deviations) - 1))


def jackknife(statistic: Callable[[FloatArray], FloatArray], series: FloatArray, bins: int = BINS) -> Estimate:
    """A function of the moments <o>, <o^2>, <o^4> of series (chains, draws); see `jackknife_means`."""
    return jackknife_means(statistic, np.stack([(series**k).mean(1) for k in (1, 2, 4)]), bins)


def jackknife_means(statistic: Callable[[FloatArray], FloatArray], means: FloatArray, bins: int = BINS) -> Estimate:
    """A function of the means of several quantities, and its standard error by leaving out bins of chains.

    `means` holds the mean of each quantity over each chain, (quantities, chains); `statistic` maps means along the first axis to
    the value.
    """
    bins = min(bins, means.shape[1])
    size = means.shape[1] // bins
    means = means[:, : bins * size].reshape(len(means), bins, size).mean(2)
    total = means.mean(1, keepdims=True)
    left_out = statistic((total * bins - means) / (bins - 1))
    spread = np.sqrt((bins - 1) * left_out.var())
    return Estimate(float(statistic(total)[0]), float(spread))


def z_score(a: Estimate, b: Estimate) -> float:
    """Difference of two independent estimates in units of its standard error; 0 where neither varies."""
    se = np.hypot(a.se, b.se)
    return float((a.value - b.value) / se) if se > 0 else 0.0
