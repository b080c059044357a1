"""The entry: exact mutual information across the cuts of any sampled system, and its total correlation.

Cuts: `half`, the first L // 2 rows of the square (the first N // 2 spins of a Hopfield network or Curie-Weiss model, whose
sites have no order) against the others; `checkerboard`, the two colours of the square. Everything is in nats, T in units of
J. What cannot be computed raises LatentfieldError, whose message is the reason.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.information import curie_weiss_blocks, hopfield_blocks
from latentfield.information.field_bound import gaussian_bound, nematic_field_information, spin_field_information
from latentfield.information.ising_checkerboard import checkerboard_information
from latentfield.information.ising_stripes import stripe_information
from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.hopfield_integral import MAX_PATTERNS
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe


def thermodynamic(system: System, temperature: float, name: str) -> float:
    """One of the system's exact values, by its key in `exact`."""
    exact = system.exact(temperature)
    if name not in exact:
        raise LatentfieldError(_unknown(system))
    return exact[name]


def total_correlation(system: System, temperature: float) -> float:
    """Sum of the entropies of the sites less that of the configuration: no field acts, so each site alone is uniform."""
    free = 0.0 if isinstance(system, MaierSaupe) else system.n_sites * float(np.log(2))
    return free - thermodynamic(system, temperature, "entropy")


def half_information(system: System, temperature: float) -> float:
    """I(A; B) between the first half of the sites (rounded down, to whole rows for Ising) and the others."""
    if isinstance(system, Ising):
        return stripe_information(system.size, temperature)
    return _unordered_information(system, temperature, np.arange(system.n_sites) < system.n_sites // 2)


def colour_information(system: System, temperature: float) -> float:
    """I(A; B) between the two colours of a checkerboard of sites."""
    if isinstance(system, Ising):
        return checkerboard_information(system.size, temperature)
    rows = np.arange(system.shape[0])
    return _unordered_information(system, temperature, np.add.outer(rows, rows).ravel() % 2 == 0)


def information_bound(system: System, temperature: float) -> float:
    """An upper bound on I(A; B) for every cut: what the Hubbard-Stratonovich field knows, or its Gaussian bound."""
    if isinstance(system, CurieWeiss):
        return spin_field_information(np.ones((1, system.n_sites)), temperature)
    if isinstance(system, MaierSaupe):
        return nematic_field_information(system.n_sites, temperature)
    if not isinstance(system, Hopfield):
        raise LatentfieldError("no field makes the sites of a two-dimensional lattice independent")
    try:
        return spin_field_information(system.xi, temperature)
    except LatentfieldError:
        signal = system.n_sites / temperature
        overlaps = range(1, system.patterns + 1)
        return gaussian_bound([signal * thermodynamic(system, temperature, f"overlap_squared_{k}") for k in overlaps])


def _unordered_information(system: System, temperature: float, part: NDArray[np.bool_]) -> float:
    """I between a set of sites, a mask (N,), and the others, where sites have no neighbours."""
    if isinstance(system, CurieWeiss):
        size = int(part.sum())
        return curie_weiss_blocks.block_information(system.n_sites, temperature, (size, system.n_sites - size))
    if isinstance(system, Hopfield):
        return hopfield_blocks.cut_information(system.xi, temperature, part)
    raise LatentfieldError(f"no exact sum is known for the cuts of {system.name}; mi_bound bounds them from above")


def _unknown(system: System) -> str:
    if isinstance(system, Hopfield):
        return (
            f"closed forms reach to {MAX_PATTERNS} patterns, got {system.patterns}; estimate it from samples "
            "(latentfield.systems.hopfield_thermodynamics)"
        )
    return f"nothing is known in closed form for {system.name}"
