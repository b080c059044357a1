"""The law of the Hubbard-Stratonovich field of a mean-field model, as a finite mixture of independent spins.

With the field m, spins that couple through P patterns are independent: for N spins of a few kinds xi,

    P(s) = ∫ d^P m p(m) prod_i exp(beta h_i s_i) / 2 cosh(beta h_i),    h_i = xi_i · m,
    p(m) ∝ exp(-beta N |m|^2 / 2 + sum_i ln 2 cosh(beta h_i)).

As a function of s each P(s), and every marginal of it, is the integral of a sum of Gaussians of width w = 1 / sqrt(beta
N): the rule of equal steps 0.8 w replaces it by a sum with a relative error of 2 P exp(-2 pi^2 / 0.64), below 1e-12. So a
lattice of fields m and weights W *is* the distribution, to that accuracy.

The price is the number of points, (2 r / 0.8 w + 21)^P with r the largest overlap of any state, somewhat above 1: about a
hundred for one pattern on a thousand spins at T = J, about 65 to the power P on 256 of them, so that four patterns are the
limit there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError

STEP = 0.8
"""Of the lattice, in widths w."""
REACH = 8.5
"""Widths beyond the largest overlap that any state can have, to which the lattice extends."""
LOG_NEGLIGIBLE = -60.0
"""ln of the weight, relative to the largest, below which a point is left out."""
MAX_NODES = 2 * 10**7
"""Points of the whole lattice, 160 MB of weights."""


class FieldLattice(NamedTuple):
    """Fields m on a P-dimensional lattice: each coordinate runs through `axis` (n,), with log-weights (n,) * P that sum to 1.

    Weights below exp(-60) of the largest are zero (-inf).
    """

    axis: FloatArray
    """Symmetric about 0, in steps of 0.8 w; m is an overlap per site, of order 1."""
    log_weight: FloatArray
    """ln W of every point, normalised."""

    @property
    def information(self) -> float:
        """I(s; m) in nats: the entropy of m less that of the Gaussian noise around the overlaps of s.

        Differential entropies, in units of w: ln 0.8 for each coordinate makes the lattice's entropy that of the density. At most
        the entropy of the overlaps, so at most P ln(N + 1).
        """
        kept = self.log_weight[np.isfinite(self.log_weight)]
        patterns = self.log_weight.ndim
        return float(-(np.exp(kept) * kept).sum() + patterns * (np.log(STEP) - np.log(2 * np.pi * np.e) / 2))


def field_lattice(kinds: NDArray, counts: NDArray, beta: float) -> FieldLattice:
    """Lattice of fields for counts (k,) spins of each of the kinds (P, k), the columns ±1 of the patterns.

    `beta` in units of 1/J. Raises LatentfieldError where more than `MAX_NODES` points would be needed.
    """
    patterns, n = len(kinds), int(np.sum(counts))
    width = 1 / np.sqrt(beta * n)
    largest = np.linalg.eigvalsh((kinds * counts) @ kinds.T / n)[-1]
    radius = int(np.ceil((np.sqrt(largest) + REACH * width) / (STEP * width)))
    if (2 * radius + 1) ** patterns > MAX_NODES:
        raise LatentfieldError(
            f"the field of {patterns} patterns on {n} spins at T = {1 / beta:g} needs {2 * radius + 1}^{patterns} lattice "
            f"points, and at most {MAX_NODES:.0e} are summed: take fewer patterns or spins, or a higher temperature"
        )
    axis = STEP * width * np.arange(-radius, radius + 1)
    log_weight = log_cosh_sum(axis, kinds, counts, beta)
    for mu in range(patterns):
        log_weight -= along(beta * n * axis**2 / 2, mu, patterns)
    log_weight -= log_weight.max()
    log_weight[log_weight < LOG_NEGLIGIBLE] = -np.inf
    return FieldLattice(axis, log_weight - np.log(np.exp(log_weight).sum()))


def log_cosh_sum(axis: FloatArray, kinds: NDArray, counts: NDArray, beta: float) -> FloatArray:
    """Sum over spins of ln cosh(beta h_i) on the lattice, (n,) * P; counts (k,) of each of the kinds (P, k).

    Fields on the lattice are whole multiples of a step, so that all logarithms come from one table; cost, points times kinds.
    """
    patterns, radius = len(kinds), len(axis) // 2
    index = np.arange(-radius, radius + 1, dtype=np.int32)
    table = log_cosh(beta * axis[-1] / radius * np.arange(patterns * radius + 1))
    total = np.zeros((len(axis),) * patterns)
    for kind, count in zip(kinds.astype(np.int32).T, counts, strict=True):
        field = sum(along(xi * index, mu, patterns) for mu, xi in enumerate(kind))
        total += count * table[np.abs(field)]
    return total


def along(values: FloatArray, axis: int, dimensions: int) -> FloatArray:
    """A vector laid along one axis of an array, for broadcasting."""
    return values.reshape([-1 if mu == axis else 1 for mu in range(dimensions)])


def log_cosh(x: FloatArray) -> FloatArray:
    """ln cosh x without overflow, and without loss where x is small."""
    x = np.abs(x)
    return np.where(x < 0.5, np.log1p(2 * np.sinh(np.minimum(x, 1) / 2) ** 2), x + np.log1p(np.exp(-2 * x)) - np.log(2))
