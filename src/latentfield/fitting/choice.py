"""How many latents are enough, whether a theory with so many is faithful, and what it misses, in nats per word.

All models are scored on the same test words, so that differences are paired. What correlations are worth on them is known from
below: the nats that the best of all models is ahead of independent sites. A difference is negligible if it is within two of its
standard errors, or within the hundredth part (`SHARE`) of what correlations are worth: training leaves as much.

    chosen      the fewest latents (0: independent sites) whose nats differ negligibly from those of the best number tried
    missing     KL(P||model) = nats - H of the chosen model, from below: the larger of two bounds, or 0
                  ladder    nats less those of the best model of all, since H is at most these
                  network   TC + KL(q(z)||p(z)) - (-ELBO - nats), since -ELBO - H is the first two terms and nats - H
                            is that less what importance sampling gains
    faithful    neither bound is above the negligible by more than three standard errors

The entropy of the data is not known, so that "faithful" is no proof: it says that neither the other models nor a network found
anything left. "Not faithful" by the ladder is one, as far as standard errors go; by the network it is an estimate.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.fitting.training import LatentModel
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.words.ladder import Ladder, Scored

SHARE, ERRORS = 0.01, 2.0
SURE = 3.0
"""Standard errors by which a shortfall must exceed what is negligible."""


class Tried(NamedTuple):
    """All models of a fit, scored on the same test words."""

    models: dict[int, LatentModel]
    """By number of latents, 0 included."""
    others: dict[str, Scored]
    """Those without latents, by name."""
    unit: NDArray[np.int64] | None
    """Which test words belong together, (n,)."""

    @property
    def ladder(self) -> Ladder:
        """All of them, the first by their number of latents."""
        return Ladder({str(d): model.scored for d, model in self.models.items()} | self.others, self.unit)


class Choice(NamedTuple):
    """What the scores say."""

    latents: int
    faithful: bool
    missing: Estimate
    """Nats per word, from below."""
    by: Literal["ladder", "network"]
    """"ladder" or "network": which bound of `missing` is the larger."""
    best: str
    """Name of the best model of all."""
    worth: Estimate
    """Nats per word that the best model is ahead of independent sites."""


def choose(tried: Tried) -> Choice:
    """The choice among the numbers of latents that were tried."""
    ladder, models = tried.ladder, tried.models
    worth = ladder.gain(ladder.best, "0")
    slight = SHARE * max(worth.value, 0.0)
    top = models[max(models, key=lambda d: models[d].scored.log_p.mean())]
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
    """Whether two models differ by no more than two standard errors, or a hundredth part of what correlations are worth."""
    ladder = tried.ladder
    worth = ladder.gain(ladder.best, "0").value
    difference = clustered_mean(better.scored.log_p - worse.scored.log_p, tried.unit)
    return difference.value <= max(ERRORS * difference.se, SHARE * worth)


def _by_network(model: LatentModel) -> Estimate:
    tc, excess = model.assessed.tc, model.assessed.rate_excess
    return Estimate(tc.value + excess.value - _gained(model), float(np.hypot(tc.se, excess.se)))


def _gained(model: LatentModel) -> float:
    """Nats per word by which importance sampling is ahead of the ELBO."""
    return model.assessed.neg_elbo.value + float(model.scored.log_p.mean())


def floor(tried: Tried, latents: int) -> Estimate:
    """What so many latents leave at least, nats (`Ladder.bound`)."""
    model = tried.models[latents]
    return tried.ladder.bound(model.scored.log_p, model.assessed.rate_excess.estimate, _gained(model))
