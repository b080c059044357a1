"""How much another prior could gain, with the decoder as it is.

Of p(x) = sum_g pi_g p(x|z_g), and any other prior pi' of the same decoder, on n words,

    (1/n) sum_n ln p'(x_n)/p(x_n) <= ln (1/n) sum_n p'(x_n)/p(x_n) <= ln (1 + gain),
    gain = max_z D(z),    D(z) = (1/n) sum_n p(x_n|z)/p(x_n) - 1

since p' is a mean of p(x|z) over z (Lindsay 1983, Ann. Stat. 11, 86; Mattei and Frellsen 2018, arXiv:1802.04826). At the maximum of
the likelihood D is zero at the nodes and negative elsewhere. The bound holds for the words it is computed on, training words or
held-out ones, and for priors on the box that the nodes span: beyond it sites only become more certain, and a curved decoder has
learned nothing. While nodes are added the box is wider by `MARGIN`, so that it ends where the likelihood wants it to.
The maximum is looked for on a grid, at the nodes, and where the posteriors of some words have their means, the least likely ones
among them, then uphill from the highest of these places: what lies between is not seen.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from latentfield.arrays import FloatArray
from latentfield.marginal.active import Active
from latentfield.marginal.decoder import Curved, Linear
from latentfield.marginal.expectation import Expected, expect, mean_ratio, ratios, weigh
from latentfield.marginal.linear import improve_nodes
from latentfield.marginal.model import Marginal

PLACES, FEW = 2000, 800
"""Places of the grid, about: for a bound, and to see where nodes are missing."""
FINEST = 200
"""Places along one axis, at most."""
MARGIN = 0.3
"""How far the box goes beyond the nodes while others are added, relative to their range."""
CLIMBERS, CLIMBS = 64, 4
"""Places from which a climb begins, and its steps."""
LEAST_LIKELY, OTHERS = 200, 200
"""Words whose posterior means are looked at."""

Box = tuple[FloatArray, FloatArray]
"""The lowest and the highest place, (latents,) each."""


class Certificate(NamedTuple):
    """The most that any other prior can gain, and where."""

    gain: float
    """ln (1 + max D), nats per word; at least the gain of any other prior."""
    place: FloatArray
    """Places where D is highest, the highest first, (k, latents)."""
    height: FloatArray
    """D there, (k,)."""


def certify(model: Marginal, words: Active, places: int = PLACES, box: Box | None = None) -> Certificate:
    """The certificate of a model on some words, by a grid of about so many places; `box` is that around its nodes unless given."""
    low, high = box or around(model, 0.0)
    log_p = expect(words, model.log_weight, model.logit).log_p
    place = np.concatenate([model.node, _grid(low, high, places), _means(model, words, log_p)]).clip(low, high)
    height = mean_ratio(words, log_p, model.decoder(place)) - 1
    order = height.argsort()[::-1][:CLIMBERS]
    place, height = _climb(model, words, log_p, place[order], height[order], (low, high))
    order = height.argsort()[::-1]
    return Certificate(math.log1p(max(float(height.max()), 0.0)), place[order], height[order])


def _climb(
    model: Marginal, words: Active, log_p: FloatArray, place: FloatArray, height: FloatArray, box: Box
) -> tuple[FloatArray, FloatArray]:
    """Steps of expectation and maximisation of the mean ratio, each place for itself: a step that does not go up is not taken."""
    for _ in range(CLIMBS):
        found = weigh(words, log_p, model.decoder(place))
        moved = _moved(model.decoder, found, place).clip(*box)
        higher = mean_ratio(words, log_p, model.decoder(moved)) - 1
        better = higher > height
        place, height = np.where(better[:, None], moved, place), np.where(better, higher, height)
    return place, height


def _moved(decoder: Linear | Curved, found: Expected, place: FloatArray) -> FloatArray:
    """Places after a Newton step; of a curved decoder, by its tangent there."""
    if isinstance(decoder, Linear):
        return improve_nodes([found], place, decoder)
    tangents = zip(decoder(place), decoder.jacobian(place), strict=True)
    moved = []
    for g, (logit, slope) in enumerate(tangents):
        here = Expected(found.log_p, found.weight[g : g + 1], found.active[g : g + 1])
        moved.append(improve_nodes([here], place[g : g + 1], Linear(slope, logit - slope @ place[g])))
    return np.concatenate(moved)


def around(model: Marginal, margin: float = MARGIN) -> Box:
    """The box that the nodes of a model span, and a margin relative to it on every side."""
    low, high = model.node.min(0), model.node.max(0)
    more = margin * np.maximum(high - low, 1e-3)
    return low - more, high + more


def _grid(low: FloatArray, high: FloatArray, places: int) -> FloatArray:
    """A regular grid over a box; (about `places` at most, latents)."""
    side = min(round(places ** (1 / len(low))), FINEST)
    sides = [np.linspace(a, b, side) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, len(low))


def _means(model: Marginal, words: Active, log_p: FloatArray) -> FloatArray:
    """Posterior means of the least likely words, and of others spread over all, (some, latents)."""
    rows = np.unique(
        np.concatenate([log_p.argsort()[:LEAST_LIKELY], np.linspace(0, len(words) - 1, OTHERS).astype(int)])
    )
    share = ratios(words.rows(rows), log_p[rows], model.logit) * np.exp(model.log_weight)
    return (share / share.sum(1, keepdims=True)) @ model.node
