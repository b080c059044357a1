"""Sherrington-Kirkpatrick model: every pair of spins has a random coupling. A glass, and no latent mean field of few components.

    H = -sum over pairs i < j of J_ij s_i s_j,    s_i = ±1,    J_ij ~ Normal(0, J^2 / N) independent, symmetric,    J = 1.

In zero field the spins freeze below T_c = J, each in a direction of its own. For T > J the annealed average is exact to O(1),

    ln Z = N ln 2 + N (beta J)^2 / 4 + O(1),    <E> = -N beta J^2 / 2 + O(1),    total correlation = N (beta J)^2 / 4 + O(1).

The model is fully connected and has a mean-field solution: N fields, one for each site (Thouless, Anderson and Palmer), or
Parisi's function q(x). It has none of *few* components: the couplings are of full rank, their eigenvalues fill Wigner's semicircle
from -2J to 2J, and no handful of fields carries what the spins know of each other. That holds on both sides of T_c: above it a pair
of spins knows little, of order 1/N nats, but there are N^2 / 2 pairs, and of their N (J/2T)^2 nats d fields carry O(d ln N). So a
VAE with few latents falls short by an amount that grows with N. It dies out as T^-2, is largest around T_c, and shrinks at low T
only where a small system has few valleys left, which even two latents tell apart. A negative control beside the Ising model: what
is missing is not geometry but rank.

Order parameter: Edwards and Anderson's q, the mean of <s_i>^2, asks for two replicas of the same couplings, (1/N) sum_i s_i s'_i,
because H is even and <s_i> = 0: no function of one configuration is it. In its place stands the projection on the softest mode,
|v_1·s| / sqrt N with v_1 the eigenvector of the couplings' largest eigenvalue: about sqrt(2 / pi N) for free spins, and it grows
where they freeze. It is a sign of the glass in a finite system, not an order parameter of the limit: as N grows the frozen part
spreads over ever more modes near the edge of the spectrum. Its square and those of the next modes are the slow series.

Sampler: heat-bath sweeps (`kernels.heat_bath`) with replica exchange between neighbouring temperatures, without which chains deep
in the glass stay in the valley that they fell into.

References
    Sherrington and Kirkpatrick (1975), Solvable model of a spin-glass. https://doi.org/10.1103/PhysRevLett.35.1792
    Thouless, Anderson and Palmer (1977), Phil. Mag. 35, 593. https://doi.org/10.1080/14786437708235992
    Parisi (1979), Infinite number of order parameters for spin-glasses. https://doi.org/10.1103/PhysRevLett.43.1754
    Hukushima and Nemoto (1996), Exchange Monte Carlo method. https://doi.org/10.1143/JPSJ.65.1604
"""

from __future__ import annotations

import functools
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt

from latentfield.arrays import FloatArray
from latentfield.systems import exchanging
from latentfield.systems.base import Thermodynamics
from latentfield.systems.enumeration import MAX_SPINS, enumerated
from latentfield.systems.exchanging import Exchanging
from latentfield.systems.kernels.heat_bath import (
    LANES,
    Chains,
    coupling_rows,
    pair_energy,
    spin_tiles,
    spins_of_tiles,
    sweep,
)
from latentfield.systems.kernels.random_lanes import lane_states
from latentfield.systems.thermodynamics import integrate_energy

MODES = 4
"""Softest modes whose squared projections are observed."""
SWEEPS_AT_ONCE = 256


