"""One draw from the Bingham distribution of each of many sites, compiled for the CPU.

Rejection as in `bingham.draw`, 64 sites at a time: proposals y = L^-T e with L L^T = W and e uniform on the sphere; a site that
keeps its proposal makes room for the next one. With e from an octant and three fair signs no trigonometric function is needed
beyond two polynomials (`systems.kernels.bingham`).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numba import njit
from torch import Tensor

from latentfield.systems.kernels.bingham import HALF_UNIT, LANES, LOWEST, MIN_EXPONENT, UNIT, octant
from latentfield.systems.kernels.random_lanes import exp32, fill_lanes, lane_states
from latentfield.vae.parts.bingham_kernel import HALF, SIXTH, invariants, spectrum

NEWTON_STEPS = 8
"""Towards the width of the envelope; any width gives exact draws, the best one the fewest rejections."""
ONE, TWO = np.float32(1), np.float32(2)
ROWS = 14
"""Of a table, what the proposals of LANES sites need: upper triangle of l_1 - B, ln of the bound of the ratio, 2 / b, L.

One after the other in a flat array: of arrays that might overlap a compiler makes no SIMD code."""
XX, XY, XZ, YY, YZ, ZZ, BOUND, WIDTH, A, B, C, D, E, F = (LANES * row for row in range(ROWS))


def draw(parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """One unit vector for each site of coordinates (batch, 5, *sites) on the CPU: float32 (batch, *sites, 3).

    The draws are those of a generator of their own, which begins from a number of the given one.
    """
    b = parameters.detach().float().movedim(1, -1).contiguous()
    seed = int(torch.randint(2**62, (), generator=generator))
    n = torch.empty(*b.shape[:-1], 3)
    _draw(b.view(-1, 5).numpy(), lane_states(np.random.default_rng(seed), 3 * LANES), n.view(-1, 3).numpy())
    return n


@njit(nogil=True, cache=True)
def _draw(b, state, n):
    """Fill `n` (sites, 3) at b (sites, 5)."""
    coming, table = np.zeros(ROWS * LANES, np.float32), np.zeros(ROWS * LANES, np.float32)
    coordinates, points = np.zeros(5 * LANES, np.float32), np.empty(3 * LANES, np.float32)
    integers, kept, site = np.empty(3 * LANES, np.uint32), np.empty(LANES, np.uint8), np.empty(LANES, np.int64)
    begun = count = 0
    while begun < len(b) or count:
        while count < LANES and begun < len(b):
            lane = begun % LANES
            if lane == 0:
                _load(b[begun : begun + LANES], coordinates)
                _envelope(coordinates, coming)
                _cholesky(coming)
            site[count] = begun
            _move(coming, lane, table, count)
            begun, count = begun + 1, count + 1
        fill_lanes(state, integers)
        _propose(integers, table, points, kept)
        left = 0
        for j in range(count):
            if kept[j]:
                for k in range(3):
                    n[site[j], k] = points[k * LANES + j]
            else:
                site[left] = site[j]
                _move(table, j, table, left)
                left += 1
        count = left


@njit(nogil=True, cache=True)
def _load(b, coordinates):
    """Turn coordinates of sites (LANES or fewer, 5) into rows of a flat array."""
    for j in range(len(b)):
        for k in range(5):
            coordinates[k * LANES + j] = b[j, k]


@njit(nogil=True, cache=True)
def _move(source, lane, target, place):
    """Copy the column of one site from a table to another."""
    for k in range(ROWS):
        target[k * LANES + place] = source[k * LANES + lane]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _envelope(coordinates, table):
    """The first eight rows of the table; b is the root in [1, 3] of sum_k 1 / (b + 2 (l_1 - l_k)) = 1."""
    for j in range(LANES):
        b0, b1, b2 = coordinates[j], coordinates[LANES + j], coordinates[2 * LANES + j]
        b3, b4 = coordinates[3 * LANES + j], coordinates[4 * LANES + j]
        square, determinant, _ = invariants(b0, b1, b2, b3, b4)
        top, half_square = spectrum(square, determinant)
        half = math.sqrt(max(half_square, 0.0))
        second, third = max(3 * top - 2 * half, 0.0), 3 * top + 2 * half
        b = 1.0
        for _ in range(NEWTON_STEPS):
            first, other, last = 1 / b, 1 / (b + second), 1 / (b + third)
            b += (first + other + last - 1) / (first * first + other * other + last * last)
        b = min(max(b, 1.0), 3.0)
        table[XX + j], table[YY + j] = top - HALF * b0 + SIXTH * b1, top + HALF * b0 + SIXTH * b1
        table[ZZ + j] = top - 2 * SIXTH * b1
        table[XY + j], table[XZ + j], table[YZ + j] = -HALF * b2, -HALF * b3, -HALF * b4
        table[WIDTH + j], table[BOUND + j] = 2 / b, b
    for j in range(LANES):
        b = table[BOUND + j]
        table[BOUND + j] = (b - 3) / 2 + 1.5 * math.log(3 / b)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _cholesky(table):
    """The last six rows of the table, entries 00, 10, 20, 11, 21, 22 of L with L L^T = W = 1 + 2 (l_1 - B) / b."""
    for j in range(LANES):
        w = table[WIDTH + j]
        a = math.sqrt(ONE + w * table[XX + j])
        b, c = w * table[XY + j] / a, w * table[XZ + j] / a
        d = math.sqrt(ONE + w * table[YY + j] - b * b)
        e = (w * table[YZ + j] - b * c) / d
        f = math.sqrt(ONE + w * table[ZZ + j] - c * c - e * e)
        table[A + j], table[B + j], table[C + j], table[D + j], table[E + j], table[F + j] = a, b, c, d, e, f


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _propose(integers, table, points, kept):
    """A proposal for each site of the table: unit vectors `points` (3 LANES,), `kept` (LANES,) 1 if it is kept."""
    for j in range(LANES):
        first, second, last = integers[j], integers[LANES + j], integers[2 * LANES + j]
        radius, x, y, z = octant(first, second)
        x, y = radius * x, radius * y
        x *= ONE - TWO * np.float32(first & LOWEST)
        y *= ONE - TWO * np.float32(second & LOWEST)
        z *= (ONE - TWO * np.float32(last & LOWEST)) / table[F + j]
        y = (y - table[E + j] * z) / table[D + j]
        x = (x - table[B + j] * y - table[C + j] * z) / table[A + j]
        inverse = ONE / math.sqrt(x * x + y * y + z * z)
        x, y, z = x * inverse, y * inverse, z * inverse
        cost = x * (table[XX + j] * x + TWO * table[XY + j] * y) + y * (table[YY + j] * y + TWO * table[YZ + j] * z)
        cost += z * (table[ZZ + j] * z + TWO * table[XZ + j] * x)
        stretched = ONE + table[WIDTH + j] * cost
        chance = exp32(max(-cost - table[BOUND + j], MIN_EXPONENT)) * stretched * math.sqrt(stretched)
        kept[j] = np.float32(np.uint32(last >> 8)) * UNIT + HALF_UNIT < chance
        points[j], points[LANES + j], points[2 * LANES + j] = x, y, z
