"""Maier-Saupe nematic: every director feels every other one; the order parameter is a tensor.

    H = -(J/2N) sum_ij P_2(n_i · n_j) = -(3 J N / 4) Tr A^2,    A = (1/N) sum_i (n_i n_i^T - I/3),    |n_i| = 1,  J =
    1,

over all i and j, with n and -n the same. Weakly first-order transition at T_NI = 0.22019, where S jumps to 0.4292 (N
to infinity). In an orthonormal basis of the symmetric traceless matrices A has five coordinates a, and one sweep of
block Gibbs through the Hubbard-Stratonovich field q draws, exactly,

    q | n ~ Normal(a, 2 T / (3 N)) in each coordinate,    n_i | q ~ Bingham, density ∝ exp((3/2T) n^T Q n),

with replica exchange between neighbouring temperatures. The uniform measure on each sphere is normalised to one.

Reference: Maier and Saupe, Z. Naturforsch. A 14, 882 (1959), https://doi.org/10.1515/zna-1959-1005
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import Field

from latentfield.arrays import FloatArray
from latentfield.systems import exchanging
from latentfield.systems.exchanging import Exchanging
from latentfield.systems.kernels.bingham import LANES, draw_bingham
from latentfield.systems.kernels.random_lanes import lane_states
from latentfield.systems.kernels.replica_exchange import exchange
from latentfield.systems.maier_saupe_integral import field_integral
from latentfield.systems.nematic import TENSOR_BASIS, tensor_coordinates

SWEEPS_AT_ONCE = 256


class MaierSaupe(Exchanging):
    """Maier-Saupe nematic of N = size² directors; the sites have no spatial order."""

    name: ClassVar[str] = "maier_saupe"
    title: ClassVar[str] = "Maier-Saupe nematic"
    note: ClassVar[str] = """Given the order tensor the directors are independent: five latents can hold the theory.
Nats are relative to the uniform measure on the sphere of each director, so entropies are negative. The prior is joint:
in the nematic phase the tensor may point anywhere, which no product over five latents can say."""
    sites: ClassVar = "directors"
    site_entropy: ClassVar[float] = 0.0
    order_parameter: ClassVar[str] = "nematic_s"
    transition: ClassVar[float] = 0.22019
    transition_symbol: ClassVar[str] = r"$T_\mathrm{NI}$"
    update: ClassVar[str] = "sweep: the field, then every director, then one exchange with a neighbouring temperature"

    size: int = Field(ge=2, description="edge of the square on which the N = size² directors are laid out")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(size, size, 3)."""
        return (self.size, self.size, 3)

    @property
    def n_sites(self) -> int:
        """Number N of directors."""
        return self.size**2

    def walk(self, beta: FloatArray, rng: np.random.Generator) -> Walk:
        """Its Markov chains at inverse temperatures beta (1/J), from a random start."""
        return Walk(self, beta, rng)

    def order_tensor(self, x: NDArray) -> FloatArray:
        """A = (1/N) sum_i (n_i n_i^T - I/3) of configurations x of shape (..., size, size, 3); shape (..., 3, 3)."""
        n = np.asarray(x, dtype=np.float64).reshape(*x.shape[:-3], self.n_sites, 3)
        return np.swapaxes(n, -1, -2) @ n / self.n_sites - np.eye(3) / 3

    def energy(self, x: NDArray) -> FloatArray:
        """-(3N/4) Tr A^2 of directors x (..., size, size, 3); shape (...)."""
        return -0.75 * self.n_sites * np.sum(self.order_tensor(x) ** 2, axis=(-1, -2))

    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """Energy per site and S, 3/2 of the largest eigenvalue of the order tensor: 1 for perfect alignment."""
        tensor = self.order_tensor(x)
        s = 1.5 * np.linalg.eigvalsh(tensor)[..., -1]
        return {"energy": -0.75 * np.sum(tensor**2, axis=(-1, -2)), "nematic_s": s}

    def exact(self, temperature: float) -> dict[str, float]:
        """log_z, energy and entropy at finite N, by quadrature, and field_s, the mean of 3/2 the largest eigenvalue
        of Q.

        log_z and entropy are relative to the normalised uniform measure: both vanish at infinite temperature, and the
        entropy is never positive. Q is the noisy field, not the order tensor, whose mean S has no such closed form.
        """
        return field_integral(self.n_sites, 1 / temperature)


