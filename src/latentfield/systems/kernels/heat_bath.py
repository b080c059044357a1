"""Heat-bath sweeps of spins with couplings of any kind, 64 configurations at a time.

For H = -sum over pairs of J_ij s_i s_j a sweep visits the sites in order and draws each spin from its law given all others,

    P(s_i = +1 | others) = 1 / (1 + exp(-2 beta h_i)),    h_i = sum_j J_ij s_j,    J_ii = 0.

One site of 64 configurations is drawn together, so that loops run over configurations and become SIMD code; its field is summed
anew each time. A spin is set to the sign of its field and then reversed with probability p = 1 / (1 + exp(2 beta |h|)): the rarer
event is the one that is drawn, with 32 random bits and p rounded to float32.

Energies, which decide exchanges, are summed over all pairs at the beginning of a call and follow the flips from there, to about
1e-5 J after a million of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.systems.kernels.random_lanes import ONE, exp32, fill_lanes
from latentfield.systems.kernels.replica_exchange import exchange

LANES = 64
"""Configurations of a tile."""
ROWS = 4
"""Sites whose contributions to a field are added together."""
UNIT, HALF_UNIT = np.float32(2.0**-32), np.float32(2.0**-33)
MAX_EXPONENT = np.float32(80.0)
ZERO = np.float32(0.0)


class Chains(NamedTuple):
    """Configurations that move; the arrays are replaced in place."""

    tiles: NDArray[np.float32]
    """Spins ±1, (tiles, N padded, 64), as `spin_tiles`."""
    energy: FloatArray
    """Of each configuration, total, (tiles * 64,)."""
    slot: NDArray[np.int64]
    """Which configuration is where, (temperatures, chains)."""


def spin_tiles(spins: NDArray) -> NDArray[np.float32]:
    """Spins ±1 (configurations, N) as tiles (tiles, N padded to a multiple of ROWS, 64), zero where there is none."""
    count, n = spins.shape
    padded = np.zeros((-(-count // LANES) * LANES, -(-n // ROWS) * ROWS), np.float32)
    padded[:count, :n] = spins
    return np.ascontiguousarray(padded.reshape(-1, LANES, padded.shape[1]).swapaxes(1, 2))


def spins_of_tiles(tiles: NDArray[np.float32], count: int, n: int) -> NDArray[np.int8]:
    """The first `count` configurations of n spins in tiles, (count, n)."""
    return tiles.swapaxes(1, 2).reshape(-1, tiles.shape[1])[:count, :n].astype(np.int8)


def coupling_rows(couplings: FloatArray) -> NDArray[np.float32]:
    """Couplings (N, N) as rows (N, N padded to a multiple of ROWS), zero where there is no site."""
    n = len(couplings)
    rows = np.zeros((n, -(-n // ROWS) * ROWS), np.float32)
    rows[:, :n] = couplings
    return rows


@njit(nogil=True, cache=True, fastmath=True)
def pair_energy(spins, couplings):
    """-sum over pairs of J_ij s_i s_j of spins (configurations, N) and couplings (N, N); (configurations,)."""
    energy = np.empty(len(spins))
    for c in range(len(spins)):
        total = 0.0
        for i in range(len(couplings)):
            field = 0.0
            for j in range(i):
                field += couplings[i, j] * spins[c, j]
            total += spins[c, i] * field
        energy[c] = -total
    return energy


@njit(nogil=True, cache=True, fastmath={"contract"})
def local_fields(row, tile, field):
    """field (64,) = sum_j row (N,) * tile (N, 64), N a multiple of ROWS; written out, to become SIMD code."""
    field[:] = ZERO
    for j in range(0, len(row), ROWS):
        a, b, c, d = row[j], row[j + 1], row[j + 2], row[j + 3]
        for r in range(LANES):
            field[r] += a * tile[j, r] + b * tile[j + 1, r] + c * tile[j + 2, r] + d * tile[j + 3, r]


@njit(nogil=True, cache=True, fastmath={"contract"})
def draw_site(spins, field, strength, integers, energy):
    """Draw spins (64,) anew in their fields h, and let the energies follow; strength (64,) is 2 beta. `field` is spent."""
    for r in range(LANES):
        h = strength[r] * field[r]
        odds = exp32(min(abs(h), MAX_EXPONENT))
        uniform = np.float32(integers[r]) * UNIT + HALF_UNIT
        up = (h > ZERO) != (uniform * odds + uniform < ONE)
        drawn = ONE if up else -ONE
        field[r] *= drawn - spins[r]
        spins[r] = drawn
    for r in range(LANES):
        energy[r] -= field[r]


@njit(nogil=True, cache=True)
def sum_energies(chains, rows, field):
    """Sum the energy of every configuration over all pairs; field (64,) is scratch."""
    tiles, energy = chains.tiles, chains.energy
    energy[:] = 0.0
    for k in range(len(tiles)):
        for i in range(len(rows)):
            local_fields(rows[i], tiles[k], field)
            for r in range(LANES):
                energy[k * LANES + r] -= tiles[k, i, r] * field[r] / 2


@njit(nogil=True, cache=True)
def sweep(chains, rows, beta, sweeps, patience, parity, state):
    """Run `sweeps` sweeps of all configurations in place; returns the number of accepted exchanges.

    rows: as `coupling_rows`. beta: (temperatures,). patience: (sweeps or 0, temperatures, chains), see `exchange`; no exchange
    where it is empty. parity: of the first exchange. state: of 64 generators, see `random_lanes`.
    """
    accepted = 0
    tiles, energy, slot = chains.tiles, chains.energy, chains.slot
    field, integers = np.empty(LANES, np.float32), np.empty(LANES, np.uint32)
    strength = np.zeros(len(energy), np.float32)
    sum_energies(chains, rows, field)
    for t in range(sweeps):
        for i in range(len(beta)):
            for r in slot[i]:
                strength[r] = 2 * beta[i]
        for k in range(len(tiles)):
            lanes = slice(k * LANES, (k + 1) * LANES)
            for i in range(len(rows)):
                local_fields(rows[i], tiles[k], field)
                fill_lanes(state, integers)
                draw_site(tiles[k, i], field, strength[lanes], integers, energy[lanes])
        if len(patience) > 0:
            accepted += exchange(slot, energy, beta, (parity + t) % 2, patience[t])
    return accepted
