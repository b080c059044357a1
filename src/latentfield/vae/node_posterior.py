"""The exact posterior over the nodes of a prior (`parts.node_prior`), what `posterior.Posterior` is to a Gaussian encoder.

    r_g(x) = pi_g p(x|z_g) / sum_h pi_h p(x|z_h)

In general position no two nodes share a coordinate, so that z_1 alone tells which node it is: ln q(z_k|z_1 ... z_(k-1)) is ln r_g
for the first latent and 0 for the others. Where a width of a node is asked for, it stands for its cell, as wide as the way to the
next node: atoms have none, and words cannot tell them from a smooth density of that width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import softplus

from latentfield.vae.posterior import Posterior, gaussian_capacities


@dataclass(frozen=True)
class NodePosterior:
    """Responsibilities of the nodes for n configurations; unpacks as mean and log-variance, as a Gaussian posterior does."""

    log_share: Tensor
    """ln r, (n, nodes)."""
    node: Tensor
    """z_g, (nodes, latents)."""

    def __iter__(self) -> Iterator[Tensor]:
        yield from (self.mean, self.log_variance)

    @property
    def mean(self) -> Tensor:
        """Mean of z, (n, latents)."""
        return self.log_share.exp() @ self.node

    @property
    def variance(self) -> Tensor:
        """Variance of each latent, (n, latents), that within the cells of the nodes included."""
        share = self.log_share.exp()
        square = share @ (self.node.square() + cells(self.node)) - (share @ self.node).square()
        return square.clamp(min=1e-12)

    @property
    def log_variance(self) -> Tensor:
        """Its logarithm."""
        return self.variance.log()

    def noise(self, generator: torch.Generator | None = None, *draws: int) -> Tensor:
        """Uniform numbers that `at` makes draws of, (*draws, n, 1)."""
        return torch.rand(*draws, len(self.log_share), 1, generator=generator, device=self.node.device)

    def at(self, noise: Tensor) -> Tensor:
        """The node of each number, (*draws, n, latents)."""
        return self.node[self._chosen(noise)]

    def draw(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw of z for each configuration, (n, latents)."""
        return self.at(self.noise(generator))

    def log_prob_at(self, noise: Tensor) -> Tensor:
        """ln r of the node of each number, in the column of the first latent; (*draws, n, latents)."""
        chosen = self._chosen(noise)
        found = self.log_share.expand(*chosen.shape, -1).gather(-1, chosen[..., None])
        return first_latent(found, self.node.shape[1])

    def log_prob(self, z: Tensor) -> Tensor:
        """ln r of the node that z (n, latents) is, in the column of the first latent; (n, latents)."""
        return first_latent(self.log_share.gather(1, place(z, self.node)[:, None]), self.node.shape[1])

    def average(self, of: Callable[[Tensor], Tensor]) -> Tensor:
        """Mean over the posterior of a function of z that takes (nodes, latents) and gives (nodes, values): (n, values)."""
        return self.log_share.exp() @ of(self.node)

    def capacities(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """As of a Gaussian posterior of the same mean and variance."""
        return gaussian_capacities(self.mean, self.variance, mean, variance)

    def double(self) -> NodePosterior:
        """The same in double precision."""
        return NodePosterior(self.log_share.double(), self.node.double())

    def rows(self, rows: Tensor | slice) -> NodePosterior:
        """Those of some configurations."""
        return NodePosterior(self.log_share[rows], self.node)

    def _chosen(self, noise: Tensor) -> Tensor:
        # Configurations first, as the cumulated shares have them.
        ladder = self.log_share.double().exp().cumsum(1)
        wanted = noise[..., 0].double().movedim(-1, 0)
        found = torch.searchsorted(ladder, wanted.reshape(len(ladder), -1).contiguous() * ladder[:, -1:])
        return found.clamp(max=len(self.node) - 1).reshape(wanted.shape).movedim(0, -1)


AnyPosterior = Posterior | NodePosterior


def responsibilities(
    up: Tensor, node: Tensor, field: Tensor, log_weight: Tensor, factor: Tensor, group: Tensor
) -> NodePosterior:
    """The posterior of sites up or not (n, sites) at several temperatures.

    Logits are `factor` (groups,) times `field` (nodes, sites), `log_weight` (groups, nodes) those of the prior; `group` (n,), or
    (1,) for all, tells the temperature of each configuration.
    """
    # ln p(x|z) = sum_i over sites that are up of l_i, minus a sum that depends on z and T alone.
    alone = torch.stack([softplus(one * field).sum(1) for one in factor])
    log_joint = up.to(field) @ field.T
    log_joint *= factor[group, None]
    log_joint += (log_weight - alone)[group]
    return NodePosterior(log_joint.log_softmax(1), node)


def joined(parts: Sequence[AnyPosterior]) -> AnyPosterior:
    """Posteriors of one VAE, one after the other."""
    first = parts[0]
    if isinstance(first, NodePosterior):
        return NodePosterior(torch.cat([cast(NodePosterior, part).log_share for part in parts]), first.node)
    return Posterior(*(torch.cat(column) for column in zip(*parts, strict=True)))


def place(z: Tensor, node: Tensor) -> Tensor:
    """Which of the nodes (nodes, latents) each of z (n, latents) is, (n,): the nearest one."""
    return torch.cdist(z.to(node), node, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)


def first_latent(values: Tensor, latents: int) -> Tensor:
    """Values (..., 1) in the column of the first latent, the others 0."""
    return torch.nn.functional.pad(values, (0, latents - 1))


def cells(node: Tensor) -> Tensor:
    """Variance within the cell of each node, (nodes, 1): uniform, as wide as the way to the next node; 1 of a single node."""
    if len(node) == 1:
        return torch.ones_like(node[:, :1])
    apart = torch.cdist(node, node)
    apart.fill_diagonal_(torch.inf)
    return apart.min(1, keepdim=True).values.square() / 12
