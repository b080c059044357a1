"""The cumulant generating function K(h) of a generalised Hopfield model, and how far it is from quadratic.

About an origin h_0 it is a Gaussian part and an excess,

    K(h_0 + x) - K(h_0) = m·x + x·C x / 2 + excess(x),

with m and C the mean and covariance of p~(z) exp(h_0·z). The excess starts with the third cumulants; it is what a Hopfield model
with quadratic energy would miss. At h_0 = 0 the density is p~ itself. Words pull with h = W^T s, which for silent cells is far from
0, so the origin can also be put at the mean pull of the words.

Functions take several theories, one for each seed, each in the gauge of `gauge.fixed`: values are means over them and errors the
standard errors of those means (0 for a single one).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.model import GeneralizedHopfield
from latentfield.records.tables import Table

WIDE = 5.0
"""Standard deviations of a density that its table covers, on either side of its mean."""
TAIL = 0.999
"""Share of the pulls that grids of K cover, along each latent."""
PLANE = 41
"""Points along each edge of a plane of two pulls."""
TIED = 9
"""Decimals to which nodes of one place agree."""


def frame(pulls: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean (d,) of the pulls h of words (..., d), and how far below and above it they reach, (2, d), all but a thousandth.

    Of mostly silent cells they reach far on one side only; on the other, where no word pulls, K is as the fit happened to make it.
    """
    every = pulls.reshape(-1, pulls.shape[-1])
    origin = every.mean(0)
    return origin, np.quantile(every - origin, [(1 - TAIL) / 2, (1 + TAIL) / 2], axis=0)


def _steps(low: float, high: float, points: int) -> FloatArray:
    """An odd number of points, the same on either side of 0, which is the middle one."""
    half = points // 2 + 1
    return np.concatenate([np.linspace(low, 0, half)[:-1], np.linspace(0, high, half)])


def along_axes(
    theories: Sequence[GeneralizedHopfield], reach: FloatArray, origin: FloatArray, points: int = 61
) -> Table:
    """K along each latent about h_0 = `origin` (d,), from reach[0] to reach[1] (2, d): rows {axis, h, k, gaussian, excess and their
    _se}."""
    rows = []
    for axis, (low, high) in enumerate(reach.T):
        steps = _steps(low, high, points)
        x = steps[:, None] * np.eye(len(origin))[axis]
        rows += [
            {"axis": axis, "h": float(step)} | row for step, row in zip(steps, _rows(theories, x, origin), strict=True)
        ]
    return rows


def plane(theories: Sequence[GeneralizedHopfield], reach: FloatArray, origin: FloatArray, points: int = PLANE) -> Table:
    """K over the plane of the first two latents, the others at the origin: rows {h1, h2, k, gaussian, excess and their _se}."""
    one, two = (_steps(low, high, points) for low, high in reach.T[:2])
    x = np.zeros((points**2, len(origin)))
    x[:, :2] = np.stack([part.ravel() for part in np.meshgrid(one, two, indexing="ij")], 1)
    return [{"h1": float(h[0]), "h2": float(h[1])} | row for h, row in zip(x, _rows(theories, x, origin), strict=True)]


def split(theory: GeneralizedHopfield, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """K(h_0 + x) - K(h_0) at x (n, d), and its Gaussian part, each (n,), in nats."""
    mean, covariance = theory.tilted.moments(origin)
    k = theory.tilted.cumulant(origin + x) - theory.tilted.cumulant(origin[None])
    return k, x @ mean + 0.5 * np.einsum("nk,kl,nl->n", x, covariance, x)


def standardised(theory: GeneralizedHopfield, origin: FloatArray) -> Table:
    """Mean, variance, skewness and excess kurtosis of each latent under p~(z) exp(h_0·z): rows {axis, ...}.

    They are derivatives of K along the axis: K', K'', K''' / K''^(3/2), K'''' / K''^2.
    """
    weight, z = theory.tilted.posterior(origin), theory.tilted.points
    mean = weight @ z
    second, third, fourth = (weight @ (z - mean) ** k for k in (2, 3, 4))
    columns = {"mean": mean, "variance": second, "skewness": third / second**1.5, "kurtosis": fourth / second**2 - 3}
    return [{"axis": k} | {name: float(column[k]) for name, column in columns.items()} for k in range(len(mean))]


def densities(theory: GeneralizedHopfield, origin: FloatArray, bins: int = 120) -> Table:
    """Densities along each latent of p(z), of p~(z), and of p~(z) pulled by exp(h_0·z): rows {axis, z, prior, tilted, pulled}.

    They are means over bins of equal width, which span WIDE standard deviations of each of the three about its mean.
    """
    z, nodes = theory.tilted.points, theory.tilted.nodes
    weights = {"prior": np.exp(nodes.log_weight - logsumexp(nodes.log_weight))}
    weights |= {"tilted": theory.tilted.posterior(0 * origin), "pulled": theory.tilted.posterior(origin)}
    return [row for axis in range(len(origin)) for row in _histograms(axis, z[:, axis], weights, bins)]


def _histograms(axis: int, z: FloatArray, weights: dict[str, FloatArray], bins: int) -> Table:
    means = {name: weight @ z for name, weight in weights.items()}
    spans = {name: WIDE * np.sqrt(weight @ (z - means[name]) ** 2) for name, weight in weights.items()}
    low, high = (f(means[name] + sign * spans[name] for name in weights) for f, sign in ((min, -1), (max, 1)))
    edges = np.linspace(low, high, bins + 1)
    columns = {name: np.diff(_cumulative(z, weight, edges)) / (edges[1] - edges[0]) for name, weight in weights.items()}
    centres = (edges[1:] + edges[:-1]) / 2
    return [
        {"axis": axis, "z": float(centre)} | {name: float(column[k]) for name, column in columns.items()}
        for k, centre in enumerate(centres)
    ]


def _cumulative(z: FloatArray, weight: FloatArray, places: FloatArray) -> FloatArray:
    """Mass below each place. Half the mass of a node lies below it, and the mass between nodes is spread evenly."""
    node, inverse = np.unique(z.round(TIED), return_inverse=True)
    mass = np.bincount(inverse, weight)
    return np.interp(places, node, np.cumsum(mass) - mass / 2)


def _rows(theories: Sequence[GeneralizedHopfield], x: FloatArray, origin: FloatArray) -> Table:
    parts = np.array([split(theory, x, origin) for theory in theories])
    values = {"k": parts[:, 0], "gaussian": parts[:, 1], "excess": parts[:, 0] - parts[:, 1]}
    columns = {name: value.mean(0) for name, value in values.items()}
    columns |= {f"{name}_se": _error(value) for name, value in values.items()}
    return [{name: float(column[k]) for name, column in columns.items()} for k in range(len(x))]


def _error(value: FloatArray) -> FloatArray:
    return value.std(0, ddof=1) / np.sqrt(len(value)) if len(value) > 1 else np.zeros(value.shape[1])
