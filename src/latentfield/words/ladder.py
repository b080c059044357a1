"""Models scored on the same held-out words: a ladder, from which everything that is said of them is taken in one way.

    independent, count    laws of counts (`baselines`)
    pairwise              maximum entropy given all pairwise coincidences (`pairwise`)
    mixture               of independent sites, the best on validation words (`mixture`)

and any number of VAEs beside them. Differences are taken word by word. Words of a model with couplings share the error of its ln Z,
which is added to that of their mean, and to that of a difference in which the model is the better one.

Any model bounds what latents leave from below: -ELBO - H = KL(q(z)||p(z)) + TC, and its nats per word are at least H, so

    TC >= -ELBO - (nats of the best model) - KL(q(z)||p(z)).

The bound is a proof up to its error. TC may be larger, for the best model is not the law of the data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.records.measured import Step
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.words import baselines, mixture, pairwise
from latentfield.words.parts import Parts


class Sizes(NamedTuple):
    """Sizes of the ladder."""

    importance_samples: int
    """Draws of z per word.

    Of VAEs; the models without latents need none."""
    mixtures: tuple[int, ...]
    """Components of the mixtures tried.

    Fewer where there are not `mixture.WORDS_A_COMPONENT` training words for each."""
    pairwise_steps: int
    """Steps of the pairwise model's fit."""
    pairwise: Literal["moments", "better"] = "moments"
    """Fitted by its moments with ln Z annealed forwards, or in the better of two ways with ln Z from both sides."""
    exact_rounds: int = 100
    """Rounds of the exact fits of few latents on some of the words, beside a VAE with as many (`exact`)."""


class Scored(NamedTuple):
    """A model on the test words."""

    step: Step
    """Nats per word, and what else is to be said of it.

    `value` is the mean of -ln P over test words; `se` has the error of ln Z in it where there is one."""
    log_p: FloatArray
    """ln P of every word, (n,)."""
    coupling: FloatArray | None = None
    """Of active sites, (N, N), where the model has couplings."""


class Ladder(NamedTuple):
    """Models by name, and the unit (n,) of the errors that each test word belongs to.

    All models are scored on the same test words in the same order, without which no difference is paired.
    """

    models: dict[str, Scored]
    unit: NDArray[np.int64] | None

    @property
    def steps(self) -> dict[str, Step]:
        """What is said of every model."""
        return {name: model.step for name, model in self.models.items()}

    @property
    def best(self) -> str:
        """Name of the model of the fewest nats."""
        return max(self.models, key=lambda name: self.models[name].log_p.mean())

    def gain(self, better: str, worse: str) -> Estimate:
        """Nats per word by which one model is ahead of another.

        Positive where `better` is better. Paired word by word, with units as clusters; without the error of a ln Z,
        which `room` has.
        """
        return clustered_mean(self.models[better].log_p - self.models[worse].log_p, self.unit)

    def room(self, log_p: FloatArray) -> Estimate:
        """Nats per word by which the best model is ahead of ln P or a bound of it, (n,).

        Never negative for a model of the ladder; for the best itself 0, with the error of its ln Z.
        """
        best = self.models[self.best]
        return with_log_z(clustered_mean(best.log_p - log_p, self.unit), best.step.log_z_se)

    def bound(self, log_p: FloatArray, excess: Estimate, gained: float = 0.0) -> Estimate:
        """TC that latents leave at least, nats: room above their ELBO less KL(q(z)||p(z)), the `excess` of the rate.

        `log_p` (n,) is the ELBO of each word, or ln P, which is `gained` above it on average. Negative where the latents leave less
        than the best model misses; then it says nothing.
        """
        room = self.room(log_p)
        return Estimate(room.value + gained - excess.value, float(np.hypot(room.se, excess.se)))


def with_log_z(estimate: Estimate, log_z_se: float | None) -> Estimate:
    """A mean over words with the error of ln Z, which all of them share, added to its own.

    In quadrature, nats; None for a model without ln Z.
    """
    return Estimate(estimate.value, float(np.hypot(estimate.se, log_z_se or 0.0)))


def scored(
    log_p: FloatArray, unit: NDArray[np.int64] | None, latents: int | None = None, components: int | None = None
) -> Scored:
    """A model that needs no ln Z, from its ln P of the test words (n,)."""
    nats = clustered_mean(-log_p, unit)
    return Scored(Step(value=nats.value, se=nats.se, latents=latents, components=components), log_p)


def _independent(parts: Parts, sizes: Sizes, seed: int) -> Scored:
    """Cells that fire by themselves, with the rates of the training words."""
    return scored(baselines.independent(parts.train, parts.test), parts.unit)


def _count(parts: Parts, sizes: Sizes, seed: int) -> Scored:
    """Of active sites, or of inactive ones, where these are fewer."""
    sign = -1 if parts.train.mean() > 0 else 1
    return scored(baselines.count(sign * parts.train, sign * parts.test), parts.unit)


def _pairwise(parts: Parts, sizes: Sizes, seed: int) -> Scored:
    """The pairwise model by moments or in the better of two ways, with ln Z and its error in the step.

    A ln Z that is too small makes every word too likely by the same factor: hence the error is added once, not averaged
    away.
    """
    if sizes.pairwise == "better":
        by, found = pairwise.better(parts, seed, sizes.pairwise_steps)
    else:
        by, found = None, pairwise.by_moments(parts.train, seed, sizes.pairwise_steps)
    log_p, log_z = found.log_likelihood(parts.test), found.log_z
    nats = with_log_z(clustered_mean(-log_p, parts.unit), log_z.se)
    step = Step(value=nats.value, se=nats.se, fitted_by=by, log_z=log_z.value, log_z_se=log_z.se)
    return Scored(step, log_p, found.coupling)


def _mixture(parts: Parts, sizes: Sizes, seed: int) -> Scored:
    """The mixture whose number of components is best on validation words; that number is in the step."""
    best = mixture.best(parts, sizes.mixtures, seed)
    return scored(best.log_likelihood(parts.test), parts.unit, components=len(best.log_weight))


MODELS: dict[str, Callable[[Parts, Sizes, int], Scored]] = {
    "independent": _independent,
    "count": _count,
    "pairwise": _pairwise,
    "mixture": _mixture,
}
"""Models without latents, fitted to the training words."""
MOST_COUNTED = 400
"""Sites of which the count model is fitted: its sums over all subsets of a size overflow for many more, and take minutes."""


def names(sites: int) -> list[str]:
    """Names of the models that are fitted to words of so many sites."""
    return [name for name in MODELS if name != "count" or sites <= MOST_COUNTED]


def ladder(parts: Parts, sizes: Sizes, seed: int) -> Ladder:
    """All of them.

    Errors of the fits, as those of another seed, are in no standard error. Deterministic in `seed` on a machine.
    """
    models = {name: MODELS[name](parts, sizes, seed) for name in names(parts.test.shape[1])}
    return Ladder(models, parts.unit)
