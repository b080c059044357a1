"""Smooth functions of the temperature, local in it: what is learned at high temperatures does not move the low ones.

    f_k(t) = sum_c v_kc w_c(t),    w_c(t) proportional to exp(-(t - t_c)^2 / 2 h^2),    sum_c w_c(t) = 1,

with centres t_c spread evenly, a distance h apart, over the scaled temperatures of the training. Every value has its own parameter
v_kc, starting at 0: unlike the units of a network, none of them speaks for several latents.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

REACH = 1.75
"""Scaled temperatures of the training lie between minus this and this."""


class TemperatureCurve(nn.Module):
    """`outputs` functions of scaled temperatures (batch, 1), each of as many values as there are `centres`."""

    centres: Tensor

    def __init__(self, outputs: int, centres: int = 12):
        super().__init__()
        self.values = nn.Parameter(torch.zeros(centres, outputs))
        self.register_buffer("centres", torch.linspace(-REACH, REACH, centres), persistent=False)
        self.width = 2 * REACH / (centres - 1)

    def forward(self, t: Tensor) -> Tensor:
        """The functions at t (batch, 1), shape (batch, outputs)."""
        return torch.softmax(-0.5 * ((t - self.centres) / self.width).square(), 1) @ self.values
