"""Models of words that a VAE must beat or be beaten by, fitted to the same training words: ln P of held-out ones, nats.

    independent   every cell fires with its own probability
    count         P(K) of the number K of active cells, and given K the maximum-entropy law with the cells' rates in a band
                  of K, P(x|K) = prod_i w_i^x_i / e_K(w), e_K the elementary symmetric polynomial (after Tkacik et al. 2014)
    mixture       sum_c pi_c prod_i P_c(x_i), by expectation and maximisation
    pairwise      maximum entropy given all pairwise coincidences (`pairwise`)

Words are ±1, (n, N). Counts are smoothed by half an event.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from rich.progress import track

from latentfield.arrays import FloatArray

Words = NDArray[np.int8]
BANDS = (0, 1, 2, 4, 7, 11, 16)
"""Lowest K of each band within which cells share their weights."""


class Mixture(NamedTuple):
    """Log-weights (C,) and logits of firing (C, N) of the components."""

    log_weight: torch.Tensor
    logit: torch.Tensor

    @torch.no_grad()
    def log_joint(self, x: torch.Tensor) -> torch.Tensor:
        """ln pi_c P_c(x) of 0/1 words x (n, N); (n, C)."""
        return x @ self.logit.T - torch.nn.functional.softplus(self.logit).sum(1) + self.log_weight


def independent(train: Words, words: Words) -> FloatArray:
    """ln P of words under independent cells with the firing probabilities of the training words; (n,)."""
    p = ((train > 0).sum(0) + 0.5) / (len(train) + 1)
    return (words > 0) @ np.log(p) + (words < 0) @ np.log1p(-p)


def count(train: Words, words: Words) -> FloatArray:
    """ln P of words under the law of K and of the cells given K; (n,)."""
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
    """ln P(x|K) of 0/1 words x with the weights fitted to 0/1 words `train`, whose K lie in one band."""
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
    """e_0 .. e_top of the weights (n,)."""
    e = np.zeros(top + 1)
    e[0] = 1.0
    for w in weight:
        for k in range(top, 0, -1):
            e[k] += w * e[k - 1]
    return e


@njit(cache=True)
def _mean_given_count(weight, share):
    """Firing probability of each cell when K is drawn from `share` (top + 1,) and the cells given K; (n,)."""
    top = len(share) - 1
    whole = _symmetric_polynomials(weight, top)
    mean = np.zeros(len(weight))
    for i in range(len(weight)):
        rest = _symmetric_polynomials(np.delete(weight, i), top)
        for k in range(1, top + 1):
            mean[i] += share[k] * weight[i] * rest[k - 1] / whole[k]
    return mean


def fit_mixture(train: Words, components: int, seed: int, rounds: int = 40, first: int = 60_000) -> Mixture:
    """EM from random words; half of the rounds see the `first` words of a random order, the others all."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy((train[rng.permutation(len(train))] > 0).astype(np.float32))
    centre = x.mean(0)
    p = 0.5 * x[torch.from_numpy(rng.choice(len(x), components, replace=False))] + 0.5 * centre
    model = Mixture(torch.full((components,), -float(np.log(components))), torch.logit(p.clamp(1e-4, 1 - 1e-4)))
    for step in track(range(rounds), f"mixture of {components}"):
        model = _improve(model, x[:first] if 2 * step < rounds else x, centre)
    return model


def _improve(model: Mixture, x: torch.Tensor, centre: torch.Tensor) -> Mixture:
    """One round of EM; every component starts from half a word of the mean."""
    weight, active = torch.zeros(len(model.log_weight)), torch.zeros_like(model.logit)
    for rows in x.split(20_000):
        share = torch.softmax(model.log_joint(rows), 1)
        weight += share.sum(0)
        active += share.T @ rows
    p = (active + 0.5 * centre) / (weight + 0.5).unsqueeze(1)
    return Mixture(((weight + 0.5) / (weight + 0.5).sum()).log(), torch.logit(p.clamp(1e-6, 1 - 1e-6)))


def mixture(model: Mixture, words: Words) -> FloatArray:
    """ln P of words under a mixture; (n,)."""
    x = torch.from_numpy((words > 0).astype(np.float32))
    return torch.cat([torch.logsumexp(model.log_joint(rows), 1) for rows in x.split(20_000)]).double().numpy()
