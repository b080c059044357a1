"""Encoders: (features of x, T) -> the Gaussian posterior q(z|x,T).

The temperature enters as one more input: a constant channel for the convolutional encoder, a column for the others; it
also scales the linear part of those that begin as mean-field theory.
The log-variance is clamped to [-12, 6]; the paper clamps too, its bounds were lost.

A form has one name here and among the decoders: "cnn", "mean_field", which is mean-field theory and nothing else, and
"corrected_mean_field", which adds a network to it; "dense" knows nothing of mean-field theory.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from latentfield.vae.parts.decoders import Decoder
from latentfield.vae.parts.names import ENCODERS
from latentfield.vae.parts.temperature_curve import TemperatureCurve
from latentfield.vae.posterior import Posterior

LOG_VARIANCE_RANGE = (-12.0, 6.0)
SCALE_WIDTH = 32
SHRUNK = 0.3
"""Weights of the heads of an encoder that is told to begin, over those that it is made with."""


class Encoder(nn.Module, ABC):
    """What every encoder offers; all are made of the features of a site, the shape of the sites, the latents and two widths."""

    @abstractmethod
    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__()

    @abstractmethod
    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """Posterior (batch, latents) of features (batch, features, *shape) at scaled temperatures t (batch, 1)."""

    def start(self, decoder: Decoder) -> None:
        """Told before training of the decoder it works with; most do not mind."""
        return

    def begin(self) -> None:
        """Start from posteriors that hardly depend on x and are narrower than N(0, 1); for long vectors of latents."""
        return


class ExactEncoder(Encoder):
    """None at all: the posterior over the nodes of a prior follows from prior and decoder (`node_prior`), and the VAE asks them."""

    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(features, shape, latents, hidden)

    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """Never called."""
        raise TypeError("an exact posterior has no encoder")


class ConvolutionalEncoder(Encoder):
    """Two blocks of convolution (kernel 3, stride 2, padding 1) and GELU, then two linear heads."""

    stride = ENCODERS["cnn"]

    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(features, shape, latents, hidden)
        self.body = nn.Sequential(
            nn.Conv2d(features + 1, hidden[0], 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv2d(hidden[0], hidden[1], 3, stride=2, padding=1),
            nn.GELU(),
            nn.Flatten(),
        )
        self.heads = nn.Linear(hidden[1] * (shape[-1] // self.stride) ** 2, 2 * latents)

    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """The temperature is a constant channel."""
        plane = t[:, :, None, None].expand(-1, 1, *features.shape[2:])
        return _posterior(*self.heads(self.body(torch.cat([features, plane], 1))).float().chunk(2, 1))


class DenseEncoder(Encoder):
    """Two hidden layers with GELU; for sites without a lattice."""

    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(features, shape, latents, hidden)
        self.body = nn.Sequential(
            nn.Linear(features * math.prod(shape) + 1, hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.GELU(),
        )
        self.heads = nn.Linear(hidden[1], 2 * latents)

    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """The temperature is one more column."""
        return _posterior(*self.heads(self.body(torch.cat([features.flatten(1), t], 1))).float().chunk(2, 1))

    @torch.no_grad()
    def begin(self) -> None:
        """The heads are shrunk, and their log-variances start lower."""
        self.heads.weight.mul_(SHRUNK)
        self.heads.bias.chunk(2)[1].sub_(1.0)


class CorrectedMeanFieldEncoder(Encoder):
    """The posterior of mean-field theory, a mean linear in x and a variance that depends on T alone, plus a correction.

    Given spins or directors, the fields of a Hubbard-Stratonovich transform are Gaussian around sums over sites; the correction,
    two hidden layers with GELU, starts at zero.
    """

    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(features, shape, latents, hidden)
        sites = math.prod(shape)
        self.linear = nn.Linear(features * sites, latents, bias=False)
        self.scale = nn.Sequential(nn.Linear(1, SCALE_WIDTH), nn.GELU(), nn.Linear(SCALE_WIDTH, 2 * latents))
        self.body = nn.Sequential(
            nn.Linear(features * sites + 1, hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], hidden[1]),
            nn.GELU(),
            nn.Linear(hidden[1], 2 * latents),
        )
        for last in self.body[-1].parameters():
            nn.init.zeros_(last)

    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """The temperature scales the linear part, and the correction sees it."""
        x = features.flatten(1)
        log_slope, log_variance = self.scale(t).float().chunk(2, 1)
        mean, correction = self.body(torch.cat([x, t], 1)).float().chunk(2, 1)
        mean = mean + log_slope.exp() * self.linear(x).float()
        return _posterior(mean, log_variance + correction)


class MeanFieldEncoder(Encoder):
    """The posterior of mean-field theory and nothing else: mean a_k(T) N^(-1/2) sum_i V_ik x_i, variance sigma_k^2(T).

    Exact for a Hopfield network, where V are its patterns as the decoder has them. No widths are needed.
    """

    def __init__(self, features: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(features, shape, latents, hidden)
        sites = math.prod(shape)
        self.weight = nn.Parameter(torch.randn(features * sites, latents))
        self.scale = TemperatureCurve(2 * latents)
        self.norm = sites**-0.5

    def forward(self, features: Tensor, t: Tensor) -> Posterior:
        """Slopes and variances follow the temperature."""
        log_slope, log_variance = self.scale(t).float().chunk(2, 1)
        mean = log_slope.exp() * self.norm * (features.flatten(1) @ self.weight).float()
        return _posterior(mean, log_variance)

    @torch.no_grad()
    def start(self, decoder: Decoder) -> None:
        """Take the patterns of a mean-field decoder: theirs are the same, and started apart most latents die."""
        if (patterns := decoder.mean_field_patterns()) is not None:
            self.weight.copy_(patterns)


def _posterior(mean: Tensor, log_variance: Tensor) -> Posterior:
    return Posterior(mean, log_variance.clamp(*LOG_VARIANCE_RANGE))
