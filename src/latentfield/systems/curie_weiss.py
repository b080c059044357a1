"""Curie-Weiss model: every spin feels every other one; the order parameter is a scalar.

    H = -(J / 2N) M^2,    M = sum_i s_i,    s_i = ±1,    J = 1,    T_c = J.

The energy depends on M alone, so with n up spins, M = 2n - N,

    P(M) = C(N, n) exp(beta J M^2 / 2N) / Z,

is a table of N + 1 entries. The *direct* sampler draws M from that table and places the n up spins uniformly at random:
the draws are exact and independent, there is no Markov chain and nothing to burn in. Sums over the same table give ln Z,
<E>, the entropy H(P) = ln Z + beta <E> and every moment of m = M/N without approximation.

The spins sit on a square of `size` x `size` sites only so that the same convolutional networks apply; the model has
no geometry.

Reference: M. Kac, "Mathematical mechanisms of phase transitions", in Statistical Physics, Phase Transitions and
Superfluidity vol. 1 (1968).
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numba
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt
from scipy.special import gammaln, logsumexp

from latentfield.arrays import FloatArray
from latentfield.systems.base import System
from latentfield.systems.kernels.sums import copy

MOST_SPINS = 10**7
"""Spins that are summed over: tables of N + 1 entries."""


class CurieWeiss(System):
    """Curie-Weiss model on `size`^2 spins, J = 1, sampled exactly."""

    name: ClassVar[str] = "curie_weiss"
    title: ClassVar[str] = "Curie-Weiss model"
    note: ClassVar[str] = """Every spin feels every other one. Mean-field theory with a scalar order parameter is exact
