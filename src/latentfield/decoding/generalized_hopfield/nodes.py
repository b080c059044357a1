"""Sums over nodes that stand for integrals over the latents of a VAE, ∫ dz p(z) f(z) = sum_q w_q f(z_q), in double precision.

*Grid* (factorised spline prior, d <= 3; `latent_measure`, `latent_grid`). Each axis is cut into equal panels, and each panel gets
the Gauss rule of the measure p(z_k) dz on it, so that the shape of the prior costs no nodes and only the decoder's 1 / cosh theta
has to be smooth. Laplace transforms factorise, sum_q c_q exp(h·z_q) = sum_q1 exp(h_1 z_q1) sum_q2 ..., and cost matrix products
instead of exponentials.

*Nodes of a prior* (`vae.parts.node_prior`) are what they are.

*Cloud* (any prior, any d). Importance sampling from r = (p + (1/M) sum_m q(z|x_m)) / 2, half prior and half posteriors of given
words: weights p/r never exceed 2, and posteriors put nodes where words need them (defensive mixture, Hesterberg 1995,
Technometrics 37, 185).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.prior_measure import Measure, gauss
from latentfield.vae.model import VAE
from latentfield.vae.parts.node_prior import NodePrior
from latentfield.vae.posterior import Posterior

BATCH = 1 << 22
"""Numbers held at once by a sum over nodes and words."""
FLUSHED, LOST = 1e-150, 1e-130
"""Factors below the first, of a largest one of 1, count as zero, since denormal numbers are slow; sums above the second lose
nothing by it."""


class Nodes(NamedTuple):
    """Nodes of an integral, or a sum, against p(z); a grid has `axes`."""

    points: FloatArray
    """z_q, shape (nodes, d); of a grid in the order of its axes, the last one fastest."""
    log_weight: FloatArray
    """ln w_q, with p(z_q) inside, shape (nodes,)."""
    axes: tuple[FloatArray, ...] | None = None
    drawn: bool = False
    """Whether they were drawn at random, and stand for others that might have been: a cloud."""


def grid(measures: Sequence[Sequence[Measure]], order: int) -> Nodes:
    """The product of axes, given by the panels of each, with `order` nodes in every panel."""
    rules = [[gauss(panel, order) for panel in axis] for axis in measures]
    axes = tuple(np.concatenate([rule.z for rule in axis]) for axis in rules)
    logs = [np.concatenate([rule.log_weight for rule in axis]) for axis in rules]
    mesh = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], 1)
    return Nodes(mesh, np.add.reduce(np.broadcast_arrays(*np.ix_(*logs))).ravel(), axes)


def of_prior(prior: NodePrior, t: Tensor) -> Nodes:
    """Those of a prior on nodes at scaled temperature t (1, 1): an exact sum, no integral."""
    return Nodes(prior.node.double().numpy(), prior.log_weights(t)[0].double().numpy())


@torch.no_grad()
def cloud(model: VAE, temperature: float, words: NDArray, count: int, seed: int) -> Nodes:
    """`count` draws from half prior and half the posteriors of words (m, *shape) at temperature T."""
    generator = torch.Generator().manual_seed(seed)
    t = model.scaled(temperature, count)
    posterior = cast(Posterior, model.encode(torch.from_numpy(words), temperature).double())
    own = posterior.rows(torch.randint(len(words), (count // 2,), generator=generator))
    drawn = own.at(torch.randn(own.mean.shape, generator=generator, dtype=torch.float64))
    z = torch.cat([model.prior.sample(t[len(drawn) :], generator).double(), drawn])
    log_p = model.prior.log_prob(z.float(), t).double().sum(1)
    log_r = torch.logaddexp(log_p, _log_mixture(z, posterior)) - math.log(2)
    return Nodes(z.numpy(), (log_p - log_r).numpy() - math.log(count), drawn=True)


def _log_mixture(z: Tensor, posterior: Posterior) -> Tensor:
    """ln (1/M) sum_m q(z|x_m) of z (n, d)."""
    words = len(posterior.mean)
    blocks = z.split(max(1, BATCH // words))
    return torch.cat([torch.logsumexp(posterior.log_densities(some, -math.log(words)), 1) for some in blocks])


def log_laplace(nodes: Nodes, log_density: FloatArray, h: FloatArray) -> FloatArray:
    """ln sum_q exp(log_density_q + h·z_q) of each h (n, d); shape (n,)."""
    if nodes.axes is None:
        return _direct(nodes, log_density, h)
    found, sure = _factorised(nodes.axes, log_density, h)
    found[~sure] = _direct(nodes, log_density, h[~sure])
    return found


def _direct(nodes: Nodes, log_density: FloatArray, h: FloatArray) -> FloatArray:
    size = max(1, BATCH // len(nodes.points))
    parts = [logsumexp(h[k : k + size] @ nodes.points.T + log_density, axis=1) for k in range(0, len(h), size)]
    return np.concatenate(parts) if parts else np.empty(0)


def _factorised(
    axes: tuple[FloatArray, ...], log_density: FloatArray, h: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The same on a grid by matrix products, and where underflow has certainly taken nothing from it.

    Each axis takes its share of the largest density at each of its nodes, so that no factor peaks where the density has vanished.
    """
    table = log_density.reshape([len(axis) for axis in axes])
    share = [table.max(tuple(j for j in range(len(axes)) if j != k)) / len(axes) for k in range(len(axes))]
    density = _flushed(table - sum(np.ix_(*share))).reshape(len(axes[0]), -1)
    size = max(1, BATCH // density.shape[1])
    parts = [_product(axes, share, density, h[k : k + size]) for k in range(0, len(h), size)]
    total, offset = (np.concatenate(part) for part in zip(*parts, strict=True))
    return np.log(np.maximum(total, LOST)) + offset, total > LOST


def _product(
    axes: tuple[FloatArray, ...], share: list[FloatArray], density: FloatArray, h: FloatArray
) -> tuple[FloatArray, FloatArray]:
    offset, total = np.zeros(len(h)), np.empty((0, 0))
    for k, axis in enumerate(axes):
        exponent = h[:, k, None] * axis + share[k]
        largest = exponent.max(1, keepdims=True)
        offset += largest[:, 0]
        factor = _flushed(exponent - largest)
        if k == 0:
            total = factor @ density
        else:
            total = np.einsum("na,nab->nb", factor, total.reshape(len(h), len(axis), -1))
    return total[:, 0], offset


def _flushed(exponent: FloatArray) -> FloatArray:
    value = np.exp(exponent)
    value[value < FLUSHED] = 0.0
    return value
