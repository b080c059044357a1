"""Measures on words of a recording: their likelihood under a VAE, and frequencies with honest errors.

The likelihood of a word is importance weighted with the posterior as proposal (Burda et al. 2016, arXiv:1509.00519),

    ln P(x) >= E ln (1/K) sum_k p(x|z_k) p(z_k) / q(z_k|x),    z_k ~ q(z|x),

a lower bound that rises to ln P(x) with K; the number K is always stated.

Standard errors take clusters of words as the units where there are some (`statistics.estimate`).

The bound is short of ln P by about Var(w) / (2 K) for large K, w the weight over its mean: the shortfall falls as 1/K
where that variance is finite, which narrow posteriors that miss some mode of P(z|x) do not ensure. How far it has come
shows in its values at several K (`evaluate.importance_weighted`), not in its standard error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from scipy.special import rel_entr
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.statistics.estimate import total_error
from latentfield.vae.model import VAE, bound


@torch.no_grad()
def log_likelihood(
    model: VAE, words: NDArray[np.int8], sizes: Sequence[int], seed: int, batch: int = 256
) -> FloatArray:
    """Importance-weighted ln P of words (n, neurons) with each number K of draws in `sizes`; (len(sizes), n), nats.

    The draws are those of the largest K, in disjoint groups of the smaller ones, so that every bound uses all of them.

    Draws that do not fill a last group of a smaller K are left out. Deterministic in `seed` and `batch`: n * max(sizes)
    decodings of z, `batch` * max(sizes) of them in memory at once. The model is taken at T = 1, as recordings have it.
    """
    generator = torch.Generator().manual_seed(seed)
    result = []
    for start in track(range(0, len(words), batch), "likelihood of words"):
        x = torch.from_numpy(words[start : start + batch].reshape(-1, *model.architecture.shape))
        log_weight = model.log_weights(x, draws=max(sizes), generator=generator)
        result.append(torch.stack([_bounds(log_weight, size) for size in sizes]))
    return torch.cat(result, 1).double().numpy()


def _bounds(log_weight: Tensor, size: int) -> Tensor:
    """Mean of the bounds of disjoint groups of `size` draws, from log-weights (samples, b); (b,)."""
    groups = log_weight[: len(log_weight) // size * size].split(size)
    return torch.stack([bound(group) for group in groups]).mean(0)


def frequencies(
    state: NDArray[np.int64], states: int, cluster: NDArray[np.int64] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Frequency of each of `states` states among words in state (n,), and its standard error, each (states,).

    Without clusters the error is binomial, sqrt(p (1 - p) / n), and 0 for a state that is never seen. With them it is
    that of the sum over clusters of deviations n_c(state) - n_c p, so that words of one cluster may be alike as they
    will.
    """
    p = np.bincount(state, minlength=states) / len(state)
    if cluster is None:
        return p, np.sqrt(p * (1 - p) / len(state))
    _, cluster = np.unique(cluster, return_inverse=True)
    counts = np.bincount(cluster * states + state, minlength=(cluster.max() + 1) * states).reshape(-1, states)
    return p, total_error(counts - counts.sum(1, keepdims=True) * p) / len(state)


def covariance(words: NDArray[np.int8], cluster: NDArray[np.int64] | None = None) -> tuple[FloatArray, FloatArray]:
    """Covariances of all pairs of cells, spins ±1, and their standard errors, each (neurons, neurons).

    Moments are divided by n, which leaves a relative bias of 1/n. Without clusters the error of <d_i d_j> is its spread
    over words; with them that of the sums over clusters; either takes the means <s_i> as known. Diagonals are
    variances. Memory (clusters, N, N).
    """
    d = words - words.mean(0)
    found = d.T @ d / len(d)
    if cluster is None:
        return found, np.sqrt((d**2).T @ d**2 / len(d) - found**2) / math.sqrt(len(d))
    parts = [d[cluster == c] for c in np.unique(cluster)]
    return found, total_error(np.stack([part.T @ part - len(part) * found for part in parts])) / len(d)


def codes(words: NDArray[np.int8], cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """The words (n, neurons) of some cells (c,) as numbers 0 .. 2^c - 1; (n,).

    Bit k, of value 2^k, is the k-th of the cells. Tables of all their states are for ten cells or so.
    """
    return (words[:, cells] > 0) @ (1 << np.arange(len(cells)))


def jensen_shannon(a: NDArray[np.int64], b: NDArray[np.int64], states: int) -> float:
    """Jensen-Shannon divergence of the frequencies of words in states a (n,) and b (m,), nats; from 0 to ln 2.

    Nothing is corrected for finite samples: of one law, n and m words have a mean of about (states - 1) / 8 times 1/n +
    1/m, less where many states are rare. Values are to be held against that of a pair of equal sizes from one law.
    """
    p, q = (np.bincount(state, minlength=states) / len(state) for state in (a, b))
    return float((rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)).sum() / 2)


def overlaps(words: NDArray[np.int8], rng: np.random.Generator) -> FloatArray:
    """Overlaps q = (1/N) sum_i s_i s'_i of disjoint random pairs of words (n, neurons); shape (n // 2,).

    No word is in two pairs, so pairs are as independent as words are; the last word of an odd number is left out.
    """
    order = rng.permutation(len(words))[: len(words) // 2 * 2].reshape(2, -1)
    return np.einsum("ni,ni->n", words[order[0]], words[order[1]], dtype=np.float64) / words.shape[1]


def draw_independent(train: NDArray[np.int8], n: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """n words of independent cells with the firing probabilities of the training words.

    Rates are not smoothed: a cell that never fires in training never fires here.
    """
    p = (train > 0).mean(0)
    return np.where(rng.random((n, len(p))) < p, 1, -1).astype(np.int8)
