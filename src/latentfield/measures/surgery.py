"""The two parts of the rate: R = I_q(x; z) + KL( q(z|T) || p(z|T) ), nats (Hoffman and Johnson 2016; paper, section IX.8.1).

With z ~ q(z|x,T) and the aggregate posterior q(z) estimated by the mixture of the posteriors of all *other* chains at that
temperature,

    useful = < ln q(z|x) - ln q(z) >,    excess = < ln q(z) - ln p(z) >,

the parts add up to the rate configuration by configuration. So do those of each latent, with q(z_k) in place of q(z) and the
prior's own term of that latent, p(z_k) or p(z_k|z_1 ... z_(k-1)). Leaving a configuration's own chain out makes the useful part
err upwards where posteriors are so narrow that few of the others overlap, that is, when it comes near the logarithm of their
number: give it many.

The paper's eqs. (25) and (57). The useful part is what the criterion R >= I(A; B) is about; the excess is what a better prior
would save at the same decoder. What one errs upwards the other errs downwards, since the rate has no such error: an excess
below zero beyond its error is a sign of too few posteriors. Useful and excess parts of single latents do not add up to those of
the whole; their rates do.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from latentfield.measures.aggregate import log_aggregate
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.vae.model import VAE
from latentfield.vae.node_posterior import AnyPosterior, joined
from latentfield.vae.posterior import Posterior


class Parts(NamedTuple):
    """Estimates in nats; `rate_useful.value + rate_excess.value == rate.value`."""

    rate: Estimate
    """R, with one draw of z per configuration; `elbo.nats` has it with less noise."""
    rate_useful: Estimate
    """I_q(x; z); where sites are spins, at most the entropy of the data."""
    rate_excess: Estimate
    """KL(q(z)||p(z)), at least 0 up to noise and the bias of few posteriors."""


class Surgery(NamedTuple):
    """The parts of the whole rate, and of the rate of each latent if it was asked for."""

    whole: Parts
    latents: list[Parts]
    """In the order of z; empty if it was not asked for, and where the posterior is exact."""


class Posteriors(NamedTuple):
    """Posteriors of n configurations, and the chain (n,) that each belongs to."""

    posterior: AnyPosterior
    chain: Tensor

    def latent(self, k: int) -> Posteriors:
        """Those of one latent, of Gaussian posteriors."""
        return Posteriors(cast(Posterior, self.posterior).latent(k), self.chain)


@torch.no_grad()
def surgery(
    model: VAE, x: np.ndarray, others: np.ndarray, temperature: float, seed: int, draws: int = 1, each: bool = True
) -> Surgery:
    """The parts at one temperature, measured on configurations x (n, *shape), with the posteriors of `others` in the mixture too.

    Both stand chain by chain, `draws` configurations at a time. Without `each` the latents are not looked at one by one. Errors
    from the spread over the chains of x, two at least; that of the mixture, which all configurations share, is not in them.
    Time goes with n times the number of posteriors, once for the whole and once for each latent.
    """
    generator = torch.Generator().manual_seed(seed)
    everything = np.concatenate([x, others])
    parts = [
        model.encode(torch.from_numpy(part), temperature)
        for part in np.array_split(everything, math.ceil(len(everything) / 4096))
    ]
    posterior = joined(parts)
    mixture = Posteriors(posterior, torch.arange(len(everything)) // draws)
    own = Posteriors(posterior.rows(slice(len(x))), mixture.chain[: len(x)])
    z = own.posterior.draw(generator)
    log_prior = model.prior.log_prob(z, model.scaled(temperature, len(z)))
    return split(z, log_prior, own, mixture, draws, each)


def split(
    z: Tensor, log_prior: Tensor, own: Posteriors, mixture: Posteriors, draws: int = 1, each: bool = True
) -> Surgery:
    """The parts from draws z (n, latents) of the posteriors `own`, and ln p of each latent, (n, latents).

    `mixture` holds the posteriors of the aggregate, `own` among them, so that a chain can be left out by its number. For posteriors
    and priors that are no VAE's as well.
    """
    whole = _parts(z, log_prior.sum(1), own, mixture, draws)
    # One latent tells the nodes of an exact posterior apart already.
    each = each and isinstance(own.posterior, Posterior)
    latents = [
        _parts(z[:, k, None], log_prior[:, k], own.latent(k), mixture.latent(k), draws)
        for k in range(z.shape[1] if each else 0)
    ]
    return Surgery(whole, latents)


def _parts(z: Tensor, log_prior: Tensor, own: Posteriors, mixture: Posteriors, draws: int) -> Parts:
    """The parts of some latents together, from ln p of each configuration (n,)."""
    log_own = own.posterior.log_prob(z).sum(1).double().numpy()
    aggregate = log_aggregate(z, own.chain, mixture.posterior, mixture.chain)
    prior = log_prior.double().numpy()
    columns = (log_own - prior, log_own - aggregate, aggregate - prior)
    return Parts(*(blocked_mean(column.reshape(-1, draws)) for column in columns))
