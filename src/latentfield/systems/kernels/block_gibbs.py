"""Block Gibbs sweeps of spins through their Hubbard-Stratonovich fields, 64 spins at a time.

For H = -(1/2N) sum_mu (sum_i xi_i^mu s_i)^2 a sweep draws, exactly,

    m_mu | s ~ Normal((1/N) sum_i xi_i^mu s_i, 1 / (beta N)),
    P(s_i = +1 | m) = 1 / (1 + exp(-2 beta sum_mu xi_i^mu m_mu)).

Spins are packed 64 to a word (bit 1 is spin +1), so overlaps are bit counts. The loop over words is outside the loop
over configurations, which are taken four at a time, so that the patterns of a word stay in the first-level cache and
registers. A spin is set to the sign of its field and then reversed with probability p = 1 / (1 + exp(2 beta |h|)):
the rarer event is the one that is drawn, with 32 random bits and p rounded to float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.systems.kernels.random_lanes import ONE, exp32, fill_lanes
from latentfield.systems.kernels.replica_exchange import exchange

WORD = 64
TEAM = 4
LANES = TEAM * WORD

UNIT = np.float32(2.0**-32)
HALF_UNIT = np.float32(2.0**-33)
MAX_EXPONENT = np.float32(80.0)
ZERO = np.float32(0.0)
BITS_1, BITS_2, BITS_4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
BYTES = np.uint64(0x0101010101010101)
GATHER = np.uint64(0x0102040810204080)
S1, S2, S4, S56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


class Chains(NamedTuple):
    """Configurations that move; the arrays are replaced in place."""

    words: NDArray[np.uint64]
    """Spins, (slots, W), slots a multiple of 4."""
    agreement: NDArray[np.int64]
    """sum_i xi_i s_i with each pattern, (slots, P)."""
    slot: NDArray[np.int64]
    """Which configuration is where, (temperatures, chains)."""


class Network(NamedTuple):
    """The patterns in both forms that the loops need."""

    tiles: NDArray[np.float32]
    """As `pattern_tiles`."""
    codes: NDArray[np.uint64]
    """Patterns as words, (W, P)."""
    tail: np.uint64
    """Ones on the last word's sites."""
    n_sites: int


