"""One VAE of a fit: trained, and scored on the held-out words; and the models without a latent variable beside it.

-ELBO - H = KL(q(z)||p(z)) + TC (see `measures.retina`), and the entropy H of the data is at most the nats of any model, so that the
room below -ELBO that the best model fills, less KL(q(z)||p(z)), is a floor of the total correlation TC that the latents leave. A
network's estimate of TC may fall short of it: then it is the floor that counts.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentfield.arrays import FloatArray
from latentfield.fitting.settings import Settings, architecture, schedule
from latentfield.measures.density_ratio import Draw, Pairs
from latentfield.measures.density_ratio import Settings as Ratio
from latentfield.measures.elbo import nats
from latentfield.measures.total_correlation import divergence, posterior_pairs
from latentfield.samples.splits import TEST
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace
from latentfield.vae.training import fit
from latentfield.words import baselines, likelihood
from latentfield.words.evaluate import convergence, dissection
from latentfield.words.ladder import Split, split_words

Record = dict[str, Any]
STRETCH, FEWEST_UNITS = 50, 20
"""Bins that are one unit of the errors where a stretch of time is held out, fewer where there would be too few units; and so few
whole repeats, if any, are no units but cut into stretches."""


class Scored(NamedTuple):
    """A model of the ladder: what is to be said of it, and ln P of every test word, (n,)."""

    record: Record
    log_p: FloatArray


def parts_of(data: SampleSet, split: str) -> Split:
    """The parts of a recording, with units of the errors that there are enough of."""
    label = data["splits"][data.attributes["splits"].index(split)]
    return split_words(data, split)._replace(unit=_units(split, *np.nonzero(label == TEST)))


def _units(split: str, repeat: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.int64] | None:
    span = int(np.ptp(time)) + 1
    if split == "movie":
        return time // max(1, min(STRETCH, span // FEWEST_UNITS))
    if split == "repeats":
        pieces = math.ceil(FEWEST_UNITS / len(np.unique(repeat)))
        return repeat * span + time // max(1, math.ceil(span / pieces))
    return None


class Observer(Protocol):
    """Who is told of the VAEs of a fit; pickled into every worker."""

    def begin(self, vae: str, settings: Record) -> None:
        """The training of a VAE begins, or goes on."""

    def epoch(self, vae: str, epoch: int, metrics: dict[str, float]) -> None:
        """An epoch of it is over."""

    def end(self, vae: str, measured: Record) -> None:
        """The VAE is trained and scored."""


def trained(chosen: Settings, name: str, data: SampleSet, provenance: Record, folder: Path, observer: Observer) -> VAE:
    """The VAE of a name, in folder/NAME; a training that was killed goes on at its last epoch."""
    place, (latents, prior) = folder / name, chosen.vaes[name]
    if not place.exists():
        splits = data.split(chosen.split)
        times = schedule(chosen, len(splits["train"].x))
        made = architecture(chosen, latents, prior, data)
        settings = chosen.model_dump(mode="json") | times.model_dump(mode="json", include=set(Pace.model_fields))
        settings |= {"latents": latents, "prior": made.prior.model_dump(mode="json")}
        observer.begin(name, settings)
        checkpoints = folder / f"{name}.training"
        vae, validation = fit(
            made, splits, times, seed=chosen.seed, folder=checkpoints, report=partial(observer.epoch, name)
        )
        run = {"run": f"{provenance['run']}-{name}"}
        record = TrainedRecord(
            **provenance | run, architecture=made, settings=settings, seed=chosen.seed, validation=validation
        )
        unfinished = place.with_suffix(".partial")
        save(vae, unfinished, record)
        unfinished.rename(place)
    return load(place)


def scored(vae: VAE, parts: Split, chosen: Settings) -> Scored:
    """Nats, rate and left correlation of a trained VAE on the test words (n, sites)."""
    last, seed = chosen.importance_samples, chosen.seed
    draws = sorted({k for k in (1, 3, 10, 30) if k < last} | {last})
    bounds = likelihood.log_likelihood(vae, parts.test, draws, seed)
    result = nats(vae, parts.test, 1.0, chosen.posterior_draws, seed)
    record = dissection(vae, parts, result, seed) | {"convergence": convergence(bounds, draws, parts.unit)}
    x = torch.from_numpy(np.concatenate([parts.train, parts.test]).reshape(-1, *vae.architecture.shape))
    record["tc"] = _left(posterior_pairs(vae, x, torch.ones(len(x))), parts, chosen)
    record |= {"latents": vae.architecture.latents, "validation_elbo": vae.record.validation["elbo"]}
    return Scored(record, bounds[-1])


def independent(parts: Split, chosen: Settings) -> Scored:
    """The model of no latents: independent sites. Its left correlation is that of the data."""
    log_p = baselines.independent(parts.train, parts.test)
    cost, nothing = clustered_mean(-log_p, parts.unit).plain(), {"mean": 0.0, "se": 0.0}
    record = {"latents": 0, "neg_elbo": cost, "distortion": cost, "rate": nothing, "rate_useful": nothing}
    record |= {"rate_excess": nothing, "tc": _left(_independent_pairs(parts), parts, chosen)}
    return Scored(record, log_p)


def ratio(chosen: Settings) -> Ratio:
    """How the network of the total correlation is trained."""
    return Ratio(steps=chosen.ratio_steps, head="words", seed=chosen.seed)


def _left(draw: Draw, parts: Split, chosen: Settings) -> Record:
    train, test = torch.arange(len(parts.train) + len(parts.test)).split([len(parts.train), len(parts.test)])
    found = divergence(draw, torch.ones(len(train) + len(test)), train, test, ratio(chosen))
    se = clustered_mean(found.log_ratio, parts.unit).se
    return {"mean": found.estimates[0].value, "se": se, "saturated": found.at_least[0]}


def _independent_pairs(parts: Split) -> Draw:
    x = torch.from_numpy(np.concatenate([parts.train, parts.test]))
    p = torch.from_numpy((parts.train > 0).mean(0)).float()

    def draw(rows: Tensor, generator: torch.Generator) -> Pairs:
        reference = 2 * (torch.rand(len(rows), len(p), generator=generator) < p).float() - 1
        both = (torch.stack([s, s - (2 * p - 1)], 1) for s in (x[rows].float(), reference))
        return Pairs(*both, torch.ones(len(rows), 1))

    return draw
