"""Likelihoods p(x_i | parameters of site i), and what an encoder sees of a site.

Spins: one logit l per site, P(s = +1) = sigmoid(l), counted in nats.

Directors: a Bingham density relative to the uniform measure on the sphere, so that isotropic directors cost 0 nats,

    p(n) = exp(n^T R diag(0, g1, g1 + g2) R^T n) / F,    g = softplus(.) >= 0,

from 8 numbers per site: 6 for the rotation R (Gram-Schmidt on two vectors), 2 for the gaps. With the largest eigenvalue's axis
as pole, t = cos(polar angle) and eigenvalues l1 <= l2 <= l3,

    F = ∫_0^1 dt exp(l3 t^2 + (1 - t^2)(l1 + l2)/2) I0((1 - t^2)(l2 - l1)/2),

by Gauss-Legendre quadrature with the scaled Bessel function, so that nothing overflows.
Reference: C. Bingham, Ann. Statist. 2, 1201 (1974).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, normalize, softplus

from latentfield.systems.nematic import TENSOR_BASIS


class Spins(nn.Module):
    """Sites ±1. Site parameters: one channel of logits."""

    features = 1
    parameters = 1

    def encode(self, x: Tensor) -> Tensor:
        """Configurations (batch, *sites) as float features (batch, 1, *sites)."""
        return x.float().unsqueeze(1)

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """ln p(x|parameters), summed over sites: (batch,)."""
        logits = parameters.reshape(x.shape)
        return logsigmoid(x * logits).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One configuration for each row of parameters (batch, 1, *sites): int8 (batch, *sites)."""
        p = parameters.squeeze(1).sigmoid()
        up = torch.rand(p.shape, generator=generator, device=p.device) < p
        return up.to(torch.int8).mul_(2).sub_(1)


class Directors(nn.Module):
    """Unit vectors up to sign. Site parameters: eight channels, six for a rotation and two for eigenvalue gaps."""

    features = 5
    parameters = 8

    def __init__(self, nodes: int = 24):
        super().__init__()
        t, weight = np.polynomial.legendre.leggauss(nodes)
        self.register_buffer("sin2", torch.tensor(1 - (0.5 * (t + 1)) ** 2, dtype=torch.float32), persistent=False)
        self.register_buffer("basis", torch.tensor(TENSOR_BASIS, dtype=torch.float32), persistent=False)
        self.register_buffer("log_weight", torch.tensor(np.log(0.5 * weight), dtype=torch.float32), persistent=False)

    def encode(self, x: Tensor) -> Tensor:
        """Directors (batch, *sites, 3) as the five coordinates of n n^T - I/3: (batch, 5, *sites); blind to the sign of n."""
        return torch.einsum("b...i,kij,b...j->bk...", x, self.basis, x)

    def frame(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Axes (batch, *sites, 3, 3), columns by increasing eigenvalue, and the gaps g1, g2 (batch, *sites, 2)."""
        channels = parameters.movedim(1, -1)
        first = normalize(channels[..., :3], dim=-1)
        second = channels[..., 3:6] - (channels[..., 3:6] * first).sum(-1, keepdim=True) * first
        second = normalize(second, dim=-1)
        third = torch.linalg.cross(first, second)
        return torch.stack([third, second, first], -1), softplus(channels[..., 6:])

    def log_normaliser(self, gaps: Tensor) -> Tensor:
        """ln F - l3 for gaps (..., 2); shape (...)."""
        g1, g2 = gaps[..., :1], gaps[..., 1:]
        half = 0.5 * self.sin2 * g1
        return torch.logsumexp(torch.special.i0e(half).log() - self.sin2 * g2 + self.log_weight, -1)

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """ln p(x|parameters) relative to uniform directors, summed over sites: (batch,)."""
        axes, gaps = self.frame(parameters)
        c2 = torch.einsum("...ij,...i->...j", axes, x).square()
        exponent = -c2[..., 1] * gaps[..., 1] - c2[..., 0] * gaps.sum(-1)
        return (exponent - self.log_normaliser(gaps)).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One configuration for each row of parameters (batch, 8, *sites): float32 (batch, *sites, 3)."""
        axes, gaps = self.frame(parameters)
        concentration = torch.stack([gaps.sum(-1), gaps[..., 1], torch.zeros_like(gaps[..., 1])], -1)
        local = _draw_bingham(concentration.flatten(0, -2), generator).reshape(concentration.shape)
        return torch.einsum("...ij,...j->...i", axes, local)


def _draw_bingham(concentration: Tensor, generator: torch.Generator | None) -> Tensor:
    """Unit vectors (m, 3) with density ∝ exp(-sum_j a_j n_j^2), a = concentration (m, 3) >= 0, min_j a_j = 0.

    Rejection from the angular central Gaussian with Omega = I + 2a/b, b the root of sum_j 1/(b + 2 a_j) = 1 (Kent, Ganeiban and
    Mardia 2013, arXiv:1310.8110); the acceptance is above one half.
    """
    b = _envelope_scale(concentration)
    omega = 1 + 2 * concentration / b
    log_bound = -(3 - b.squeeze(-1)) / 2 + 1.5 * torch.log(3 / b.squeeze(-1))
    n = torch.empty_like(concentration)
    open_rows = torch.arange(len(n), device=n.device)
    while len(open_rows):
        o, a = omega[open_rows], concentration[open_rows]
        y = torch.randn(o.shape, generator=generator, device=o.device) / o.sqrt()
        y = normalize(y, dim=-1)
        log_ratio = -(a * y.square()).sum(-1) + 1.5 * (o * y.square()).sum(-1).log() - log_bound[open_rows]
        accepted = torch.rand(len(y), generator=generator, device=y.device).log() < log_ratio
        n[open_rows[accepted]] = y[accepted]
        open_rows = open_rows[~accepted]
    return n


def _envelope_scale(concentration: Tensor) -> Tensor:
    """The root b in (0, 3] of sum_j 1/(b + 2 a_j) = 1, by bisection; shape (m, 1)."""
    low, high = torch.full_like(concentration[:, :1], 1.0), torch.full_like(concentration[:, :1], 3.0)
    for _ in range(40):
        middle = (low + high) / 2
        too_small = (1 / (middle + 2 * concentration)).sum(-1, keepdim=True) > 1
        low, high = torch.where(too_small, middle, low), torch.where(too_small, high, middle)
    return (low + high) / 2


LIKELIHOODS = {"spins": Spins, "directors": Directors}
