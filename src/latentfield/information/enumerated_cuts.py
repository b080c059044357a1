"""Mutual information across any cut of a system of at most 16 spins, by listing every state.

The one way here that uses nothing but the energy: what the others are checked against.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.errors import LatentfieldError
from latentfield.systems.base import System
from latentfield.systems.enumeration import MAX_SPINS, log_law


def enumerated_information(system: System, temperature: float, part: NDArray) -> float:
    """I(A; B) in nats between the spins of the mask `part` (N,) and the others, at T in units of J.

    Exact to rounding, between 0 and the smaller side's number of spins times ln 2. 2^N states, at most 65,536: milliseconds.
    Raises LatentfieldError where the states cannot be listed: sites that are no spins, or more than MAX_SPINS of them.
    """
    if system.sites != "spins":
        raise LatentfieldError(f"no exact sum is known for the cuts of {system.name}; mi_bound bounds them from above")
    if system.n_sites > MAX_SPINS:
        raise LatentfieldError(
            f"no exact sum is known for the cuts of {system.name}; every state is listed up to {MAX_SPINS} spins, got "
            f"{system.n_sites}"
        )
    part = np.asarray(part, bool)
    p = np.exp(log_law(system, temperature)[0]).reshape((2,) * system.n_sites)
    inside, outside = (p.sum(tuple(np.flatnonzero(sites))) for sites in (~part, part))
    return _entropy(inside) + _entropy(outside) - _entropy(p)


def _entropy(p: FloatArray) -> float:
    """Entropy in nats of probabilities of any shape."""
    positive = p[p > 0]
    return float(-(positive * np.log(positive)).sum())
