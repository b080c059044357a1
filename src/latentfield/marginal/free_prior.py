"""The prior that is free on nodes, made better while the decoder stays: nodes where the certificate says so, and their weights.

The likelihood is concave in the weights; rounds of expectation and maximisation on the ratios p(x|z_g)/p(x) raise it. Where all
ratios can be held at once all weights are found anew; else new nodes are as heavy as is best when the others keep their proportions
(Lesperance and Kalbfleisch 1992, J. Am. Stat. Assoc. 87, 120).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.marginal.active import Active
from latentfield.marginal.certificate import FEW, PLACES, around, certify
from latentfield.marginal.expectation import expect, ratios
from latentfield.marginal.model import Marginal

ADDED, BALANCES, ALL_BALANCES = 16, 60, 400
"""Nodes added at most after a certificate; rounds in which their weights are found, and those of all nodes."""
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
    share = np.full(len(logit), 0.1 / max(len(logit) - known, 1), np.float32)
    share[:known] = 0.9 * np.exp(log_weight)
    return _balanced(ratios(words, log_p, logit), share, ALL_BALANCES).astype(float)


def with_nodes(model: Marginal, words: Active, place: FloatArray) -> Marginal:
    """The model with nodes at some places (k, latents), with the weights that are best while the others keep their proportions."""
    log_p = expect(words, model.log_weight, model.logit).log_p
    ratio = np.column_stack([np.ones(len(words), np.float32), ratios(words, log_p, model.decoder(place))])
    share = np.full(ratio.shape[1], 0.1 / len(place), np.float32)
    share[0] = 0.9
    share = _balanced(ratio, share, BALANCES)
    log_weight = np.concatenate([model.log_weight + np.log(share[0]), np.log(share[1:] + 1e-30)])
    return Marginal(log_weight, np.concatenate([model.node, place]), model.decoder)


def _balanced(ratio: NDArray[np.float32], share: NDArray[np.float32], rounds: int) -> NDArray[np.float32]:
    """Shares (k,) that make mean ln (ratio @ share) larger, from some to start with; ratio (n, k) is p(x|z)/p(x)."""
    for _ in range(rounds):
        share = share * ((1 / (ratio @ share)) @ ratio).astype(np.float32) / np.float32(len(ratio))
    return share


def log_shares(weight: FloatArray) -> FloatArray:
    """ln of weights (nodes,) over their sum."""
    return np.log(weight / weight.sum())
