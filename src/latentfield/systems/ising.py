"""Two-dimensional Ising model on a torus: the system without a mean-field description.

Hamiltonian, with J = 1 the unit of energy and temperature:

    H = -sum over nearest-neighbour bonds of s_i s_j,      s_i = ±1 on an L x L torus, N = L^2 sites, 2 N bonds

(at L = 2 each pair of neighbours is joined by two bonds). T_c = 2 / ln(1 + sqrt 2) = 2.269185 in an infinite system.

Sampler: Wolff clusters. `burn_in` and `spacing` count *sweeps*, where a sweep is a fixed number of clusters,

    ceil( N max(1 / L, 1 - T_c / T)^(7/4) ),

a function of L and T alone. By the scaling law of the susceptibility the mean cluster has about (1 - T_c/T)^(-7/4)
sites above T_c, and at T_c about L^(7/4), so a sweep visits about N sites, and up to L^(1/4) N of them at low T. The
number is declared beforehand because a sweep that ended after N flips would end in configurations of its own choice.
Chains start ordered (from a random start large lattices keep stripes for thousands of clusters). Each kept
configuration gets a random global sign, an exact move along the symmetry of H: below T_c nearly every cluster flips
the majority, and the sign would otherwise alternate in step with the clusters.

References
    Kaufman (1949), Crystal statistics II. https://doi.org/10.1103/PhysRev.76.1232
    Wolff (1989), Collective Monte Carlo updating for spin systems. https://doi.org/10.1103/PhysRevLett.62.361
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from latentfield.arrays import FloatArray
from latentfield.systems.base import System
from latentfield.systems.kernels.wolff import bond_threshold, sample_chain

CRITICAL_TEMPERATURE = 2 / math.log(1 + math.sqrt(2))


class Ising(System):
    """Nearest-neighbour Ising model on an L x L torus."""

    name: ClassVar[str] = "ising"
    title: ClassVar[str] = "Ising model"
    note: ClassVar[str] = """Bonds join nearest neighbours only. No mean-field theory holds what neighbours know of each
other: the VAE can follow the magnetisation, but it misses the energy, the correlation length, and every pair at
distance one."""
    translation_invariant: ClassVar[bool] = True
    order_parameter: ClassVar[str] = "abs_m"
    transition: ClassVar[float] = CRITICAL_TEMPERATURE
    update: ClassVar[str] = "ceil(L^2 max(1/L, 1 - T_c/T)^(7/4)) Wolff clusters, about L^2 flipped spins"

    size: int = Field(ge=2, le=65535, description="edge L of the lattice")
    burn_in: PositiveInt = Field(description="sweeps discarded after the ordered start")
    spacing: PositiveInt = Field(description="sweeps per kept configuration")

    @property
    def shape(self) -> tuple[int, int]:
        """(L, L)."""
        return self.size, self.size

    @property
    def n_sites(self) -> int:
        """N = L^2."""
        return self.size**2

    def clusters_per_sweep(self, temperature: float) -> int:
        """Wolff clusters in a sweep at this temperature: a fixed number, about one flip per site (see the module)."""
        distance = max(1 / self.size, 1 - CRITICAL_TEMPERATURE / temperature)
        return math.ceil(self.n_sites * distance**1.75)

    def sample_block(self, temperatures: FloatArray, rng: np.random.Generator) -> NDArray[np.int8]:
        """Independent Wolff chains, (temperatures, chains, draws, L, L)."""
        block = np.empty((len(temperatures), self.chains, self.draws, *self.shape), np.int8)
        for chains, temperature in zip(block, map(float, temperatures), strict=True):
            clusters = self.clusters_per_sweep(temperature)
            burn_in, spacing = self.burn_in * clusters, self.spacing * clusters
            for chain in chains:
                words = rng.integers(2**64, size=2, dtype=np.uint64)
                sample_chain(chain, words, np.uint64(bond_threshold(temperature)), burn_in, spacing)
        return block

    def energy(self, x: NDArray) -> FloatArray:
        """Total energy, units of J: each site contributes its bonds to the right and downwards."""
        bonds = x * np.roll(x, -1, axis=-1) + x * np.roll(x, -1, axis=-2)
        return -bonds.sum(axis=(-2, -1), dtype=np.float64)

    def observables(self, x: NDArray) -> dict[str, FloatArray]:
        """`energy` per site in units of J and `abs_m`, the modulus of the mean spin."""
        return {"energy": self.energy(x) / self.n_sites, "abs_m": np.abs(x.mean(axis=(-2, -1), dtype=np.float64))}

    def exact(self, temperature: float) -> dict[str, float]:
        """`log_z`, mean total `energy`, `entropy` and `specific_heat` d<E>/dT (total) of the finite torus, by Kaufman's formula."""
        log_z, slope, curvature = kaufman(self.size, 1 / temperature)
        entropy = log_z - slope / temperature
        return {"log_z": log_z, "energy": -slope, "entropy": entropy, "specific_heat": curvature / temperature**2}


