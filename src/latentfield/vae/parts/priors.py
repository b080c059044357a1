"""Priors p(z|T): how the order parameter is distributed at each temperature.

The spline prior is the pushforward of N(0, 1)^d through stacked monotonic rational-quadratic splines with identity tails outside
±bound (Durkan et al. 2019, https://arxiv.org/abs/1906.04032). Each layer's parameters come from a small network of the
temperature whose last layer starts at zero, so that training starts from N(0, 1)^d. The transforms are element-wise:
p(z|T) = prod_k p(z_k|T). The splines are parametrised in the direction z -> u, u ~ N(0, 1): densities, which training needs,
cost one forward pass, and samples an analytic inverse.

A product of priors cannot hold order parameters that exclude one another ("one pattern at a time") or a tensor of any orientation.
The autoregressive prior can: the same splines, but those of z_k depend on z_1 ... z_(k-1) as well,

    p(z|T) = prod_k p(z_k | z_1 ... z_(k-1), T),

through masked networks (Papamakarios et al. 2017, https://arxiv.org/abs/1705.07057). Densities still cost one pass, samples one
pass for each latent.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from zuko.nn import MaskedMLP
from zuko.transforms import ComposedTransform, MonotonicRQSTransform

from latentfield.vae.node_posterior import AnyPosterior
from latentfield.vae.parts.splines import rational_quadratic
from latentfield.vae.posterior import log_normal

EVEN_NODES = 400
"""Of a grid of u from -6 to 6 for the moments of one latent."""
SOBOL_NODES, FEW_NODES = 4096, 256
"""For the moments of latents that depend on each other: exactly, and roughly."""


class Prior(nn.Module, ABC):
    """What every prior of d latents offers; t are scaled temperatures (batch, 1)."""

    def __init__(self, latents: int):
        super().__init__()
        self.latents = latents

    @abstractmethod
    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k|T), or ln p(z_k | z_1 ... z_(k-1), T), (batch, latents), for z (batch, latents)."""

    def log_joint(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z|T) of all latents together, (..., batch), for z (..., batch, latents)."""
        return self.log_prob(z, t).sum(-1)

    @abstractmethod
    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t; shape (batch, latents)."""

    @abstractmethod
    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t, each (batch, latents).

        `roughly` is for where they are only watched: fewer nodes, where many are dear.
        """

    def begin(self) -> None:
        """Start from one heap near N(0, 1)^d; for many latents, of which components apart from each other would miss most."""
        return

    def rate(self, posterior: AnyPosterior, z: Tensor, log_q: Tensor, t: Tensor) -> Tensor:
        """ln q(z_k|x) - ln p(z_k|T) at draws z with their `log_q`, or its mean over q where it is known; nats, (batch, latents)."""
        return log_q - self.log_prob(z, t)

    def splines(self, t: Tensor) -> list[MonotonicRQSTransform] | None:
        """The element-wise splines z -> u, u ~ N(0, 1), at t (1, 1), in double precision; None where there are no such splines."""
        return None


def _begin_at_zero(networks: nn.ModuleList) -> None:
    """No spline bends before it has learned."""
    for network in networks:
        for last in list(network.children())[-1].parameters():
            nn.init.zeros_(last)


class SplinePrior(Prior):
    """Factorised prior of stacked T-conditional splines.

    Parameters: number of latents d, of stacked layers, of bins per spline; bound B of the splines' domain; width of the
    networks of T.
    """

    def __init__(self, latents: int, layers: int, bins: int, bound: float, hidden: int):
        super().__init__(latents)
        self.bins, self.bound = bins, bound
        self.networks = nn.ModuleList(
            nn.Sequential(
                nn.Linear(1, hidden),
                nn.GELU(),
                nn.Linear(hidden, hidden),
                nn.GELU(),
                nn.Linear(hidden, latents * (3 * bins - 1)),
            )
            for _ in range(layers)
        )
        _begin_at_zero(self.networks)

    def transform(self, t: Tensor) -> ComposedTransform:
        """The map z -> u at scaled temperatures t (..., 1); acts on (..., latents)."""
        return ComposedTransform(
            *(_spline(network(t), self.latents, self.bins, self.bound) for network in self.networks)
        )

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k|T) of each latent, (batch, latents), for z (batch, latents) and t (batch, 1)."""
        u, times = z.reshape(-1, self.latents), t.expand(*z.shape[:-1], 1).reshape(-1, 1)
        # On a GPU finding the distinct ones would wait for the host.
        distinct, group = torch.unique(times, return_inverse=True) if times.device.type == "cpu" else (times, None)
        log_jacobian = torch.zeros_like(u)
        for network in self.networks:
            parameters = network(distinct.reshape(-1, 1))
            u, term = rational_quadratic(u, parameters, self.bins, self.bound, None if group is None else group[:, 0])
            log_jacobian = log_jacobian + term
        return (log_jacobian + log_normal(u.square())).view(z.shape)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t (batch, 1); shape (batch, latents)."""
        u = torch.randn(len(t), self.latents, generator=generator, device=t.device)
        return self.transform(t).inv(u)

    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents), by summation over an even grid of u.

        Between two modes z(u) is nearly a jump, which an even grid meets with an error of its spacing, 0.03; the nodes of Gauss and
        Hermite lie ten times further apart.
        """
        u = torch.linspace(-6, 6, EVEN_NODES, dtype=t.dtype, device=t.device)
        weight = torch.softmax(-0.5 * u.square(), 0)
        z = self.transform(t).inv(u[:, None, None].expand(-1, len(t), self.latents))
        mean = torch.einsum("q,qbk->bk", weight, z)
        return mean, torch.einsum("q,qbk->bk", weight, (z - mean).square())

    @torch.no_grad()
    def splines(self, t: Tensor) -> list[MonotonicRQSTransform]:
        """Those of every layer, the first one first."""
        return copy.deepcopy(self).double().transform(t.double()).transforms


