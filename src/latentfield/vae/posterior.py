"""The Gaussian posterior q(z|x,T) of each configuration, and the density of a Gaussian, which stands here once.

    z_k = mu_k + sigma_k n_k,    n_k ~ Normal(0, 1),    ln q(z|x) = -1/2 sum_k [ n_k^2 + ln sigma_k^2 + ln 2 pi ]

What an encoder could carry is counted in units of the prior, of mean m_k and variance v_k at T, nats (paper, eqs. (55) and (58)):

    sphere packing   C = (d/2) ln <tau>,   tau_k = v_k / sigma_k^2, averaged over configurations and latents
    Gaussian         C = 1/2 sum_k < (mu_k - m_k)^2 / v_k + sigma_k^2 / v_k - 1 - ln(sigma_k^2 / v_k) >

That gauge makes both independent of how the prior stretches z.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

LOG_2PI = math.log(2 * math.pi)
NODES = 16
"""Of Gauss and Hermite, over which a mean over the posterior of one latent is taken."""


def log_normal(square: Tensor, log_variance: Tensor | float = 0.0) -> Tensor:
    """ln of the density of a Gaussian where the squared distance from its mean, in units of its variance, is `square`."""
    return -0.5 * (square + log_variance + LOG_2PI)


def gaussian_capacities(
    mean: Tensor, variance: Tensor, prior_mean: Tensor, prior_variance: Tensor
) -> tuple[Tensor, Tensor]:
    """tau and the Gaussian capacity of each latent of each configuration, (n, latents), from moments of posteriors and prior."""
    ratio = variance / prior_variance
    gaussian = (mean - prior_mean).square() / prior_variance + ratio - 1 - ratio.log()
    return 1 / ratio, 0.5 * gaussian


class Posterior(NamedTuple):
    """Independent Gaussians over the latents of n configurations; unpacks as mean and log-variance."""

    mean: Tensor
    """mu, (n, latents)."""
    log_variance: Tensor
    """ln sigma^2, (n, latents)."""

    @property
    def variance(self) -> Tensor:
        """sigma^2, (n, latents)."""
        return self.log_variance.exp()

    @property
    def normal(self) -> torch.distributions.Normal:
        """The same as a distribution of torch."""
        return torch.distributions.Normal(self.mean, (0.5 * self.log_variance).exp())

    def noise(self, generator: torch.Generator | None = None, *draws: int) -> Tensor:
        """Standard normal numbers that `at` makes draws of, (*draws, n, latents)."""
        return torch.randn(*draws, *self.mean.shape, generator=generator, device=self.mean.device)

    def at(self, noise: Tensor) -> Tensor:
        """z of noise n, so many standard deviations from the mean; any shape that broadcasts with (n, latents)."""
        return self.mean + (0.5 * self.log_variance).exp() * noise

    def draw(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each configuration, (n, latents)."""
        return self.at(self.noise(generator))

    def log_prob_at(self, noise: Tensor) -> Tensor:
        """ln q of each latent at `at(noise)`; shape as there."""
        return log_normal(noise.square(), self.log_variance)

    def log_prob(self, z: Tensor) -> Tensor:
        """ln q(z_k|x) of each latent, (n, latents), for z (n, latents)."""
        return log_normal((z - self.mean).square() / self.variance, self.log_variance)

    def log_densities(self, z: Tensor, log_weight: float = 0.0) -> Tensor:
        """ln of a weight times q(z|x), all latents together, of every z (m, latents) under every configuration: (m, n).

        |z - mu|^2 / sigma^2 is expanded into matrix products, whose terms nearly cancel: give it double precision.
        """
        precision = (-self.log_variance).exp()
        constant = log_normal(self.mean.square() * precision, self.log_variance).sum(1) + log_weight
        return z @ (self.mean * precision).T - 0.5 * z.square() @ precision.T + constant

    def average(self, of: Callable[[Tensor], Tensor]) -> Tensor:
        """Mean over the posterior of a function of z that takes (n, latents) and gives (n, values): (n, values); of one latent."""
        nodes, weights = (torch.from_numpy(part).float() for part in np.polynomial.hermite_e.hermegauss(NODES))
        z = self.at(nodes)
        values = of(z.reshape(-1, 1)).reshape(*z.shape, -1)
        return torch.einsum("nqv,q->nv", values, weights / weights.sum())

    def capacities(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """tau and the Gaussian capacity of each latent of each configuration, (n, latents), with such moments of the prior."""
        return gaussian_capacities(self.mean, self.variance, mean, variance)

    def double(self) -> Posterior:
        """The same in double precision."""
        return Posterior(self.mean.double(), self.log_variance.double())

    def rows(self, rows: Tensor | slice) -> Posterior:
        """Those of some configurations."""
        return Posterior(self.mean[rows], self.log_variance[rows])

    def latent(self, k: int) -> Posterior:
        """Those of one latent, (n, 1)."""
        return Posterior(self.mean[:, k, None], self.log_variance[:, k, None])
