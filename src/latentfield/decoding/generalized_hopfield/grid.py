"""Grids of nodes for up to three latents, refined until the likelihoods of words no longer change.

Panels are as wide as the decoder allows: products of 1 / cosh theta_i change over 1 / |w_k|, w_k the weights of latent k, and
single ones have poles at a distance pi / 2 max_i |w_ik|. In each panel ever higher Gauss rules are tried.

With three latents most of a grid would lie where no word ever leads. Panels are kept if, with a single node in each, they hold more
than UNSEEN of the posterior of any word that the model draws, of the words that pull hardest, s = ±sign(W sigma) for all
combinations sigma of patterns, or of the tilted density itself; and one panel more on either side.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from zuko.transforms import MonotonicRQSTransform

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield.nodes import BATCH, grid
from latentfield.decoding.generalized_hopfield.prior_measure import Measure, panels
from latentfield.decoding.generalized_hopfield.tilted import Tilted, tilt

GRID_LATENTS = 3
ORDERS = (2, 3, 4, 5, 6, 8, 10, 12)
"""Nodes per panel that are tried in turn."""
LEAST = 5
"""Fewer nodes are not the last word if more fit: K(h) is also wanted at pulls that are not those of words."""
MOST_NODES = 1 << 21
WIDEST, WIDER = 1.0, 1.25
"""Width of a panel in units of z, at most, since exp(h·z) has to be smooth on it too; and what all widths are multiplied by until
two orders fit."""
UNSEEN = 1e-14

Axes = list[list[Measure]]
Splines = list[MonotonicRQSTransform]


def refined(
    splines: Splines, field: FloatArray, patterns: FloatArray, words: FloatArray, tolerance: float
) -> tuple[Tilted, float]:
    """The tilted density on a grid, and its error: the largest change of ln P of the words (n, N), or ln Z, by the last order.

    Orders rise, to LEAST at least, until the change is below `tolerance` nats, or the next one has more than MOST_NODES nodes. At
    least two are compared.
    """
    h = words @ patterns.T
    axes = _axes(splines, field, patterns, h)
    before, error = None, math.inf
    for order in ORDERS:
        if math.isfinite(error) and _size(axes, order) > MOST_NODES:
            break
        found = tilt(grid(axes, order), field, patterns)
        now = np.append(found.cumulant(h) + found.log_mass, found.log_mass)
        error = math.inf if before is None else float(np.abs(now - before).max())
        before = now
        if error < tolerance and order >= LEAST:
            break
    return found, error


def _axes(splines: Splines, field: FloatArray, patterns: FloatArray, h: FloatArray) -> Axes:
    widths = np.minimum(4 / np.linalg.norm(patterns, axis=1), WIDEST)
    if len(patterns) < GRID_LATENTS:
        return panels(splines, np.minimum(widths, 1 / np.abs(patterns).max(1)))
    pulls = np.concatenate([h, _strongest(patterns), np.zeros((1, len(patterns)))])
    while True:
        axes = panels(splines, widths)
        if _size(axes, 1) <= MOST_NODES:
            axes = _reached(axes, tilt(grid(axes, 1), field, patterns), pulls)
            if _size(axes, ORDERS[1]) <= MOST_NODES:
                return axes
        widths = WIDER * widths


def _size(axes: Axes, order: int) -> int:
    return math.prod(order * len(axis) for axis in axes)


def _strongest(patterns: FloatArray) -> FloatArray:
    """Pulls h of the words along all combinations of patterns, (3^d - 1, d)."""
    signs = np.array([some for some in product((-1, 0, 1), repeat=len(patterns)) if any(some)])
    return np.sign(signs @ patterns) @ patterns.T


def _reached(axes: Axes, coarse: Tilted, pulls: FloatArray) -> Axes:
    """Panels from the first to the last that any pull (n, d) reaches; `coarse` has one node in each."""
    sizes = [len(axis) for axis in axes]
    share = [np.zeros(size) for size in sizes]
    step = max(1, BATCH // len(coarse.points))
    for k in range(0, len(pulls), step):
        log_weight = (pulls[k : k + step] - coarse.pull) @ coarse.nodes.points.T + coarse.log_reference
        weight = np.exp(log_weight - log_weight.max(1, keepdims=True))
        weight = (weight / weight.sum(1, keepdims=True)).reshape(-1, *sizes)
        for axis, most in enumerate(share):
            others = tuple(j + 1 for j in range(len(sizes)) if j != axis)
            np.maximum(most, weight.sum(others).max(0), out=most)
    ends = [np.flatnonzero(most > UNSEEN)[[0, -1]] for most in share]
    return [axis[max(0, first - 1) : last + 2] for axis, (first, last) in zip(axes, ends, strict=True)]
