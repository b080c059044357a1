"""The prior that is free on nodes, made better while the decoder stays: nodes where the certificate says so, and their weights.

The likelihood is concave in the weights. With the ratios R_ng = p(x_n|z_g)/p(x_n) it is the mean over words of ln (R w), and the
shares w >= 0 that maximise it are those that minimise

    f(w) = -(1/n) sum_n ln (R w)_n + sum_g w_g,

whose minimum has sum w = 1 by itself. About ten Newton steps with w >= 0, each a problem of non-negative least squares, reach it,
and give nodes that are not needed the weight zero (Kim et al. 2020, https://doi.org/10.1080/10618600.2019.1689985). Where all
ratios can be held at once all weights are found anew; else new nodes are as heavy as is best when the others keep their
proportions (Lesperance and Kalbfleisch 1992, J. Am. Stat. Assoc. 87, 120).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from latentfield.arrays import FloatArray
from latentfield.marginal.active import Active
from latentfield.marginal.certificate import FEW, PLACES, around, certify
from latentfield.marginal.expectation import expect, ratios
from latentfield.marginal.model import Marginal

ADDED = 48
"""Nodes added at most after a certificate."""
STEPS, CLOSE = 50, 1e-8
"""Newton steps of the shares at most, and the fall of f to first order, nats, below which they end."""
FLATTEST = 1e-6
"""Eigenvalue of the Hessian in its own units at least, relative to the largest: neighbours have nearly the same ratios."""
FEW_RATIOS = 20_000_000
"""Ratios, of words by nodes, that are held at once; where there are more, old nodes keep their proportions when new ones come."""


def best_prior(model: Marginal, words: Active, most: int, gain: float, added: int = ADDED) -> Marginal:
    """The model with nodes added up to `most` times, until another prior can gain less than `gain`; the decoder stays as it is.

    At most `added` nodes come at a time.
    """
    box = around(model)
    for _ in range(most):
        found = certify(model, words, PLACES if len(words) * PLACES <= 2 * FEW_RATIOS else FEW, box)
        if found.gain < gain:
            break
        place = found.place[found.height > 0][:added]
        if len(words) * (len(model.node) + len(place)) <= FEW_RATIOS:
            node = np.concatenate([model.node, place])
            weight = best_weights(words, model.log_weight, model.decoder(node))
        else:
            model = with_nodes(model, words, place)
            node, weight = model.node, expect(words, model.log_weight, model.logit).weight
        # However little a node weighs, without it the certificate would find its place again.
        model = model._replace(log_weight=log_shares(weight[weight > 0]), node=node[weight > 0])
    return model


def best_weights(words: Active, log_weight: FloatArray, logit: FloatArray) -> FloatArray:
    """Weights of all nodes, by the logits there, that are nearly the best for the words; `log_weight` are those of the first."""
    known = len(log_weight)
    log_p = expect(words, log_weight, logit[:known]).log_p
    share = np.full(len(logit), 0.1 / max(len(logit) - known, 1))
    share[:known] = 0.9 * np.exp(log_weight)
    return best_shares(ratios(words, log_p, logit), share)


def with_nodes(model: Marginal, words: Active, place: FloatArray) -> Marginal:
    """The model with nodes at some places (k, latents), with the weights that are best while the others keep their proportions."""
    log_p = expect(words, model.log_weight, model.logit).log_p
    ratio = np.column_stack([np.ones(len(words), np.float32), ratios(words, log_p, model.decoder(place))])
    share = np.full(ratio.shape[1], 0.1 / len(place))
    share[0] = 0.9
    share = best_shares(ratio, share)
    log_weight = np.concatenate([model.log_weight + np.log(share[0] + 1e-30), np.log(share[1:] + 1e-30)])
    return Marginal(log_weight, np.concatenate([model.node, place]), model.decoder)


def best_shares(ratio: NDArray[np.float32], share: FloatArray) -> FloatArray:
    """Shares (k,), not negative and of sum 1, that maximise the mean of ln (ratio @ share), from some positive ones to start with.

    `ratio` (n, k) is p(x|z)/p(x), of which no row may vanish. Never less likely than the first shares.
    """
    value, gradient, hessian = _expansion(ratio, share)
    for _ in range(STEPS):
        step = _newton(share, gradient, hessian) - share
        slope = float(gradient @ step)
        if -slope < CLOSE:
            break
        length = 1.0
        while (found := _expansion(ratio, share + length * step))[0] > value + 0.1 * length * slope and length > 1e-6:
            length /= 2
        if found[0] >= value:
            break
        share = np.maximum(share + length * step, 0.0)
        value, gradient, hessian = found
    return share / share.sum()


def _expansion(ratio: NDArray[np.float32], share: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """f at some shares, its gradient (k,) and its Hessian (k, k); infinite f where a word would be impossible."""
    p = ratio @ share.astype(np.float32)
    if p.min() <= 0:
        return np.inf, share, np.zeros((len(share), len(share)))
    scaled = ratio / p[:, None]
    value = float(share.sum() - np.log(p, dtype=float).mean())
    return value, 1 - scaled.mean(0, dtype=float), (scaled.T @ scaled).astype(float) / len(p)


def _newton(share: FloatArray, gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """The shares >= 0 at which the expansion of f around some is least."""
    # A node that is likely for no word has next to no curvature, and falls to zero in any unit.
    unit = 1 / np.sqrt(np.maximum(hessian.diagonal(), 1.0))
    values, vectors = np.linalg.eigh(unit[:, None] * hessian * unit)
    values = np.sqrt(np.maximum(values, FLATTEST * values[-1]))
    root = values[:, None] * vectors.T
    return unit * nnls(root, root @ (share / unit) - vectors.T @ (unit * gradient) / values)[0]


def log_shares(weight: FloatArray) -> FloatArray:
    """ln of weights (nodes,) over their sum."""
    return np.log(weight / weight.sum())
