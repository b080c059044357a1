"""Information across a cut of the sites into A and B, bounded from below by samples alone.

For K independent words (a_j, b_j) and any positive function q,

    I(A; B) >= E (1/K) sum_j ln [ q(a_j|b_j)^g / (1/K) sum_k q(a_j|b_k)^g ]

(van den Oord et al. 2018, arXiv:1807.03748; proof and limits in Poole et al. 2019, arXiv:1905.06922). Here q(a|b) = prod_i q(a_i|b)
is a network that predicts the sites of A from those of B, learned on training words; g and the cut are chosen on validation words,
and the bound is taken on test words, which neither has seen. It never exceeds ln K, whatever the truth: no bound from K samples
that holds for every law can be much larger (McAllester and Stratos 2020, arXiv:1811.04251). Its standard error counts the part of
every word as a_j and as b_k.

A VAE whose -ELBO is the entropy of the data has a rate R >= I(A; B) for every cut: a bound above R proves that it is not, before
its likelihood is looked at. Cuts are searched greedily: sites change sides one at a time while the weight of the pairs that are cut
apart grows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray, Words
from latentfield.fitting.contrastive_bound import fit, paired
from latentfield.records.fitted import Cut
from latentfield.records.measured import Measure
from latentfield.vae.parts.decoders import Decoder
from latentfield.words.parts import Parts

MOST_PAIRED = 8192
"""Test words K that are paired with each other; the bound cannot exceed ln K, 9.0 nats with all of them."""
POWERS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Exponents g tried on validation words: below 1 they flatten a predictor that is surer than it should be."""
STARTS = 8
"""Random cuts from which the greedy search starts, beside those of the leading and of the last eigenvector."""


def strongest(parts: Parts, weights: dict[str, FloatArray], seed: int) -> Cut:
    """The best cut on validation words out of one for each matrix of weights (N, N), with its bound on test words ±1 (n, N).

    Each cut costs a search and a predictor of 800 steps. `sites` of what is returned are the smaller side, counted among the sites
    that are left; `by` is the name of the matrix, `limit` ln K. Since test words choose nothing, the bound is not inflated by the
    search. It says nothing of cuts that were not tried: a small one does not show that no cut is strong.
    """
    train, validation, test, unit, _ = parts
    found = {}
    for name, weight in weights.items():
        side = greedy(weight, seed)
        predictor = fit(train[:, ~side], train[:, side], seed)
        power, value = _best_power(predictor, validation[:, ~side], validation[:, side])
        found[name] = (value, side, predictor, power)
    name = max(found, key=lambda key: found[key][0])
    _, side, predictor, power = found[name]
    rows = np.random.default_rng(seed).permutation(len(test))[:MOST_PAIRED]
    some, unit = test[rows], None if unit is None else unit[rows]
    bound = paired(predictor, some[:, ~side], some[:, side], power, unit)
    return Cut(
        sites=tuple(np.flatnonzero(side).tolist()), bound=Measure.of(bound), limit=float(np.log(len(some))), by=name
    )


def greedy(weight: FloatArray, seed: int) -> NDArray[np.bool_]:
    """The heaviest cut that single changes of side lead to, (N,): True in A, which is never the larger side.

    `weight` (N, N) is symmetric and not negative; its diagonal is left out. A local maximum of the sum of weights across
    the cut, the best from ten starts: the signs of the last eigenvector (the relaxed problem's solution), the leading one
    about its median, and `STARTS` random ones. Every change of side costs N^2 operations, the eigenvectors N^3.
    """
    w = weight - np.diag(np.diag(weight))
    vectors = np.linalg.eigh(w)[1]
    rng = np.random.default_rng(seed)
    starts = [vectors[:, 0], vectors[:, -1] - np.median(vectors[:, -1]), *rng.standard_normal((STARTS, len(w)))]
    ends = [_climb(w, np.where(start > 0, 1.0, -1.0)) for start in starts]
    best = min(ends, key=lambda s: s @ w @ s) > 0
    return best if 2 * best.sum() <= len(best) else ~best


def _climb(w: FloatArray, s: FloatArray) -> FloatArray:
    """Sides ±1 (N,) after changing, one at a time, the site that gains most; neither side is left empty."""
    while True:
        gain = s * (w @ s)
        if abs(s.sum()) >= len(s) - 2:
            gain[s == -np.sign(s.sum())] = -np.inf
        i = int(gain.argmax())
        if gain[i] <= 1e-12:
            return s
        s[i] = -s[i]


def _best_power(network: Decoder, b: Words, a: Words) -> tuple[float, float]:
    """The exponent of `POWERS` with the largest bound on (at most `MOST_PAIRED`) words b and a, and that bound, nats."""
    b, a = b[:MOST_PAIRED], a[:MOST_PAIRED]
    values = {power: paired(network, b, a, power).value for power in POWERS}
    power = max(values, key=values.__getitem__)
    return power, values[power]
