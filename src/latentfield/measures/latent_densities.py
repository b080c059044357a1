"""The densities of each latent at a temperature: of the aggregate posterior, which the data fill, and of the prior.

    q(z_k|T) = < N(z_k; mu_k(x), sigma_k(x)^2) > over configurations,
    p(z_k|T) = < p(z_k | z_1 ... z_(k-1), T) > over draws of the prior, which for a factorised prior is one and the same density.

Where they differ the VAE draws configurations that the data do not have (paper, Figure 2). These are marginals: equal ones do
not show that the joint densities are. The excess of the rate, KL(q(z)||p(z)), sees that (`surgery`).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from latentfield.records.tables import Table
from latentfield.vae.model import VAE
from latentfield.vae.node_posterior import NodePosterior
from latentfield.vae.parts.node_prior import NodePrior
from latentfield.vae.posterior import Posterior

POINTS, DRAWS = 161, 500
"""Values of z in the grid, and draws of the prior over which the density given the other latents is averaged."""
LEAST = 1e-4
"""Weight of a node that the grid has to reach."""
MARGIN = 1.15
"""Half the width of the grid over the largest |z| of posterior means and draws of the prior."""


@torch.no_grad()
def latent_densities(model: VAE, x: np.ndarray, temperature: float, seed: int) -> Table:
    """Rows {temperature, latent, z, aggregate, prior} on a grid that holds both densities; latents count from 1.

    The aggregate posterior is that of configurations x (n, *shape), without noise beyond theirs. `seed` is that of the prior's
    draws, which have a part in the reach of the grid, and of a joint prior in the average. Densities per unit of z, in the
    coordinates of training; the grid is symmetric about 0. Memory goes with 161 n.
    """
    posterior = model.encode(torch.from_numpy(np.ascontiguousarray(x)), temperature)
    if isinstance(posterior, NodePosterior) and isinstance(model.prior, NodePrior):
        weight = model.prior.log_weights(model.scaled(temperature, 1)).exp()[0]
        return _of_nodes(posterior, weight, temperature)
    drawn = model.prior.sample(model.scaled(temperature, DRAWS), torch.Generator().manual_seed(seed))
    rows = []
    for k in range(model.architecture.latents):
        reach = MARGIN * float(torch.cat([posterior.mean[:, k], drawn[:, k]]).abs().max())
        z = torch.linspace(-reach, reach, POINTS)
        own = Posterior(posterior.mean[:, k], posterior.log_variance[:, k]).normal
        aggregate = own.log_prob(z[:, None]).exp().mean(1)
        columns = (z, aggregate, _prior_density(model, drawn, k, z, temperature))
        rows += [
            {"temperature": temperature, "latent": k + 1, "z": float(a), "aggregate": float(b), "prior": float(c)}
            for a, b, c in zip(*columns, strict=True)
        ]
    return rows


def _of_nodes(posterior: NodePosterior, weight: Tensor, temperature: float) -> Table:
    """The same of nodes, which are atoms: all spread alike, as widely as the posteriors are in the mean square.

    No configuration tells nodes apart that are closer than that.
    """
    aggregate = posterior.log_share.exp().mean(0)
    rows = []
    for k in range(posterior.node.shape[1]):
        node, width = posterior.node[:, k], posterior.variance[:, k].mean().sqrt()
        seen = node[torch.maximum(aggregate, weight) > LEAST]
        reach = float(seen.abs().max() + 3 * width)
        z = torch.linspace(-reach, reach, POINTS)
        density = torch.distributions.Normal(node, width).log_prob(z[:, None]).exp()
        rows += [
            {"temperature": temperature, "latent": k + 1, "z": float(a), "aggregate": float(b), "prior": float(c)}
            for a, b, c in zip(z, density @ aggregate, density @ weight, strict=True)
        ]
    return rows


def _prior_density(model: VAE, drawn: Tensor, k: int, z: Tensor, temperature: float) -> Tensor:
    """p(z_k|T) at every z (POINTS,), averaged over what the prior's draws (DRAWS, latents) say of the latents before it."""
    grid = drawn.repeat(len(z), 1)
    grid[:, k] = z.repeat_interleave(len(drawn))
    log_density = model.prior.log_prob(grid, model.scaled(temperature, len(grid)))[:, k]
    return log_density.exp().reshape(len(z), -1).mean(1)