here, so the gap is only what training left."""
    translation_invariant: ClassVar[bool] = True
    order_parameter: ClassVar[str] = "abs_m"
    transition: ClassVar[float] = 1.0
    update: ClassVar[str] = "none: draws are exact and independent"

    size: int = Field(ge=2, description="edge of the square that holds the N = size^2 spins")
    draws: PositiveInt = Field(1, le=1, description="each configuration is a chain of its own")

    @property
    def shape(self) -> tuple[int, int]:
        """(size, size)."""
        return self.size, self.size

    @property
    def n_sites(self) -> int:
        """Number N of spins."""
        return self.size**2

    def magnetisation_law(self, temperature: float) -> tuple[FloatArray, FloatArray, float]:
        """The values of M (shape (N + 1,)), ln P(M), and ln Z, at temperature T."""
        n = self.n_sites
        up = np.arange(n + 1)
        m = (2 * up - n).astype(np.float64)
        log_count = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
        log_p = log_count + m**2 / (2 * n * temperature)
        log_z = logsumexp(log_p)
        return m, log_p - log_z, float(log_z)

    def sample_block(self, temperatures: FloatArray, rng: np.random.Generator) -> NDArray[np.int8]:
        """Independent exact draws, shape (len(temperatures), chains, 1, size, size)."""
        x = np.empty((len(temperatures), self.chains, self.n_sites), np.int8)
        for t, temperature in enumerate(temperatures):
            _, log_p, _ = self.magnetisation_law(temperature)
            cdf = np.cumsum(np.exp(log_p))
            up = np.searchsorted(cdf, rng.random(self.chains) * cdf[-1], side="right")
            _place(x[t], up, rng.integers(1, 2**63, dtype=np.uint64))
        return x.reshape(len(temperatures), self.chains, 1, *self.shape)

    def energy(self, x: NDArray) -> FloatArray:
        """-M^2 / 2N of spins x (..., size, size); shape (...)."""
        return -(x.sum((-2, -1), dtype=np.int64) ** 2) / (2.0 * self.n_sites)

    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """Energy per site and |m|."""
        m = x.mean((-2, -1), dtype=np.float64)
        return {"energy": -(m**2) / 2, "abs_m": np.abs(m)}

    def exact(self, temperature: float) -> dict[str, float]:
        """What `sums` gives, and the second-moment correlation length on the square: all pairs have the correlation
        g = (N <m^2> - 1)/(N - 1), so that S(0) = N <m^2> and S(k) = 1 - g = (1 - <m^2>) N/(N - 1).
        """
        found = self.sums(temperature)
        unlike = self.n_sites / (self.n_sites - 1) * found.pop("unlike")
        length = (
            np.sqrt(self.n_sites * found["m2"] / unlike - 1) / (2 * np.sin(np.pi / self.size)) if unlike else np.inf
        )
        return found | {"correlation_length": float(length)}

    def sums(self, temperature: float) -> dict[str, float]:
        """ln Z, mean total energy, specific heat d<E>/dT (total, k_B), entropy and total correlation (nats), <|m|>, <m^2>,
        susceptibility N(<m^2> - <|m|>^2)/T, Binder cumulant, and "unlike", 1 - <m^2> summed without cancellation.
        """
        total, log_p, log_z = self.magnetisation_law(temperature)
        p, m = np.exp(log_p), total / self.n_sites
        energies = -(total**2) / (2 * self.n_sites)
        energy = float(p @ energies)
        abs_m, m2, m4 = (float((p * np.abs(m) ** k).sum()) for k in (1, 2, 4))
        entropy = log_z + energy / temperature
        return {
            "log_z": log_z,
            "energy": energy,
            "specific_heat": float(p @ (energies - energy) ** 2) / temperature**2,
            "entropy": entropy,
            "total_correlation": self.n_sites * np.log(2) - entropy,
            "abs_m": abs_m,
            "m2": m2,
            "susceptibility": self.n_sites * (m2 - abs_m**2) / temperature,
            "binder": 1 - m4 / (3 * m2**2),
            "unlike": float((p * (1 - m**2)).sum()),
        }


class CurieWeissSpins(CurieWeiss):
    """Any number of spins, which are on no square: to be asked, not sampled.

    Of a square of as many spins everything but the correlation length, which needs the square, is the same.
    """

    size: Literal[0] = 0
    number: int = Field(alias="sites", ge=2, le=MOST_SPINS, description="number N of spins")

    @property
    def shape(self) -> tuple[int]:  # type: ignore[override]
        """(N,)."""
        return (self.number,)

    @property
    def n_sites(self) -> int:
        """Number N of spins."""
        return self.number

    def exact(self, temperature: float) -> dict[str, float]:
        """What `sums` gives."""
        found = self.sums(temperature)
        del found["unlike"]
        return found


@numba.njit(nogil=True, inline="always")
def _next(state):
    """One step of xorshift64* (Vigna 2016): new state, 64 random bits."""
    state ^= state >> np.uint64(12)
    state ^= state << np.uint64(25)
    state ^= state >> np.uint64(27)
    return state, state * np.uint64(2685821657736338717)


@numba.njit(nogil=True, inline="always")
def _toss(octets, sixteenths, state):
    """Fill octets (uint64, eight int8 spins each) with independent spins, +1 with probability sixteenths / 16.

    Returns the new state and the number of +1. 64 coins at a time: read the binary digits of the probability from the last one
    on, and for each either keep (1) or cast off (0) what a fair coin decides (Knuth and Yao 1976).

    A byte of coins times 0x8040201008040201 has its bit k as the top bit of byte k; shifted down that is one 0 or 1 per
    byte, and 0xFF - 0xFE b is the byte of the spin 2b - 1.
    """
    up = np.int64(0)
    coins = np.uint64(0)
    for k in range(octets.size):
        if k % 8 == 0:
            coins = ~np.uint64(0) if sixteenths == 16 else np.uint64(0)
            for digit in range(4):
                state, word = _next(state)
                coins = coins | word if (sixteenths >> digit) & 1 else coins & word if sixteenths < 16 else coins
        bits = (((coins & np.uint64(255)) * np.uint64(0x8040201008040201)) >> np.uint64(7)) & np.uint64(
            0x0101010101010101
        )
        coins >>= np.uint64(8)
        octets[k] = ~(bits * np.uint64(0xFE))
        up += np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))
    return state, up


@numba.njit(nogil=True, cache=True)
def _place(x, up, seed):
    """Fill row r of x (rows, N) with up[r] spins +1 at uniformly random sites, the others -1.

    Start from independent spins with about the right probability, which are uniform given their number, and turn spins over at
    random sites until the number is right; every choice is uniform given the number, so the result is too. Site k of n is
    floor(k_32 n / 2^32), biased by less than n / 2^32.
    """
    rows, n = x.shape
    octets = np.empty((n + 7) // 8, np.uint64)
    spins = octets.view(np.int8)
    state = seed
    for r in range(rows):
        row = x[r]
        state, count = _toss(octets, (16 * up[r] + n // 2) // n, state)
        copy(spins, row)
        for k in range(n, spins.size):
            count -= spins[k] > 0
        target = np.int8(1) if up[r] > count else np.int8(-1)
        missing = abs(up[r] - count)
        while missing > 0:
            state, word = _next(state)
            site = np.int64(((word >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))
            missing -= row[site] != target
            row[site] = target
