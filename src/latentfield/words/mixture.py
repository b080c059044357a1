"""Mixtures of independent sites, sum_c pi_c prod_i P_c(x_i), by expectation and maximisation: ln P of words ±1 (n, N), nats.

A component is a state of the population: given c sites are independent, so that a mixture is a latent variable of one
discrete value, where a VAE has continuous ones. Its likelihood needs no ln Z and no bound, and more components follow
any law ever more closely, at the price of N parameters each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from rich.progress import track

from latentfield.arrays import FloatArray, Words
from latentfield.words.parts import Parts

WORDS_A_COMPONENT = 20
"""Training words for every component, at least."""
BLOCK, LEAST_SHARE = 2048, 1e-30
"""Words worked on together, and the share of a word below which a component has none of it."""


class Mixture(NamedTuple):
    """Log-weights (C,) and logits of firing (C, N) of the components.

    Log-weights are normalised: their exponentials add up to 1. float32.
    """

    log_weight: torch.Tensor
    logit: torch.Tensor

    @torch.no_grad()
    def log_joint(self, x: torch.Tensor) -> torch.Tensor:
        """ln pi_c P_c(x) of 0/1 words x (n, N); (n, C)."""
        return x @ self.logit.T - torch.nn.functional.softplus(self.logit).sum(1) + self.log_weight

    def log_likelihood(self, words: Words) -> FloatArray:
        """ln P of words ±1 (n, N); (n,).

        Summed in single precision, `BLOCK` words at a time: rounding is far below the errors of a mean over words.
        """
        x = torch.from_numpy((words > 0).astype(np.float32))
        return torch.cat([torch.logsumexp(self.log_joint(rows), 1) for rows in x.split(BLOCK)]).double().numpy()


def best(parts: Parts, sizes: Sequence[int], seed: int) -> Mixture:
    """Of mixtures of such sizes, as far as there are words for them, the one that is best on validation words.

    A size beyond `WORDS_A_COMPONENT` words each is cut to what there are words for, two at least. Each size is fitted
    from one start: EM finds a local maximum, and another seed may find a better one.
    """
    most = max(2, len(parts.train) // WORDS_A_COMPONENT)
    mixtures = [fit(parts.train, size, seed) for size in sorted({min(size, most) for size in sizes})]
    return max(mixtures, key=lambda model: model.log_likelihood(parts.validation).mean())


def fit(train: Words, components: int, seed: int, rounds: int = 40, first: int = 60_000) -> Mixture:
    """EM from random words; half of the rounds see the `first` words of a random order, the others all.

    Components start half way between a training word and the mean, with equal weights. No rule of convergence: always
    `rounds` rounds, of cost n * C * N each. Deterministic in `seed`, up to the order of floating-point sums.
    """
    rng = np.random.default_rng(seed)
    x = torch.from_numpy((train[rng.permutation(len(train))] > 0).astype(np.float32))
    centre = x.mean(0)
    p = 0.5 * x[torch.from_numpy(rng.choice(len(x), components, replace=False))] + 0.5 * centre
    model = Mixture(torch.full((components,), -float(np.log(components))), torch.logit(p.clamp(1e-4, 1 - 1e-4)))
    for step in track(range(rounds), f"mixture of {components}"):
        model = _improve(model, x[:first] if 2 * step < rounds else x, centre)
    return model


def _improve(model: Mixture, x: torch.Tensor, centre: torch.Tensor) -> Mixture:
    """One round of EM; every component starts from half a word of the mean.

    That is a prior of half a pseudo-word at the mean rates for each component, and of half a count for each weight:
    what the rounds raise is the likelihood with it, and no component dies or becomes certain.
    """
    weight, active = torch.zeros(len(model.log_weight)), torch.zeros_like(model.logit)
    for rows in x.split(BLOCK):
        # A processor multiplies numbers that are almost zero a hundred times slower than zeros.
        share = torch.threshold(torch.softmax(model.log_joint(rows), 1), LEAST_SHARE, 0)
        weight += share.sum(0)
        active += share.T @ rows
    p = (active + 0.5 * centre) / (weight + 0.5).unsqueeze(1)
    return Mixture(((weight + 0.5) / (weight + 0.5).sum()).log(), torch.logit(p.clamp(1e-6, 1 - 1e-6)))
