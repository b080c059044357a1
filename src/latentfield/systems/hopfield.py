"""Hopfield network: P binary patterns stored in N spins, a vector order parameter.

    H = -(1/2N) sum_mu (sum_i xi_i^mu s_i)^2,    s_i = ±1,  xi_i^mu = ±1 independent and fair,  J = 1.

In terms of the overlaps m_mu = (1/N) sum_i xi_i^mu s_i this is H = -(N/2) sum_mu m_mu^2. For P much smaller than N
the network orders below T_c = 1 into states with one large overlap. Sampler: block Gibbs through the
Hubbard-Stratonovich field (`block_gibbs`), with replica exchange between neighbouring temperatures: patterns differ
in free energy by several k_B T because of their accidental overlaps, and block Gibbs alone never equilibrates their
weights at low temperature.

References: Hopfield, PNAS 79, 2554 (1982), https://doi.org/10.1073/pnas.79.8.2554; Amit, Gutfreund and Sompolinsky,
Phys. Rev. Lett. 55, 1530 (1985), https://doi.org/10.1103/PhysRevLett.55.1530
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from latentfield.arrays import FloatArray
from latentfield.systems import exchanging
from latentfield.systems.base import Thermodynamics
from latentfield.systems.exchanging import Exchanging
from latentfield.systems.hopfield_integral import MAX_PATTERNS, field_integral
from latentfield.systems.kernels.block_gibbs import (
    LANES,
    TEAM,
    WORD,
    Chains,
    Network,
    pack_spins,
    pattern_tiles,
    sweep,
    unpack_spins,
)
from latentfield.systems.kernels.random_lanes import lane_states
from latentfield.systems.thermodynamics import integrate_energy

NOISE_BYTES = 2**19


class Hopfield(Exchanging):
    """Hopfield network of `patterns` patterns on N = size² spins; the patterns have no spatial order.

    With `exchange` off every temperature runs by itself, from a random start: the usual protocol of the literature,
    which is not in equilibrium below about 0.8 T_c.
    """

    name: ClassVar[str] = "hopfield"
    title: ClassVar[str] = "Hopfield network"
    note: ClassVar[str] = """Given its overlaps with the stored patterns the spins are independent, and mean-field
