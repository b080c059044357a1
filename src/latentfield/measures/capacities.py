"""What the encoder could carry at a temperature, from its posteriors alone (paper, eqs. (55) and (58)), nats:

    sphere packing   C = (d/2) ln <tau>,   tau_k = v_k / sigma_k^2, averaged over configurations and latents
    Gaussian         C = 1/2 sum_k < (mu_k - m_k)^2 / v_k + sigma_k^2 / v_k - 1 - ln(sigma_k^2 / v_k) >

with mu_k, sigma_k^2 the posterior's and m_k, v_k the prior's mean and variance: that gauge makes both independent of how the prior
stretches z.
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
    mean, log_variance = (
        column.double() for column in model.encode(torch.from_numpy(np.ascontiguousarray(x)), temperature)
    )
    m, v = (column.double() for column in model.prior_moments(torch.tensor([temperature])))
    ratio = log_variance.exp() / v
    packing = blocked_mean((1 / ratio).mean(1).numpy().reshape(-1, draws))
    half = mean.shape[1] / 2
    gaussian = 0.5 * ((mean - m).square() / v + ratio - 1 - ratio.log()).sum(1)
    return Capacities(
        Estimate(float(half * np.log(packing.value)), half * packing.se / packing.value),
        blocked_mean(gaussian.numpy().reshape(-1, draws)),
    )
