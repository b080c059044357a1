"""Likelihoods p(x_i | parameters of site i), and what an encoder sees of a site.

Spins: one logit l per site, P(s = +1) = sigmoid(l), counted in nats.

Directors: a Bingham density exp(n^T B n) / F(B) relative to the uniform measure on the sphere, so that isotropic directors cost 0
nats, from the five coordinates of the symmetric traceless matrix B of each site (`bingham`). The mean field of a nematic is such
a matrix. Axes and eigenvalue gaps describe the same densities, but the axes turn infinitely fast where B passes through zero.
Reference: C. Bingham, Ann. Statist. 2, 1201 (1974).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from latentfield.systems.nematic import TENSOR_BASIS
from latentfield.vae.parts import bingham_draws, bingham_kernel, spins_kernel
from latentfield.vae.parts.bingham import contour, draw, log_normaliser


class Spins(nn.Module):
    """Sites ±1. Site parameters: one channel of logits."""

    features = 1
    channels = 1

    @staticmethod
    def lattice(shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the sites of a configuration of some shape."""
        return tuple(shape)

    def encode(self, x: Tensor) -> Tensor:
        """Configurations (batch, *sites) as float features (batch, 1, *sites)."""
        return x.float().unsqueeze(1)

    def mean_features(self, parameters: Tensor) -> Tensor:
        """Mean of `encode(x)` under the parameters, (batch, 1, *sites): the magnetisation tanh(l/2) of every site."""
        return (parameters / 2).tanh()

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """ln p(x|parameters), summed over sites: (batch,)."""
        logits = parameters.reshape(x.shape)
        if logits.device.type == "cpu" and logits.dtype == torch.float32 and x.dtype == torch.int8:
            return spins_kernel.log_prob(x.flatten(1), logits.flatten(1))
        return logsigmoid(x * logits).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One configuration for each row of parameters (batch, 1, *sites): int8 (batch, *sites)."""
        p = parameters.squeeze(1).sigmoid()
        up = torch.rand(p.shape, generator=generator, device=p.device) < p
        return up.to(torch.int8).mul_(2).sub_(1)


class Directors(nn.Module):
    """Unit vectors up to sign. Site parameters: five channels, the coordinates of B."""

    features = 5
    channels = 5
    basis: Tensor
    u: Tensor
    w: Tensor

    @staticmethod
    def lattice(shape: Sequence[int]) -> tuple[int, ...]:
        """Shape of the sites of a configuration of some shape, whose last axis is that of the vectors."""
        return tuple(shape[:-1])

    def __init__(self) -> None:
        super().__init__()
        u, w = contour()
        for name, value in (("basis", torch.tensor(TENSOR_BASIS, dtype=torch.float32)), ("u", u), ("w", w)):
            self.register_buffer(name, value, persistent=False)

    def encode(self, x: Tensor) -> Tensor:
        """Directors (batch, *sites, 3) as the five coordinates of n n^T - I/3: (batch, 5, *sites); blind to the sign of n."""
        n = x.movedim(-1, 0)
        first, second, third = n.square()
        diagonal = (first - second) / math.sqrt(2), (2 * third - first - second) / math.sqrt(6)
        twice = math.sqrt(2) * n
        return torch.stack([*diagonal, twice[0] * n[1], twice[0] * n[2], twice[1] * n[2]], 1)

    def matrix(self, parameters: Tensor) -> Tensor:
        """B of every site, (3, 3, batch, *sites)."""
        return torch.einsum("bk...,kij->ijb...", parameters, self.basis)

    def log_normaliser(self, parameters: Tensor) -> Tensor:
        """ln F of every site, (batch, *sites)."""
        if parameters.device.type == "cpu":
            return bingham_kernel.log_normaliser(parameters, self.u, self.w)
        return log_normaliser(self.matrix(parameters), self.u, self.w)

    def mean_features(self, parameters: Tensor) -> Tensor:
        """Mean of `encode(x)` under the parameters, (batch, 5, *sites): the derivative of ln F with respect to b."""
        with torch.enable_grad():
            b = parameters.detach().requires_grad_()
            (mean,) = torch.autograd.grad(self.log_normaliser(b).sum(), b)
        return mean

    def log_prob(self, x: Tensor, parameters: Tensor) -> Tensor:
        """ln p(x|parameters) relative to uniform directors, summed over sites: (batch,)."""
        if parameters.device.type == "cpu":
            return bingham_kernel.log_prob(x, parameters, self.u, self.w)
        exponent = (self.encode(x) * parameters).sum(1)
        return (exponent - self.log_normaliser(parameters)).flatten(1).sum(1)

    def sample(self, parameters: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """One configuration for each row of parameters (batch, 5, *sites): float32 (batch, *sites, 3)."""
        if parameters.device.type == "cpu":
            return bingham_draws.draw(parameters, generator)
        matrix = self.matrix(parameters)
        return draw(matrix.flatten(2), generator).reshape(*matrix.shape[2:], 3)


LIKELIHOODS = {"spins": Spins, "directors": Directors}
