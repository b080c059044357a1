"""ln p(z_1 ... z_k) of mixtures of diagonal Gaussians for every k, and its gradients, compiled for the CPU in single precision.

    L_k = ln sum_c w_c prod_(j<=k) Normal(z_j; m_cj, s_cj^2)

With responsibilities r_ck = w_c prod_(j<=k) Normal(z_j; m_cj, s_cj^2) / exp L_k, coefficients f_k = d loss / d L_k, and
a_cj = sum_(k>=j) f_k r_ck, u_cj = (z_j - m_cj) / s_cj,

    d loss / d ln w_c = a_c1,    d loss / d m_cj = a_cj u_cj / s_cj,    d loss / d ln s_cj = a_cj (u_cj^2 - 1),
    d loss / d z_j = - sum_c a_cj u_cj / s_cj.

Components stand along the last axis, over which loops become SIMD code; torch keeps some twenty tensors of all rows, components and
latents for the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from latentfield.systems.kernels.random_lanes import exp32
from latentfield.systems.kernels.sums import LANES, add, copy, lane_max, lane_sum
from latentfield.vae.posterior import LOG_2PI

HALF_LOG_2PI = np.float32(LOG_2PI / 2)
HALF, ONE, ZERO, LEAST = np.float32(0.5), np.float32(1.0), np.float32(0.0), np.float32(-80.0)


def log_marginals(z: Tensor, group: Tensor, log_weight: Tensor, mean: Tensor, log_width: Tensor) -> Tensor:
    """L_k (rows, latents) at z (rows, latents), row r under the mixture `group[r]` (rows,) of several.

    `log_weight` (mixtures, components), `mean` and `log_width` (mixtures, latents, components); all float32, on the CPU.
    """
    return _LogMarginals.apply(z, group, log_weight, mean, log_width)


class _LogMarginals(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, group: Tensor, log_weight: Tensor, mean: Tensor, log_width: Tensor) -> Tensor:
        z, log_weight, mean, log_width = (part.detach().contiguous() for part in (z, log_weight, mean, log_width))
        value = torch.empty_like(z)
        _forward(z.numpy(), group.numpy(), log_weight.numpy(), mean.numpy(), log_width.numpy(), value.numpy())
        ctx.save_for_backward(z, group, log_weight, mean, log_width, value)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        z, group, *parts, value = ctx.saved_tensors
        of_z, *of_parts = (torch.zeros_like(tensor) for tensor in (z, *parts))
        given = tuple(part.numpy() for part in (z, group, *parts, value, gradients[0].contiguous()))
        _backward(given, of_z.numpy(), tuple(part.numpy() for part in of_parts))
        return of_z, None, *of_parts


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _forward(z, group, log_weight, mean, log_width, value):
    """Fill `value` (rows, latents)."""
    rows, latents = z.shape
    total, share, lanes = (
        np.empty(mean.shape[2], np.float32),
        np.empty(mean.shape[2], np.float32),
        np.empty(LANES, np.float32),
    )
    inverse = np.exp(-log_width)
    for i in range(rows):
        g = group[i]
        copy(log_weight[g], total)
        for k in range(latents):
            _add(z[i, k], mean[g, k], inverse[g, k], log_width[g, k], total)
            top = lane_max(total, lanes)
            _share(total, top, ONE, share)
            value[i, k] = top + np.float32(math.log(lane_sum(share, lanes)))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _backward(given, of_z, of_parts):
    """Fill the gradient of sum_rk factor_rk value_rk by z, and add those by the three parts of the mixtures."""
    z, group, log_weight, mean, log_width, value, factor = given
    of_weight, of_mean, of_width = of_parts
    rows, latents = z.shape
    total, share = np.empty(mean.shape[2], np.float32), np.empty((latents, mean.shape[2]), np.float32)
    pull, lanes = np.empty(mean.shape[2], np.float32), np.empty(LANES, np.float32)
    inverse = np.exp(-log_width)
    for i in range(rows):
        g = group[i]
        copy(log_weight[g], total)
        for k in range(latents):
            _add(z[i, k], mean[g, k], inverse[g, k], log_width[g, k], total)
            _share(total, value[i, k], factor[i, k], share[k])
        for k in range(latents - 1, -1, -1):
            if k < latents - 1:
                add(share[k + 1], share[k])
            _pull(z[i, k], mean[g, k], inverse[g, k], share[k], pull, of_mean[g, k], of_width[g, k])
            of_z[i, k] = -lane_sum(pull, lanes)
        add(share[0], of_weight[g])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _share(total, level, factor, share):
    """Fill `share` (components,) with `factor` times the responsibilities, exp(total - level)."""
    if factor == ZERO:
        share[:] = ZERO
        return
    for c in range(len(total)):
        share[c] = factor * exp32(max(total[c] - level, LEAST))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _pull(z, mean, inverse, share, pull, of_mean, of_width):
    """Add what one latent of one row gives to the gradients of means and widths; fill `pull`, whose sum is minus that of z."""
    for c in range(len(mean)):
        u = (z - mean[c]) * inverse[c]
        pull[c] = share[c] * u * inverse[c]
        of_mean[c] += pull[c]
        of_width[c] += share[c] * (u * u - ONE)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nnan", "nsz"})
def _add(z, mean, inverse, log_width, total):
    """Add ln of each component's density at z to `total` (components,)."""
    for c in range(len(total)):
        u = (z - mean[c]) * inverse[c]
        total[c] -= HALF * u * u + log_width[c] + HALF_LOG_2PI
