"""Wolff clusters on the square torus: the hot loop of the Ising sampler.

A cluster grows from a seed site over bonds between equal spins, each open with probability p = 1 - exp(-2 J / T), and
is flipped as it grows. The chain makes a *fixed* number of clusters between two kept configurations: a rule that looks
at the spins (stopping after N flips, say) would prefer the configurations in which large clusters end.
The seed need not be uniform for detailed balance, only independent of the spins, so it is taken by multiply-and-shift.

Randomness: xoroshiro128++, one 64-bit word per visited site, one 16-bit lane per neighbour. The lane decides unless it
equals the leading 16 bits of p, in which case 48 further bits do: p is resolved to 2^-64, not to 2^-16. (For T > 1.3e5,
where p < 2^-16, no bond opens.) The store of a neighbour is unconditional and only the queue's end advances by the
outcome, so the loop has no branch that depends on the spins.

References
    Wolff (1989), Collective Monte Carlo updating for spin systems. https://doi.org/10.1103/PhysRevLett.62.361
    Blackman, Vigna (2021), Scrambled linear pseudorandom number generators. https://doi.org/10.1145/3460772
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

LANE = np.uint64(0xFFFF)


def bond_threshold(temperature: float) -> int:
    """Bond probability 1 - exp(-2/T) as a fraction of 2^64, T in units of J."""
    return min(int(-math.expm1(-2.0 / temperature) * 2.0**64), 2**64 - 1)


@njit(inline="always")
def _rotate(word, bits):
    return (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))


@njit
def _draw(a, b):
    """One step of xoroshiro128++: 64 random bits and the next state."""
    word = _rotate(a + b, 17) + a
    b ^= a
    return word, _rotate(a, 49) ^ b ^ (b << np.uint64(21)), _rotate(b, 28)


@njit
def _break_ties(word, a, b, lead, rest):
    """Decide the lanes of `word` that equal `lead`, the first 16 bits of p, by its 48 further bits `rest`.

    A lane that opens its bond becomes 0, which is below `lead`; the others stay as they are.
    """
    for lane in range(4):
        shift = np.uint64(16 * lane)
        if (word >> shift) & LANE == lead:
            more, a, b = _draw(a, b)
            if more >> np.uint64(16) < rest:
                word &= ~(LANE << shift)
    return word, a, b


@njit
def _lanes(word):
    """The four 16-bit lanes of a word, lowest first."""
    return word & LANE, (word >> np.uint64(16)) & LANE, (word >> np.uint64(32)) & LANE, word >> np.uint64(48)


@njit
def _neighbours(site, size, binary):
    """Right, left, down and up neighbours of a site (row-major) on the torus; `binary`: size is a power of two."""
    one, n = np.uint64(1), size * size
    if binary:
        row, column = site & ~(size - one), site & (size - one)
        right, left = row | ((column + one) & (size - one)), row | ((column - one) & (size - one))
        return right, left, (site + size) & (n - one), (site - size) & (n - one)
    column = site % size
    right = site + one if column != size - one else site + one - size
    left = site - one if column != 0 else site + size - one
    down = site + size if site < n - size else site + size - n
    up = site - size if site >= size else site + n - size
    return right, left, down, up


@njit
def _offer(spins, queue, tail, site, spin, opens):
    """Add `site` to the cluster if its spin equals `spin` and the bond opens; returns the queue's new end."""
    joins = opens & (spins[site] == spin)
    spins[site] ^= np.int8(-2 * joins)
    queue[tail] = site
    return tail + np.uint64(joins)


@njit(nogil=True, cache=True)
def flip_clusters(spins, queue, words, threshold, clusters):
    """Grow and flip Wolff clusters in place; returns the number of flipped spins.

    `spins`: (L, L) int8 ±1; `queue`: scratch of L^2 + 1 uint32; `words`: the generator's state, 2 uint64, advanced;
    `threshold`: from `bond_threshold`; `clusters`: how many.
    """
    size = np.uint64(spins.shape[0])
    binary = size & (size - np.uint64(1)) == 0
    flat, flipped = spins.reshape(-1), np.int64(0)
    lead, rest = threshold >> np.uint64(48), threshold & np.uint64(0xFFFFFFFFFFFF)
    a, b = words
    for _ in range(clusters):
        word, a, b = _draw(a, b)
        seed = (word >> np.uint64(32)) * size * size >> np.uint64(32)
        spin = flat[seed]
        flat[seed] = -spin
        queue[0] = seed
        head, tail = np.uint64(0), np.uint64(1)
        while head < tail:
            right, left, down, up = _neighbours(np.uint64(queue[head]), size, binary)
            head += np.uint64(1)
            word, a, b = _draw(a, b)
            r, s, t, u = _lanes(word)
            if (r == lead) | (s == lead) | (t == lead) | (u == lead):
                word, a, b = _break_ties(word, a, b, lead, rest)
                r, s, t, u = _lanes(word)
            tail = _offer(flat, queue, tail, right, spin, r < lead)
            tail = _offer(flat, queue, tail, left, spin, s < lead)
            tail = _offer(flat, queue, tail, down, spin, t < lead)
            tail = _offer(flat, queue, tail, up, spin, u < lead)
        flipped += np.int64(tail)
    words[0], words[1] = a, b
    return flipped


@njit(nogil=True, cache=True)
def sample_chain(chain, words, threshold, burn_in, spacing):
    """Fill `chain`, (draws, L, L) int8: an ordered start, `burn_in` clusters, then `spacing` clusters per draw.

    Each kept configuration has a random global sign. `words` and `threshold` as in `flip_clusters`.
    """
    draws, size, _ = chain.shape
    spins = np.ones((size, size), np.int8)
    queue = np.empty(size * size + 1, np.uint32)
    flip_clusters(spins, queue, words, threshold, burn_in)
    for draw in range(draws):
        flip_clusters(spins, queue, words, threshold, spacing)
        word, words[0], words[1] = _draw(words[0], words[1])
        sign = np.int8(1) if word >> np.uint64(63) else np.int8(-1)
        for i in range(size):
            for j in range(size):
                chain[draw, i, j] = sign * spins[i, j]
