"""Systems of so few spins that every state can be listed: then all is known, by summing."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from latentfield.arrays import FloatArray
from latentfield.systems.base import System

MAX_SPINS = 16
"""65,536 states."""


@functools.cache
def every_state(n: int) -> NDArray[np.int8]:
    """All 2^n configurations of n spins ±1, (2^n, n), the first site varying slowest; read-only."""
    states = (2 * (np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1) - 1).astype(np.int8)
    states.flags.writeable = False
    return states


def log_law(system: System, temperature: float) -> tuple[FloatArray, float]:
    """ln P of every state of a system of at most MAX_SPINS spins, (2^N,), and ln Z; T in units of J."""
    log_weight = system.log_weight(every_state(system.n_sites).reshape(-1, *system.shape), temperature)
    log_z = float(logsumexp(log_weight))
    return log_weight - log_z, log_z


def enumerated(system: System, temperature: float) -> dict[str, float]:
    """log_z, energy (total, units of J), entropy (nats) and the mean of every other observable."""
    log_p, log_z = log_law(system, temperature)
    p = np.exp(log_p)
    x = every_state(system.n_sites).reshape(-1, *system.shape)
    means = {name: float(p @ series) for name, series in system.observables(x).items()}
    energy = means["energy"] * system.n_sites
    return means | {"log_z": log_z, "energy": energy, "entropy": log_z + energy / temperature}
