"""The Bingham distribution of a director in natural parameters, for whole batches of sites.

    p(n) = exp(n^T B n) / F(B)    relative to the uniform measure on the sphere,

B symmetric and traceless with coordinates b (5,) in `TENSOR_BASIS`: n^T B n = b . a(n), with a(n) the coordinates of n n^T - I/3.
B runs through a linear space and F is smooth everywhere, isotropy (B = 0) included, where axes and angles are not defined.

With q = Tr B^2 / 2 and r = det B, det(s - B) = s^3 - q s - r, and F is a contour integral to the right of all eigenvalues,

    F = (sqrt(pi) / 2) (1 / 2 pi i) ∫ ds e^s det(s - B)^(-1/2)          (Kume and Wood 2005, Biometrika 92, 465)

on Talbot's contour moved by the largest eigenvalue, s = l_1 + u: a few complex nodes u for any strength of B (Weideman and
Trefethen 2007, Math. Comp. 76, 1341). Twelve nodes, of which conjugate pairs need one, give ln F to 2e-6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

NODES = 12


def contour(nodes: int = NODES) -> tuple[Tensor, Tensor]:
    """Nodes u in the upper half plane and weights w, each (nodes / 2,) complex: F = e^l_1 Re sum w det(l_1 + u - B)^(-1/2)."""
    angle = (2 * np.arange(nodes // 2) + 1) * np.pi / nodes
    tangent, sine = np.tan(0.6407 * angle), np.sin(0.6407 * angle)
    u = nodes * (0.5017 * angle / tangent - 0.6122 + 0.2645j * angle)
    slope = 0.5017 / tangent - 0.5017 * 0.6407 * angle / sine**2 + 0.2645j
    w = np.sqrt(np.pi) * np.exp(u) * slope / 1j
    return torch.tensor(u, dtype=torch.complex64), torch.tensor(w, dtype=torch.complex64)


def log_normaliser(matrix: Tensor, u: Tensor, w: Tensor) -> Tensor:
    """ln F of matrices B (3, 3, ...), shape (...), on a contour from `contour`."""
    return _LogNormaliser.apply(matrix.square().sum((0, 1)) / 2, _determinant(matrix), u, w)


class _LogNormaliser(torch.autograd.Function):
    """ln F(q, r), with derivatives from the same integral: differentiating the eigenvalues would divide by their differences."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, q: Tensor, r: Tensor, u: Tensor, w: Tensor) -> Tensor:
        top, half = _spectrum(q, r)
        # One axis of nodes in front; torch has no vector instructions for complex roots.
        u, w = (v.reshape(-1, *(1 for _ in q.shape)) for v in (u, w))
        re, im = _inverse_root(u.real + 1.5 * top, u.imag, half)
        root = u.rsqrt()
        re, im = root.real * re - root.imag * im, root.real * im + root.imag * re
        square = re.square() - im.square(), 2 * re * im
        cube = re * square[0] - im * square[1], re * square[1] + im * square[0]
        total = _real_part(w, re, im)
        by_r = _real_part(w, *cube) / (2 * total)
        by_q = _real_part(u * w, *cube) / (2 * total) + top * by_r
        ctx.save_for_backward(by_q, by_r)
        return top + total.log()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        by_q, by_r = ctx.saved_tensors
        return grad * by_q, grad * by_r, None, None


