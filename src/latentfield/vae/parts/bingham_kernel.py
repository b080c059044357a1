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
from numpy.polynomial import Chebyshev, Polynomial
from torch import Tensor

HALF, SIXTH = 1 / math.sqrt(2), 1 / math.sqrt(6)


def _cosine() -> tuple[float, ...]:
    """Coefficients, the highest first, of cos(arccos(y^2 - 1) / 3) as a polynomial of y, to 1e-10 where 0 <= y <= sqrt(2).

    In y it is analytic where two eigenvalues are equal, and polynomials, unlike arccos, become SIMD code.
    """
    ends = [0.0, math.sqrt(2)]
    fitted = Chebyshev.interpolate(lambda y: np.cos(np.arccos(np.minimum(y * y - 1, 1)) / 3), 14, ends)
    return tuple(fitted.convert(kind=Polynomial, domain=[-1, 1]).coef[::-1].tolist())


COSINE = _cosine()
THREE_HALVES, TWO = np.float32(1.5), np.float32(2)
HALF_32, SIXTH_32, TWICE = np.float32(HALF), np.float32(SIXTH), np.float32(2 * HALF)


def log_normaliser(parameters: Tensor, u: Tensor, w: Tensor) -> Tensor:
    """ln F at coordinates (batch, 5, *sites) on the CPU, shape (batch, *sites), on a contour from `bingham.contour`."""
    return _LogNormaliser.apply(parameters, u, w)


def log_prob(n: Tensor, parameters: Tensor, u: Tensor, w: Tensor) -> Tensor:
    """n^T B n - ln F, summed over sites, (batch,), of directors (batch, *sites, 3) at coordinates (batch, 5, *sites)."""
    return _LogProb.apply(n, parameters, u, w)


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


class _LogProb(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, n: Tensor, parameters: Tensor, u: Tensor, w: Tensor) -> Tensor:
        b = parameters.detach().flatten(2).contiguous()
        n = n.reshape(len(b), b.shape[2], 3).contiguous()
        log_f, gradient, value = torch.empty_like(b[:, 0]), torch.empty_like(b), torch.empty(len(b))
        _evaluate(b.numpy(), u.numpy(), w.numpy(), log_f.numpy(), gradient.numpy())
        _exponents(b.numpy(), n.numpy(), log_f.numpy(), gradient.numpy(), value.numpy())
        ctx.save_for_backward(gradient)
        ctx.shape = parameters.shape
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, None, None]:
        return None, (gradients[0][:, None, None] * ctx.saved_tensors[0]).view(ctx.shape), None, None


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _evaluate(b, u, w, value, gradient):
    """Fill `value` (batch, sites) and `gradient` (batch, 5, sites) at b (batch, 5, sites)."""
    batch, _, sites = b.shape
    root, moved = (1 / np.sqrt(u)).astype(np.complex64), w * u
    top, half_square = np.empty((2, sites), np.float32)
    along = np.empty((5, sites))
    total, by_r, by_q = np.empty((3, sites), np.float32)
    for i in range(batch):
        for j in range(sites):
            square, determinant, slopes = invariants(b[i, 0, j], b[i, 1, j], b[i, 2, j], b[i, 3, j], b[i, 4, j])
            top[j], half_square[j] = spectrum(square, determinant)
            along[0, j], along[1, j], along[2, j], along[3, j], along[4, j] = slopes
        total[:], by_r[:], by_q[:] = 0, 0, 0
        for k in range(len(u)):
            _add_node(u[k], root[k], w[k], moved[k], top, half_square, total, by_r, by_q)
        for j in range(sites):
            slope_r = by_r[j] / (2 * total[j])
            slope_q = by_q[j] / (2 * total[j]) + top[j] * slope_r
            value[i, j] = top[j] + math.log(total[j])
            for k in range(5):
                gradient[i, k, j] = slope_q * b[i, k, j] + slope_r * along[k, j]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _exponents(b, n, log_f, gradient, value):
    """Fill `value` (batch,) with ln p of directors n (batch, sites, 3); that of ln F in `gradient` becomes its gradient."""
    for i in range(len(b)):
        total = 0.0
        for j in range(b.shape[2]):
            x, y, z = n[i, j, 0], n[i, j, 1], n[i, j, 2]
            first, second = HALF_32 * (x * x - y * y), SIXTH_32 * (TWO * z * z - x * x - y * y)
            third, fourth, fifth = TWICE * x * y, TWICE * x * z, TWICE * y * z
            total += b[i, 0, j] * first + b[i, 1, j] * second - log_f[i, j]
            total += b[i, 2, j] * third + b[i, 3, j] * fourth + b[i, 4, j] * fifth
            gradient[i, 0, j] = first - gradient[i, 0, j]
            gradient[i, 1, j] = second - gradient[i, 1, j]
            gradient[i, 2, j] = third - gradient[i, 2, j]
            gradient[i, 3, j] = fourth - gradient[i, 3, j]
            gradient[i, 4, j] = fifth - gradient[i, 4, j]
        value[i] = total


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def _add_node(u, root, w, moved, top, half_square, total, by_r, by_q):
    """Add what one node of the contour gives to F e^-l_1 and its derivatives by det B and q, the last three."""
    for j in range(len(top)):
        # ((x + iy)^2 - h^2)^(-1/2), of the parts of which the one that would be a difference follows from their product.
        x, y = u.real + THREE_HALVES * top[j], u.imag
        a, c = x * x - half_square[j] - y * y, TWO * x * y
        modulus = math.sqrt(a * a + c * c)
        large = math.sqrt((modulus + abs(a)) / TWO)
        small = abs(c) / (TWO * large)
        re, im = (large if a > 0 else small) / modulus, -(small if a > 0 else large) / modulus
        re = re if c > 0 else -re
        re, im = root.real * re - root.imag * im, root.real * im + root.imag * re
        real, imaginary = re * re - im * im, TWO * re * im
        real, imaginary = re * real - im * imaginary, re * imaginary + im * real
        total[j] += w.real * re - w.imag * im
        by_r[j] += w.real * real - w.imag * imaginary
        by_q[j] += moved.real * real - moved.imag * imaginary