def kaufman(size: int, coupling: float) -> tuple[float, float, float]:
    """ln Z of the L x L torus at K = J/T, and its first two derivatives with respect to K.

    Kaufman's Z = (2 sinh 2K)^(N/2) / 2 times the sum of four products over r of 2 cosh or 2 sinh of x_r = L g_r / 2,
    with r odd or even in 0..2L-1. With S = sinh 2K the modes obey sinh^2(g_r / 2) = (1 - S)^2 / 2S + sin^2(pi r / 2L),
    which cancels nothing at T_c; g_0 = 2K + ln tanh K has the sign of S - 1, so one product is negative above T_c.
    """
    x = _modes(size, coupling)
    products = [_product(x[:, first::2], sign) for first in (0, 1) for sign in (1, -1)]
    scale = max(log for log, _ in products)
    total = sum((math.exp(log - scale) * terms for log, terms in products), start=np.zeros(3))
    slope, curvature = total[1:] / total[0]
    s, ds = math.sinh(2 * coupling), 2 * math.cosh(2 * coupling)
    prefactor = 2 * coupling + math.log(-math.expm1(-4 * coupling))
    log_z = size**2 / 2 * prefactor - math.log(2) + scale + math.log(total[0])
    return log_z, size**2 * ds / (2 * s) + float(slope), float(curvature - slope**2) - 2 * size**2 / s**2


def _modes(size: int, coupling: float) -> FloatArray:
    """x_r = L g_r / 2 and its first two derivatives with respect to K, (3, 2L)."""
    s, ds = math.sinh(2 * coupling), 2 * math.cosh(2 * coupling)
    h = (1 - s) ** 2 / (2 * s) + np.sin(np.pi * np.arange(2 * size) / (2 * size)) ** 2
    dh, ddh = ds * (1 - s**-2) / 2, ds**2 / s**3 + 2 * (s - 1 / s)
    x = np.empty((3, 2 * size))
    x[0] = size * np.arcsinh(np.sqrt(h))
    root = np.sqrt(h[1:] * (1 + h[1:]))
    x[1, 1:] = size * dh / (2 * root)
    x[2, 1:] = size * (ddh / (2 * root) - dh**2 * (1 + 2 * h[1:]) / (4 * root**3))
    x[:, 0] = math.copysign(x[0, 0], s - 1), size * (1 + 1 / s), -size * ds / s**2
    return x


def _product(x: FloatArray, sign: int) -> tuple[float, FloatArray]:
    """Product of 2 cosh x_r (sign 1) or 2 sinh x_r (sign -1) and two derivatives, (3,), over exp of the first result.

    The first factor is kept out of the logarithm because 2 sinh x_0 changes sign at T_c.
    """
    decay = np.exp(-2 * np.abs(x[0]))
    log = np.abs(x[0]).sum() + np.log1p(sign * decay[1:]).sum()
    ratio = ((1 - decay[1:]) / (1 + decay[1:])) ** sign
    slope = (x[1, 1:] * ratio).sum()
    curvature = slope**2 + (x[2, 1:] * ratio + x[1, 1:] ** 2 * (1 - ratio**2)).sum()
    even, odd = 1 + decay[0], math.copysign(1 - decay[0], x[0, 0])
    value, other = (even, odd) if sign > 0 else (odd, even)
    first = np.array([value, other * x[1, 0], value * x[1, 0] ** 2 + other * x[2, 0]])
    return float(log), np.array(
        [first[0], first[1] + first[0] * slope, first[2] + 2 * first[1] * slope + first[0] * curvature]
    )
