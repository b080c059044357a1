"""The two parts of the rate: R = I_q(x; z) + KL( q(z|T) || p(z|T) ), nats (Hoffman and Johnson 2016; paper, section IX.8.1).

With z ~ q(z|x,T) and the aggregate posterior q(z) estimated by the mixture of the posteriors of all *other* chains at that
temperature,

    useful = < ln q(z|x) - ln q(z) >,    excess = < ln q(z) - ln p(z) >,

the parts add up to the rate configuration by configuration. So do those of each latent, with q(z_k) in place of q(z) and the
prior's own term of that latent, p(z_k) or p(z_k|z_1 ... z_(k-1)). Leaving a configuration's own chain out makes the useful part
err upwards where posteriors are so narrow that few of the others overlap, that is, when it comes near the logarithm of their
number: give it many.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.statistics.estimate import Estimate, blocked_mean
from latentfield.vae.model import VAE

_LOG_2PI = math.log(2 * math.pi)


class Parts(NamedTuple):
    """Estimates in nats; `rate_useful.value + rate_excess.value == rate.value`."""

    rate: Estimate
    rate_useful: Estimate
    rate_excess: Estimate


class Surgery(NamedTuple):
    """The parts of the whole rate, and of the rate of each latent if it was asked for."""

    whole: Parts
    latents: list[Parts]


class Posterior(NamedTuple):
    """Gaussian posteriors of configurations, mean and log-variance (n, latents), and the chain (n,) each belongs to."""

    mean: Tensor
    log_variance: Tensor
    chain: Tensor


@torch.no_grad()
def surgery(
    model: VAE, x: np.ndarray, others: np.ndarray, temperature: float, seed: int, draws: int = 1, each: bool = True
) -> Surgery:
    """The parts at one temperature, measured on configurations x (n, *shape), with the posteriors of `others` in the mixture too.

    Both stand chain by chain, `draws` configurations at a time. Without `each` the latents are not looked at one by one.
    """
    generator = torch.Generator().manual_seed(seed)
    everything = np.concatenate([x, others])
    parts = [
        model.encode(torch.from_numpy(part), temperature)
        for part in np.array_split(everything, math.ceil(len(everything) / 4096))
    ]
    mean, log_variance = (torch.cat(column) for column in zip(*parts, strict=True))
    posterior = Posterior(mean, log_variance, torch.arange(len(mean)) // draws)
    own = Posterior(*(column[: len(x)] for column in posterior))
    z = own.mean + (0.5 * own.log_variance).exp() * torch.randn(own.mean.shape, generator=generator)
    log_prior = model.prior.log_prob(z, model.scaled(temperature, len(z)))
    return split(z, log_prior, own, posterior, draws, each)


def split(
    z: Tensor, log_prior: Tensor, own: Posterior, mixture: Posterior, draws: int = 1, each: bool = True
) -> Surgery:
    """The parts from draws z (n, latents) of the posteriors `own`, and ln p of each latent, (n, latents)."""
    whole = _parts(z, log_prior.sum(1), own, mixture, draws)
    latents = [
        _parts(z[:, k, None], log_prior[:, k], _latent(own, k), _latent(mixture, k), draws)
        for k in range(z.shape[1] if each else 0)
    ]
    return Surgery(whole, latents)


def _parts(z: Tensor, log_prior: Tensor, own: Posterior, mixture: Posterior, draws: int) -> Parts:
    log_own = _log_normal(z, own.mean, own.log_variance).double().numpy()
    aggregate = log_aggregate(z, own.chain, mixture)
    prior = log_prior.double().numpy()
    columns = (log_own - prior, log_own - aggregate, aggregate - prior)
    return Parts(*(blocked_mean(column.reshape(-1, draws)) for column in columns))


def log_aggregate(z: Tensor, chain: Tensor, mixture: Posterior, rows: int = 512) -> FloatArray:
    """ln of the mean density, at each z (n, latents) of a chain (n,), of the posteriors of the other chains; (n,)."""
    mean, log_variance = mixture.mean.double(), mixture.log_variance.double()
    precision = (-log_variance).exp()
    constant = (mean.square() * precision + log_variance + _LOG_2PI).sum(1)
    parts = []
    for some in torch.arange(len(z)).split(rows):
        # |z - mu|^2 / sigma^2 expanded into matrix products, in double precision because the three terms nearly cancel.
        square = z[some].double().square() @ precision.T
        cross = z[some].double() @ (mean * precision).T
        log_density = -0.5 * (square - 2 * cross + constant)
        same = chain[some, None] == mixture.chain
        log_density[same] = -torch.inf
        parts.append(torch.logsumexp(log_density, 1) - (~same).sum(1).log())
    return torch.cat(parts).numpy()


def _latent(posterior: Posterior, k: int) -> Posterior:
    return Posterior(posterior.mean[:, k, None], posterior.log_variance[:, k, None], posterior.chain)


def _log_normal(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    return -0.5 * ((z - mean).square() / log_variance.exp() + log_variance + _LOG_2PI).sum(1)
