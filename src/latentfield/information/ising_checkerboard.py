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
from latentfield.information.transfer_matrix import add_rows, bonds_to, couple, row_orbits, row_spins, row_weights
from latentfield.statistics.estimate import Estimate
from latentfield.systems.ising import Ising, kaufman

MAX_SIZE = 16
"""Largest L of the exact sum; vectors of 2^L weights."""
COLUMNS = 16
"""Rows b that are worked on together, which bounds the memory: 2^L times so many numbers, 8 MB at L = 16."""


def checkerboard_information(size: int, temperature: float) -> float:
    """I(even; odd) in nats on the L x L torus, exact for even L <= 16. T in units of J.

    0.1 s at L = 12, 2 s at L = 14, half a minute at L = 16. Raises LatentfieldError for odd L, whose torus has no two
    sublattices, and for larger ones.
    """
    _check_even(size)
    if size > MAX_SIZE:
        raise LatentfieldError(
            f"the checkerboard cut of a torus is summed exactly for L of at most {MAX_SIZE}, got {size}; "
            "estimate it from samples (sampled_checkerboard_information)"
        )
    coupling = 1 / temperature
    pairs, quadruple = _neighbour_correlations(size, coupling)
    two = (1 - quadruple) / 2
    four = (pairs + 2 * (1 - two)) / 8
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


def _neighbour_correlations(size: int, coupling: float) -> tuple[float, float]:
    """e2 and e4 of a site's four neighbours, from three successive rows b (above), y (the site's) and z (below).

    The site's neighbours left and right are in y, the others in b and z; the other L - 3 rows are summed by the transfer
    matrix. One b of each orbit is enough, since a sum over all columns does not change with rotation, reflection or flip.
    """
    q, spins, weights = np.exp(-2 * coupling), row_spins(size), row_weights(size, coupling, periodic=True)
    beside = np.roll(spins, 1, 1) * np.roll(spins, -1, 1)
    sums = np.zeros(4)
    representatives, members = row_orbits(size)
    for first in range(0, len(representatives), COLUMNS):
        rows, count = representatives[first : first + COLUMNS], members[first : first + COLUMNS]
        rest = np.zeros((2**size, len(rows)))
        rest[rows, np.arange(len(rows))] = weights[rows]
        add_rows(rest, weights, coupling, size - 2)
        step = bonds_to(rows, size, coupling) * weights[:, None]
        four = np.zeros(len(rows))
        for c in range(size):
            below = rest * spins[:, c, None]
            couple(below, q)
            four += spins[rows, c] * np.einsum("y,yk,yk->k", beside[:, c], step, below)
        couple(rest, q)
        joint = step * rest
        corner = np.roll(spins[rows], 1, 1) * (joint.T @ spins)
        sums += np.stack([joint.sum(0), beside.mean(1) @ joint, corner.mean(1), four / size]) @ count
    total, opposite, diagonal, square = map(float, sums)
    return (2 * opposite + 4 * diagonal) / total, square / total
