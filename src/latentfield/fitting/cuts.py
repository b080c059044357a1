"""Information across a cut of the sites into A and B, bounded from below by samples alone.

For K independent words (a_j, b_j) and any positive function q,

    I(A; B) >= E (1/K) sum_j ln [ q(a_j|b_j)^g / (1/K) sum_k q(a_j|b_k)^g ]

(van den Oord et al. 2018, arXiv:1807.03748; proof and limits in Poole et al. 2019, arXiv:1905.06922). Here q(a|b) = prod_i q(a_i|b)
is a network that predicts the sites of A from those of B, learned on training words; g and the cut are chosen on validation words,
and the bound is taken on test words, which neither has seen. It never exceeds ln K, whatever the truth: no bound from K samples
that holds for every law can be much larger (McAllester and Stratos 2020, arXiv:1811.04251). Its standard error counts the part of
every word as a_j and as b_k.

A VAE that is faithful has a rate R >= I(A; B) for every cut: a bound above R proves that it is not, before its likelihood is looked
at. Cuts are searched greedily: sites change sides one at a time while the weight of the pairs that are cut apart grows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from latentfield.measures.estimate import Estimate
from latentfield.systems.base import FloatArray
from latentfield.vae.decoders import DenseDecoder

Words = NDArray[np.int8]
WIDTH, BATCH, STEPS, CHECKS, RATE = 64, 512, 800, 16, 5e-3
MOST_TRAINED, MOST_PAIRED, ROWS = 60_000, 8192, 1024
"""Words that the predictor learns from, words K that are paired with each other, and how many of them at a time."""
POWERS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
STARTS = 8
"""Random cuts from which the greedy search starts, beside those of the leading and of the last eigenvector."""


class Cut(NamedTuple):
    """A cut, and what is known of the information across it."""

    a: NDArray[np.int64]
    """Sites of A, (n_a,); the others are B."""
    bound: Estimate
    """The lower bound of I(A; B) on test words, nats."""
    limit: float
    """ln K: what the bound cannot exceed."""
    name: str
    """What the weights of the search were."""


def strongest(parts: tuple[Words, Words, Words], weights: dict[str, FloatArray], seed: int) -> Cut:
    """The best cut on validation words out of one for each matrix of weights (N, N), with its bound on test words.

    `parts` are words ±1 (n, N) to train on, to choose with, and to test on.
    """
    train, validation, test = parts
    found = {}
    for name, weight in weights.items():
        side = greedy(weight, seed)
        predictor = fit(train[:, ~side], train[:, side], seed)
        power, value = _best_power(predictor, validation[:, ~side], validation[:, side])
        found[name] = (value, side, predictor, power)
    name = max(found, key=lambda key: found[key][0])
    _, side, predictor, power = found[name]
    some = test[np.random.default_rng(seed).permutation(len(test))[:MOST_PAIRED]]
    bound = paired(predictor, some[:, ~side], some[:, side], power)
    return Cut(np.flatnonzero(side), bound, float(np.log(len(some))), name)


def greedy(weight: FloatArray, seed: int) -> NDArray[np.bool_]:
    """The heaviest cut that single changes of side lead to, (N,): True in A, which is never the larger side.

    `weight` (N, N) is symmetric and not negative.
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


def fit(b: Words, a: Words, seed: int) -> DenseDecoder:
    """A predictor of words a (n, n_a) from words b (n, n_b): logits linear in b, plus a correction of two hidden layers.

    A tenth of the words decides when to stop.
    """
    rows = np.random.default_rng(seed).permutation(len(a))[:MOST_TRAINED]
    a, b = (torch.from_numpy(part[rows]).float() for part in (a, b))
    cut = len(a) - max(1, len(a) // 10)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DenseDecoder(1, a.shape[1], b.shape[1], (WIDTH, WIDTH))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / STEPS)
    generator = torch.Generator().manual_seed(seed)
    best, least = network.state_dict(), np.inf
    for step in range(1, STEPS + 1):
        some = torch.randint(cut, (BATCH,), generator=generator)
        optimizer.zero_grad()
        _cross_entropy(network, a[some], b[some]).backward()
        optimizer.step()
        schedule.step()
        if step % (STEPS // CHECKS) == 0:
            with torch.no_grad():
                held = float(_cross_entropy(network, a[cut:], b[cut:]))
            if held < least:
                best, least = {name: value.clone() for name, value in network.state_dict().items()}, held
    network.load_state_dict(best)
    return network


def _cross_entropy(network: DenseDecoder, a: Tensor, b: Tensor) -> Tensor:
    return -logsigmoid(a * _logits(network, b)).sum(1).mean()


def _logits(network: DenseDecoder, b: Tensor) -> Tensor:
    return network(b, torch.zeros(len(b), 1)).squeeze(1)


def _best_power(network: DenseDecoder, b: Words, a: Words) -> tuple[float, float]:
    b, a = b[:MOST_PAIRED], a[:MOST_PAIRED]
    values = {power: paired(network, b, a, power).value for power in POWERS}
    power = max(values, key=values.get)
    return power, values[power]


@torch.no_grad()
def paired(network: DenseDecoder, b: Words, a: Words, power: float = 1.0) -> Estimate:
    """The bound from K words a (K, n_a) and b (K, n_b), independent pairs, and its standard error, nats."""
    logits = power * _logits(network, torch.from_numpy(b).float())
    constant = power * softplus(logits / power).sum(1)
    active = torch.from_numpy(a > 0).float()
    value, share = [], torch.zeros(len(a))
    for rows in torch.arange(len(a)).split(ROWS):
        score = active[rows] @ logits.T - constant
        own = score[torch.arange(len(rows)), rows]
        value.append(own - torch.logsumexp(score, 1) + np.log(len(a)))
        share += torch.softmax(score, 1).sum(0)
    value = torch.cat(value)
    influence = (value + 1 - share).double().numpy()
    return Estimate(float(value.double().mean()), float(influence.std(ddof=1) / np.sqrt(len(a))))
