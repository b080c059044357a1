"""-ELBO, its two parts, and the exact audit, on held-out configurations.

For any VAE and true samples of P, -ELBO - H(P) = KL(q(z)||p(z)) + TC >= 0 (physics of the gap: what the VAE misses, in nats).
The gap is estimated paired, as the mean of -ELBO(x) + ln P(x), ln P(x) = -E(x)/T - ln Z: the sampling noise of the energy cancels.
Where ln Z is itself an estimate its error is added.

A gap that is negative beyond its error is impossible for true samples of P: then the samples are not in equilibrium, or ln Z is
wrong. All numbers are of whole configurations, not per site. The distortion is E[-ln p(x|z)], the rate the paper's eq. (54).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from latentfield.arrays import FloatArray
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.vae.model import VAE


class Nats(NamedTuple):
    """Posterior-averaged distortion and rate of each configuration, nats; shape (n,)."""

    distortion: FloatArray
    """-ln p(x|z), summed over sites. Of directors it counts from the uniform density on the sphere, and may be negative."""
    rate: FloatArray
    """ln q(z|x) - ln p(z), summed over latents; of one configuration it may come out negative, from finitely many draws."""

    @property
    def neg_elbo(self) -> FloatArray:
        """-ELBO of each configuration, (n,)."""
        return self.distortion + self.rate


@torch.no_grad()
def nats(model: VAE, x: np.ndarray, temperature: float, draws: int, seed: int, batch: int = 4096) -> Nats:
    """Distortion and rate of configurations x (n, *shape), each averaged over `draws` draws of z.

    Unbiased for any number of draws, which only lowers the noise; where the prior is a Gaussian the rate is exact. The draws depend
    on `seed`, and on `batch`, the number of configurations that are worked on together.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(x), batch):
        part = torch.from_numpy(np.ascontiguousarray(x[start : start + batch]))
        t = torch.full((len(part),), temperature)
        terms = [model.terms(part, t, generator) for _ in range(draws)]
        parts.append([sum(v) / draws for v in ([u.distortion for u in terms], [u.rate.sum(1) for u in terms])])
    distortion, rate = (torch.cat(column).double().numpy() for column in zip(*parts, strict=True))
    return Nats(distortion, rate)


def audit(result: Nats, log_weight: FloatArray, log_z: Estimate, draws: int) -> Estimate:
    """The gap, mean of -ELBO(x) + ln P(x), from chains of `draws` kept configurations; ln P = `log_weight` (n,) - ln Z.

    It is KL(q(z)||p(z)) + TC up to noise, an upper bound on either. Standard error from the spread over chains, with that of ln
    Z in quadrature.
    """
    paired = blocked_mean((result.neg_elbo + log_weight - log_z.value).reshape(-1, draws))
    return Estimate(paired.value, float(np.hypot(paired.se, log_z.se)))
