"""Priors p(z|T): how the order parameter is distributed at each temperature.

The spline prior is the pushforward of N(0, 1)^d through stacked monotonic rational-quadratic splines with identity tails outside
±bound (Durkan et al. 2019, https://arxiv.org/abs/1906.04032). Each layer's parameters come from a small network of the
temperature whose last layer starts at zero, so that training starts from N(0, 1)^d. The transforms are element-wise:
p(z|T) = prod_k p(z_k|T). The splines are parametrised in the direction z -> u, u ~ N(0, 1): densities, which training needs,
cost one forward pass, and samples an analytic inverse.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from zuko.transforms import ComposedTransform, MonotonicRQSTransform


class SplinePrior(nn.Module):
    """Factorised prior of stacked T-conditional splines.

    Parameters: number of latents d, of stacked layers, of bins per spline; bound B of the splines' domain; width of the
    networks of T.
    """

    def __init__(self, latents: int, layers: int, bins: int, bound: float, hidden: int):
        super().__init__()
        self.latents, self.bins, self.bound = latents, bins, bound
        self.networks = nn.ModuleList(
            nn.Sequential(nn.Linear(1, hidden), nn.GELU(), nn.Linear(hidden, latents * (3 * bins - 1)))
            for _ in range(layers)
        )
        for network in self.networks:
            nn.init.zeros_(network[-1].weight)
            nn.init.zeros_(network[-1].bias)

    def transform(self, t: Tensor) -> ComposedTransform:
        """The map z -> u at scaled temperatures t (..., 1); acts on (..., latents)."""
        layers = []
        for network in self.networks:
            parameters = network(t).float().unflatten(-1, (self.latents, 3 * self.bins - 1))
            widths, heights, derivatives = parameters.split([self.bins, self.bins, self.bins - 1], -1)
            layers.append(MonotonicRQSTransform(widths, heights, derivatives, bound=self.bound))
        return ComposedTransform(*layers)

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k|T) of each latent, (batch, latents), for z (batch, latents) and t (batch, 1)."""
        u, log_jacobian = z, torch.zeros_like(z)
        for layer in self.transform(t).transforms:
            u, term = layer.call_and_ladj(u)
            log_jacobian = log_jacobian + term
        return log_jacobian - 0.5 * u.square() - 0.5 * math.log(2 * math.pi)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t (batch, 1); shape (batch, latents)."""
        u = torch.randn(len(t), self.latents, generator=generator, device=t.device)
        return self.transform(t).inv(u)

    def moments(self, t: Tensor, nodes: int = 400) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents), by summation over an even grid of u.

        Between two modes z(u) is nearly a jump, which an even grid meets with an error of its spacing, 0.03; the nodes of Gauss and
        Hermite lie ten times further apart.
        """
        u = torch.linspace(-6, 6, nodes, dtype=t.dtype, device=t.device)
        weight = torch.softmax(-0.5 * u.square(), 0)
        z = self.transform(t).inv(u[:, None, None].expand(-1, len(t), self.latents))
        mean = torch.einsum("q,qbk->bk", weight, z)
        return mean, torch.einsum("q,qbk->bk", weight, (z - mean).square())
