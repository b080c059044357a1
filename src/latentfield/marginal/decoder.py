"""Decoders of few latents: logits of all sites at a place z, l(z) = b + W z, or with a network of two layers beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray


class Linear(NamedTuple):
    """l(z) = b + W z."""

    weight: FloatArray
    """W, (sites, latents)."""
    bias: FloatArray
    """b, (sites,)."""

    def __call__(self, z: FloatArray) -> FloatArray:
        """Logits of +1 at z (n, latents), (n, sites)."""
        return self.bias + z @ self.weight.T

    @classmethod
    def of(cls, coefficients: FloatArray) -> Linear:
        """From b and W side by side, (sites, 1 + latents)."""
        return cls(coefficients[:, 1:], coefficients[:, 0])

    @property
    def coefficients(self) -> FloatArray:
        """b and W side by side, (sites, 1 + latents)."""
        return np.column_stack([self.bias, self.weight])


class Curved(NamedTuple):
    """l(z) = b + W z + V tanh(U_2 tanh(U_1 z + c_1) + c_2)."""

    weight: FloatArray
    """W, (sites, latents)."""
    bias: FloatArray
    """b, (sites,)."""
    hidden: tuple[tuple[FloatArray, FloatArray], ...]
    """U and c of the hidden layers."""
    last: FloatArray
    """V, (sites, width)."""

    def __call__(self, z: FloatArray) -> FloatArray:
        """Logits of +1 at z (n, latents), (n, sites)."""
        x = z
        for weight, bias in self.hidden:
            x = np.tanh(x @ weight.T + bias)
        return self.bias + z @ self.weight.T + x @ self.last.T

    def jacobian(self, z: FloatArray) -> FloatArray:
        """dl_i/dz_k at z (n, latents), (n, sites, latents)."""
        x, slope = z, np.broadcast_to(np.eye(z.shape[1]), (len(z), z.shape[1], z.shape[1]))
        for weight, bias in self.hidden:
            x = np.tanh(x @ weight.T + bias)
            slope = (1 - x**2)[:, :, None] * (weight @ slope)
        return self.weight + self.last @ slope
