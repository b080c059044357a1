"""Entropies of any blocks of sites of the Curie-Weiss model, exact for up to millions of spins.

All sites are alike, so a block is its number n of spins, and given the number j of up spins among them every arrangement
is equally likely. The field (`field_lattice`) turns the law of j into a mixture of binomials,

    P_n(j) = sum over m of W(m) C(n, j) p^j (1 - p)^(n - j),    p = 1 / (1 + exp(-2 beta m)),
    H(block) = -sum_j P_n(j) ln [P_n(j) / C(n, j)],

a few hundred binomials of width sqrt(n) instead of a double sum over the counts inside and outside. Each binomial
grows from its mode by ratios, so that no factorial enters its weights.

To compare with: I between halves at T = J is 0.8264 nats for N = 256 and 1.1320 for N = 1024; the total correlation of N = 256 is
0.1506 at T = 2, 1.3944 at T = 1.2 and 7.536 at T = 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from scipy.special import gammaln

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.information.field_lattice import field_lattice

MAX_LOG_ODDS = 600.0
"""At which the log-odds of a spin are cut off, so that they stay within double precision: a spin is then up or down for certain."""
NEGLIGIBLE = 1e-30
"""Terms of a binomial smaller than this, relative to its mode, are left out."""


def block_entropy(n_sites: int, temperature: float, block: int) -> float:
    """Entropy (nats) of any `block` of the N spins, at T in units of J; the whole system's for block = N.

    `block` is a number of spins, between 1 and N, and which ones does not matter. At most `block` ln 2. Memory goes with
    `block`, and time with it and with a few hundred binomials of width sqrt(block).
    """
    law = _count_law(n_sites, temperature, block)
    kept = law > 0
    return float(-(law[kept] * (np.log(law[kept]) - log_binomial(block)[kept])).sum())


def block_information(n_sites: int, temperature: float, sizes: Sequence[int]) -> float:
    """Sum of the entropies of disjoint blocks of these sizes less that of their union (nats): for two, I(A; B).

    The blocks may leave sites over. About a second for N = 1e6. Entropies near N ln 2 cancel down to a few nats, so that
    rounding leaves an error of 1e-16 N nats or more. For two blocks it is at most the `field_bound`, (1/2) ln N + O(1). Raises
    LatentfieldError for fewer than two blocks, empty ones, or more spins than N.
    """
    if len(sizes) < 2 or min(sizes) < 1 or sum(sizes) > n_sites:
        raise LatentfieldError(
            f"blocks should be two or more, of at least one spin each, of the {n_sites} spins, got {tuple(sizes)}"
        )
    entropies = {size: block_entropy(n_sites, temperature, size) for size in {*sizes, sum(sizes)}}
    return sum(entropies[size] for size in sizes) - entropies[sum(sizes)]


def total_correlation(n_sites: int, temperature: float) -> float:
    """N ln 2 - H in nats: what the spins know about each other altogether. No field acts, so that each alone is fair."""
    return n_sites * float(np.log(2)) - block_entropy(n_sites, temperature, n_sites)


def log_binomial(n: int) -> FloatArray:
    """ln C(n, k) for k = 0..n, (n + 1,), to 1e-16 of n: the entropy form, with Stirling's series for what it leaves out."""
    k = np.arange(1, n, dtype=float)
    inner = -k * np.log(k / n) - (n - k) * np.log1p(-k / n) - np.log(2 * np.pi * k * (1 - k / n)) / 2
    rest = _stirling_rest(np.arange(1, n + 1, dtype=float))
    return np.concatenate([[0.0], inner + rest[-1] - rest[:-1] - rest[-2::-1], [0.0]])


def _stirling_rest(n: FloatArray) -> FloatArray:
    """ln n! - [(n + 1/2) ln n - n + ln(2 pi) / 2], for n >= 1 of any shape; the series from n = 20 on."""
    direct = gammaln(n + 1) - (n + 0.5) * np.log(n) + n - np.log(2 * np.pi) / 2
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * n**2)) / n**2) / n**2) / n
    return np.where(n < 20, direct, series)


def _count_law(n_sites: int, temperature: float, block: int) -> FloatArray:
    """P(j) of the number of up spins in a block, (block + 1,), normalised; exact to the accuracy of `field_lattice`."""
    beta = 1 / temperature
    lattice = field_lattice(np.ones((1, 1)), np.array([n_sites]), beta)
    kept = np.isfinite(lattice.log_weight)
    log_odds = np.clip(2 * beta * lattice.axis[kept], -MAX_LOG_ODDS, MAX_LOG_ODDS)
    law = _binomial_mixture(np.exp(lattice.log_weight[kept]), np.exp(log_odds), block)
    return law / law.sum()


@njit(nogil=True, cache=True)
def _binomial_mixture(weights, odds, n):
    """Sum of binomials of n trials with these weights and odds p / (1 - p); shape (n + 1,)."""
    law, term = np.zeros(n + 1), np.empty(n + 1)
    for weight, odd in zip(weights, odds):  # noqa: B905
        mode = min(n, np.int64((n + 1) * (odd / (1 + odd))))
        first = last = mode
        term[mode] = total = 1.0
        while last < n and term[last] > NEGLIGIBLE:
            term[last + 1] = term[last] * odd * (n - last) / (last + 1)
            last += 1
            total += term[last]
        while first > 0 and term[first] > NEGLIGIBLE:
            term[first - 1] = term[first] * first / ((n - first + 1) * odd)
            first -= 1
            total += term[first]
        for j in range(first, last + 1):
            law[j] += weight / total * term[j]
    return law
