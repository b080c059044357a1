"""Laws of words that are written down from counts alone: ln P of held-out words, nats.

    independent   every cell fires with its own probability
    count         P(K) of the number K of active cells, and given K the maximum-entropy law with the cells' rates in a band
                  of K, P(x|K) = prod_i w_i^x_i / e_K(w), e_K the elementary symmetric polynomial (after Tkacik et al. 2014)

Words are ±1, (n, N). Counts are smoothed by half an event.

Both are normalised over all 2^N words, so that their mean -ln P over held-out words is above the entropy of the data,
but for the error of that mean.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from latentfield.arrays import FloatArray, Words

BANDS = (0, 1, 2, 4, 7, 11, 16)
"""Lowest K of each band within which cells share their weights."""


def independent(train: Words, words: Words) -> FloatArray:
    """ln P of words under independent cells with the firing probabilities of the training words; (n,).

    Half an event is added to either count, without which a cell that is silent in training would make a held-out word
    impossible. The entropy of this law is the sum of those of the cells: nats below it are what correlations are worth.
    """
    p = ((train > 0).sum(0) + 0.5) / (len(train) + 1)
    return (words > 0) @ np.log(p) + (words < 0) @ np.log1p(-p)


def count(train: Words, words: Words) -> FloatArray:
    """ln P of words under the law of K and of the cells given K; (n,).

    Half a word is added to each of the N + 1 counts P(K). Time grows as N^2 times the largest K, for each of up to 200
    rounds of each band; sums overflow for many more than 400 sites (`ladder.MOST_COUNTED`). It knows how many cells
    fire and which ones at that activity, and no correlation of particular pairs.
    """
    n = train.shape[1]
    k_train, k_words = ((x > 0).sum(1) for x in (train, words))
    log_p = np.log((np.bincount(k_train, minlength=n + 1) + 0.5) / (len(train) + 0.5 * (n + 1)))[k_words]
    edges = [*(edge for edge in BANDS if edge <= n), n + 1]
    for low, high in pairwise(edges):
        inside, asked = (k_train >= low) & (k_train < high), (k_words >= low) & (k_words < high)
        if asked.any():
            log_p[asked] += _given_count(train[inside] > 0, words[asked] > 0, n)
    return log_p


def _given_count(train: NDArray, x: NDArray, n: int) -> FloatArray:
    """ln P(x|K) of 0/1 words x with the weights fitted to 0/1 words `train`, whose K lie in one band.

    The weights are those under which cells have their mean numbers of events in the band: each round multiplies them by
    the ratio of wanted to present rate (iterative scaling), up to 200 rounds, or until no ratio is off by 1e-9. Half a
    word of equal rates is added. A band of K = 0 alone has nothing to say: ln 1.
    """
    numbers = np.bincount(train.sum(1), minlength=n + 1) + np.bincount(x.sum(1), minlength=n + 1) * 1e-9
    top = int(np.flatnonzero(numbers)[-1])
    if top == 0:
        return np.zeros(len(x))
    share = numbers[: top + 1] / numbers.sum()
    rate = (train.sum(0) + 0.5 * share @ np.arange(top + 1) / n) / (len(train) + 0.5)
    rate *= share @ np.arange(top + 1) / rate.sum()
    weight = rate / (1 - np.minimum(rate, 0.999))
    for _ in range(200):
        ratio = rate / _mean_given_count(weight, share)
        weight *= ratio
        if np.abs(np.log(ratio)).max() < 1e-9:
            break
    return x @ np.log(weight) - np.log(_symmetric_polynomials(weight, top))[x.sum(1)]


@njit(cache=True)
def _symmetric_polynomials(weight, top):
    """e_0 .. e_top of the weights (n,).

    e_k is the sum over sets of k sites of the products of their weights, by adding one site after the other.
    """
    e = np.zeros(top + 1)
    e[0] = 1.0
    for w in weight:
        for k in range(top, 0, -1):
            e[k] += w * e[k - 1]
    return e


@njit(cache=True)
def _mean_given_count(weight, share):
    """Firing probability of each cell when K is drawn from `share` (top + 1,) and the cells given K; (n,).

    P(x_i = 1 | K = k) = w_i e_(k-1)(w without i) / e_k(w).
    """
    top = len(share) - 1
    whole = _symmetric_polynomials(weight, top)
    mean = np.zeros(len(weight))
    for i in range(len(weight)):
        rest = _symmetric_polynomials(np.delete(weight, i), top)
        for k in range(1, top + 1):
            mean[i] += share[k] * weight[i] * rest[k - 1] / whole[k]
    return mean
