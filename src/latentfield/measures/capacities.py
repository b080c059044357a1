"""What the encoder could carry at a temperature, from its posteriors alone, nats: by packing spheres, (d/2) ln <tau>, and through
Gaussian channels. `vae.posterior` has the formulas (paper, eqs. (55) and (58)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.vae.model import VAE


class Capacities(NamedTuple):
    """Both capacities of an encoder, nats."""

    capacity_sphere_packing: Estimate
    capacity_gaussian: Estimate


@torch.no_grad()
def capacities(model: VAE, x: np.ndarray, temperature: float, draws: int = 1) -> Capacities:
    """Capacities on configurations x (n, *shape) at one temperature, which stand chain by chain, `draws` at a time."""
    posterior = model.encode(torch.from_numpy(np.ascontiguousarray(x)), temperature).double()
    prior = (column.double() for column in model.prior_moments(torch.tensor([temperature])))
    tau, gaussian = posterior.capacities(*prior)
    packing = blocked_mean(tau.mean(1).numpy().reshape(-1, draws))
    half = tau.shape[1] / 2
    return Capacities(
        Estimate(float(half * np.log(packing.value)), half * packing.se / packing.value),
        blocked_mean(gaussian.sum(1).numpy().reshape(-1, draws)),
    )