class AutoregressivePrior(Prior):
    """Joint prior of stacked T-conditional splines, each latent given the ones before it. Parameters as for `SplinePrior`."""

    def __init__(self, latents: int, layers: int, bins: int, bound: float, hidden: int):
        super().__init__(latents)
        self.bins, self.bound = bins, bound
        before = torch.ones(latents, latents).tril(-1).bool()
        seen = torch.cat([before, torch.ones(latents, 1, dtype=torch.bool)], 1)
        adjacency = seen.repeat_interleave(3 * bins - 1, 0)
        self.networks = nn.ModuleList(MaskedMLP(adjacency, [hidden, hidden], nn.GELU) for _ in range(layers))
        _begin_at_zero(self.networks)

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln p(z_k | z_1 ... z_(k-1), T), (batch, latents), for z (batch, latents) and t (batch, 1)."""
        u, times = z.reshape(-1, self.latents), t.expand(*z.shape[:-1], 1).reshape(-1, 1)
        log_jacobian = torch.zeros_like(u)
        for network in self.networks:
            u, term = rational_quadratic(u, network(torch.cat([u, times], -1)), self.bins, self.bound)
            log_jacobian = log_jacobian + term
        return (log_jacobian + log_normal(u.square())).view(z.shape)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each row of t (batch, 1); shape (batch, latents)."""
        return self._inverse(torch.randn(len(t), self.latents, generator=generator, device=t.device), t)

    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents), from the same quasi-random u at every T."""
        nodes = FEW_NODES if roughly else SOBOL_NODES
        u = torch.quasirandom.SobolEngine(self.latents, scramble=True, seed=0).draw(nodes).to(t)
        u = torch.special.ndtri(u.clamp(1e-6, 1 - 1e-6))
        # One temperature at a time: the splines of all nodes at all temperatures would take a gigabyte.
        z = torch.stack([self._inverse(u, row.expand(nodes, 1)) for row in t])
        return z.mean(1), z.var(1)

    def _inverse(self, u: Tensor, t: Tensor) -> Tensor:
        for network in reversed(self.networks):
            z = torch.zeros_like(u)
            for k in range(self.latents):
                parameters = network(torch.cat([z, t], -1)).unflatten(-1, (self.latents, -1))[:, k]
                z[:, k : k + 1] = _spline(parameters, 1, self.bins, self.bound).inv(u[:, k : k + 1])
            u = z
        return u


def _spline(parameters: Tensor, latents: int, bins: int, bound: float) -> MonotonicRQSTransform:
    # Single precision at least: half loses the order of the knots. A prior in double precision keeps it.
    parameters = parameters.to(torch.promote_types(parameters.dtype, torch.float32))
    widths, heights, derivatives = parameters.unflatten(-1, (latents, 3 * bins - 1)).split([bins, bins, bins - 1], -1)
    return MonotonicRQSTransform(widths, heights, derivatives, bound=bound)
