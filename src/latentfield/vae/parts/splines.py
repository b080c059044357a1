"""Monotonic rational-quadratic splines as one operation with exact gradients (Durkan et al. 2019, https://arxiv.org/abs/1906.04032).

A spline maps [-B, B] onto itself through K + 1 knots (x_k, y_k) with slopes d_k, and is the identity outside. In bin k, with
t = (x - x_k) / (x_(k+1) - x_k), u = t (1 - t) and s the slope of the chord,

    y = y_k + (y_(k+1) - y_k) (s t^2 + d_k u) / D,        D = s + (d_k + d_(k+1) - 2 s) u
    dy/dx = s^2 (2 s u + d_k (1 - t)^2 + d_(k+1) t^2) / D^2

The unbounded parameters of a network become knots as in zuko, whose transform has the inverse: widths and heights by softmax,
slopes by exp, each first squashed so that no slope leaves [1e-3, 1e3]; the outer slopes are 1.

Automatic differentiation of these formulas keeps some forty tensors of the size of all parameters; here only the bin that x falls
into is differentiated, in closed form, and what belongs to it is added to its two knots. In single precision on a CPU the same is
compiled (`splines_kernel`).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad, softmax

from latentfield.vae.parts import splines_kernel
from latentfield.vae.parts.splines_kernel import SQUASH


def rational_quadratic(
    x: Tensor, parameters: Tensor, bins: int, bound: float, group: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """y and ln dy/dx of the splines on [-bound, bound] at x (rows, latents), each of its shape.

    `parameters` (groups, latents (3 bins - 1)) are the outputs of a network; zeros make the identity. Row r uses those of
    `group[r]` (rows,), or its own where no groups are given. In single precision at least: half loses the order of the knots.
    """
    parameters = parameters.to(torch.promote_types(parameters.dtype, torch.float32))
    if x.device.type == "cpu" and x.dtype == parameters.dtype == torch.float32:
        return splines_kernel.rational_quadratic(x, parameters, bins, bound, group)
    widths, heights, slopes = parameters.unflatten(-1, (-1, 3 * bins - 1)).split([bins, bins, bins - 1], -1)
    outer = pad(_squashed(slopes, 1), (1, 1)).exp()
    return _RationalQuadratic.apply(x.to(parameters.dtype), _knots(widths, bound), _knots(heights, bound), outer, group)


def _knots(parts: Tensor, bound: float) -> Tensor:
    """Ends of the parts of [-bound, bound] whose unbounded sizes are given, one more than there are parts."""
    return bound * (2 * pad(softmax(_squashed(parts, 2), -1), (1, 0)).cumsum(-1) - 1)


def _squashed(x: Tensor, factor: float) -> Tensor:
    return x / (1 + (factor * SQUASH * x).abs())


class _RationalQuadratic(torch.autograd.Function):
    """y and ln dy/dx of splines, differentiated by hand with respect to x and the knots."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, horizontal: Tensor, vertical: Tensor, slopes: Tensor, group: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        knots = horizontal.shape[-1]
        groups = horizontal if group is None else horizontal[group]
        above = torch.searchsorted(groups.contiguous(), x.contiguous().unsqueeze(-1)).squeeze(-1)
        inside = (above > 0) & (above < knots)
        row = torch.arange(len(x), device=x.device) if group is None else group
        first = (row.unsqueeze(-1) * x.shape[-1] + torch.arange(x.shape[-1], device=x.device)) * knots
        left = first + (above - 1).clamp(0, knots - 2)
        x0, x1, y0, y1, d0, d1 = (
            part.reshape(-1)[at] for part in (horizontal, vertical, slopes) for at in (left, left + 1)
        )
        w, h = x1 - x0, y1 - y0
        s, t = h / w, ((x - x0) / w).clamp(0, 1)
        u, rest = t * (1 - t), 1 - t
        denominator = s + (d0 + d1 - 2 * s) * u
        ratio = (s * t * t + d0 * u) / denominator
        mean = 2 * s * u + d0 * rest * rest + d1 * t * t
        y = torch.where(inside, y0 + h * ratio, x)
        slope = torch.where(inside, 2 * s.log() + mean.log() - 2 * denominator.log(), 0.0)
        ctx.save_for_backward(left, inside, w, h, s, t, u, d0, d1, denominator, ratio, mean)
        ctx.shape = horizontal.shape
        return y, slope

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        left, inside, w, h, s, t, u, d0, d1, denominator, ratio, mean = ctx.saved_tensors
        outer = torch.where(inside, 0.0, gradients[0])
        of_y, of_slope = (torch.where(inside, gradient, 0.0) for gradient in gradients)
        # dy = dy0 + R dh + h dR; what multiplies the differentials of numerator N, denominator D and mean M.
        of_n = of_y * h / denominator
        of_d = -of_n * ratio - 2 * of_slope / denominator
        of_m = of_slope / mean
        odd, square, rest = 1 - 2 * t, t * t, (1 - t) * (1 - t)
        of_t = (
            of_n * (2 * s * t + d0 * odd)
            + of_d * (d0 + d1 - 2 * s) * odd
            + of_m * 2 * (s * odd - d0 * (1 - t) + d1 * t)
        )
        of_s = of_n * square + of_d * (1 - 2 * u) + of_m * 2 * u + 2 * of_slope / s
        of_d0 = (of_n + of_d) * u + of_m * rest
        of_d1 = of_d * u + of_m * square
        of_h = of_y * ratio + of_s / w
        of_w = -(of_s * s + of_t * t) / w
        of_x = of_t / w
        at = torch.stack([left, left + 1]).reshape(-1)
        of_knots = (
            torch.zeros(ctx.shape, dtype=w.dtype, device=w.device).view(-1).index_add_(0, at, torch.stack(pair).reshape(-1))
            for pair in ((-of_x - of_w, of_w), (of_y - of_h, of_h), (of_d0, of_d1))
        )  # fmt: skip
        return of_x + outer, *(part.view(ctx.shape) for part in of_knots), None