theory is exact here too. A factorised prior has latents that are independent before any data are seen; overlaps are
not, and where they exclude each other, at low temperature, samples of such a VAE also show mixtures of patterns that
the data do not have. A joint prior need not. Both are trained on the same data with the same networks."""
    particulars: ClassVar[tuple[str, ...]] = ("patterns",)
    order_parameter: ClassVar[str] = "max_overlap"
    transition: ClassVar[float] = 1.0
    update: ClassVar[str] = "sweep: every field, then every spin, then one exchange with a neighbouring temperature"

    size: int = Field(ge=2, description="edge of the square on which the N = size² spins are laid out")
    patterns: PositiveInt = Field(description="number P of stored patterns")
    pattern_seed: NonNegativeInt = Field(0, description="seed of the patterns")

    @model_validator(mode="after")
    def _storable(self) -> Hopfield:
        if self.patterns > self.n_sites:
            raise ValueError(f"patterns must be at most N = size² = {self.n_sites}, got {self.patterns}")
        return self

    @property
    def shape(self) -> tuple[int, int]:
        """(size, size)."""
        return (self.size, self.size)

    @property
    def n_sites(self) -> int:
        """Number N of spins."""
        return self.size**2

    @property
    def xi(self) -> NDArray[np.int8]:
        """Patterns ±1, shape (P, N), a function of `pattern_seed`, P and N alone."""
        rng = np.random.default_rng(self.pattern_seed)
        return 2 * rng.integers(0, 2, size=(self.patterns, self.n_sites), dtype=np.int8) - 1

    def extras(self) -> dict[str, NDArray]:
        """The planted patterns, int8, shape (P, N)."""
        return {"patterns": self.xi}

    def walk(self, beta: FloatArray, rng: np.random.Generator) -> Walk:
        """Its Markov chains at inverse temperatures beta (1/J), from a random start."""
        return Walk(self, beta, rng)

    def overlaps(self, x: NDArray) -> FloatArray:
        """Overlaps m_mu of configurations x of shape (..., size, size) with each pattern; shape (..., P)."""
        spins = np.asarray(x).reshape(*x.shape[:-2], self.n_sites)
        return (spins.astype(np.float32) @ self.xi.T.astype(np.float32)).astype(np.float64) / self.n_sites

    def energy(self, x: NDArray) -> FloatArray:
        """-(N/2) sum_mu m_mu^2 of spins x (..., size, size); shape (...)."""
        return -self.n_sites / 2 * np.sum(self.overlaps(x) ** 2, axis=-1)

    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """Energy per site, largest |overlap|, and the squared overlaps with patterns 1 to P, the slow modes."""
        m = self.overlaps(x)
        squared = {f"overlap_squared_{mu + 1}": m[..., mu] ** 2 for mu in range(self.patterns)}
        return {"energy": -np.sum(m**2, axis=-1) / 2, "max_overlap": np.abs(m).max(axis=-1), **squared}

    def exact(self, temperature: float) -> dict[str, float]:
        """log_z, energy, entropy and mean squared overlaps for P <= 4, by quadrature; empty for more patterns."""
        if self.patterns > MAX_PATTERNS:
            return {}
        beta, n = 1 / temperature, self.n_sites
        log_z, squared_fields = field_integral(self.xi, beta)
        squared = squared_fields - 1 / (beta * n)
        energy = -n / 2 * float(np.sum(squared))
        means = {f"overlap_squared_{mu + 1}": float(value) for mu, value in enumerate(squared)}
        return {"log_z": log_z, "energy": energy, "entropy": log_z + beta * energy, **means}

    @property
    def unknown(self) -> str:
        """The quadrature stops at MAX_PATTERNS."""
        return (
            f"closed forms reach to {MAX_PATTERNS} patterns, got {self.patterns}; estimate it from samples "
            "(latentfield.systems.thermodynamics)"
        )

    def thermodynamics(self, temperature: float, rng: np.random.Generator) -> Thermodynamics:
        """By quadrature, or, for more patterns than that takes, by integration of the sampled energy over temperature."""
        return super().thermodynamics(temperature, rng) or integrate_energy(self, temperature, rng)


class Walk(exchanging.Walk):
    """The Markov chains of one block, at all its temperatures."""

    def __init__(self, system: Hopfield, beta: FloatArray, rng: np.random.Generator) -> None:
        self.beta, self.rng, self.n_sites = beta, rng, system.n_sites
        self.exchanging, self.age, self.accepted = system.exchange, 0, 0
        xi = system.xi
        tail = np.uint64(2 ** ((self.n_sites - 1) % WORD + 1) - 1)
        codes = np.ascontiguousarray(pack_spins(xi).T)
        self.network = Network(pattern_tiles(xi), codes, tail, self.n_sites)
        self.lanes = lane_states(rng, LANES)
        self.slot = np.arange(len(beta) * system.chains).reshape(len(beta), system.chains)
        slots = -(-self.slot.size // TEAM) * TEAM
        start = 2 * rng.integers(0, 2, size=(slots, self.n_sites), dtype=np.int8) - 1
        self.chains = Chains(pack_spins(start), start.astype(np.int64) @ xi.T.astype(np.int64), self.slot)

    def advance(self, sweeps: int) -> None:
        """Run this many sweeps, as many at a time as their noise takes a few megabytes."""
        shape = (*self.slot.shape, self.chains.agreement.shape[1])
        at_once = max(1, NOISE_BYTES // (4 * int(np.prod(shape))))
        for first in range(0, sweeps, at_once):
            count = min(at_once, sweeps - first)
            noise = self.rng.standard_normal((count, *shape), dtype=np.float32)
            patience = self.rng.standard_exponential((count if self.exchanging else 0, *self.slot.shape))
            self.accepted += sweep(self.chains, self.network, self.beta, noise, patience, self.age % 2, self.lanes)
            self.age += count

    @property
    def energies(self) -> FloatArray:
        """Their total energies, (temperatures, chains)."""
        return -(self.chains.agreement[self.slot] ** 2).sum(-1) / (2 * self.network.n_sites)

    @property
    def current(self) -> NDArray[np.int8]:
        """Current configurations, ±1, shape (temperatures, chains, N)."""
        return unpack_spins(self.chains.words[self.slot], self.n_sites)