@njit(nogil=True, cache=True, error_model="numpy", inline="always")
def spectrum(square, determinant):
    """The largest eigenvalue l_1 of B, and the square of half the difference of the others, from |b|^2 and det B."""
    scale = math.sqrt(square / 6)
    shape = math.sqrt(1 + min(1.0, max(-1.0, determinant / (2 * scale**3 + 1e-30))))
    cosine = 0.0
    for coefficient in COSINE:
        cosine = cosine * shape + coefficient
    return 2 * scale * cosine, 3 * scale * scale * (1 - cosine * cosine)


@njit(nogil=True, cache=True, inline="always")
def invariants(b0, b1, b2, b3, b4):
    """|b|^2, det B, and Tr(A_k cof B) of every k, the derivatives of the latter."""
    square = np.float64(b0) * b0 + np.float64(b1) * b1 + np.float64(b2) * b2 + np.float64(b3) * b3 + np.float64(b4) * b4
    b0, b1, b2, b3, b4 = HALF * b0, SIXTH * b1, HALF * b2, HALF * b3, HALF * b4
    xx, yy, zz = b0 - b1, -b0 - b1, 2 * b1
    c_xx, c_yy, c_zz = yy * zz - b4 * b4, xx * zz - b3 * b3, xx * yy - b2 * b2
    c_xy, c_xz, c_yz = b3 * b4 - b2 * zz, b2 * b4 - yy * b3, b2 * b3 - xx * b4
    by_diagonal = HALF * (c_xx - c_yy), SIXTH * (2 * c_zz - c_xx - c_yy)
    slopes = (*by_diagonal, 2 * HALF * c_xy, 2 * HALF * c_xz, 2 * HALF * c_yz)
    return square, xx * c_xx + b2 * c_xy + b3 * c_xz, slopes
