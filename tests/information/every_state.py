"""The truth about small spin systems: the probability of every state, and what follows from it by summing."""

import functools

import numpy as np
from scipy.special import logsumexp


@functools.cache
def states(n: int) -> np.ndarray:
    """All 2^n spin configurations ±1, (2^n, n), the first site varying slowest."""
    return (2 * (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1) - 1).astype(np.int8)


def lattice_energy(size: int, across: bool, along: bool) -> np.ndarray:
    """Energy (2^N,) of every state of an L x L lattice, bond by bond; `across` closes the columns, `along` the rows."""
    s = states(size * size).reshape(-1, size, size).astype(float)
    energy = np.zeros(len(s))
    for i in range(size):
        for j in range(size):
            if i + 1 < size or across:
                energy -= s[:, i, j] * s[:, (i + 1) % size, j]
            if j + 1 < size or along:
                energy -= s[:, i, j] * s[:, i, (j + 1) % size]
    return energy


def couplings_energy(xi: np.ndarray) -> np.ndarray:
    """-(1/2N) sum_mu (sum_i xi_i^mu s_i)^2 of every state, for patterns (P, N), through all pairs of spins."""
    s = states(xi.shape[1]).astype(float)
    return -np.einsum("si,ij,sj->s", s, xi.T.astype(float) @ xi / xi.shape[1], s, optimize=True) / 2


def boltzmann(energy: np.ndarray, temperature: float) -> np.ndarray:
    """P(x) of every state, shape (2,) * N: one axis for each site."""
    log_p = -energy / temperature
    return np.exp(log_p - logsumexp(log_p)).reshape((2,) * int(np.log2(len(energy))))


def entropy(p: np.ndarray, sites: np.ndarray) -> float:
    """Entropy (nats) of the marginal law of the sites where the mask `sites` (N,) is set."""
    marginal = p.sum(axis=tuple(np.flatnonzero(~np.asarray(sites, bool))))
    positive = marginal[marginal > 0]
    return float(-(positive * np.log(positive)).sum())


def information(p: np.ndarray, *cut: np.ndarray) -> float:
    """Sum of the entropies of the parts, masks (N,), less that of their union: for two parts, mutual information."""
    return sum(entropy(p, part) for part in cut) - entropy(p, np.any(cut, axis=0))


def halves(n: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """The first sites, and the others."""
    part = np.arange(n) < first
    return part, ~part


def checkerboard(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The two sublattices of a square lattice."""
    even = np.add.outer(np.arange(size), np.arange(size)).ravel() % 2 == 0
    return even, ~even
