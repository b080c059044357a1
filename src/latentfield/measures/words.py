"""Measures on a recording: nats per held-out word, and the statistics of words.

The likelihood of a word is importance weighted with the posterior as proposal (Burda et al. 2016, arXiv:1509.00519),

    ln P(x) >= E ln (1/K) sum_k p(x|z_k) p(z_k) / q(z_k|x),    z_k ~ q(z|x),

a lower bound that rises to ln P(x) with K; the number K is always stated.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from latentfield.measures.estimate import Estimate
from latentfield.systems.base import FloatArray
from latentfield.vae.model import VAE


@torch.no_grad()
def log_likelihood(model: VAE, words: NDArray[np.int8], samples: int, seed: int, batch: int = 256) -> FloatArray:
    """Importance-weighted ln P of words (n, neurons) with `samples` draws of z each; shape (n,), nats."""
    generator = torch.Generator().manual_seed(seed)
    result = []
    for start in track(range(0, len(words), batch), "likelihood of words"):
        x = torch.from_numpy(words[start : start + batch])
        mean, log_variance = model.encode(x)
        noise = torch.randn(samples, *mean.shape, generator=generator)
        z = mean + (0.5 * log_variance).exp() * noise
        log_q = (-0.5 * (noise.square() + log_variance + math.log(2 * math.pi))).sum(-1)
        log_p = model.prior.log_prob(z, model.scaled(1.0, len(x))).sum(-1)
        # ln p(x|z) = sum_i over active cells of l_i, minus a sum that depends on z alone.
        logits = model.decode(z.flatten(0, 1)).reshape(samples, len(x), -1)
        log_x = torch.einsum("kbn,bn->kb", logits, (x > 0).float()) - torch.nn.functional.softplus(logits).sum(-1)
        result.append(torch.logsumexp(log_x + log_p - log_q, 0) - math.log(samples))
    return torch.cat(result).double().numpy()


def independent_log_likelihood(train: NDArray[np.int8], words: NDArray[np.int8]) -> FloatArray:
    """ln P of words (n, neurons) under independent cells with the firing probabilities of the training words; (n,)."""
    p = ((train > 0).sum(0) + 0.5) / (len(train) + 1)
    return (words > 0) @ np.log(p) + (words < 0) @ np.log1p(-p)


def mean(values: FloatArray) -> Estimate:
    """Mean over words and its standard error, words taken as independent."""
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))


def count_distribution(words: NDArray[np.int8]) -> tuple[FloatArray, FloatArray]:
    """P(K) of K active cells in words (n, neurons) and its standard error, each (neurons + 1,)."""
    p = np.bincount((words > 0).sum(1), minlength=words.shape[1] + 1) / len(words)
    return p, np.sqrt(p * (1 - p) / len(words))


def overlaps(words: NDArray[np.int8], rng: np.random.Generator) -> FloatArray:
    """Overlaps q = (1/N) sum_i s_i s'_i of disjoint random pairs of words (n, neurons); shape (n // 2,)."""
    order = rng.permutation(len(words))[: len(words) // 2 * 2].reshape(2, -1)
    return np.einsum("ni,ni->n", words[order[0]], words[order[1]], dtype=np.float64) / words.shape[1]


def draw_independent(train: NDArray[np.int8], n: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """n words of independent cells with the firing probabilities of the training words."""
    p = (train > 0).mean(0)
    return np.where(rng.random((n, len(p))) < p, 1, -1).astype(np.int8)
