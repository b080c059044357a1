"""Mixtures of independent sites, sum_c pi_c prod_i P_c(x_i), by expectation and maximisation: ln P of words ±1 (n, N), nats.

A component is a state of the population: given c sites are independent, so that a mixture is a latent variable of one
discrete value, where a VAE has continuous ones. Its likelihood needs no ln Z and no bound, and more components follow
any law ever more closely, at the price of N parameters each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rich.progress import track

from latentfield.arrays import FloatArray, Words
from latentfield.marginal.active import Active
from latentfield.marginal.expectation import expect
from latentfield.words.parts import Parts

WORDS_A_COMPONENT = 20
"""Training words for every component, at least."""


class Mixture(NamedTuple):
    """Log-weights (C,) and logits of firing (C, N) of the components.

    Log-weights are normalised: their exponentials add up to 1.
    """

    log_weight: FloatArray
    logit: FloatArray

    def log_likelihood(self, words: Words) -> FloatArray:
        """ln P of words ±1 (n, N); (n,).

        Summed in single precision: rounding is far below the errors of a mean over words.
        """
        return expect(Active.of(words), self.log_weight, self.logit).log_p


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

    Components start half way between a training word and the mean, with equal weights. No rule of convergence: always `rounds`
    rounds, each in proportion to the components and to the words' sites in unusual states. Deterministic in `seed`.
    """
    rng = np.random.default_rng(seed)
    words = train[rng.permutation(len(train))]
    every, some = Active.of(words), Active.of(words[:first])
    centre = (words > 0).mean(0)
    p = 0.5 * (words[rng.choice(len(words), components, replace=False)] > 0) + 0.5 * centre
    model = Mixture(np.full(components, -np.log(components)), _logit(p.clip(1e-4, 1 - 1e-4)))
    for step in track(range(rounds), f"mixture of {components}"):
        model = _improve(model, some if 2 * step < rounds else every, centre)
    return model


def _improve(model: Mixture, words: Active, centre: FloatArray) -> Mixture:
    """One round of EM; every component starts from half a word of the mean.

    That is a prior of half a pseudo-word at the mean rates for each component, and of half a count for each weight:
    what the rounds raise is the likelihood with it, and no component dies or becomes certain.
    """
    found = expect(words, model.log_weight, model.logit)
    weight = found.weight + 0.5
    p = (found.active + 0.5 * centre) / weight[:, None]
    return Mixture(np.log(weight / weight.sum()), _logit(p.clip(1e-6, 1 - 1e-6)))


def _logit(p: FloatArray) -> FloatArray:
    return np.log(p / (1 - p))
