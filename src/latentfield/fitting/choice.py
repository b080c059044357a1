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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.fitting.training import Scored
from latentfield.statistics.estimate import Estimate, clustered_mean

SHARE, ERRORS = 0.01, 2.0
SURE = 3.0
"""Standard errors by which a shortfall must exceed what is negligible."""


class Ladder(NamedTuple):
    """All models, scored on the same test words."""

    models: dict[int, Scored]
    """By number of latents, 0 included."""
    others: dict[str, Scored]
    """Those without latents, by name."""
    unit: NDArray[np.int64] | None
    """Which test words belong together, (n,)."""


class Choice(NamedTuple):
    """What the scores say."""

    latents: int
    faithful: bool
    missing: Estimate
    """Nats per word, from below."""
    by: str
    """"ladder" or "network": which bound of `missing` is the larger."""
    best: str
    """Name of the best model of all."""
    worth: Estimate
    """Nats per word that the best model is ahead of independent sites."""


def choose(ladder: Ladder) -> Choice:
    """The choice among the numbers of latents that were tried."""
    models, others, unit = ladder
    scores = {str(d): model.log_p for d, model in models.items()} | {name: one.log_p for name, one in others.items()}
    best = max(scores, key=lambda name: scores[name].mean())
    worth = clustered_mean(scores[best] - scores["0"], unit)
    slight = SHARE * max(worth.value, 0.0)
    top = models[max(models, key=lambda d: models[d].log_p.mean())]
    latents = min(d for d in models if negligible(ladder, top, models[d]))
    log_z = others[best].record.get("log_z_se", 0.0) if best in others else 0.0
    room = clustered_mean(scores[best] - models[latents].log_p, unit)
    bounds = {"ladder": Estimate(room.value, float(np.hypot(room.se, log_z))), "network": _by_network(models[latents])}
    by = max(bounds, key=lambda name: bounds[name].value)
    faithful = all(bound.value <= slight + SURE * bound.se for bound in bounds.values())
    missing = bounds[by] if bounds[by].value > 0 else Estimate(0.0, bounds[by].se)
    return Choice(latents, faithful, missing, by, best, worth)


def negligible(ladder: Ladder, better: Scored, worse: Scored) -> bool:
    """Whether two models differ by no more than two standard errors, or a hundredth part of what correlations are worth."""
    best = max((*ladder.models.values(), *ladder.others.values()), key=lambda one: one.log_p.mean())
    worth = float((best.log_p - ladder.models[0].log_p).mean())
    difference = clustered_mean(better.log_p - worse.log_p, ladder.unit)
    return difference.value <= max(ERRORS * difference.se, SHARE * worth)


def _by_network(model: Scored) -> Estimate:
    found = model.record
    gained = found["neg_elbo"]["mean"] + float(model.log_p.mean())
    value = found["tc"]["mean"] + found["rate_excess"]["mean"] - gained
    return Estimate(value, float(np.hypot(found["tc"]["se"], found["rate_excess"]["se"])))


def floor(ladder: Ladder, latents: int) -> Estimate:
    """What so many latents leave at least, nats: the room below -ELBO that the best model fills, less KL(q(z)||p(z)).

    Negative where the latents leave less than the best model misses; then it says nothing.
    """
    best = max((*ladder.models.values(), *ladder.others.values()), key=lambda one: one.log_p.mean())
    model = ladder.models[latents]
    room = clustered_mean(best.log_p - model.log_p, ladder.unit)
    excess, gained = model.record["rate_excess"], model.record["neg_elbo"]["mean"] + float(model.log_p.mean())
    error = np.linalg.norm([room.se, excess["se"], best.record.get("log_z_se", 0.0)])
    return Estimate(room.value + gained - excess["mean"], float(error))
