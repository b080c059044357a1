"""A Gaussian prior whose widths follow the temperature: the cheapest member of the family, for studies of many trainings.

    p(z|T) = prod_k Normal(z_k; 0, s_k(T)^2),    ln s_k(T) a `TemperatureCurve` that starts at zero.

It is exact where the order parameter is disordered. With a decoder of mean-field fields the coordinates of z are free, and
Gaussian order parameters of a system of quadratic energy share their principal axes at all temperatures.
"""

from __future__ import annotations

import torch
from torch import Tensor

from latentfield.vae.node_posterior import AnyPosterior
from latentfield.vae.parts.priors import Prior
from latentfield.vae.parts.temperature_curve import TemperatureCurve
from latentfield.vae.posterior import log_normal


class GaussianPrior(Prior):
    """Independent centred Gaussians of T-dependent width. Parameter: number of latents d."""

    def __init__(self, latents: int):
        super().__init__(latents)
        self.log_width = TemperatureCurve(latents)

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k|T) of each latent, (batch, latents), for z (batch, latents) and scaled temperatures t (batch, 1)."""
        log_width = self.log_width(t)
        return log_normal((z * (-log_width).exp()).square(), 2 * log_width)

    def rate(self, posterior: AnyPosterior, z: Tensor, log_q: Tensor, t: Tensor) -> Tensor:
        """KL( q(z_k|x) || p(z_k|T) ) of each latent in closed form, nats, (batch, latents).

        One draw of ln q - ln p has the same mean, and a noise in its gradient that lets weak latents die.
        """
        log_ratio = posterior.log_variance - 2 * self.log_width(t)
        return 0.5 * (log_ratio.exp() + (posterior.mean * (-self.log_width(t)).exp()).square() - 1 - log_ratio)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t (batch, 1); shape (batch, latents)."""
        return self.log_width(t).exp() * torch.randn(len(t), self.latents, generator=generator, device=t.device)

    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents)."""
        variance = (2 * self.log_width(t)).exp()
        return torch.zeros_like(variance), variance