def pack_spins(spins: NDArray) -> NDArray[np.uint64]:
    """Spins ±1 (..., N) as words (..., ceil(N/64)); the bits past N are 0."""
    n = spins.shape[-1]
    padded = np.zeros((*spins.shape[:-1], -(-n // WORD) * WORD), dtype=np.uint8)
    padded[..., :n] = spins > 0
    return np.packbits(padded, axis=-1, bitorder="little").view(np.uint64)


def unpack_spins(words: NDArray[np.uint64], n: int) -> NDArray[np.int8]:
    """Words (..., ceil(N/64)) as spins ±1 (..., N)."""
    bits = np.unpackbits(words.view(np.uint8), axis=-1, count=n, bitorder="little")
    return 2 * bits.astype(np.int8) - 1


def pattern_tiles(patterns: NDArray) -> NDArray[np.float32]:
    """Patterns (P, N) as float tiles (words, P padded to a multiple of 4, 64), zero where there is no site."""
    p, n = patterns.shape
    tiles = np.zeros((-(-p // 4) * 4, -(-n // WORD) * WORD), dtype=np.float32)
    tiles[:p, :n] = patterns
    return np.ascontiguousarray(tiles.reshape(len(tiles), -1, WORD).swapaxes(0, 1))


@njit(nogil=True, cache=True)
def count_bits(x):
    """Number of ones in a 64-bit word (compilers turn this form into one instruction)."""
    x = x - ((x >> S1) & BITS_1)
    x = (x & BITS_2) + ((x >> S2) & BITS_2)
    x = (x + (x >> S4)) & BITS_4
    return (x * BYTES) >> S56


@njit(nogil=True, cache=True, fastmath={"contract"})
def local_fields(weights, tile, field):
    """field (4, 64) = sum_mu weights (4, P) * tile (P, 64), P a multiple of 4; written out, to become SIMD code."""
    field[:] = ZERO
    for m in range(0, len(tile), 4):
        a0, b0, c0, d0 = weights[0, m], weights[0, m + 1], weights[0, m + 2], weights[0, m + 3]
        a1, b1, c1, d1 = weights[1, m], weights[1, m + 1], weights[1, m + 2], weights[1, m + 3]
        a2, b2, c2, d2 = weights[2, m], weights[2, m + 1], weights[2, m + 2], weights[2, m + 3]
        a3, b3, c3, d3 = weights[3, m], weights[3, m + 1], weights[3, m + 2], weights[3, m + 3]
        for j in range(WORD):
            w, x, y, z = tile[m, j], tile[m + 1, j], tile[m + 2, j], tile[m + 3, j]
            field[0, j] += a0 * w + b0 * x + c0 * y + d0 * z
            field[1, j] += a1 * w + b1 * x + c1 * y + d1 * z
            field[2, j] += a2 * w + b2 * x + c2 * y + d2 * z
            field[3, j] += a3 * w + b3 * x + c3 * y + d3 * z


@njit(nogil=True, cache=True, fastmath={"contract"})
def draw_ups(field, integers, ups):
    """Draw spins of reduced fields 2 beta h, `field` (256,), with random `integers`: bytes `ups` are 1 for spin +1."""
    for j in range(LANES):
        odds = exp32(min(abs(field[j]), MAX_EXPONENT))
        uniform = np.float32(integers[j]) * UNIT + HALF_UNIT
        ups[j] = (field[j] > ZERO) != (uniform * odds + uniform < ONE)


@njit(nogil=True, cache=True)
def join_bits(octets):
    """The word whose bits are the 64 bytes, each 0 or 1, of `octets` (8,) uint64."""
    word = np.uint64(0)
    for k in range(8):
        word |= ((octets[k] * GATHER) >> S56) << np.uint64(8 * k)
    return word


@njit(nogil=True, cache=True)
def draw_spins(chains, weights, network, state):
    """Draw the spins of every configuration given its fields, and count their agreement with each pattern.

    weights: (slots, P padded), 2 beta m.
    """
    words, agreement, (tiles, codes, tail) = (
        chains.words,
        chains.agreement,
        (network.tiles, network.codes, network.tail),
    )
    field, integers = np.empty((TEAM, WORD), np.float32), np.empty(LANES, np.uint32)
    ups = np.empty(LANES, np.uint8)
    octets = ups.view(np.uint64).reshape(TEAM, 8)
    agreement[:] = 0
    for w in range(words.shape[1]):
        full = tail if w == words.shape[1] - 1 else ~np.uint64(0)
        sites = np.int64(count_bits(full))
        for first in range(0, len(words), TEAM):
            local_fields(weights[first : first + TEAM], tiles[w], field)
            fill_lanes(state, integers)
            draw_ups(field.reshape(LANES), integers, ups)
            for k in range(TEAM):
                word = join_bits(octets[k]) & full
                words[first + k, w] = word
                for mu in range(codes.shape[1]):
                    agreement[first + k, mu] += sites - 2 * np.int64(count_bits(word ^ codes[w, mu]))


@njit(nogil=True, cache=True)
def sweep(chains, network, beta, noise, patience, parity, state):
    """Run len(noise) sweeps of all configurations in place; returns the number of accepted exchanges.

    noise: (sweeps, temperatures, chains, P), standard normal. patience: (sweeps or 0, temperatures, chains), see
    `exchange`; no exchange where it is empty. parity: of the first exchange.
    """
    accepted = 0
    words, agreement, slot, n_sites = chains.words, chains.agreement, chains.slot, network.n_sites
    energy = np.empty(len(words))
    weights = np.zeros((len(words), network.tiles.shape[1]), np.float32)
    for t in range(len(noise)):
        for i in range(slot.shape[0]):
            centre, width = np.float32(2 * beta[i] / n_sites), np.float32(2 * np.sqrt(beta[i] / n_sites))
            for c, r in enumerate(slot[i]):
                for mu in range(agreement.shape[1]):
                    weights[r, mu] = centre * np.float32(agreement[r, mu]) + width * noise[t, i, c, mu]
        draw_spins(chains, weights, network, state)
        if len(patience) > 0:
            for r in range(len(words)):
                energy[r] = -np.sum(agreement[r] ** 2) / (2 * n_sites)
            accepted += exchange(slot, energy, beta, (parity + t) % 2, patience[t])
    return accepted
