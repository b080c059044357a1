"""ln Z and the entropy of a system at a temperature: what the audit compares a VAE with.

Exact where the system knows it; a Hopfield network of more patterns than the quadrature can take is integrated over temperature,
and its standard errors are passed on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from latentfield.statistics.estimate import Estimate
from latentfield.systems.base import System
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.hopfield_thermodynamics import integrate_energy


class Reference(NamedTuple):
    """ln Z and entropy of the whole configuration, nats; a standard error of zero means exact."""

    log_z: Estimate
    entropy: Estimate


def reference(system: System, temperature: float, seed: int) -> Reference | None:
    """What is known at a temperature, or None."""
    exact = system.exact(temperature)
    if "log_z" in exact:
        return Reference(Estimate(exact["log_z"], 0.0), Estimate(exact["entropy"], 0.0))
    if not isinstance(system, Hopfield):
        return None
    found = integrate_energy(system, temperature, np.random.default_rng(seed))
    return Reference(Estimate(found.log_z, found.log_z_se), Estimate(found.entropy, found.entropy_se))
