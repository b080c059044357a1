"""What the encoder could carry at a temperature, from its posteriors alone, nats: by packing spheres, (d/2) ln <tau>, and through
Gaussian channels. `vae.posterior` has the formulas (paper, eqs. (55) and (58)).

They look at the precision of posteriors and at nothing that is done with it. The Gaussian one is the rate itself where the
prior of every latent is a Gaussian; sphere packing is its leading term for narrow posteriors, and negative where they are wider
than the prior. Of other priors only mean and variance enter: neither number then bounds the rate, from either side.
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
    """(d/2) ln <tau>; the mean over configurations stands within the logarithm, so that a few narrow posteriors weigh much."""
    capacity_gaussian: Estimate
    """Summed over latents, mean over configurations; never negative."""


@torch.no_grad()
def capacities(model: VAE, x: np.ndarray, temperature: float, draws: int = 1) -> Capacities:
    """Capacities on configurations x (n, *shape) at one temperature, which stand chain by chain, `draws` at a time.

    Standard errors from the spread over chains, of which there must be two or more; that of sphere packing is carried through the
    logarithm to first order. Deterministic: no z is drawn. All configurations are encoded at once.
    """
    posterior = model.encode(torch.from_numpy(np.ascontiguousarray(x)), temperature).double()
    prior = (column.double() for column in model.prior_moments(torch.tensor([temperature])))
    tau, gaussian = posterior.capacities(*prior)
    packing = blocked_mean(tau.mean(1).numpy().reshape(-1, draws))
    half = tau.shape[1] / 2
    return Capacities(
        Estimate(float(half * np.log(packing.value)), half * packing.se / packing.value),
        blocked_mean(gaussian.sum(1).numpy().reshape(-1, draws)),
    )
