"""The aggregate posterior, the mean of the posteriors of many configurations: its density, compiled for the CPU.

    ln q(z) = ln (1/n) sum_j prod_k Normal(z_k; mu_jk, sigma_jk^2)

One z after another, over all posteriors: nothing of the size of both is kept.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.systems.kernels.random_lanes import exp32
from latentfield.systems.kernels.sums import LANES, copy, lane_max, lane_sum
from latentfield.vae.node_posterior import AnyPosterior, NodePosterior, place
from latentfield.vae.posterior import LOG_2PI

HALF, LEAST, NEVER = np.float32(0.5), np.float32(-80), np.float32(-np.inf)


def log_aggregate(z: Tensor, chain: Tensor, posterior: AnyPosterior, chains: Tensor) -> FloatArray:
    """ln of the mean density, at each z (m, latents) of a chain (m,), of the posteriors (n, latents) of other `chains` (n,); (m,).

    In single precision but for the sum. NaN where there is no other chain.
    """
    if isinstance(posterior, NodePosterior):
        return _of_nodes(place(z, posterior.node), chain, posterior.log_share, chains)
    mean, log_width = (part.T.float().contiguous() for part in (posterior.mean, 0.5 * posterior.log_variance))
    found = np.empty(len(z))
    constant = -(log_width.sum(0) + 0.5 * LOG_2PI * len(mean))
    places, inverse = z.float().contiguous(), (-log_width).exp()
    _fill(places.numpy(), chain.numpy(), mean.numpy(), inverse.numpy(), constant.numpy(), chains.numpy(), found)
    return found


def _of_nodes(node: Tensor, chain: Tensor, log_share: Tensor, chains: Tensor) -> FloatArray:
    """The same of exact posteriors, a sum over all of them less that over the own chain, at the node (n,) of each z."""
    share = log_share.double().exp()
    of_chain = share.new_zeros(int(chains.max()) + 1, share.shape[1]).index_add_(0, chains, share)
    others = share.sum(0)[node] - of_chain[chain, node]
    return (others / (len(share) - chains.bincount()[chain])).clamp(min=1e-300).log().numpy()


@njit(nogil=True, cache=True)
def _fill(z, chain, mean, inverse, constant, chains, found):
    """Fill `found` (m,); mean and inverse width are (latents, n), the logarithm of the Gaussians' factors is `constant` (n,)."""
    exponent, lanes = np.empty(mean.shape[1], np.float32), np.empty(LANES)
    for i in range(len(z)):
        copy(constant, exponent)
        for k in range(len(mean)):
            _add(z[i, k], mean[k], inverse[k], exponent)
        found[i] = _log_mean(exponent, chains, chain[i], lanes)


@njit(nogil=True, cache=True, fastmath={"contract"})
def _add(z, mean, inverse, exponent):
    for j in range(len(mean)):
        u = (z - mean[j]) * inverse[j]
        exponent[j] -= HALF * u * u


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
def _log_mean(exponent, chains, own, lanes):
    others = 0
    for j in range(len(exponent)):
        exponent[j] = NEVER if chains[j] == own else exponent[j]
        others += chains[j] != own
    if others == 0:
        return np.nan
    top = lane_max(exponent, lanes)
    for j in range(len(exponent)):
        exponent[j] = exp32(max(exponent[j] - top, LEAST))
    return top + math.log(lane_sum(exponent, lanes) / others)
