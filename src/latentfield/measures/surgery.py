"""The two parts of the rate: R = I_q(x; z) + KL( q(z|T) || p(z|T) ), nats (Hoffman and Johnson 2016; paper, section IX.8.1).

With z ~ q(z|x,T) and the aggregate posterior estimated by the mixture of the posteriors of all *other* chains at that temperature,

    useful = < ln q(z|x) - ln q(z) >,    excess = < ln q(z) - ln p(z) >,

the parts add up to the rate configuration by configuration. Leaving a configuration's own chain out makes the useful part err
upwards where posteriors are so narrow that few of the others overlap, that is, when it comes near the logarithm of their number.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from latentfield.measures.estimate import Estimate, blocked_mean
from latentfield.systems.base import FloatArray
from latentfield.vae.model import VAE

_LOG_2PI = math.log(2 * math.pi)


class Surgery(NamedTuple):
    """Estimates in nats; `rate_useful.value + rate_excess.value == rate.value`."""

    rate: Estimate
    rate_useful: Estimate
    rate_excess: Estimate


@torch.no_grad()
def surgery(model: VAE, x: np.ndarray, temperature: float, seed: int, draws: int = 1) -> Surgery:
    """Both parts at one temperature, from configurations x (n, *shape) that stand chain by chain, `draws` at a time."""
    generator = torch.Generator().manual_seed(seed)
    parts = [model.encode(torch.from_numpy(part), temperature) for part in np.array_split(x, math.ceil(len(x) / 4096))]
    mean, log_variance = (torch.cat(column) for column in zip(*parts, strict=True))
    z = mean + (0.5 * log_variance).exp() * torch.randn(mean.shape, generator=generator)
    log_prior = model.prior.log_prob(z, model.scaled(temperature, len(z))).sum(1)
    return split(z, mean, log_variance, log_prior.double().numpy(), draws)


def split(z: Tensor, mean: Tensor, log_variance: Tensor, log_prior: FloatArray, draws: int = 1) -> Surgery:
    """Both parts from draws z of Gaussian posteriors, all (n, latents), and ln p(z), (n,)."""
    own = _log_normal(z, mean, log_variance).double().numpy()
    aggregate = log_aggregate(z, mean, log_variance, draws)
    columns = (own - log_prior, own - aggregate, aggregate - log_prior)
    return Surgery(*(blocked_mean(column.reshape(-1, draws)) for column in columns))


def log_aggregate(z: Tensor, mean: Tensor, log_variance: Tensor, draws: int = 1, chunk: int = 512) -> FloatArray:
    """ln of the mean density, at each z (n, latents), of the posteriors of the other chains of `draws` rows; (n,)."""
    n = len(z)
    mean, log_variance = mean.double(), log_variance.double()
    precision = (-log_variance).exp()
    constant = (mean.square() * precision + log_variance + _LOG_2PI).sum(1)
    chain = torch.arange(n) // draws
    parts = []
    for rows in torch.arange(n).split(chunk):
        # |z - mu|^2 / sigma^2 expanded into matrix products, in double precision because the three terms nearly cancel.
        square = z[rows].double().square() @ precision.T
        cross = z[rows].double() @ (mean * precision).T
        log_density = -0.5 * (square - 2 * cross + constant)
        log_density[chain[rows, None] == chain] = -torch.inf
        parts.append(torch.logsumexp(log_density, 1))
    return torch.cat(parts).numpy() - math.log(n - draws)


def _log_normal(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    return -0.5 * ((z - mean).square() / log_variance.exp() + log_variance + _LOG_2PI).sum(1)
