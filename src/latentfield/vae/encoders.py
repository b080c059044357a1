"""Encoders: (features of x, T) -> mean and log-variance of the Gaussian posterior q(z|x,T).

The temperature enters as one more input: a constant channel for the convolutional encoder, a column for the others; it
also scales the linear part of a `FieldEncoder`.
The log-variance is clamped to [-12, 6]; the paper clamps too, its bounds were lost.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from latentfield.vae.temperature_curve import TemperatureCurve

LOG_VARIANCE_RANGE = (-12.0, 6.0)
SCALE_WIDTH = 32
STRIDE = 4
"""The convolutional networks halve the lattice twice, so its edge must be a multiple of this."""


class ConvolutionalEncoder(nn.Module):
    """Two blocks of convolution (kernel 3, stride 2, padding 1) and GELU, then two linear heads.

    Takes features (batch, channels, L, L), L a multiple of 4, and scaled temperatures (batch, 1).
    """

    def __init__(self, channels: int, size: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels + 1, hidden[0], 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(hidden[0], hidden[1], 3, stride=2, padding=1),
            nn.GELU(),
            nn.Flatten(),
        )
        self.heads = nn.Linear(hidden[1] * (size // 4) ** 2, 2 * latents)

    def forward(self, features: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (batch, latents)."""
        plane = t[:, :, None, None].expand(-1, 1, *features.shape[2:])
        return _split(self.heads(self.body(torch.cat([features, plane], 1))))


class DenseEncoder(nn.Module):
    """Two hidden layers with GELU; for sites without a lattice.

    Takes features (batch, channels, ...) and scaled temperatures (batch, 1).
    """

    def __init__(self, channels: int, sites: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(channels * sites + 1, hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.GELU(),
        )
        self.heads = nn.Linear(hidden[1], 2 * latents)

    def forward(self, features: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (batch, latents)."""
        return _split(self.heads(self.body(torch.cat([features.flatten(1), t], 1))))


class FieldEncoder(nn.Module):
    """The posterior of mean-field theory, a mean linear in x and a variance that depends on T alone, plus a correction.

    Given spins or directors, the fields of a Hubbard-Stratonovich transform are Gaussian around sums over sites; the correction,
    two hidden layers with GELU, starts at zero. Arguments as for `DenseEncoder`.
    """

    def __init__(self, channels: int, sites: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        self.linear = nn.Linear(channels * sites, latents, bias=False)
        self.scale = nn.Sequential(nn.Linear(1, SCALE_WIDTH), nn.GELU(), nn.Linear(SCALE_WIDTH, 2 * latents))
        self.body = nn.Sequential(
            nn.Linear(channels * sites + 1, hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.GELU(),
            nn.Linear(hidden[1], 2 * latents),
        )
        nn.init.zeros_(self.body[-1].weight)
        nn.init.zeros_(self.body[-1].bias)

    def forward(self, features: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (batch, latents)."""
        x = features.flatten(1)
        log_slope, log_variance = self.scale(t).float().chunk(2, 1)
        mean, correction = self.body(torch.cat([x, t], 1)).float().chunk(2, 1)
        mean = mean + log_slope.exp() * self.linear(x).float()
        return mean, (log_variance + correction).clamp(*LOG_VARIANCE_RANGE)


class MeanFieldEncoder(nn.Module):
    """The posterior of mean-field theory and nothing else: mean a_k(T) N^(-1/2) sum_i V_ik x_i, variance sigma_k^2(T).

    Exact for a Hopfield network, where V are its patterns as the decoder has them. Arguments as for `DenseEncoder`.
    """

    def __init__(self, channels: int, sites: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels * sites, latents))
        self.scale = TemperatureCurve(2 * latents)
        self.norm = sites**-0.5

    def forward(self, features: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (batch, latents)."""
        log_slope, log_variance = self.scale(t).float().chunk(2, 1)
        mean = log_slope.exp() * self.norm * (features.flatten(1) @ self.weight).float()
        return mean, log_variance.clamp(*LOG_VARIANCE_RANGE)


def _split(heads: Tensor) -> tuple[Tensor, Tensor]:
    mean, log_variance = heads.float().chunk(2, 1)
    return mean, log_variance.clamp(*LOG_VARIANCE_RANGE)


ENCODERS = {"cnn": ConvolutionalEncoder, "dense": DenseEncoder, "field": FieldEncoder, "mean_field": MeanFieldEncoder}
