"""The splines of `splines`, from the outputs of a network to y and ln dy/dx and back, compiled for the CPU in single precision.

With p_k the softmax of the squashed sizes q(v_k), knots x_k = B (2 sum_(j<k) p_j - 1). A loss with slopes f_k along x_k has

    d loss / d p_j = 2 B sum_(k>j) f_k,    d loss / d q_j = p_j (d loss / d p_j - sum_i p_i d loss / d p_i),
    dq/dv = 1 / (1 + c |v|)^2    for    q = v / (1 + c |v|).

Torch takes some thirty passes over all outputs for that, of which a row needs its own bin.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from latentfield.systems.kernels.random_lanes import exp32

SQUASH = -1 / math.log(1e-3)
"""Over ln of the largest slope, which is minus that of the least: c of ln of the slopes, and half that of the sizes."""
ZERO, ONE, TWO = np.float32(0), np.float32(1), np.float32(2)
OF_SIZES, OF_SLOPES = np.float32(2 * SQUASH), np.float32(SQUASH)


def rational_quadratic(
    x: Tensor, parameters: Tensor, bins: int, bound: float, group: Tensor | None
) -> tuple[Tensor, Tensor]:
    """y and ln dy/dx at x (rows, latents), float32 on the CPU; arguments as in `splines`."""
    return _RationalQuadratic.apply(x, parameters, bins, np.float32(bound), group)


class _RationalQuadratic(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, parameters: Tensor, bins: int, bound: np.float32, group: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        x, parameters = x.detach().contiguous(), parameters.detach().contiguous()
        row = torch.arange(len(x)) if group is None else group.contiguous()
        latents = x.shape[1]
        knots = torch.empty(len(parameters), latents, 3, bins + 1)
        raw = parameters.view(len(parameters), latents, 3 * bins - 1)
        _knots(raw.numpy(), bound, knots.numpy())
        y, slope, place = torch.empty_like(x), torch.empty_like(x), torch.empty(x.shape, dtype=torch.int64)
        _forward(x.numpy(), row.numpy(), knots.numpy(), y.numpy(), slope.numpy(), place.numpy())
        ctx.save_for_backward(x, row, raw, knots, place)
        ctx.bound = bound
        return y, slope

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, row, raw, knots, place = ctx.saved_tensors
        of_y, of_slope = (gradient.contiguous() for gradient in gradients)
        of_x, of_knots, of_raw = torch.empty_like(x), torch.zeros_like(knots), torch.empty_like(raw)
        given = tuple(part.numpy() for part in (x, row, knots, place, of_y, of_slope))
        _backward(given, of_x.numpy(), of_knots.numpy())
        _knots_backward(raw.numpy(), knots.numpy(), of_knots.numpy(), ctx.bound, of_raw.numpy())
        return of_x, of_raw.view(len(raw), -1), None, None, None


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _knots(raw, bound, knots):
    """Fill x, y and slopes of all knots, (groups, latents, 3, bins + 1)."""
    bins = knots.shape[3] - 1
    part = np.empty(bins, np.float32)
    for g in range(raw.shape[0]):
        for k in range(raw.shape[1]):
            for axis in range(2):
                _sizes(raw[g, k, axis * bins : (axis + 1) * bins], part)
                line = knots[g, k, axis]
                below = ZERO
                line[0] = -bound
                for j in range(bins):
                    below += part[j]
                    line[j + 1] = bound * (TWO * below - ONE)
            line = knots[g, k, 2]
            line[0], line[bins] = ONE, ONE
            for j in range(1, bins):
                v = raw[g, k, 2 * bins + j - 1]
                line[j] = exp32(v / (ONE + OF_SLOPES * abs(v)))


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _sizes(raw, part):
    """Fill the softmax of squashed sizes; these are bounded, so that none needs to be taken off."""
    total = ZERO
    for j in range(len(part)):
        part[j] = exp32(raw[j] / (ONE + OF_SIZES * abs(raw[j])))
        total += part[j]
    for j in range(len(part)):
        part[j] /= total


@njit(nogil=True, cache=True, error_model="numpy")
def _forward(x, row, knots, y, slope, place):
    """Fill y, ln dy/dx and the number of each bin, -1 outside of the knots; all (rows, latents)."""
    for i in range(len(x)):
        for k in range(x.shape[1]):
            line = knots[row[i], k]
            at = _bin(line[0], x[i, k])
            place[i, k] = at
            if at < 0:
                y[i, k], slope[i, k] = x[i, k], ZERO
                continue
            y0, y1, d0, d1 = line[1, at], line[1, at + 1], line[2, at], line[2, at + 1]
            w, h = line[0, at + 1] - line[0, at], y1 - y0
            s, t = h / w, min(max((x[i, k] - line[0, at]) / w, ZERO), ONE)
            u, rest = t * (ONE - t), ONE - t
            denominator = s + (d0 + d1 - TWO * s) * u
            mean = TWO * s * u + d0 * rest * rest + d1 * t * t
            y[i, k] = y0 + h * (s * t * t + d0 * u) / denominator
            ratio = s / denominator
            slope[i, k] = np.float32(math.log(ratio * ratio * mean))


@njit(nogil=True, cache=True)
def _bin(line, x):
    """Number of the bin of x among increasing knots, the first of them left out; -1 outside of them."""
    if not line[0] < x <= line[-1]:
        return -1
    low, high = 0, len(line) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if line[middle] < x:
            low = middle
        else:
            high = middle
    return low


@njit(nogil=True, cache=True, error_model="numpy")
def _backward(given, of_x, of_knots):
    """Fill the gradient of x, and add that of the knots; formulas as in `splines`."""
    x, row, knots, place, of_y, of_slope = given
    for i in range(len(x)):
        for k in range(x.shape[1]):
            at = place[i, k]
            if at < 0:
                of_x[i, k] = of_y[i, k]
                continue
            line, target = knots[row[i], k], of_knots[row[i], k]
            d0, d1 = line[2, at], line[2, at + 1]
            w, h = line[0, at + 1] - line[0, at], line[1, at + 1] - line[1, at]
            s, t = h / w, min(max((x[i, k] - line[0, at]) / w, ZERO), ONE)
            u, rest, odd = t * (ONE - t), ONE - t, ONE - TWO * t
            denominator = s + (d0 + d1 - TWO * s) * u
            ratio = (s * t * t + d0 * u) / denominator
            of_n = of_y[i, k] * h / denominator
            of_d = -of_n * ratio - TWO * of_slope[i, k] / denominator
            of_m = of_slope[i, k] / (TWO * s * u + d0 * rest * rest + d1 * t * t)
            of_t = of_n * (TWO * s * t + d0 * odd) + of_d * (d0 + d1 - TWO * s) * odd
            of_t += of_m * TWO * (s * odd - d0 * rest + d1 * t)
            of_s = of_n * t * t + of_d * (ONE - TWO * u) + of_m * TWO * u + TWO * of_slope[i, k] / s
            of_h, of_w = of_y[i, k] * ratio + of_s / w, -(of_s * s + of_t * t) / w
            of_x[i, k] = of_t / w
            target[0, at] -= of_t / w + of_w
            target[0, at + 1] += of_w
            target[1, at] += of_y[i, k] - of_h
            target[1, at + 1] += of_h
            target[2, at] += (of_n + of_d) * u + of_m * rest * rest
            target[2, at + 1] += of_d * u + of_m * t * t


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _knots_backward(raw, knots, of_knots, bound, of_raw):
    """Fill the gradient of the network's outputs, (groups, latents, 3 bins - 1)."""
    bins = knots.shape[3] - 1
    of_part = np.empty(bins, np.float32)
    for g in range(raw.shape[0]):
        for k in range(raw.shape[1]):
            for axis in range(2):
                source, line, target = raw[g, k, axis * bins :], knots[g, k, axis], of_raw[g, k, axis * bins :]
                above = mean = ZERO
                for j in range(bins - 1, -1, -1):
                    above += of_knots[g, k, axis, j + 1]
                    of_part[j] = above
                    # Of p_j = (x_(j+1) - x_j) / 2 B, whose factor cancels that of d loss / d p_j.
                    mean += (line[j + 1] - line[j]) * above / (TWO * bound)
                for j in range(bins):
                    squashed = ONE / (ONE + OF_SIZES * abs(source[j]))
                    target[j] = (line[j + 1] - line[j]) * (of_part[j] - mean) * squashed * squashed
            for j in range(1, bins):
                v = raw[g, k, 2 * bins + j - 1]
                squashed = ONE / (ONE + OF_SLOPES * abs(v))
                of_raw[g, k, 2 * bins + j - 1] = of_knots[g, k, 2, j] * knots[g, k, 2, j] * squashed * squashed
