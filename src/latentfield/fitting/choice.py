"""How many latents are enough, whether a theory with so many is faithful, and what it misses, in nats per word.

All models are scored on the same test words, so that differences are paired. What correlations are worth on them is known from
below: the nats that the best of all models is ahead of independent sites. A difference is negligible if it is within two of its
standard errors, or within the hundredth part (`SHARE`) of what correlations are worth: training leaves as much.

    chosen      the fewest latents (0: independent sites) whose nats on validation words differ negligibly from those of the best
                number tried
    missing     KL(P||model) = nats - H of the chosen model, from below: the larger of two bounds, or 0
                  ladder    nats less those of the best model of all, since H is at most these
                  network   TC + KL(q(z)||p(z)) - (-ELBO - nats), since -ELBO - H is the first two terms and nats - H
                            is that less what importance sampling gains
    faithful    neither bound is above the negligible by more than three standard errors

The entropy of the data is not known, so that "faithful" is no proof: it says that neither the other models nor a network found
anything left. "Not faithful" by the ladder is one, as far as standard errors go; by the network it is an estimate.

The number of latents is chosen on validation words, which have also picked the epoch of a training and one of the priors of a
number; what is reported comes from test words, which have chosen nothing. Nothing here draws random numbers.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.fitting.training import LatentModel
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.words.ladder import Ladder, Scored

SHARE, ERRORS = 0.01, 2.0
"""What is negligible: a fraction of what the correlations are worth, or so many standard errors of a paired difference, the larger.

The fraction is there because standard errors shrink with the number of words and what training leaves does not.
"""
SURE = 3.0
"""Standard errors by which a shortfall must exceed what is negligible before a fit is called unfaithful."""


class Tried(NamedTuple):
    """All models of a fit, scored on the same test words."""

    models: dict[int, LatentModel]
    """With the decoder asked for, by number of latents, 0 (independent sites) included."""
    others: dict[str, Scored]
    """Those without latents, by name: pairwise, mixture, and count where there are few enough sites for it; and those with another
    decoder, "curved-1" and so on."""
    unit: NDArray[np.int64] | None
    """Which test words belong together, (n,): the clusters of every standard error; None where each word stands alone."""
    validation_unit: NDArray[np.int64] | None = None
    """The same of validation words."""

    @property
    def ladder(self) -> Ladder:
        """All of them on one scale: those with latents are named by their number, "0" being independent sites."""
        return Ladder({str(d): model.scored for d, model in self.models.items()} | self.others, self.unit)


class Choice(NamedTuple):
    """What the scores say."""

    latents: int
    """The fewest whose nats differ negligibly from those of the best number tried; 0 where independent sites are enough."""
    faithful: bool
    """Whether neither bound exceeds `SHARE` of `worth` by more than `SURE` of its own standard errors."""
    missing: Estimate
    """Nats per word, from below: the larger bound, or 0 with that bound's error where both are negative."""
    by: Literal["ladder", "network"]
    """"ladder" or "network": which bound of `missing` is the larger."""
    best: str
    """Name of the model of the fewest nats on the test words, be it one with latents (its number) or without."""
    worth: Estimate
    """Nats per word that the best model is ahead of independent sites: what correlations are worth, at least.

    0 where independent sites are the best. Its error is that of the words alone: where the pairwise model is the best, the
    error of its ln Z is not in it.
    """


def choose(tried: Tried) -> Choice:
    """The choice among the numbers of latents that were tried.

    The best of them is that of the highest mean ln P on validation words, 0 included; every other number is held against it by
    `negligible`, word by word, and the smallest that passes is chosen. That number may be unfaithful all the same: it is compared
    with the models without latents, and with what the network finds, only then.
    """
    ladder, models = tried.ladder, tried.models
    worth = ladder.gain(ladder.best, "0")
    slight = SHARE * max(worth.value, 0.0)
    top = models[max(models, key=lambda d: models[d].validation.mean())]
    latents = min(d for d in models if negligible(tried, top, models[d]))
    bounds: dict[Literal["ladder", "network"], Estimate] = {
        "ladder": ladder.room(models[latents].scored.log_p),
        "network": _by_network(models[latents]),
    }
    by = max(bounds, key=lambda name: bounds[name].value)
    faithful = all(bound.value <= slight + SURE * bound.se for bound in bounds.values())
    missing = bounds[by] if bounds[by].value > 0 else Estimate(0.0, bounds[by].se)
    return Choice(latents, faithful, missing, by, ladder.best, worth)


def negligible(tried: Tried, better: LatentModel, worse: LatentModel) -> bool:
    """Whether two models differ by no more than two standard errors, or a hundredth part of what latents are worth.

    On validation words. One-sided: always true where `worse` has the fewer nats. The error is that of the paired difference, by
    clusters of words.
    """
    most = max(model.validation.mean() for model in tried.models.values())
    worth = most - tried.models[0].validation.mean()
    difference = clustered_mean(better.validation - worse.validation, tried.validation_unit)
    return difference.value <= max(ERRORS * difference.se, SHARE * worth)


def _by_network(model: LatentModel) -> Estimate:
    """KL(P||model) by the network's TC, nats per word; the error is that of TC and of KL(q(z)||p(z)), taken as independent.

    A saturated TC enters as its limit. For independent sites it is TC alone: they have no z, and nothing to gain by importance
    sampling.
    """
    tc, excess = model.network(), model.assessed.rate_excess
    return Estimate(tc.value + excess.value - _gained(model), float(np.hypot(tc.se, excess.se)))


def _gained(model: LatentModel) -> float:
    """Nats per word by which importance sampling is ahead of the ELBO on the same test words."""
    return model.assessed.neg_elbo.value + float(model.scored.log_p.mean())


def floor(tried: Tried, latents: int) -> Estimate:
    """Total correlation that so many latents leave at least, nats per word (`Ladder.bound`); where negative, it says nothing."""
    model = tried.models[latents]
    return tried.ladder.bound(model.scored.log_p, model.assessed.rate_excess.estimate, _gained(model))
