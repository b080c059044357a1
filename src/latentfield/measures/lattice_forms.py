"""Quadratic forms of a torus that are the same everywhere, those of its 3 x 3 neighbourhoods.

    F_k = sum_r (sum_{a,u} w_ka(u) x_a(r + u))^2 = sum_{a <= b, d} A_k,ab(d) C_ab(d)    u at most one step along either axis
    C_ab(d) = sum_r x_a(r) x_b(r + d)                                                   d at most two steps
    A_k,ab(d) = (2 - delta_ab) sum_u w_ka(u) w_kb(u + d)

With products of neighbours C, weights meet 25 numbers for each pair of channels in place of every site, and only they have
gradients. C is compiled for the CPU: a convolution and its way back take six times as long for two channels. Pairs grow with the
square of the channels, a convolution with their number: of ten it takes three quarters of the time with the way back, and a
quarter without.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor
from torch.nn.functional import conv2d, one_hot, pad

from latentfield.errors import LatentfieldError

SIDE = 3
"""Sites along an axis of a neighbourhood."""
REACH = 2
"""Steps along an axis between two of its sites, at most."""
STEPS = 2 * REACH + 1
MOST_PAIRED = 4
"""Channels up to which products are faster."""
LANES = 32
"""Lines are made as long as a multiple of it by zeros, since what is left over would cost as much as all the rest."""


def neighbourhood_forms(x: Tensor, w: Tensor) -> Tensor:
    """F of configurations x (batch, channels, rows, columns) and neighbourhoods w (forms, channels, 3, 3): (batch, forms).

    Gradients are those of w alone. LatentfieldError for another number of axes of x.
    """
    if x.ndim != 4:
        raise LatentfieldError(f"forms of a torus: got {x.ndim} axes, expected batch, channels, rows, columns")
    if x.shape[1] <= MOST_PAIRED:
        return neighbour_products(x).flatten(1) @ form_weights(w).flatten(1).T
    around = pad(x.detach(), 4 * (SIDE // 2,), mode="circular")
    return conv2d(around, w).square().sum((2, 3))


def neighbour_products(x: Tensor) -> Tensor:
    """C of configurations x (batch, channels, rows, columns): (batch, channels (channels + 1) / 2, 25), a <= b in rows.

    Offsets stand row by row, from (-2, -2) to (2, 2); on a torus of fewer than five sites along an axis they meet again. Single
    precision, without gradient.
    """
    channels = x.shape[1]
    found = torch.empty(len(x), channels * (channels + 1) // 2, STEPS * STEPS)
    _fill(x.detach().float().contiguous().numpy(), found.flatten(1).numpy())
    return found


def form_weights(w: Tensor) -> Tensor:
    """A of neighbourhoods w (forms, channels, 3, 3): (forms, channels (channels + 1) / 2, 25), in the order of the products."""
    forms, channels = w.shape[:2]
    both = torch.einsum("kau,kbv->kabuv", w.flatten(2), w.flatten(2))
    by_offset = both.reshape(forms, channels, channels, SIDE**4) @ _OFFSETS
    a, b = torch.triu_indices(channels, channels)
    return (2.0 - (a == b).float()).unsqueeze(1) * by_offset[:, a, b]


def _offsets() -> Tensor:
    """Which offset v - u two sites u, v of a neighbourhood have: (81, 25), one in each row."""
    at = torch.cartesian_prod(torch.arange(SIDE), torch.arange(SIDE))
    offset = (at.unsqueeze(0) - at.unsqueeze(1) + REACH).flatten(0, 1)
    return one_hot(STEPS * offset[:, 0] + offset[:, 1], STEPS * STEPS).float()


_OFFSETS = _offsets()


@njit(nogil=True, cache=True)
def _fill(x, found):
    """Fill `found` (batch, 25 pairs) from x (batch, channels, rows, columns)."""
    _, channels, rows, columns = x.shape
    stride = columns + 2 * REACH
    # Rows with zeros behind them, and rows that go round the torus: a sum over sites is then one over a straight line.
    length = -(-(rows * stride - 2 * REACH) // LANES) * LANES
    plain = np.zeros((channels, length), np.float32)
    round_ = np.zeros((channels, 2 * REACH * stride + length + 2 * REACH), np.float32)
    for n in range(len(x)):
        for c in range(channels):
            _lay(x[n, c], plain[c], round_[c])
        for b in range(channels):
            for d in range(STEPS):
                line = round_[b, d * stride :]
                for a in range(b + 1):
                    pair = a * channels - a * (a - 1) // 2 + b - a
                    _add(plain[a], line, STEPS * (STEPS * pair + d), found[n])


@njit(nogil=True, cache=True)
def _lay(x, plain, round_):
    """Lay the rows of one channel on both lines."""
    rows, columns = x.shape
    stride = columns + 2 * REACH
    for i in range(rows + 2 * REACH):
        row, start = x[(i - REACH) % rows], i * stride
        for j in range(columns):
            round_[start + REACH + j] = row[j]
        for j in range(REACH):
            round_[start + j] = row[(j - REACH) % columns]
            round_[start + REACH + columns + j] = row[j % columns]
        if i < rows:
            for j in range(columns):
                plain[start + j] = x[i, j]


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _add(a, b, at, found):
    """Fill `found` from place `at` on with the five sums of a(r) b(r + j); b is longer by four at least."""
    s0 = s1 = s2 = s3 = s4 = np.float32(0)
    for r in range(len(a)):
        s0 += a[r] * b[r]
        s1 += a[r] * b[r + 1]
        s2 += a[r] * b[r + 2]
        s3 += a[r] * b[r + 3]
        s4 += a[r] * b[r + 4]
    found[at], found[at + 1], found[at + 2], found[at + 3], found[at + 4] = s0, s1, s2, s3, s4
