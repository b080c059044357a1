"""Decoders: (z, T) -> the field on every site, which over T gives the parameters of p(x_i|z, T).

`ConvolutionalDecoder` mirrors the convolutional encoder; `LinearDecoder` is a single layer with bias and no temperature, which
makes the model a generalised Hopfield network (paper, Methods: equivalence between a linear decoder and that network);
`FieldDecoder` is mean-field theory itself, a field linear in z without bias, and therefore blind to the sign of all spins;
`DenseDecoder` is a linear layer plus a correction that may depend on anything.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

START = 0.3
"""Width of the weights that a mean-field decoder starts from: small, but no latent so small that it dies at once."""


class ConvolutionalDecoder(nn.Module):
    """Linear map of (z, T) onto the pooled grid, then two transposed convolutions (kernel 3, stride 2, padding 1).

    Returns (batch, channels, L, L), L a multiple of 4.
    """

    def __init__(self, channels: int, size: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        pooled = size // 4
        self.body = nn.Sequential(
            nn.Linear(latents + 1, hidden[1] * pooled**2),
            nn.GELU(),
            nn.Unflatten(1, (hidden[1], pooled, pooled)),
            nn.ConvTranspose2d(hidden[1], hidden[0], 3, stride=2, padding=1, output_padding=1),
            nn.GELU(),
            nn.ConvTranspose2d(hidden[0], channels, 3, stride=2, padding=1, output_padding=1),
        )

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Fields for latents z (batch, latents) and scaled temperatures t (batch, 1)."""
        return self.body(torch.cat([z, t], 1)).float()


class LinearDecoder(nn.Module):
    """theta_i(z) = b_i + sum_k W_ik z_k, shape (batch, channels, sites); the temperature is ignored."""

    def __init__(self, channels: int, sites: int, latents: int):
        super().__init__()
        self.linear = nn.Linear(latents, channels * sites)
        self.channels = channels

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Fields for latents z (batch, latents)."""
        return self.linear(z).float().unflatten(1, (self.channels, -1))


class FieldDecoder(nn.Module):
    """theta_i(z) = 2 N^(-1/2) sum_k W_ik z_k, (batch, channels, sites): the field of a Hopfield network, whatever T.

    With z = N^(1/2) m the weights of a network of patterns ±1 are of order 1, which one learning rate for all parameters needs.
    """

    def __init__(self, channels: int, sites: int, latents: int):
        super().__init__()
        self.weight = nn.Parameter(START * torch.randn(channels * sites, latents))
        self.channels, self.norm = channels, 2 * sites**-0.5

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Fields for latents z (batch, latents)."""
        return (self.norm * (z @ self.weight.T)).float().unflatten(1, (self.channels, -1))


class DenseDecoder(nn.Module):
    """A field linear in z, as in mean-field theory, plus a correction of two hidden layers with GELU that starts at zero.

    For sites without a lattice; returns (batch, channels, sites).
    """

    def __init__(self, channels: int, sites: int, latents: int, hidden: tuple[int, int]):
        super().__init__()
        self.linear = nn.Linear(latents, channels * sites)
        self.body = nn.Sequential(
            nn.Linear(latents + 1, hidden[1]),
            nn.GELU(),
            nn.Linear(hidden[1], hidden[0]),
            nn.GELU(),
            nn.Linear(hidden[0], channels * sites),
        )
        nn.init.zeros_(self.body[-1].weight)
        nn.init.zeros_(self.body[-1].bias)
        self.channels = channels

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        """Fields for latents z (batch, latents) and scaled temperatures t (batch, 1)."""
        return (self.linear(z) + self.body(torch.cat([z, t], 1))).float().unflatten(1, (self.channels, -1))
