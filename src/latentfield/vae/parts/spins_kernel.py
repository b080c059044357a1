"""ln p of spins and its gradient in one pass over the sites, compiled for the CPU in single precision.

    ln sigmoid(v) = min(v, 0) - ln(1 + e),    e = exp(-|v|),    v = s l,
    ln(1 + e) = 2 artanh(w),    w = e / (2 + e) <= 1/3,    d ln sigmoid(v) / d l = s sigmoid(-v)

torch's own takes the logarithm and the exponential of a site one at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from latentfield.systems.kernels.random_lanes import exp32

ZERO, ONE, TWO, LEAST = np.float32(0), np.float32(1), np.float32(2), np.float32(-80)
A3, A5, A7, A9, A11, A13 = (np.float32(2 / k) for k in (3, 5, 7, 9, 11, 13))


def log_prob(x: Tensor, logits: Tensor) -> Tensor:
    """Sum over sites of ln sigmoid(s l), (batch,), for spins x int8 and logits float32, both (batch, sites), on the CPU."""
    return _LogProb.apply(x, logits)


class _LogProb(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, logits: Tensor) -> Tensor:
        x, logits = x.contiguous(), logits.detach().contiguous()
        value, gradient = torch.empty(len(x)), torch.empty_like(logits)
        _evaluate(x.numpy(), logits.numpy(), value.numpy(), gradient.numpy())
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        return None, gradients[0].unsqueeze(1) * ctx.saved_tensors[0]


@njit(nogil=True, cache=True)
def _evaluate(x, logits, value, gradient):
    """Fill `value` (batch,) and `gradient` (batch, sites)."""
    for i in range(len(x)):
        value[i] = _row(x[i], logits[i], gradient[i])


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})
def _row(x, logits, gradient):
    total = ZERO
    for j in range(len(x)):
        s = np.float32(x[j])
        v = s * logits[j]
        e = exp32(max(-abs(v), LEAST))
        w = e / (TWO + e)
        square = w * w
        series = TWO + square * (A3 + square * (A5 + square * (A7 + square * (A9 + square * (A11 + square * A13)))))
        total += min(v, ZERO) - w * series
        gradient[j] = s * (e if v > ZERO else ONE) / (ONE + e)
    return total
