"""Integrated autocorrelation time of a Markov chain's observables.

For a stationary series a_t with normalised autocorrelation rho(k), the error of the mean of n values is that of
n / (2 tau) independent ones, with

    tau = 1/2 + sum_{k >= 1} rho(k),

summed up to the smallest window W >= 5 tau(W) (Madras and Sokal, J. Stat. Phys. 50, 109 (1988)). Many chains are pooled: the
autocovariance is averaged over them around their common mean, so that a mode which each chain keeps for its whole
length shows as correlation instead of hiding in the chains' own means.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray

WINDOW = 5.0


class Autocorrelation(NamedTuple):
    """An integrated autocorrelation time, in kept configurations, and whether the chains were long enough to see its end."""

    tau: float
    resolved: bool


def integrated_time(series: FloatArray) -> Autocorrelation:
    """tau of series (chains, draws), at least 1/2. Chains of one draw are independent draws: tau = 1/2."""
    chains, draws = series.shape
    deviation = series - series.mean()
    variance = np.mean(deviation**2)
    if draws == 1 or variance <= 1e-12 * np.mean(series**2):
        return Autocorrelation(0.5, True)
    spectrum = np.abs(np.fft.rfft(deviation, 2 * draws, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum.sum(0), 2 * draws)[:draws] / (chains * np.arange(draws, 0, -1))
    tau = 0.5 + np.concatenate([[0.0], np.cumsum(covariance[1:] / variance)])
    closed = np.flatnonzero(np.arange(draws) >= WINDOW * tau)
    window = closed[0] if len(closed) else draws - 1
    return Autocorrelation(max(0.5, float(tau[window])), bool(len(closed)))