def _inverse_root(x: Tensor, y: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Real and imaginary part of ((x + iy)^2 - h^2)^(-1/2), y > 0: the root that goes as 1 / (x + iy) far away.

    The root of z = (x + iy)^2 - h^2 meant is that of positive imaginary part. Of its parts, the roots of (|z| ± Re z) / 2, the one
    that would be a difference follows from their product.
    """
    a, b = (x - h) * (x + h) - y.square(), 2 * x * y
    modulus = torch.hypot(a, b)
    large = ((modulus + a.abs()) / 2).sqrt()
    small = b.abs() / (2 * large)
    re, im = torch.where(a > 0, large, small).copysign(b), torch.where(a > 0, small, large)
    return re / modulus, -im / modulus


def _real_part(weight: Tensor, re: Tensor, im: Tensor) -> Tensor:
    """Re of the sum over nodes of weight (re + i im)."""
    return (weight.real * re - weight.imag * im).sum(0)


def draw(matrix: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """One unit vector with density ∝ exp(n^T B n) for each matrix B (3, 3, m), shape (m, 3).

    Rejection from the angular central Gaussian with W = 1 + 2 (l_1 - B) / b, b the root of sum_k 1 / (b + 2 (l_1 - l_k)) = 1
    (Kent, Ganeiban and Mardia 2013, arXiv:1310.8110); the acceptance is above one half.
    """
    top, half = _spectrum(matrix.square().sum((0, 1)) / 2, _determinant(matrix))
    b = _envelope_width(1.5 * top - half, 1.5 * top + half)
    log_bound = (b - 3) / 2 + 1.5 * torch.log(3 / b)
    against = torch.eye(3, device=b.device)[:, :, None] * top - matrix
    factor = _cholesky(torch.eye(3, device=b.device)[:, :, None] + 2 * against / b)
    n = matrix.new_empty(matrix.shape[-1], 3)
    left = torch.arange(len(n), device=n.device)
    while len(left):
        y = _solve_transposed(factor[:, left], torch.randn(3, len(left), generator=generator, device=n.device))
        y = y * y.square().sum(0).rsqrt()
        cost = torch.einsum("im,ijm,jm->m", y, against[..., left], y)
        log_chance = 1.5 * torch.log1p(2 * cost / b[left]) - cost - log_bound[left]
        kept = torch.rand(len(left), generator=generator, device=n.device).log() < log_chance
        n[left[kept]] = y[:, kept].T
        left = left[~kept]
    return n


def _determinant(m: Tensor) -> Tensor:
    first = m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2].square()) - m[0, 1] * (m[0, 1] * m[2, 2] - m[1, 2] * m[0, 2])
    return first + m[0, 2] * (m[0, 1] * m[1, 2] - m[1, 1] * m[0, 2])


def _spectrum(q: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """The largest eigenvalue l_1, and half the difference of the other two, whose mean is -l_1 / 2 (Viète's formula)."""
    scale = (q / 3).sqrt()
    angle = torch.acos((r / (2 * scale**3 + 1e-30)).clamp(-1, 1)) / 3
    return 2 * scale * angle.cos(), math.sqrt(3) * scale * angle.sin()


def _envelope_width(second: Tensor, third: Tensor, steps: int = 12) -> Tensor:
    """The root b in [1, 3], by Newton's steps from 1, which rise to it; any b gives exact draws, this one the fewest rejections."""
    b = torch.ones_like(second)
    for _ in range(steps):
        inverse = torch.stack([b, b + 2 * second, b + 2 * third]).reciprocal()
        b = b + (inverse.sum(0) - 1) / inverse.square().sum(0)
    return b.clamp(1, 3)


def _cholesky(w: Tensor) -> Tensor:
    """The entries 00, 10, 20, 11, 21, 22 of the lower factor of positive matrices (3, 3, m), shape (6, m)."""
    a = w[0, 0].sqrt()
    b, c = w[1, 0] / a, w[2, 0] / a
    d = (w[1, 1] - b.square()).sqrt()
    e = (w[2, 1] - b * c) / d
    return torch.stack([a, b, c, d, e, (w[2, 2] - c.square() - e.square()).sqrt()])


def _solve_transposed(factor: Tensor, noise: Tensor) -> Tensor:
    """y with L^T y = noise (3, m): normal with covariance (L L^T)^-1."""
    a, b, c, d, e, f = factor
    z = noise[2] / f
    y = (noise[1] - e * z) / d
    return torch.stack([(noise[0] - b * y - c * z) / a, y, z])
