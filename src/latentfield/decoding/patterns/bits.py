"""Bits of all patterns of a network, site by site, by the likelihood of its spins given the others.

With all patterns known but for some bits, the P overlaps without site i, m_k = (1/N) sum_(j != i) xi_j^k s_j, are nearly right, and

    P(s_i | s) = 1 / (1 + exp(-2 s_i sum_k w_k m_k / T)),    w in {-1, +1}^P,

is a logistic regression of one spin on P numbers. Its loss is convex in w: Newton's method finds the minimum over the reals, with
a normal prior of variance 1 on every w_k, and the sign vector nearest to it in the metric of the Hessian is sought by turning bits,
from the signs of the minimum, from those that the site has, and from some of random errors. It replaces the site's bits if it is
likelier by EVIDENCE nats. All sites are decoded with the same overlaps, round after round, until none changes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from latentfield.arrays import FloatArray

ROUNDS = 6
EVIDENCE = 10.0
NEWTON = 12
ENOUGH = 0.05
"""Nats below which a step of Newton's method gains too little for another."""
STARTS, SPREAD = 8, 0.7
"""Starts of the descent by random errors, and their standard deviation."""


def likeliest(x: Tensor, twice_beta: Tensor, signs: NDArray) -> FloatArray:
    """Signs ±1 (N, P) from nearly right ones, of spins x ±1 (n, N) in single precision with 2/T (n, 1), T in units of J."""
    xi = np.asarray(signs, float)
    for _ in range(ROUNDS):
        now = torch.from_numpy(xi).float()
        overlaps = x @ now / len(xi)
        new = np.stack([_site(x[:, [i]], overlaps, twice_beta, now[i], len(xi)) for i in range(len(xi))])
        if np.array_equal(new, xi):
            break
        xi = new
    return xi


def _site(s: Tensor, overlaps: Tensor, twice_beta: Tensor, now: Tensor, sites: int) -> FloatArray:
    """Bits (P,) of one site of spins s (n, 1), `now` being those it has."""
    slope = twice_beta * (s * overlaps - now / sites)

    def loss(w: Tensor) -> float:
        return -float(functional.logsigmoid(slope @ w).sum(dtype=torch.float64)) + float(w @ w) / 2

    free, curvature = _minimum(slope, loss)
    best = _nearest(curvature, free, now.double().numpy())
    return best if loss(torch.from_numpy(best).float()) < loss(now) - EVIDENCE else now.double().numpy()


def _minimum(slope: Tensor, loss: Callable[[Tensor], float]) -> tuple[FloatArray, FloatArray]:
    """The minimum over real w (P,), and the Hessian of the last step."""
    w, prior = torch.zeros(slope.shape[1]), torch.eye(slope.shape[1])
    least = loss(w)
    for _ in range(NEWTON):
        wrong = torch.sigmoid(-(slope @ w))
        gradient = w - slope.T @ wrong
        curvature = (slope * (wrong * (1 - wrong))[:, None]).T @ slope + prior
        step, share = torch.linalg.solve(curvature.double(), gradient.double()).float(), 1.0
        while share > ENOUGH / 50 and loss(w - share * step) > least:
            share /= 2
        w = w - share * step
        before, least = least, loss(w)
        if before - least < ENOUGH:
            break
    return w.double().numpy(), curvature.double().numpy()


def _nearest(metric: FloatArray, point: FloatArray, now: FloatArray) -> FloatArray:
    """The sign vector y (P,) of least (y - point)^T metric (y - point) that turning single bits leads to."""
    noise = np.random.default_rng(0).standard_normal((STARTS, len(point))) * SPREAD
    y = np.vstack([now, np.copysign(1.0, point), np.copysign(1.0, point + noise)])
    while True:
        gain = 2 * y * ((y - point) @ metric) - 2 * np.diag(metric)
        bit, rows = gain.argmax(1), np.arange(len(y))
        turned = gain[rows, bit] > 1e-9
        if not turned.any():
            break
        y[rows[turned], bit[turned]] *= -1
    away = y - point
    return y[np.einsum("ik,kl,il->i", away, metric, away).argmin()]
