"""The entry: exact mutual information across the cuts of any sampled system, and its total correlation.

Cuts: `half`, the first L // 2 rows of the square (the first N // 2 spins of a system whose sites have no order) against the others;
`checkerboard`, the two colours of the square. Everything is in nats, T in units of J. What cannot be computed raises
LatentfieldError, whose message is the reason.

    Ising              both cuts, even L of at most 16 for the colours, any L of at most 16 for the half; no bound
    Curie-Weiss        all; the cuts depend on their sizes alone
    Hopfield           few patterns: halves of up to 900 spins for P <= 2, 214 for P = 3, 55 for P = 4; the bound further
    Maier-Saupe        the bound alone
    others             up to 16 spins, by listing every state; no bound

Sites are numbered row by row. Nothing is sampled, and all numbers are the same whenever they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.errors import LatentfieldError
from latentfield.information.curie_weiss_blocks import block_information
from latentfield.information.enumerated_cuts import enumerated_information
from latentfield.information.field_bound import gaussian_bound, nematic_field_information, spin_field_information
from latentfield.information.hopfield_blocks import cut_information
from latentfield.information.ising_checkerboard import checkerboard_information
from latentfield.information.ising_stripes import stripe_information
from latentfield.systems.base import System
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe


def thermodynamic(system: System, temperature: float, name: str) -> float:
    """One of the system's exact values, by its key in `exact`: log_z, energy (of all sites, units of J), entropy (nats), ...

    Raises LatentfieldError with the system's own reason where there is no such value at this size.
    """
    exact = system.exact(temperature)
    if name not in exact:
        raise LatentfieldError(system.unknown)
    return exact[name]


def binder(system: System, temperature: float) -> float:
    """1 - <m^4> / 3 <m^2>^2 of the magnetisation, 2/3 in order and 0 in disorder; LatentfieldError where no sum gives it."""
    exact = system.exact(temperature)
    if "binder" not in exact:
        raise LatentfieldError(f"no exact sum is known for the Binder cumulant of {system.name}")
    return exact["binder"]


def total_correlation(system: System, temperature: float) -> float:
    """Sum of the entropies of the sites less that of the configuration: no field acts, so each site alone is uniform.

    Nats of the whole configuration, zero at infinite T (paper, eqs. (20) and (21)).
    """
    return system.n_sites * system.site_entropy - thermodynamic(system, temperature, "entropy")


def half_information(system: System, temperature: float) -> float:
    """I(A; B) between the first half of the sites (rounded down, to whole rows for Ising) and the others.

    On the Ising torus this cut has two edges of L bonds, and from T_c upwards its information grows with L. 2 s for Ising at
    L = 16, half a minute at L = 18.
    """
    return CUTS.get(system.name, Cuts()).half(system, temperature)


def colour_information(system: System, temperature: float) -> float:
    """I(A; B) between the two colours of a checkerboard of sites.

    On the Ising torus every site is at the edge of this cut, which grows with N: much the stronger of the two at large L. In a
    mean-field model it is one more cut through the middle. The Ising torus is swept once for both.
    """
    return CUTS.get(system.name, Cuts()).checkerboard(system, temperature)


def information_bound(system: System, temperature: float) -> float:
    """An upper bound on I(A; B) for every cut: what the Hubbard-Stratonovich field knows, or its Gaussian bound.

    A VAE whose latents are the field needs no larger rate (paper, eq. (61)). For Hopfield networks of at most four patterns the
    Gaussian bound stands in where the field's lattice has too many points; of more patterns that bound has to come from samples.
    """
    return CUTS.get(system.name, Cuts()).bound(system, temperature)


def first_half(system: System) -> NDArray[np.bool_]:
    """The first half of the sites, (N,): N // 2 of them, which for odd L ends within a row."""
    return np.arange(system.n_sites) < system.n_sites // 2


def one_colour(system: System) -> NDArray[np.bool_]:
    """One colour of the checkerboard, (N,), the site at the corner in it; for odd L neighbours across the edge share a colour.

    Of sites in a row it is every other one.
    """
    return np.indices(system.shape).sum(0).ravel() % 2 == 0


def _no_bound(system: System, temperature: float) -> float:
    raise LatentfieldError(f"no field of a few components makes the sites of {system.name} independent")


class Cuts(NamedTuple):
    """The ways (system, temperature) to the information of one kind of system; by default every state is listed."""

    half: Callable[[Any, float], float] = lambda system, t: enumerated_information(system, t, first_half(system))
    checkerboard: Callable[[Any, float], float] = lambda system, t: enumerated_information(
        system, t, one_colour(system)
    )
    bound: Callable[[Any, float], float] = _no_bound


def _curie_weiss_cut(system: CurieWeiss, temperature: float, part: NDArray[np.bool_]) -> float:
    size = int(part.sum())
    return block_information(system.n_sites, temperature, (size, system.n_sites - size))


def _hopfield_bound(system: Hopfield, temperature: float) -> float:
    try:
        return spin_field_information(system.xi, temperature)
    except LatentfieldError:
        signal = system.n_sites / temperature
        overlaps = range(1, system.patterns + 1)
        return gaussian_bound([signal * thermodynamic(system, temperature, f"overlap_squared_{k}") for k in overlaps])


CUTS: dict[str, Cuts] = {
    Ising.name: Cuts(
        half=lambda system, t: stripe_information(system.size, t),
        checkerboard=lambda system, t: checkerboard_information(system.size, t),
    ),
    CurieWeiss.name: Cuts(
        half=lambda system, t: _curie_weiss_cut(system, t, first_half(system)),
        checkerboard=lambda system, t: _curie_weiss_cut(system, t, one_colour(system)),
        bound=lambda system, t: spin_field_information(np.ones((1, system.n_sites)), t),
    ),
    Hopfield.name: Cuts(
        half=lambda system, t: cut_information(system.xi, t, first_half(system)),
        checkerboard=lambda system, t: cut_information(system.xi, t, one_colour(system)),
        bound=_hopfield_bound,
    ),
    MaierSaupe.name: Cuts(bound=lambda system, t: nematic_field_information(system.n_sites, t)),
}
"""What is known of systems by more than listing their states."""