class Chains(NamedTuple):
    """Configurations that move; the arrays are replaced in place."""

    directors: NDArray[np.float32]
    """(slots, 3, N + 64), the last 64 being spare room."""
    coordinates: FloatArray
    """Of the order tensor, (slots, 5)."""
    slot: NDArray[np.int64]
    """Which configuration is where, (temperatures, chains)."""


class Walk(exchanging.Walk):
    """The Markov chains of one block, at all its temperatures."""

    def __init__(self, system: MaierSaupe, beta: FloatArray, rng: np.random.Generator) -> None:
        self.beta, self.rng, self.n_sites = beta, rng, system.n_sites
        self.exchanging, self.age, self.accepted = system.exchange, 0, 0
        self.slot = np.arange(len(beta) * system.chains).reshape(len(beta), system.chains)
        self.lanes = lane_states(rng, 3 * LANES)
        directors = np.empty((self.slot.size, 3, system.n_sites + LANES), dtype=np.float32)
        start = rng.standard_normal((self.slot.size, system.n_sites, 3))
        start /= np.linalg.norm(start, axis=-1, keepdims=True)
        self.chains = Chains(directors, tensor_coordinates(start).mean(axis=1), self.slot)

    def advance(self, sweeps: int) -> None:
        """Run this many sweeps."""
        for first in range(0, sweeps, SWEEPS_AT_ONCE):
            count = min(SWEEPS_AT_ONCE, sweeps - first)
            noise = self.rng.standard_normal((count, *self.slot.shape, 5))
            patience = self.rng.standard_exponential((count if self.exchanging else 0, *self.slot.shape))
            self.accepted += sweep(self.chains, self.beta, noise, patience, self.age % 2, self.lanes)
            self.age += count

    @property
    def current(self) -> NDArray[np.float32]:
        """Current configurations, shape (temperatures, chains, N, 3)."""
        return np.swapaxes(self.chains.directors[self.slot][..., :-LANES], -1, -2)

    @property
    def energies(self) -> FloatArray:
        """Their total energies, (temperatures, chains)."""
        return -0.75 * self.n_sites * np.sum(self.chains.coordinates[self.slot] ** 2, axis=-1)


@njit(nogil=True, cache=True)
def field_width(beta, n_sites):
    """Standard deviation of each coordinate of the field around the order tensor."""
    return 1 / np.sqrt(1.5 * beta * n_sites)


@njit(nogil=True, cache=True)
def sweep(chains, beta, noise, patience, parity, state):
    """Run len(noise) sweeps of all configurations in place; returns the number of accepted exchanges.

    noise: (sweeps, temperatures, chains, 5), standard normal. patience: (sweeps or 0, temperatures, chains), see
    `exchange`; no exchange where it is empty. parity: of the first exchange.
    """
    accepted = 0
    directors, coordinates, slot = chains.directors, chains.coordinates, chains.slot
    n_sites = directors.shape[2] - LANES
    energy, matrix = np.empty(len(directors)), np.empty((3, 3))
    for t in range(len(noise)):
        for i in range(slot.shape[0]):
            strength, width = 1.5 * beta[i], field_width(beta[i], n_sites)
            for c, r in enumerate(slot[i]):
                matrix[:] = 0.0
                for k in range(5):
                    add_scaled(matrix, strength * (coordinates[r, k] + width * noise[t, i, c, k]), TENSOR_BASIS[k])
                draw_bingham(matrix, directors[r], state)
                energy[r] = measure(directors[r], n_sites, coordinates[r])
        if len(patience) > 0:
            accepted += exchange(slot, energy, beta, (parity + t) % 2, patience[t])
    return accepted


@njit(nogil=True, cache=True)
def add_scaled(matrix, factor, element):
    """Add factor * element to a (3, 3) matrix, in place."""
    for a in range(3):
        for b in range(3):
            matrix[a, b] += factor * element[a, b]


@njit(nogil=True, cache=True, fastmath=True)
def measure(directors, n_sites, coordinates):
    """Write the order tensor's coordinates (5,) of directors (3, >= N) and return the total energy."""
    a, b, c, d, e = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(n_sites):
        x, y, z = directors[0, j], directors[1, j], directors[2, j]
        a += x * x - y * y
        b += 2 * z * z - x * x - y * y
        c += x * y
        d += x * z
        e += y * z
    root = np.sqrt(2.0)
    coordinates[0], coordinates[1] = a / (root * n_sites), b / (np.sqrt(6.0) * n_sites)
    coordinates[2], coordinates[3], coordinates[4] = root * c / n_sites, root * d / n_sites, root * e / n_sites
    return -0.75 * n_sites * np.sum(coordinates**2)
