"""One model with latents of a fit: an exact fit or a VAE, tested on the held-out words; and independent sites beside it.

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
from numpy.typing import NDArray
from pydantic import JsonValue
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.fitting.settings import CURVED, Settings, architecture, schedule
from latentfield.marginal.active import Active
from latentfield.marginal.as_vae import as_vae, from_vae
from latentfield.marginal.certificate import certify
from latentfield.marginal.fit import fit_curved, fit_linear
from latentfield.measures.density_ratio import Draw, Pairs
from latentfield.measures.elbo import nats
from latentfield.measures.total_correlation import divergence, posterior_pairs
from latentfield.records.fitted import Assessed, Certified, FitOrigin, Left
from latentfield.records.measured import Measure
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace
from latentfield.words import baselines, likelihood
from latentfield.words.evaluate import dissected, importance_weighted
from latentfield.words.ladder import Scored, scored
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


def trained(work: Work, name: str) -> VAE:
    """The model of a name, in a folder of its own; the training of a VAE that was killed goes on at its last epoch.

    The name is a key of `Settings.candidates`. The folder appears only when weights and record are both written, so that one that
    is there is finished. Weights of a VAE are those of the epoch with the least -ELBO on validation words.
    """
    place = work.folder / name
    if not place.exists():
        settings = work.chosen.model_dump(mode="json") | work.chosen.candidates[name]._asdict()
        vae, told, validation = (_exact if work.chosen.candidates[name].exact else _amortised)(work, name, settings)
        record = TrainedRecord(
            **dict(work.origin) | {"run": f"{work.origin.run}-{name}"},
            architecture=vae.architecture,
            settings=told,
            seed=work.chosen.seed,
            validation=validation,
        )
        unfinished = place.with_suffix(".partial")
        save(vae, unfinished, record)
        unfinished.rename(place)
    return load(place)


class Made(NamedTuple):
    """A model, what it was asked for, and its metrics on validation words."""

    vae: VAE
    settings: dict[str, JsonValue]
    validation: dict[str, float]


def _amortised(work: Work, name: str, settings: dict[str, JsonValue]) -> Made:
    """A VAE with an encoder."""
    # Lightning takes seconds to load, and exact fits need none.
    from latentfield.vae.training import fit

    chosen, one = work.chosen, work.chosen.candidates[name]
    splits = work.data.split(chosen.split)
    times = schedule(chosen, len(splits["train"].x))
    made = architecture(chosen, one.latents, one.prior, work.data)
    settings |= times.model_dump(mode="json", include=set(Pace.model_fields))
    settings |= {"prior": made.prior.model_dump(mode="json")}
    work.observer.begin(name, settings)
    vae, validation = fit(
        made, splits, times,
        seed=chosen.seed, folder=work.folder / f"{name}.training", report=partial(work.observer.epoch, name),
    )  # fmt: skip
    return Made(vae, settings, validation)


def _exact(work: Work, name: str, settings: dict[str, JsonValue]) -> Made:
    """An exact fit; it takes seconds, and one that was killed begins anew."""
    chosen, parts, one = work.chosen, work.parts, work.chosen.candidates[name]
    work.observer.begin(name, settings)
    if one.decoder == CURVED:
        model = fit_curved(parts.train, parts.validation, one.latents, chosen.seed)
    else:
        model = fit_linear(parts.train, one.latents, chosen.seed)
    elbo = {part: float(model.log_likelihood(getattr(parts, part)).mean()) for part in ("train", "validation")}
    work.observer.epoch(name, 0, {"train/elbo": elbo["train"], "val/elbo": elbo["validation"]})
    lattice = work.data.attributes["lattice"]
    return Made(as_vae(model, tuple(lattice or work.data.shape)), settings, {"elbo": elbo["validation"]})


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
