"""A head of a density ratio on features and conditions in units that the data give."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from latentfield.measures.ratio_heads import HEADS


class Pairs(NamedTuple):
    """Features of configurations of both laws under the same conditions."""

    joint: Tensor
    """From p, (batch, channels, *sites)."""
    reference: Tensor
    """From q, (batch, channels, *sites)."""
    conditions: Tensor
    """What both are conditioned on, (batch, conditions)."""


class ScaledHead(nn.Module):
    """A head that sees features and conditions of unit size, as measured on the given pairs.

    Features are divided by their root mean square, channel by channel, and not centred; conditions are centred. Both are cut
    off at ten units, so that no outlier dominates h.
    """

    feature_scale: Tensor
    """(1, channels, 1, ...)."""
    centre: Tensor
    """Mean of the conditions, (conditions,)."""
    condition_scale: Tensor
    """Their standard deviation, (conditions,)."""

    def __init__(self, head: str | None, pairs: Pairs):
        """`head` is a key of HEADS, or None for the one that goes with the features' shape; it begins from the same pairs.

        Their features, the largest arrays of all, are scaled in place.
        """
        super().__init__()
        joint, reference = pairs.joint, pairs.reference
        axes = [0, *range(2, joint.ndim)]
        square = [torch.linalg.vector_norm(part, dim=axes, keepdim=True).square() for part in (joint, reference)]
        count = 2 * joint.numel() / joint.shape[1]
        self.register_buffer("feature_scale", ((square[0] + square[1]) / count).sqrt() + 1e-6)
        self.register_buffer("centre", pairs.conditions.mean(0))
        self.register_buffer("condition_scale", pairs.conditions.std(0) + 1e-6)
        for part in (joint, reference):
            part /= self.feature_scale
        self.head = HEADS[head or ("cnn" if joint.ndim == 4 else "words")](joint, reference, pairs.conditions.shape[1])

    def forward(self, features: Tensor, conditions: Tensor) -> Tensor:
        """h = ln p/q of each row, (batch,), up to the constant that `normalise` finds; features and conditions as in `Pairs`."""
        x = (features / self.feature_scale).clamp(-10, 10)
        return self.head(x, ((conditions - self.centre) / self.condition_scale).clamp(-10, 10))

    def pair(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """h of the joint and of the reference configurations, each (batch,)."""
        both = self(torch.cat([pairs.joint, pairs.reference]), pairs.conditions.repeat(2, 1))
        return both[: len(pairs.joint)], both[len(pairs.joint) :]
