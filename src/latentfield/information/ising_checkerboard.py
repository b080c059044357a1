"""Mutual information between the two sublattices of the Ising torus, a cut that passes through every site.

Given one sublattice the spins of the other are independent, each with the field S of its four neighbours, so that with
H(P) from Kaufman's formula and h(s | S) the entropy of a spin with P(s = +1) = 1 / (1 + exp(-2 K S)), K = J/T,

    I = H(even) + H(odd) - H = H(P) - sum over all sites of < h(s_i | S_i) >.

It grows with the number of sites, not with the length of a cut. The mean of h needs only the law of |S|, 0, 2 or 4,
which follows from two correlations among the four neighbours, e2 = <sum of the six products of two> and e4 = <product of
all>: P(|S| = 2) = (1 - e4) / 2 and e2 = 6 P(4) - 2 P(0). They come from samples, or exactly from the transfer matrix.

To compare with: at L = 4, 1.08448 nats at T_c and 1.18044 at T = 2.5 (also by listing all states). I is ln 2 at T = 0, where each
sublattice knows the sign of the other, and 0 at infinite T, with a maximum above T_c.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, expit

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.information.ising_torus import MAX_TORUS, torus
from latentfield.statistics.estimate import Estimate
from latentfield.systems.ising import Ising, kaufman


def checkerboard_information(size: int, temperature: float) -> float:
    """I(even; odd) in nats on the L x L torus, exact for even L <= 18. T in units of J.

    0.1 s at L = 14, 2 s at 16, half a minute at 18, nothing after the halves of the same torus. Raises LatentfieldError for odd L,
    whose torus has no two sublattices, and for larger ones.
    """
    _check_even(size)
    if size > MAX_TORUS:
        raise LatentfieldError(
            f"the checkerboard cut of a torus is summed exactly for L of at most {MAX_TORUS}, got {size}; "
            "estimate it from samples (sampled_checkerboard_information)"
        )
    coupling = 1 / temperature
    found = torus(size, coupling, size // 2)
    two = (1 - found.quadruple) / 2
    four = (found.pairs + 2 * (1 - two)) / 8
    mean = np.dot([1 - two - four, two, four], _spin_entropy(np.array([0, 2, 4]), coupling))
    return _torus_entropy(size, coupling) - size**2 * float(mean)


def sampled_checkerboard_information(system: Ising, temperature: float, samples: NDArray) -> Estimate:
    """I(even; odd) in nats and its standard error from equilibrium samples (chains, draws, L, L) at T, L even.

    The entropy is exact; the conditional entropies are averaged over the samples, corrected by the known error of the same
    samples' energy, to which they are nearly proportional. Chains are the independent units of the standard error, which
    takes the regression's slope, and how far the mean energy is off, into account. Any even L. Samples out of equilibrium
    make it wrong without a sign of it. Raises LatentfieldError for odd L, samples of another shape, and fewer than three
    chains.
    """
    _check_even(system.size)
    if np.ndim(samples) != 4 or samples.shape[2:] != system.shape:
        expected = ", ".join(map(str, system.shape))
        raise LatentfieldError(f"samples should have shape (chains, draws, {expected}), got {np.shape(samples)}")
    if len(samples) < 3:
        raise LatentfieldError(f"a standard error takes at least 3 chains, got {len(samples)}")
    exact = system.exact(temperature)
    known = conditional_entropy(samples, temperature).mean(1)
    excess = system.energy(samples).mean(1) - exact["energy"]
    spread = excess - excess.mean()
    slope = (spread @ known) / max(spread @ spread, 1e-300)
    residual = known - known.mean() - slope * spread
    n = len(samples)
    inflation = 1 + excess.mean() ** 2 * n / max(spread @ spread, 1e-300)
    se = math.sqrt(residual @ residual / (n - 2) / n * inflation)
    return Estimate(exact["entropy"] - float(known.mean() - slope * excess.mean()), se)


def conditional_entropy(x: NDArray, temperature: float) -> FloatArray:
    """Sum over the sites of the entropy (nats) of a spin given its four neighbours, x (..., L, L); shape (...).

    Its mean over equilibrium is H(even|odd) + H(odd|even). At T in units of J; spins ±1 on a torus.
    """
    field = sum(np.roll(x, shift, axis) for shift in (1, -1) for axis in (-1, -2))
    table = _spin_entropy(np.arange(5), 1 / temperature)
    return table[np.abs(field).astype(np.int64)].sum((-2, -1))


def _spin_entropy(field: NDArray, coupling: float) -> FloatArray:
    """Entropy (nats) of a spin with the sum S of its neighbours, of any shape: even in S, ln 2 at S = 0."""
    return sum(entr(expit(sign * 2 * coupling * field)) for sign in (1, -1))


def _torus_entropy(size: int, coupling: float) -> float:
    """H(P) = ln Z - K d ln Z / dK of the whole torus, nats, by Kaufman's formula."""
    log_z, slope, _ = kaufman(size, coupling)
    return log_z - coupling * slope


def _check_even(size: int) -> None:
    if size % 2:
        raise LatentfieldError(f"a torus has two sublattices for even L, got {size}")
