"""One sweep over the rows of the L x L Ising torus, from which the information across its cuts follows.

In the notation of `transfer_matrix`, let N_k = (D V)^(k - 1) D hold the weights of k successive rows with outer rows a and b,
summed over those between, and M_k = V (D V)^k those of k rows that close the ring around them. Since V N_(k + 1) = M_k D, the
columns of all N and M that belong to one row b come from a single sweep that starts at b and adds row after row.

    stripes        Z = sum over (a, b) of N_w(a, b) M_(L - w)(a, b), for any w, and the means of ln M
    neighbours     for even L and w = L / 2, a row y opposite to b: sum over (y, b) of v(y) D(y) v(y) / D(b), with v = V N_w

The four neighbours of a site of y are two spins of y and one of each row beside it. These are behind V, which is a product over the
bits: a spin s_c of the row beside turns v into

    v_c(y) = (V s_c N_w)(y) = y_c [v(y) cosh 2K - v(y with bit c turned over)] / sinh 2K.

N and M commute with rotations and reflections of the ring and flips of all its spins: one b of each orbit is enough.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numba import njit
from rich.console import Console
from rich.progress import track

from latentfield.information.transfer_matrix import couple, row_orbits, row_weights
from latentfield.systems.kernels.sums import copy

MAX_TORUS = 18
"""Largest L: about 2^L / 4L rows b, each with five vectors of 2^L, 10 MB at L = 18."""
LONG = 16
"""L from which on a sweep takes seconds and shows its progress."""


class Torus(NamedTuple):
    """Means over the law of a torus; its weights are counted from those of equal spins."""

    total: float
    """Z over the weight of all spins equal."""
    narrow: float
    """Mean of ln M_w(a, b) over the outer rows of the L - w rows that w rows close, w the `width` asked for."""
    wide: float
    """Mean of ln M_(L - w)(a, b) over the outer rows of w rows."""
    pairs: float
    """Sum of the six <s_i s_j> of the four neighbours of a site."""
    quadruple: float
    """<product of the four neighbours>."""


@lru_cache(maxsize=8)
def torus(size: int, coupling: float, width: int) -> Torus:
    """The sweeps from one row of each orbit, on all cores; `coupling` is K = J/T, `width` from 1 to L - 1.

    0.1 s at L = 14, 2 s at 16, half a minute at 18 on two cores; the result does not depend on their number. The last eight are
    kept, so that the cuts of one system share a sweep.
    """
    weights, ones = row_weights(size, coupling, periodic=True), np.bitwise_count(np.arange(2**size)).astype(np.int8)
    representatives, members = row_orbits(size)
    unequal = float(np.exp(-2 * coupling))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sweeps = pool.map(lambda row: _sweep(row, weights, ones, width, unequal), representatives)
        shown = track(
            sweeps, f"rows of the torus, L = {size}", len(members), console=Console(stderr=True), transient=True,
            disable=size < LONG,
        )  # fmt: skip
        total, wide, narrow, opposite, diagonal, square = map(float, members @ np.array(list(shown)))
    return Torus(total, narrow / total, wide / total, (2 * opposite + 4 * diagonal) / total, square / total)


@njit(nogil=True, cache=True)
def _sweep(first, weights, ones, width, unequal):
    """What the row b = `first` adds to Z, to the sums of ln M_(L - w) and ln M_w, and to the correlations of `_neighbours`."""
    size = ones[-1]
    wide = size - width
    found = np.zeros(6)
    inside, closed = np.empty((2, len(weights))), np.empty(len(weights))
    x = np.zeros(len(weights))
    x[first] = 1
    for k in range(1, wide + 2):
        # x is N_k / D(b), then V N_k / D(b) = M_(k - 1).
        if k > 1:
            x *= weights
        if k == width:
            copy(x, inside[0])
        if k == wide != width:
            copy(x, inside[1])
        couple(x, unequal)
        if 2 * k == size:
            copy(_neighbours(x, weights, ones, unequal), found[3:])
        if k == width + 1 != wide + 1:
            copy(x, closed)
    found[0], found[1] = _mean_log(inside[0], x)
    found[2] = found[1] if width == wide else _mean_log(inside[1], closed)[1]
    return found * weights[first]


@njit(nogil=True, cache=True)
def _mean_log(inside, around):
    """Sums over rows a of N M and N M ln M."""
    total = weighted = 0.0
    for a in range(len(inside)):
        if around[a] > 0:
            total += inside[a] * around[a]
            weighted += inside[a] * around[a] * np.log(around[a])
    return total, weighted


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc"})
def _neighbours(v, weights, ones, unequal):
    """Sums over rows y, between others that add v on either side, of the mean over the sites c of a row of

    y_(c-1) y_(c+1), y_(c+1) b_c and y_(c-1) y_(c+1) b_c z_c: two spins that face each other, two that do not, and all four.
    """
    size = ones[-1]
    coth, csch = (1 + unequal**2) / (1 - unequal**2), 2 * unequal / (1 - unequal**2)
    facing = diagonal = four = 0.0
    for c in range(size):
        before, after, bit = (c - 1) % size, (c + 1) % size, 1 << c
        # Rows that differ in bit c alone: in one spin s_c, of which only the sign of y_c y_(c+1) knows.
        for first in range(0, len(v), 2 * bit):
            for y in range(first, first + bit):
                down, up, beside = v[y], v[y + bit], 1.0 - 2 * ((y >> before ^ y >> after) & 1)
                seen_down, seen_up = coth * down - csch * up, coth * up - csch * down
                weight_down, weight_up = weights[y], weights[y + bit]
                facing += beside * (weight_down * down * down + weight_up * up * up)
                diagonal += (2.0 * (y >> after & 1) - 1) * (weight_up * up * seen_up - weight_down * down * seen_down)
                four += beside * (weight_down * seen_down * seen_down + weight_up * seen_up * seen_up)
    return np.array([facing, diagonal, four]) / size
