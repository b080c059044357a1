"""A joint prior that is a mixture of Gaussians whose weights, means and widths follow the temperature.

    p(z|T) = sum_c w_c(T) prod_k Normal(z_k; m_ck(T), s_ck(T)^2),

each of ln w_c, m_ck and ln s_ck a `TemperatureCurve`. Components are products, the mixture is not: it holds order parameters that
exclude one another, or a curved set of them, as well as its components cover them. A density costs one pass over the components;
draws and moments are exact. Reference: Dilokthanakul et al. (2016), https://arxiv.org/abs/1611.02648.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from latentfield.vae.parts import mixture_kernel
from latentfield.vae.parts.priors import Prior
from latentfield.vae.parts.temperature_curve import TemperatureCurve
from latentfield.vae.posterior import log_normal

START, HEAP = -0.8, -0.05
"""ln of the width that components start with, by themselves and in one heap; their means are spread so that the mixture starts near
N(0, 1)^d."""


class MixturePrior(Prior):
    """Mixture of diagonal Gaussians. Parameters: number of latents d, of components."""

    def __init__(self, latents: int, components: int):
        super().__init__(latents)
        self.components = components
        self.curve = TemperatureCurve((1 + 2 * latents) * components)
        self._spread(START)

    def begin(self) -> None:
        """Wide components close together."""
        self._spread(HEAP)

    @torch.no_grad()
    def _spread(self, width: float) -> None:
        values = self.curve.values.unflatten(1, (-1, self.components))
        _, mean, log_width = values.split([1, self.latents, self.latents], 1)
        mean.copy_(math.sqrt(1 - math.exp(2 * width)) * torch.randn(self.latents, self.components))
        log_width.fill_(width)

    def parts(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """ln w (batch, components), and m and ln s, each (batch, latents, components), at scaled temperatures t (batch, 1)."""
        curves = self.curve(t).unflatten(-1, (-1, self.components))
        log_weight, mean, log_width = curves.split([1, self.latents, self.latents], -2)
        return log_weight.squeeze(-2).log_softmax(-1), mean, log_width

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k | z_1 ... z_(k-1), T), (batch, latents), for z (batch, latents) and t (batch, 1)."""
        rows, times = z.reshape(-1, self.latents), t.expand(*z.shape[:-1], 1).reshape(-1, 1)
        if rows.device.type == "cpu" and rows.dtype == times.dtype == torch.float32:
            distinct, group = torch.unique(times, return_inverse=True)
            marginals = mixture_kernel.log_marginals(rows, group[:, 0], *self.parts(distinct[:, None]))
        else:
            marginals = log_marginals(rows, *self.parts(times))
        return marginals.diff(dim=-1, prepend=torch.zeros_like(marginals[:, :1])).view(z.shape)

    def log_joint(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z|T) of all latents together, (..., batch), for z (..., batch, latents).

        At one temperature |z - m|^2 / s^2 is expanded into matrix products, in double precision, since its terms nearly cancel.
        """
        if len(torch.unique(t)) > 1:
            return super().log_joint(z, t)
        log_weight, mean, log_width = (part[0].double() for part in self.parts(t.reshape(-1, 1)[:1]))
        precision, rows = (-2 * log_width).exp(), z.reshape(-1, self.latents).double()
        constant = log_weight + log_normal(mean.square() * precision, 2 * log_width).sum(0)
        log_density = rows @ (mean * precision) - 0.5 * rows.square() @ precision + constant
        return log_density.to(z).logsumexp(1).view(z.shape[:-1])

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t (batch, 1); shape (batch, latents)."""
        log_weight, mean, log_width = self.parts(t)
        chosen = torch.multinomial(log_weight.exp(), 1, generator=generator).unsqueeze(1).expand(-1, self.latents, -1)
        noise = torch.randn(len(t), self.latents, generator=generator, device=t.device)
        return (mean.gather(2, chosen) + log_width.gather(2, chosen).exp() * noise.unsqueeze(2)).squeeze(2)

    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents); exact."""
        log_weight, mean, log_width = self.parts(t)
        weight = log_weight.exp().unsqueeze(1)
        centre = (weight * mean).sum(2)
        spread = (mean - centre.unsqueeze(2)).square() + (2 * log_width).exp()
        return centre, (weight * spread).sum(2)


def log_marginals(z: Tensor, log_weight: Tensor, mean: Tensor, log_width: Tensor) -> Tensor:
    """ln p(z_1 ... z_k) for every k, (rows, latents), at z (rows, latents) from the parts of each row's mixture."""
    log_density = log_normal(((z.unsqueeze(2) - mean) * (-log_width).exp()).square(), 2 * log_width)
    return (log_weight.unsqueeze(1) + log_density.cumsum(1)).logsumexp(2)
