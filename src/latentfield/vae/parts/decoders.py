"""Decoders: (z, T) -> the field on every site, which over T gives the parameters of p(x_i|z, T).

`ConvolutionalDecoder` mirrors the convolutional encoder; `LinearDecoder` is a single layer with bias and no temperature, which
makes the model a generalised Hopfield network (paper, Methods: equivalence between a linear decoder and that network);
`MeanFieldDecoder` is mean-field theory itself, a field linear in z without bias, and therefore blind to the sign of all spins;
`CorrectedMeanFieldDecoder` is a linear layer plus a correction that may depend on anything; `CurvedDecoder` one plus a correction
that does not depend on T, for exact fits.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from latentfield.vae.parts.names import DECODERS

START = 0.3
"""Width of the weights that a mean-field decoder starts from: small, but no latent so small that it dies at once."""


class LinearHead(NamedTuple):
    """A field b + W z that does not depend on T, before it is divided by T."""

    bias: Tensor
    """b, (channels * sites,)."""
    weight: Tensor
    """W, (channels * sites, latents)."""


class Decoder(nn.Module, ABC):
    """What every decoder offers; all are made of the parameters of a site, the shape of the sites, the latents and two widths."""

    @abstractmethod
    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__()

    @abstractmethod
    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Fields (batch, channels, sites), or of a lattice, for latents z (batch, latents) and scaled temperatures t (batch, 1)."""

    def linear_head(self) -> LinearHead | None:
        """Bias and weights of a field that is linear in z whatever T; None where it is not."""
        return None

    def mean_field_patterns(self) -> Tensor | None:
        """Weights (channels * sites, latents) that decoder and encoder of mean-field theory share; None for other decoders."""
        return None

    @torch.no_grad()
    def begin(self, weight: Tensor, bias: Tensor) -> None:
        """Start from fields bias (channels * sites,) + weight (channels * sites, latents) z, where there is a linear part."""
        linear = getattr(self, "linear", None)
        if isinstance(linear, nn.Linear):
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)


class ConvolutionalDecoder(Decoder):
    """Linear map of (z, T) onto the pooled grid, then two transposed convolutions (kernel 3, stride 2, padding 1).

    Its fields are (batch, channels, L, L).
    """

    stride = DECODERS["cnn"]

    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(channels, shape, latents, hidden)
        pooled = shape[-1] // self.stride
        self.body = nn.Sequential(
            nn.Linear(latents + 1, hidden[1] * pooled**2),
            nn.GELU(),
            nn.Unflatten(1, (hidden[1], pooled, pooled)),
            nn.ConvTranspose2d(hidden[1], hidden[0], 3, stride=2, padding=1, output_padding=1),
            nn.GELU(),
            nn.ConvTranspose2d(hidden[0], channels, 3, stride=2, padding=1, output_padding=1),
        )

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """The temperature is one more latent."""
        return self.body(torch.cat([z, t], 1)).float()


class LinearDecoder(Decoder):
    """theta_i(z) = b_i + sum_k W_ik z_k; the temperature is ignored, and no widths are needed."""

    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(channels, shape, latents, hidden)
        self.linear = nn.Linear(latents, channels * math.prod(shape))
        self.channels = channels

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """One layer."""
        return self.linear(z).float().unflatten(1, (self.channels, -1))

    def linear_head(self) -> LinearHead:
        """Bias and weights of the layer."""
        return LinearHead(self.linear.bias, self.linear.weight)


class MeanFieldDecoder(Decoder):
    """theta_i(z) = 2 N^(-1/2) sum_k W_ik z_k, the field of a Hopfield network, whatever T; no widths are needed.

    With z = N^(1/2) m the weights of a network of patterns ±1 are of order 1, which one learning rate for all parameters needs.
    """

    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(channels, shape, latents, hidden)
        sites = math.prod(shape)
        self.weight = nn.Parameter(START * torch.randn(channels * sites, latents))
        self.channels, self.norm = channels, 2 * sites**-0.5

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """One product."""
        return (self.norm * (z @ self.weight.T)).float().unflatten(1, (self.channels, -1))

    def linear_head(self) -> LinearHead:
        """The weights with their norm, and no bias."""
        return LinearHead(torch.zeros_like(self.weight[:, 0]), self.norm * self.weight)

    def mean_field_patterns(self) -> Tensor:
        """W."""
        return self.weight


class CorrectedMeanFieldDecoder(Decoder):
    """A field linear in z, as in mean-field theory, plus a correction of two hidden layers with GELU that starts at zero."""

    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(channels, shape, latents, hidden)
        sites = math.prod(shape)
        self.linear = nn.Linear(latents, channels * sites)
        self.body = nn.Sequential(
            nn.Linear(latents + 1, hidden[1]),
            nn.GELU(),
            nn.Linear(hidden[1], hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], channels * sites),
        )
        for last in self.body[-1].parameters():
            nn.init.zeros_(last)
        self.channels = channels

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """The correction sees the temperature."""
        return (self.linear(z) + self.body(torch.cat([z, t], 1))).float().unflatten(1, (self.channels, -1))


class CurvedDecoder(Decoder):
    """theta(z) = b + W z + V tanh(U_2 tanh(U_1 z + c_1) + c_2), whatever T; the correction starts at zero."""

    def __init__(self, channels: int, shape: Sequence[int], latents: int, hidden: tuple[int, int]):
        super().__init__(channels, shape, latents, hidden)
        sites = channels * math.prod(shape)
        self.linear = nn.Linear(latents, sites)
        self.first, self.second = nn.Linear(latents, hidden[0]), nn.Linear(hidden[0], hidden[1])
        self.last = nn.Linear(hidden[1], sites, bias=False)
        nn.init.zeros_(self.last.weight)
        self.channels = channels

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """The temperature is not seen."""
        bent = self.last(torch.tanh(self.second(torch.tanh(self.first(z)))))
        return (self.linear(z) + bent).float().unflatten(1, (self.channels, -1))
