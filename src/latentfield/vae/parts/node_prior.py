"""A prior that is free on nodes, p(z|T) = sum_g pi_g(T) delta(z - z_g).

With few latents the maximum of the likelihood over all priors is of this form, with finitely many nodes (Lindsay 1983, Ann. Stat.
11, 86), and the posterior needs no encoder (`node_posterior`). Nodes are common to all temperatures; weights are known at those of
the fit, and linear in T between them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from latentfield.vae.node_posterior import NodePosterior, first_latent, place
from latentfield.vae.parts.priors import Prior


class NodePrior(Prior):
    """Free on nodes. Parameters: number of latents d, of nodes, and of temperatures at which weights are known."""

    node: Tensor
    log_weight: Tensor
    temperature: Tensor

    def __init__(self, latents: int, components: int, temperatures: int = 1):
        super().__init__(latents)
        self.register_buffer("node", torch.zeros(components, latents))
        self.register_buffer("log_weight", torch.zeros(temperatures, components))
        self.register_buffer("temperature", torch.linspace(-1, 1, temperatures))

    def log_weights(self, t: Tensor) -> Tensor:
        """ln pi at scaled temperatures t (batch, 1), (batch, nodes); beyond those of the fit, that of the nearest."""
        known = self.temperature
        if len(known) == 1:
            return self.log_weight.log_softmax(1).expand(len(t), -1)
        t = t[:, 0].to(known).contiguous()
        above = torch.searchsorted(known, t).clamp(1, len(known) - 1)
        share = ((t - known[above - 1]) / (known[above] - known[above - 1])).clamp(0, 1)[:, None]
        weight = self.log_weight.softmax(1)
        return ((1 - share) * weight[above - 1] + share * weight[above]).clamp(min=1e-37).log()

    def log_prob(self, z: Tensor, t: Tensor) -> Tensor:
        """ln pi of the node that z (batch, latents) is, in the column of the first latent."""
        times = t.expand(*z.shape[:-1], 1).reshape(-1, 1)
        found = self.log_weights(times).gather(1, place(z.reshape(-1, self.latents), self.node)[:, None])
        return first_latent(found, self.latents).view(z.shape)

    def sample(self, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One node for each row of t (batch, 1); shape (batch, latents)."""
        return self.node[torch.multinomial(self.log_weights(t).exp(), 1, generator=generator)[:, 0]]

    def moments(self, t: Tensor, roughly: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of each latent at t (batch, 1), each (batch, latents); exact."""
        prior = NodePosterior(self.log_weights(t), self.node)
        return prior.mean, prior.variance