class SherringtonKirkpatrick(Exchanging):
    """Sherrington-Kirkpatrick model of N = size² spins; the sites have no spatial order."""

    name: ClassVar[str] = "sherrington_kirkpatrick"
    title: ClassVar[str] = "Sherrington-Kirkpatrick model"
    note: ClassVar[str] = """Every pair of spins has a random coupling of its own. Mean-field theory solves the model
with a field for each site, but the couplings are of full rank, so that no theory of a few latents holds it. Above the
transition a pair of spins knows little, yet all N²/2 of them N(J/2T)² nats together: the VAE falls short on both sides,
most around the transition. The order parameter shown is the projection on the softest mode of the couplings; that of
the theory compares two replicas."""
    particulars: ClassVar[tuple[str, ...]] = ("coupling_seed",)
    order_parameter: ClassVar[str] = "softest_mode"
    transition: ClassVar[float] = 1.0
    update: ClassVar[str] = "sweep: every spin in turn, then one exchange with a neighbouring temperature"

    size: int = Field(ge=2, description="edge of the square on which the N = size² spins are laid out")
    coupling_seed: NonNegativeInt = Field(0, description="seed of the couplings")

    @property
    def shape(self) -> tuple[int, int]:
        """(size, size)."""
        return (self.size, self.size)

    @property
    def n_sites(self) -> int:
        """Number N of spins."""
        return self.size**2

    @property
    def couplings(self) -> FloatArray:
        """J_ij, (N, N), symmetric with an empty diagonal, units of J; a function of `coupling_seed` and N alone."""
        return _couplings(self.coupling_seed, self.n_sites)

    def extras(self) -> dict[str, NDArray]:
        """The couplings, (N, N), units of J."""
        return {"couplings": self.couplings}

    def walk(self, beta: FloatArray, rng: np.random.Generator) -> Walk:
        """Its Markov chains at inverse temperatures beta (1/J), from a random start."""
        return Walk(self, beta, rng)

    def energy(self, x: NDArray) -> FloatArray:
        """-sum over pairs of J_ij s_i s_j of spins x (..., size, size); shape (...)."""
        flat = np.ascontiguousarray(x).reshape(-1, self.n_sites)
        return pair_energy(flat, self.couplings).reshape(x.shape[:-2])

    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """Energy per site, |projection| on the softest mode over sqrt N, and the squares of those on the softest MODES, over N."""
        spins = np.asarray(x, np.float64).reshape(*x.shape[:-2], self.n_sites)
        projection = spins @ _soft_modes(self.coupling_seed, self.n_sites) / np.sqrt(self.n_sites)
        squared = {f"mode_squared_{k + 1}": projection[..., k] ** 2 for k in range(projection.shape[-1])}
        return {"energy": self.energy(x) / self.n_sites, "softest_mode": np.abs(projection[..., 0]), **squared}

    def exact(self, temperature: float) -> dict[str, float]:
        """log_z, energy, entropy and the means of the observables for N <= 16, by listing every state; empty for more spins."""
        return enumerated(self, temperature) if self.n_sites <= MAX_SPINS else {}

    @property
    def unknown(self) -> str:
        """States are listed up to MAX_SPINS."""
        return (
            f"every state is listed up to {MAX_SPINS} spins, got {self.n_sites}; estimate it from samples "
            "(latentfield.systems.thermodynamics)"
        )

    def thermodynamics(self, temperature: float, rng: np.random.Generator) -> Thermodynamics:
        """By listing every state, or, of more spins than that takes, by integration of the sampled energy over temperature."""
        return super().thermodynamics(temperature, rng) or integrate_energy(self, temperature, rng, measurements=200)


class Walk(exchanging.Walk):
    """The Markov chains of one block, at all its temperatures."""

    def __init__(self, system: SherringtonKirkpatrick, beta: FloatArray, rng: np.random.Generator) -> None:
        self.beta, self.rng, self.n_sites = beta, rng, system.n_sites
        self.exchanging, self.age, self.accepted = system.exchange, 0, 0
        self.rows = coupling_rows(system.couplings)
        self.lanes = lane_states(rng, LANES)
        self.slot = np.arange(len(beta) * system.chains).reshape(len(beta), system.chains)
        tiles = spin_tiles(2 * rng.integers(0, 2, size=(self.slot.size, self.n_sites), dtype=np.int8) - 1)
        self.chains = Chains(tiles, np.empty(len(tiles) * LANES), self.slot)

    def advance(self, sweeps: int) -> None:
        """Run this many sweeps."""
        for first in range(0, sweeps, SWEEPS_AT_ONCE):
            count = min(SWEEPS_AT_ONCE, sweeps - first)
            patience = self.rng.standard_exponential((count if self.exchanging else 0, *self.slot.shape))
            self.accepted += sweep(self.chains, self.rows, self.beta, count, patience, self.age % 2, self.lanes)
            self.age += count

    @property
    def current(self) -> NDArray[np.int8]:
        """Current configurations, ±1, shape (temperatures, chains, N)."""
        return spins_of_tiles(self.chains.tiles, self.slot.size, self.n_sites)[self.slot]

    @property
    def energies(self) -> FloatArray:
        """Their total energies, (temperatures, chains)."""
        return self.chains.energy[self.slot]


@functools.lru_cache(maxsize=8)
def _couplings(seed: int, n: int) -> FloatArray:
    above = np.triu(np.random.default_rng(seed).standard_normal((n, n)), 1) / np.sqrt(n)
    couplings = above + above.T
    couplings.flags.writeable = False
    return couplings


@functools.lru_cache(maxsize=8)
def _soft_modes(seed: int, n: int) -> FloatArray:
    """Eigenvectors of the largest eigenvalues, softest first, (N, at most MODES)."""
    return np.ascontiguousarray(np.linalg.eigh(_couplings(seed, n))[1][:, : -MODES - 1 : -1])
