"""Have the chains of one temperature forgotten where they started, and do they all see the same law?

Three measures on independent chains, of the two series that order shows in, energy and largest |overlap|:

    effective samples    n / 2 tau of the slower series (`autocorrelation`)
    R-hat                sqrt( (B + (D-1)/D W) / W ), B the variance of the chains' means, W the mean of their variances, D draws;
                         1 + O(1/D) where chains agree (Gelman and Rubin 1992, https://doi.org/10.1214/ss/1177011136)
    replica overlap      q = (1/N) sum_i s_i s'_i, <q^2> between different chains and within one chain half its length apart: in
                         equilibrium both come from the same distribution, Parisi's P(q); chains stuck in valleys of their own
                         have more overlap with themselves (Bhatt and Young 1985, https://doi.org/10.1103/PhysRevLett.54.924)

They can tell that chains are not in equilibrium, never that they are: a state that no chain has visited is missed by
all three.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.statistics.autocorrelation import integrated_time
from latentfield.studies.pattern_load.record import Convergence
from latentfield.systems.hopfield import Hopfield

ENOUGH, AGREE, SIGMA = 500, 1.05, 4.0
"""Effective samples that a temperature in equilibrium has at least, R-hat that it stays below, and standard errors within
which both its <q^2> agree."""


def convergence(system: Hopfield, x: NDArray, temperature: float) -> Convergence:
    """What chains x (chains, draws, size, size) at one temperature say of themselves; `equilibrium` is the verdict.

    `effective_samples` and `r_hat` are those of the worse of the two series, energy and largest |overlap|. Equilibrium
    needs them both, agreement of <q^2>, and chains long enough to resolve the autocorrelation times; T in units of J. A
    single draw per chain leaves <q^2> within chains NaN, and the verdict is no.
    """
    m = system.overlaps(x)
    series = (np.sum(m**2, axis=-1), np.abs(m).max(axis=-1))
    times = [integrated_time(one) for one in series]
    effective = min(x.shape[0] * x.shape[1] / (2 * time.tau) for time in times)
    worst = max(r_hat(one) for one in series)
    (between, within), error = replica_overlaps(x.reshape(*x.shape[:2], -1))
    agree = worst < AGREE and abs(between - within) < SIGMA * error
    return Convergence(
        temperature=temperature,
        effective_samples=effective,
        r_hat=worst,
        max_overlap=float(series[1].mean()),
        q2_between=between,
        q2_within=within,
        q2_error=error,
        equilibrium=bool(agree and effective >= ENOUGH and all(time.resolved for time in times)),
    )


def r_hat(series: FloatArray) -> float:
    """Gelman and Rubin's ratio of series (chains, draws); 1 for a single draw or a constant.

    Infinite where chains are constant but differ. It sees differences of the means alone: chains in states of equal
    energy look alike to it, which is why overlaps are compared too.
    """
    draws = series.shape[1]
    if draws == 1 or not series.var() > 0:
        return 1.0
    within = series.var(axis=1, ddof=1).mean()
    if within == 0:
        return float("inf")
    return float(np.sqrt(series.mean(axis=1).var(ddof=1) / within + (draws - 1) / draws))


def replica_overlaps(spins: NDArray) -> tuple[tuple[float, float], float]:
    """<q^2> between chains and within them, from spins (chains, draws, N), and the standard error of their difference.

    Between: each chain with the one before it at the same draw. Within: the first half of a chain's draws with the
    second. Each of both is averaged over draws first, and chains are the units of the error, in which the two are taken
    as independent. Means are 1/N for independent spins, not 0.
    """
    s, half = spins.astype(np.float32), spins.shape[1] // 2
    between = np.einsum("cdi,cdi->cd", s, np.roll(s, 1, axis=0)) / s.shape[2]
    within = np.einsum("cdi,cdi->cd", s[:, :half], s[:, half : 2 * half]) / s.shape[2]
    means = [(q.astype(float) ** 2).mean(axis=1) for q in (between, within)]
    error = np.sqrt(sum(mean.var(ddof=1) / len(mean) for mean in means))
    return (float(means[0].mean()), float(means[1].mean())), float(error)
