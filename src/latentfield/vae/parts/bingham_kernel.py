"""ln F of `bingham` and its gradient straight from the coordinates b of B, compiled for the CPU.

    q = |b|^2 / 2,    r = det B,    d ln F / d b_k = (d ln F / dq) b_k + (d ln F / dr) Tr(A_k cof B),

A_k the matrices of `TENSOR_BASIS`. The integral is that of `bingham.log_normaliser`, node by node over the sites of a
configuration, in double precision; torch takes some sixty passes over all sites and nodes for it, and as many for the derivatives.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

HALF, SIXTH = 1 / math.sqrt(2), 1 / math.sqrt(6)


def log_normaliser(parameters: Tensor, u: Tensor, w: Tensor) -> Tensor:
    """ln F at coordinates (batch, 5, *sites) on the CPU, shape (batch, *sites), on a contour from `bingham.contour`."""
    return _LogNormaliser.apply(parameters, u, w)


class _LogNormaliser(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, parameters: Tensor, u: Tensor, w: Tensor) -> Tensor:
        b = parameters.detach().flatten(2).contiguous()
        value, gradient = torch.empty_like(b[:, 0]), torch.empty_like(b)
        _evaluate(b.numpy(), u.numpy(), w.numpy(), value.numpy(), gradient.numpy())
        ctx.save_for_backward(gradient.view(parameters.shape))
        return value.view(parameters[:, 0].shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return gradients[0].unsqueeze(1) * ctx.saved_tensors[0], None, None


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _evaluate(b, u, w, value, gradient):
    """Fill `value` (batch, sites) and `gradient` (batch, 5, sites) at b (batch, 5, sites)."""
    batch, _, sites = b.shape
    top, half, total, by_q, by_r = np.empty((5, sites))
    along = np.empty((5, sites))
    for i in range(batch):
        for j in range(sites):
            # The largest eigenvalue, and half the difference of the other two (Viète's formula).
            b0, b1, b2, b3, b4 = b[i, 0, j], b[i, 1, j], b[i, 2, j], b[i, 3, j], b[i, 4, j]
            square = b0 * b0 + b1 * b1 + b2 * b2 + b3 * b3 + b4 * b4
            determinant, along[0, j], along[1, j], along[2, j], along[3, j], along[4, j] = _determinant(
                b0, b1, b2, b3, b4
            )
            scale = math.sqrt(square / 6)
            angle = math.acos(min(1.0, max(-1.0, determinant / (2 * scale**3 + 1e-30)))) / 3
            top[j], half[j] = 2 * scale * math.cos(angle), math.sqrt(3.0) * scale * math.sin(angle)
        total[:] = 0
        by_q[:] = 0
        by_r[:] = 0
        for k in range(len(u)):
            node, weight = np.complex128(u[k]), np.complex128(w[k])
            root, moved = 1 / np.sqrt(node), weight * node
            for j in range(sites):
                # ((x + iy)^2 - h^2)^(-1/2), of the parts of which the one that would be a difference follows from their product.
                x, y = node.real + 1.5 * top[j], node.imag
                a, c = (x - half[j]) * (x + half[j]) - y * y, 2 * x * y
                modulus = math.sqrt(a * a + c * c)
                large = math.sqrt((modulus + abs(a)) / 2)
                small = abs(c) / (2 * large)
                re, im = (large if a > 0 else small) / modulus, -(small if a > 0 else large) / modulus
                re = re if c > 0 else -re
                re, im = root.real * re - root.imag * im, root.real * im + root.imag * re
                real, imaginary = re * re - im * im, 2 * re * im
                real, imaginary = re * real - im * imaginary, re * imaginary + im * real
                total[j] += weight.real * re - weight.imag * im
                by_r[j] += weight.real * real - weight.imag * imaginary
                by_q[j] += moved.real * real - moved.imag * imaginary
        for j in range(sites):
            slope_r = by_r[j] / (2 * total[j])
            slope_q = by_q[j] / (2 * total[j]) + top[j] * slope_r
            value[i, j] = top[j] + math.log(total[j])
            for k in range(5):
                gradient[i, k, j] = slope_q * b[i, k, j] + slope_r * along[k, j]


@njit(nogil=True, cache=True, inline="always")
def _determinant(b0, b1, b2, b3, b4):
    """det B, and Tr(A_k cof B) of every k, its derivatives."""
    b0, b1, b2, b3, b4 = HALF * b0, SIXTH * b1, HALF * b2, HALF * b3, HALF * b4
    xx, yy, zz = b0 - b1, -b0 - b1, 2 * b1
    c_xx, c_yy, c_zz = yy * zz - b4 * b4, xx * zz - b3 * b3, xx * yy - b2 * b2
    c_xy, c_xz, c_yz = b3 * b4 - b2 * zz, b2 * b4 - yy * b3, b2 * b3 - xx * b4
    by_diagonal = HALF * (c_xx - c_yy), SIXTH * (2 * c_zz - c_xx - c_yy)
    return xx * c_xx + b2 * c_xy + b3 * c_xz, *by_diagonal, 2 * HALF * c_xy, 2 * HALF * c_xz, 2 * HALF * c_yz
