"""ln Z, energy and entropy of a Hopfield network of any number of patterns, from samples, with standard errors.

Thermodynamic integration from the free spins at beta = 0, where ln Z = N ln 2:

    ln Z(beta) = N ln 2 - ∫_0^beta <E>(b) db.

<E> is sampled at the nodes b of a Gauss rule, and at beta itself for the energy and entropy, all coupled by replica exchange.
Only configurations of equal chain index are exchanged, so the chains are independent of each other and their spread is the
standard error, whatever the correlations between the nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.systems.hopfield import Hopfield, Walk

NODES = 32
CROWDING = 0.15


class Thermodynamics(NamedTuple):
    """Estimates at one temperature, each with its standard error: ln Z, mean total energy (units of J), entropy (nats)."""

    log_z: float
    log_z_se: float
    energy: float
    energy_se: float
    entropy: float
    entropy_se: float


def integrate_energy(
    system: Hopfield,
    temperature: float,
    rng: np.random.Generator,
    chains: int = 64,
    burn_in: int = 500,
    measurements: int = 500,
    spacing: int = 2,
    nodes: int = NODES,
) -> Thermodynamics:
    """Thermodynamic integration with `nodes` inverse temperatures; `burn_in` and `spacing` count sweeps.

    With 32 nodes the rule itself is exact to 1e-6 nats for N = 256 at T = 0.4, to 1e-3 for N = 1024 at T = 0.2.
    """
    if chains < 2 or measurements < 1:
        raise LatentfieldError(f"chains must be at least 2 and measurements 1, got {chains} and {measurements}")
    beta = 1 / temperature
    points, weights = integration_nodes(beta, nodes)
    walk = Walk(system.model_copy(update={"exchange": True, "chains": chains}), np.append(points, beta), rng)
    walk.advance(burn_in)
    total = np.zeros(walk.slot.shape)
    for _ in range(measurements):
        walk.advance(spacing)
        total -= (walk.chains.agreement[walk.slot] ** 2).sum(-1) / (2 * system.n_sites)
    energy = total / measurements
    log_z = system.n_sites * np.log(2) - weights @ energy[:-1]
    estimates = [_estimate(series) for series in (log_z, energy[-1], log_z + beta * energy[-1])]
    return Thermodynamics(*estimates[0], *estimates[1], *estimates[2])


def integration_nodes(beta: float, count: int) -> tuple[FloatArray, FloatArray]:
    """Increasing inverse temperatures on (0, beta) and their weights, (count,) each: Gauss-Legendre in u, b = 1 + d sinh u.

    This crowds them around the transition at b = 1, where <E> bends within about N^(-1/2).
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    first, last = np.arcsinh(-1 / CROWDING), np.arcsinh((beta - 1) / CROWDING)
    u = first + (node + 1) * (last - first) / 2
    return 1 + CROWDING * np.sinh(u), weight * (last - first) / 2 * CROWDING * np.cosh(u)


def _estimate(series: FloatArray) -> tuple[float, float]:
    """Mean and standard error of independent values (chains,)."""
    return float(series.mean()), float(series.std(ddof=1) / np.sqrt(len(series)))
