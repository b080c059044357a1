"""The measure p(z_k) dz of each latent of a factorised spline prior, and Gauss rules of parts of it, in double precision.

p(z_k) is smooth between the knots of its splines and has kinks at them. Each axis is cut at the knots of every layer, carried back
to z, and pieces are halved until the nodes of Gauss and Legendre find their mass; those fine nodes stand for the measure. Beyond
±bound the prior is exactly normal, and pieces go on to ±TAIL, outside of which it has the mass 2 Phi(-TAIL) = 6e-89.

The Gauss rule of n nodes of a measure integrates polynomials of degree 2n - 1 against it: its nodes are the eigenvalues of the
Jacobi matrix of its orthogonal polynomials, found by Stieltjes' recursion on the fine nodes (Gautschi 1982, SIAM J. Sci. Stat.
Comput. 3, 289).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import eigh_tridiagonal
from zuko.transforms import MonotonicRQSTransform

from latentfield.arrays import FloatArray

TAIL = 20.0
"""Where the nodes end, in standard deviations of the normal tails; at least."""
ORDER, SMOOTH, HALVINGS = 8, 1e-9, 12
"""Fine nodes per piece; pieces are halved, at most so often, until their masses change by less than this fraction."""

APART = 1e-9
"""Cuts nearer to one another than this are one."""


class Measure(NamedTuple):
    """Nodes z (m,) and ln of their weights (m,), the density inside."""

    z: FloatArray
    log_weight: FloatArray


def panels(layers: list[MonotonicRQSTransform], widths: FloatArray) -> list[list[Measure]]:
    """The measure of each latent in equal panels no wider than `widths` (d,), from the splines of a prior (`Prior.splines`)."""
    return [_axis(layers, k, knots, width) for k, (knots, width) in enumerate(zip(_knots(layers), widths, strict=True))]


def gauss(measure: Measure, order: int) -> Measure:
    """The Gauss rule of `order` nodes of a measure."""
    top = measure.log_weight.max()
    weight = np.exp(measure.log_weight - top)
    mass, centre, half = weight.sum(), measure.z.mean(), np.ptp(measure.z) / 2
    x, weight = (measure.z - centre) / half, weight / mass
    before, now, norm = np.zeros_like(x), np.ones_like(x), 1.0
    diagonal, beside = np.empty(order), np.zeros(order)
    for k in range(order):
        diagonal[k] = weight @ (x * now**2)
        after = (x - diagonal[k]) * now - beside[k - 1] * before
        norm = math.sqrt(weight @ after**2)
        before, now, beside[k] = now, after / norm, norm
    node, vector = eigh_tridiagonal(diagonal, beside[:-1])
    return Measure(centre + half * node, np.log(vector[0] ** 2) + math.log(mass) + top)


def log_prior(layers: list[MonotonicRQSTransform], z: FloatArray) -> FloatArray:
    """ln p(z_k) of each latent, of z (n, d); shape (n, d)."""
    u, total = torch.from_numpy(z), 0.0
    for layer in layers:
        u, term = layer.call_and_ladj(u)
        total = total + term
    return (total - 0.5 * u.square()).numpy() - 0.5 * math.log(2 * math.pi)


def _knots(layers: list[MonotonicRQSTransform]) -> list[FloatArray]:
    """Where ln p(z_k) has kinks, one array for each latent."""
    found = []
    for depth, layer in enumerate(layers):
        z = layer.horizontal.squeeze(0).T
        for before in reversed(layers[:depth]):
            z = before.inv(z)
        found.append(z.numpy())
    return list(np.concatenate(found).T)


def _axis(layers: list[MonotonicRQSTransform], k: int, knots: FloatArray, width: float) -> list[Measure]:
    reach = max(TAIL, 1.5 * float(np.abs(knots).max()))
    edges = np.linspace(-reach, reach, math.ceil(2 * reach / width) + 1)
    cuts = np.unique(np.concatenate([edges, knots]))
    cuts = _smooth(cuts[np.append(True, np.diff(cuts) > APART)], layers, k)
    z, log_weight = _fine(cuts, layers, k)
    ends = np.searchsorted(cuts, edges[1:-1] - APART) * ORDER
    parts = zip(np.split(z.ravel(), ends), np.split(log_weight.ravel(), ends), strict=True)
    return [Measure(*part) for part in parts]


def _smooth(cuts: FloatArray, layers: list[MonotonicRQSTransform], k: int) -> FloatArray:
    """Halve pieces until each holds the mass that its halves hold."""
    for _ in range(HALVINGS):
        middle = (cuts[1:] + cuts[:-1]) / 2
        both = np.sort(np.append(cuts, middle))
        whole, halves = (np.exp(_fine(some, layers, k)[1]).sum(1) for some in (cuts, both))
        halves = halves.reshape(-1, 2).sum(1)
        rough = np.abs(whole - halves) > SMOOTH * halves
        if not rough.any():
            break
        cuts = np.sort(np.append(cuts, middle[rough]))
    return cuts


def _fine(cuts: FloatArray, layers: list[MonotonicRQSTransform], k: int) -> tuple[FloatArray, FloatArray]:
    """Nodes of Gauss and Legendre in every piece, and ln of their weights times p(z_k), each (pieces, ORDER)."""
    x, w = np.polynomial.legendre.leggauss(ORDER)
    half = np.diff(cuts)[:, None] / 2
    z = cuts[:-1, None] + half * (1 + x)
    latents = layers[0].horizontal.shape[-2]
    log_p = log_prior(layers, np.repeat(z.reshape(-1, 1), latents, 1))[:, k]
    return z, np.log(half * w) + log_p.reshape(z.shape)
