"""Likelihoods p(x_i | parameters of site i), and what an encoder sees of a site.

Spins: one logit l per site, P(s = +1) = sigmoid(l), counted in nats.

Directors: a Bingham density relative to the uniform measure on the sphere, so that isotropic directors cost 0 nats,

    p(n) = exp(n^T R diag(0, g1, g1 + g2) R^T n) / F,    g = softplus(.) >= 0,

from 8 numbers per site: 6 for the rotation R (Gram-Schmidt on two vectors), 2 for the gaps. With the largest eigenvalue's axis
as pole, t = cos(polar angle) and eigenvalues l1 <= l2 <= l3,

    F = ∫_0^1 dt exp(l3 t^2 + (1 - t^2)(l1 + l2)/2) I0((1 - t^2)(l2 - l1)/2),

by Gauss-Legendre quadrature in v, t = 1 - v^2, which gathers the nodes where a strong field puts the weight; with the scaled Bessel
function nothing overflows. Sixteen nodes give ln F to 2e-6 for gaps up to 30 and to 3e-4 at 100.
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

    def __init__(self, nodes: int = 16):
        super().__init__()
        v, weight = np.polynomial.legendre.leggauss(nodes)
        v, weight = 0.5 * (v + 1), 0.5 * weight
        polar, weight = v**2, 2 * v * weight
        for name, value in (("sin2", polar * (2 - polar)), ("weight", weight), ("basis", TENSOR_BASIS)):
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32), persistent=False)

    def encode(self, x: Tensor) -> Tensor:
        """Directors (batch, *sites, 3) as the five coordinates of n n^T - I/3: (batch, 5, *sites); blind to the sign of n."""
        return torch.einsum("b...i,kij,b...j->bk...", x, self.basis, x)

    def log_normaliser(self, g1: Tensor, g2: Tensor) -> Tensor:
        """ln F - l3 for gaps g1, g2 of equal shape."""
        half = 0.5 * self.sin2 * g1.unsqueeze(-1)
        density = torch.special.i0e(half) * torch.exp(-self.sin2 * g2.unsqueeze(-1))
        return (density @ self.weight).log()

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """ln p(x|parameters) relative to uniform directors, summed over sites: (batch,)."""
        first, second, g1, g2 = _frame(parameters)
        n = x.movedim(-1, 1)
        c3, c2 = (first * n).sum(1).square(), (second * n).sum(1).square()
        exponent = (c3 - 1) * (g1 + g2) + c2 * g1
        return (exponent - self.log_normaliser(g1, g2)).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One configuration for each row of parameters (batch, 8, *sites): float32 (batch, *sites, 3)."""
        first, second, g1, g2 = _frame(parameters)
        axes = torch.stack([torch.linalg.cross(first, second, dim=1), second, first], -1).movedim(1, -2)
        concentration = torch.stack([g1 + g2, g2, torch.zeros_like(g2)], -1)
        local = _draw_bingham(concentration.flatten(0, -2), generator).reshape(concentration.shape)
        return torch.einsum("...ij,...j->...i", axes, local)


def _frame(parameters: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Axes of the largest and the middle eigenvalue, (batch, 3, *sites), and the gaps g1, g2, (batch, *sites)."""
    first = _unit(parameters[:, :3])
    second = parameters[:, 3:6]
    second = _unit(second - (second * first).sum(1, keepdim=True) * first)
    return first, second, softplus(parameters[:, 6]), softplus(parameters[:, 7])


def _unit(v: Tensor) -> Tensor:
    return v * (v.square().sum(1, keepdim=True) + 1e-12).rsqrt()


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
