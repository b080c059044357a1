"""One model with latents of a fit (`making`), tested on the held-out words; and independent sites beside it.

-ELBO - H = KL(q(z)||p(z)) + TC (`words.ladder`), and the entropy H of the data is at most the nats of any model, so that the room
below -ELBO that the best model fills, less KL(q(z)||p(z)), is a floor of the total correlation TC that the latents leave. A
network's estimate of TC may fall short of it: then it is the floor that counts.

Everything is measured on test words. The network of TC learns from the training words and is evaluated on the test words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.fitting.making import trained
from latentfield.fitting.settings import Settings
from latentfield.fitting.work import Work
from latentfield.marginal.active import Active
from latentfield.marginal.as_vae import from_vae
from latentfield.marginal.certificate import certify
from latentfield.measures.density_ratio import Draw
from latentfield.measures.elbo import nats
from latentfield.measures.scaled_head import Pairs
from latentfield.measures.total_correlation import divergence, posterior_pairs
from latentfield.records.fitted import Assessed, Certified, Left
from latentfield.records.measured import Measure
from latentfield.statistics.estimate import clustered_mean
from latentfield.vae.accounting import active
from latentfield.vae.model import VAE
from latentfield.words import baselines, likelihood
from latentfield.words.evaluate import dissected, importance_weighted
from latentfield.words.ladder import Scored, scored
from latentfield.words.parts import Parts

NUMBERS = (1, 3, 10, 30)
"""Draws of z per word at which convergence is shown, below the last."""


class LatentModel(NamedTuple):
    """A model with latents, or independent sites, on held-out words: what was measured on it, and its place among other models."""

    assessed: Assessed
    """-ELBO and its parts, and the total correlation left, by a network."""
    scored: Scored
    """ln P of every test word, importance weighted; exact for independent sites and exact fits."""
    validation: FloatArray
    """ln P of every validation word, (n,)."""

    def network(self) -> Left:
        """The total correlation left, by a network; raises ValueError for a model that stands beside the choice and has none."""
        if self.assessed.tc is None:
            raise ValueError("no network was trained on what this model leaves")
        return self.assessed.tc


def placed(
    assessed: Assessed, unit: NDArray[np.int64] | None, *, test: FloatArray, validation: FloatArray
) -> LatentModel:
    """A model from what was measured on it and its ln P of words; `unit` is that of the errors of test words."""
    step = scored(test, unit, latents=assessed.latents or None)
    gain = assessed.certificate.train if assessed.certificate else None
    return LatentModel(assessed, step._replace(step=step.step.model_copy(update={"gain": gain})), validation)


def assessed(work: Work, name: str) -> LatentModel:
    """Nats, rate and left correlation of a model with latents on the test words, and its ln P of test and validation words.

    Trains it first if need be. ln P is exact where the posterior is; else the importance-weighted bound with `importance_samples`
    draws, of which `convergence` has the mean for fewer (`NUMBERS`), by which one sees whether more would change it. `elbo`, on
    validation words, is for the choice of the prior.
    """
    parts, chosen = work.parts, work.chosen
    vae = trained(work, name)
    # One draw of an exact posterior is enough: p(x|z) p(z) / q(z|x) is p(x) whatever z.
    numbers, most, draws = ((), 1, 1) if vae.exact else (NUMBERS, chosen.importance_samples, chosen.posterior_draws)
    bounds = importance_weighted(vae, parts, numbers, most, chosen.seed)
    validation = likelihood.log_likelihood(vae, parts.validation, (most,), chosen.seed)[0]
    result = nats(vae, parts.test, 1.0, draws, chosen.seed)
    x = torch.from_numpy(np.concatenate([parts.train, parts.test]).reshape(-1, *vae.architecture.shape))
    record = Assessed(
        **dict(dissected(vae, parts, result, chosen.seed)),
        latents=vae.architecture.latents,
        convergence=bounds.converged,
        tc=None if name in chosen.beside else _left(posterior_pairs(vae, x, torch.ones(len(x))), parts, chosen),
        elbo=vae.record.validation["elbo"],
        certificate=_certificate(vae, parts) if vae.exact else None,
        active=None if vae.exact else active(vae.record.validation),
    )
    work.observer.end(name, record)
    return placed(record, parts.unit, test=bounds.log_p, validation=validation)


def _certificate(vae: VAE, parts: Parts) -> Certified:
    """The most that another prior could gain, on training and on test words."""
    model, train = from_vae(vae), Active.of(parts.train)
    held = Active.of(parts.test, train.usual)
    return Certified(train=certify(model, train).gain, test=certify(model, held).gain)


def independent(work: Work) -> LatentModel:
    """The same of independent sites: all correlations of the data are left by them.

    Their rate is zero, -ELBO is exact and equals -ln P, and TC is the network's estimate of the total correlation of the data.
    """
    parts = work.parts
    log_p = baselines.independent(parts.train, parts.test)
    cost, nothing = Measure.of(clustered_mean(-log_p, parts.unit)), Measure(value=0.0, se=0.0)
    tc = _left(_independent_pairs(parts), parts, work.chosen)
    record = Assessed(
        neg_elbo=cost, distortion=cost, rate=nothing, rate_useful=nothing, rate_excess=nothing, latents_nats=(),
        latents=0, tc=tc, elbo=float(baselines.independent(parts.train, parts.validation).mean()),
    )  # fmt: skip
    return placed(record, parts.unit, test=log_p, validation=baselines.independent(parts.train, parts.validation))


def _left(draw: Draw, parts: Parts, chosen: Settings) -> Left:
    """TC as the network finds it on the test words, nats per word.

    Its error goes by clusters of words and leaves out the network's. Rows of the data set behind `draw` are the training
    words and then the test words. A saturated value is the limit itself.
    """
    train, test = torch.arange(len(parts.train) + len(parts.test)).split([len(parts.train), len(parts.test)])
    found = divergence(draw, torch.ones(len(train) + len(test)), train, test, chosen.ratio(len(train)))
    se = clustered_mean(found.log_ratio, parts.unit).se
    return Left(value=found.estimates[0].value, se=se, saturated=found.at_least[0])


def _independent_pairs(parts: Parts) -> Draw:
    """Words against draws of independent sites with the means of the training words.

    The network is given, of every site, s_i and its deviation from that mean, (batch, 2, sites). There is no z: the condition is a
    constant.
    """
    x = torch.from_numpy(np.concatenate([parts.train, parts.test]))
    p = torch.from_numpy((parts.train > 0).mean(0)).float()

    def draw(rows: Tensor, generator: torch.Generator) -> Pairs:
        reference = 2 * (torch.rand(len(rows), len(p), generator=generator) < p).float() - 1
        joint, independent = (torch.stack([s, s - (2 * p - 1)], 1) for s in (x[rows].float(), reference))
        return Pairs(joint, independent, torch.ones(len(rows), 1))

    return draw
