"""Entropies of sets of sites of a Hopfield network of a few patterns, exact, and the information across any cut.

Turning over the spins where the first pattern is -1 leaves sites of at most 2^(P-1) kinds, alike within a kind. The
probability of the state of a block A depends on its P overlaps M_mu = sum over i in A of xi_i^mu s_i alone. In the fields
and weights of `field_lattice`,

    2^|A| P(s_A) = F(M) = sum_m W(m) exp(beta m·M - sum over A of ln cosh beta h_i),
    P(M) = O(M) F(M),    H(A) = |A| ln 2 - sum_M P(M) ln F(M),

where O(M) is the law of M under fair coins, a convolution of the kinds' binomials. With beta m·M = (beta N / 2) [m^2 + (M/N)^2 -
(m - M/N)^2] the sum over m is a product of P Gaussian kernels, one matrix product for each pattern.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.information.field_lattice import FieldLattice, along, field_lattice, log_cosh_sum
from latentfield.systems.hopfield_integral import MAX_PATTERNS, field_integral

MAX_OVERLAPS = 10**7
"""States of the P overlaps of a block that are summed, (n + 1)^P."""
MAX_BLOCK = 900
"""Spins of a block: probabilities of fair coins, down to 2^-n, must stay within double precision."""
NORMALISATION = 1e-8
"""By how much the probabilities of a block may miss 1 in sum before the result is refused."""


def cut_information(xi: NDArray, temperature: float, part: NDArray) -> float:
    """I(A; B) in nats between the sites where the mask `part` (N,) is set and the others; patterns xi ±1 (P, N).

    1 to 3 s for N = 256 and P = 3. Exact for these very patterns, not an average over patterns. At least 0, at most the
    `field_bound`, and at low T about the entropy of the few states that are left: ln 2 for one of either sign. Raises
    LatentfieldError for a cut with an empty side, for blocks beyond `MAX_BLOCK` or `MAX_OVERLAPS`, and where double precision
    does not hold the probabilities, at low T.
    """
    part = np.asarray(part, bool)
    if part.all() or not part.any():
        raise LatentfieldError(f"a cut has sites on both sides; got {part.sum()} of {part.size} spins on one")
    whole = np.ones_like(part)
    left, right, both = (block_entropy(xi, temperature, sites) for sites in (part, ~part, whole))
    return left + right - both


def block_entropy(xi: NDArray, temperature: float, block: NDArray) -> float:
    """Entropy (nats) of the sites where the mask `block` (N,) is set, patterns xi ±1 (P, N), at T in units of J.

    The whole network of at most four patterns is done by quadrature, whatever its size. Raises LatentfieldError as
    `cut_information` does. Otherwise the sum of the block's probabilities is checked, which tells a result that has lost its
    digits.
    """
    block, beta = np.asarray(block, bool), 1 / temperature
    _check_size(len(xi), int(block.sum()), block.size)
    if block.all() and len(xi) <= MAX_PATTERNS:
        return _whole_entropy(xi, beta)
    kinds, member = site_kinds(xi)
    inside, outside = (np.bincount(member[sites], minlength=kinds.shape[1]) for sites in (block, ~block))
    log_law = _overlap_law(kinds, inside)
    log_factor = _log_factor(field_lattice(kinds, inside + outside, beta), kinds, inside, outside, beta)
    p = np.exp(log_law + log_factor)
    if abs(p.sum() - 1) > NORMALISATION:
        raise LatentfieldError(
            f"the probabilities of {block.sum()} of {block.size} spins at T = {temperature:g} span more than double "
            "precision holds; take a higher temperature or fewer spins"
        )
    return float(inside.sum() * np.log(2) - (p[p > 0] * log_factor[p > 0]).sum())


def site_kinds(xi: NDArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The kinds of sites up to a sign, columns ±1 (P, k) with a first row of ones, and which of them each site is (N,)."""
    kinds, member = np.unique((xi * xi[:1]).astype(np.int64), axis=1, return_inverse=True)
    return kinds, member.reshape(-1)


def _check_size(patterns: int, block: int, n_sites: int) -> None:
    """Raises LatentfieldError for a block that cannot be summed; the whole of few patterns is none."""
    if block == n_sites and patterns <= MAX_PATTERNS:
        return
    if block > MAX_BLOCK or (block + 1) ** patterns > MAX_OVERLAPS:
        raise LatentfieldError(
            f"{block} of {n_sites} spins with {patterns} patterns have {block + 1}^{patterns} overlaps, and at most "
            f"{MAX_OVERLAPS:.0e} (and {MAX_BLOCK} spins) are summed: take fewer patterns or fewer spins"
        )


def _whole_entropy(xi: NDArray, beta: float) -> float:
    """ln Z + beta E of the network, from the quadrature of its field."""
    log_z, squares = field_integral(xi, beta)
    return log_z - float(beta * xi.shape[1] * squares.sum() - len(xi)) / 2


def _overlap_law(kinds: NDArray, counts: NDArray) -> FloatArray:
    """ln O(M), (n + 1,) * P, by the number of agreements (M_mu + n) / 2 with each pattern; -inf where there is none.

    The block's spins of a kind agree with pattern mu in j places or in all but j, as the kind's sign has it; kinds are
    added one by one.
    """
    law = np.ones((1,) * len(kinds))
    for kind, count in zip(kinds.T, counts, strict=True):
        wider = np.zeros([length + count for length in law.shape])
        up = np.arange(count + 1)
        coins = np.exp(gammaln(count + 1) - gammaln(up + 1) - gammaln(count - up + 1) - count * np.log(2))
        for j, probability in enumerate(coins):
            starts = np.where(kind > 0, j, count - j)
            wider[tuple(slice(a, a + b) for a, b in zip(starts, law.shape, strict=True))] += probability * law
        law = wider
    with np.errstate(divide="ignore"):
        return np.log(law)


def _log_factor(lattice: FieldLattice, kinds: NDArray, inside: NDArray, outside: NDArray, beta: float) -> FloatArray:
    """ln F(M) of a block, by the number of agreements with each pattern, (n + 1,) * P."""
    axis, log_weight = lattice
    n, block, patterns = inside.sum() + outside.sum(), inside.sum(), log_weight.ndim
    overlap = (2 * np.arange(block + 1) - block) / n
    tilted = log_weight - log_cosh_sum(axis, kinds, inside, beta)
    for mu in range(patterns):
        tilted += along(beta * n * axis**2 / 2, mu, patterns)
    peak = tilted.max()
    total = np.exp(tilted - peak)
    kernel = np.exp(-beta * n * (axis[:, None] - overlap) ** 2 / 2)
    for _ in range(patterns):
        total = np.tensordot(total, kernel, (0, 0))
    with np.errstate(divide="ignore"):
        log_factor = np.log(total) + peak
    for mu in range(patterns):
        log_factor += along(beta * n * overlap**2 / 2, mu, patterns)
    return log_factor
