"""One VAE of a fit: trained, and tested on the held-out words; and independent sites, the model of no latents, beside it.

-ELBO - H = KL(q(z)||p(z)) + TC (`words.ladder`), and the entropy H of the data is at most the nats of any model, so that the room
below -ELBO that the best model fills, less KL(q(z)||p(z)), is a floor of the total correlation TC that the latents leave. A
network's estimate of TC may fall short of it: then it is the floor that counts.

Training words train, validation words pick the weights of the best epoch, and everything is measured on test words. The network of
TC learns from the training words and is evaluated on the test words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from pydantic import JsonValue
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.fitting.settings import Settings, architecture, schedule
from latentfield.measures.density_ratio import Draw, Pairs
from latentfield.measures.elbo import nats
from latentfield.measures.total_correlation import divergence, posterior_pairs
from latentfield.records.fitted import Assessed, FitOrigin, Left
from latentfield.records.measured import Measure
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace
from latentfield.vae.training import fit
from latentfield.words import baselines
from latentfield.words.evaluate import dissected, importance_weighted
from latentfield.words.ladder import Scored
from latentfield.words.parts import Parts, parts_of

NUMBERS = (1, 3, 10, 30)
"""Draws of z per word at which convergence is shown, below the last."""


class Observer(Protocol):
    """Who is told of the VAEs of a fit; pickled into every worker, and so without open files or connections."""

    def begin(self, vae: str, settings: dict[str, JsonValue]) -> None:
        """The training of a VAE begins, or goes on after a kill; not called for one that is finished."""

    def epoch(self, vae: str, epoch: int, metrics: dict[str, float]) -> None:
        """An epoch of it is over; metrics are those of training and validation."""

    def end(self, vae: str, measured: Assessed) -> None:
        """The VAE is trained and tested."""


@dataclass(frozen=True)
class Work:
    """A fit at work: sent to every process, which opens the data itself."""

    path: Path
    """Of the sample set."""
    chosen: Settings
    origin: FitOrigin
    folder: Path
    """Where earlier work is taken up."""
    observer: Observer
    """Told of every training and test, in whichever process it runs."""

    @cached_property
    def data(self) -> SampleSet:
        """The words, with their splits."""
        return SampleSet(self.path)

    @cached_property
    def parts(self) -> Parts:
        """The words under the split that was chosen; read once in every process."""
        return parts_of(self.data, self.chosen.split)


class LatentModel(NamedTuple):
    """A VAE, or independent sites, on the test words: what was measured on it, and its place among other models."""

    assessed: Assessed
    """-ELBO and its parts, and the total correlation left, by a network."""
    scored: Scored
    """ln P of every test word, importance weighted; exact for independent sites."""


def trained(work: Work, name: str) -> VAE:
    """The VAE of a name, in a folder of its own; a training that was killed goes on at its last epoch.

    The name is a key of `Settings.vaes`. The folder appears only when weights and record are both written, so that one that
    is there is finished. Weights are those of the epoch with the least -ELBO on validation words.
    """
    chosen, folder = work.chosen, work.folder
    place, (latents, prior) = folder / name, chosen.vaes[name]
    if not place.exists():
        splits = work.data.split(chosen.split)
        times = schedule(chosen, len(splits["train"].x))
        made = architecture(chosen, latents, prior, work.data)
        settings = chosen.model_dump(mode="json") | times.model_dump(mode="json", include=set(Pace.model_fields))
        settings |= {"latents": latents, "prior": made.prior.model_dump(mode="json")}
        work.observer.begin(name, settings)
        vae, validation = fit(
            made, splits, times,
            seed=chosen.seed, folder=folder / f"{name}.training", report=partial(work.observer.epoch, name),
        )  # fmt: skip
        record = TrainedRecord(
            **dict(work.origin) | {"run": f"{work.origin.run}-{name}"},
            architecture=made,
            settings=settings,
            seed=chosen.seed,
            validation=validation,
        )
        unfinished = place.with_suffix(".partial")
        save(vae, unfinished, record)
        unfinished.rename(place)
    return load(place)


def assessed(work: Work, name: str) -> tuple[Assessed, FloatArray]:
    """Nats, rate and left correlation of a VAE on the test words; and its ln P of each, (n,).

    Trains it first if need be. ln P is the importance-weighted bound with `importance_samples` draws; `convergence` has its
    mean for fewer (`NUMBERS`), by which one sees whether more would change it. `elbo`, on validation words, is for the
    choice of the prior.
    """
    parts, chosen = work.parts, work.chosen
    vae = trained(work, name)
    bounds = importance_weighted(vae, parts, NUMBERS, chosen.importance_samples, chosen.seed)
    result = nats(vae, parts.test, 1.0, chosen.posterior_draws, chosen.seed)
    x = torch.from_numpy(np.concatenate([parts.train, parts.test]).reshape(-1, *vae.architecture.shape))
    record = Assessed(
        **dict(dissected(vae, parts, result, chosen.seed)),
        latents=vae.architecture.latents,
        convergence=bounds.converged,
        tc=_left(posterior_pairs(vae, x, torch.ones(len(x))), parts, chosen),
        elbo=vae.record.validation["elbo"],
    )
    work.observer.end(name, record)
    return record, bounds.log_p


def independent(work: Work) -> tuple[Assessed, FloatArray]:
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
    return record, log_p


def _left(draw: Draw, parts: Parts, chosen: Settings) -> Left:
    """TC as the network finds it on the test words, nats per word.

    Its error goes by clusters of words and leaves out the network's. Rows of the data set behind `draw` are the training
    words and then the test words. A saturated value is the limit itself.
    """
    train, test = torch.arange(len(parts.train) + len(parts.test)).split([len(parts.train), len(parts.test)])
    found = divergence(draw, torch.ones(len(train) + len(test)), train, test, chosen.ratio)
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
