"""Transfer matrices of the square-lattice Ising model, row by row, without ever storing one.

A row of L spins is a number a of L bits, bit 1 for spin +1. With K = J/T the weights are kept relative to those of
equal spins, so that none exceeds 1:

    D(a)    = exp(-2K u(a)),           u(a) the unequal neighbours within row a,
    V(a, b) = exp(-2K |a xor b|),      the L bonds between rows a and b.

V is the L-th Kronecker power of the 2 x 2 matrix (1 q; q 1), q = exp(-2K): applying it to a vector is one pass of
additions per bit, L 2^L of them instead of 4^L.

Reference: Kramers and Wannier, Phys. Rev. 60, 252 (1941), https://doi.org/10.1103/PhysRev.60.252
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray


def row_spins(size: int) -> FloatArray:
    """Spins ±1 of every row, (2^L, L), column i being bit i; 8 MB at L = 16."""
    return (2 * (np.arange(2**size)[:, None] >> np.arange(size) & 1) - 1).astype(np.float64)


def row_weights(size: int, coupling: float, periodic: bool) -> FloatArray:
    """D of every row, (2^L,), with or without the bond between its last and first spin."""
    rows = np.arange(2**size)
    unequal = rows ^ (rows >> 1 | (rows & 1) << (size - 1))
    if not periodic:
        unequal &= 2 ** (size - 1) - 1
    return np.exp(-2 * coupling * np.bitwise_count(unequal))


def bonds_to(rows: NDArray, size: int, coupling: float) -> FloatArray:
    """Columns V(., b) for the given rows b, (2^L, len(rows)), K being `coupling`: where a vector starts that is summed on."""
    return np.exp(-2 * coupling * np.bitwise_count(np.arange(2**size)[:, None] ^ rows))


def row_orbits(size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One row of each orbit of a ring under rotation, reflection and flip of all spins, and the sizes of the orbits.

    The row is the least number of its orbit; sizes add up to 2^L. There are about 2^L / 4L orbits, in whose number the time
    goes down.
    """
    rows = np.arange(2**size)
    mirrored = np.sum([(rows >> k & 1) << (size - 1 - k) for k in range(size)], axis=0)
    images, least = [rows, mirrored], rows
    for _ in range(size):
        images = [image >> 1 | (image & 1) << (size - 1) for image in images]
        for image in images:
            least = np.minimum(least, np.minimum(image, 2**size - 1 - image))
    return np.unique(least, return_counts=True)


@njit(nogil=True, cache=True)
def couple(x, unequal):
    """Replace x, (2^L, columns), by V x; `unequal` is q = exp(-2K), the weight of a bond between unequal spins."""
    half = 1
    while half < len(x):
        for first in range(0, len(x), 2 * half):
            for a in range(first, first + half):
                for c in range(x.shape[1]):
                    up, down = x[a, c], x[a + half, c]
                    x[a, c] = up + unequal * down
                    x[a + half, c] = unequal * up + down
        half *= 2


def add_rows(x: FloatArray, weights: FloatArray, coupling: float, rows: int) -> FloatArray:
    """(D V)^rows x for x of shape (2^L, columns), in place; D is `weights` (2^L,)."""
    for _ in range(rows):
        couple(x, np.exp(-2 * coupling))
        x *= weights[:, None]
    return x
