"""How many collective variables a recording has: d latents with linear and with curved decoders, beside models without a latent
variable.

Up to three latents are fitted exactly; of more there are VAEs, trained on an importance-weighted bound. All score the same held-out
words; `gain` is the paired difference from independent cells, whose error is far smaller than that of the nats. The models
of `words.ladder` are fitted to the training words of each split. Units of the errors are whole repeats and stretches,
however few. Linear fits that differ in their starts alone, and two of halves of the words, say whether the patterns are a property
of the data (`stability`); the halves give K(h) its error. What is finished is in files, and the result is the same
whatever the number of processes; a killed training goes on at its last epoch.

What a kill loses is at most an epoch of a training, an exact fit, the scoring of a point, or the models without latents of one
split. Draws of z depend on the seed of the training alone, and the choice of words on the split. Nats of two points on a split
are means over the same words, so that their difference is known better than either error says; points of different
splits are not comparable, for their words are others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from latentfield.arrays import FloatArray
from latentfield.decoding.generalized_hopfield import cumulants, gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.patterns.stability import stability
from latentfield.marginal.active import Active
from latentfield.marginal.as_vae import as_vae, from_vae
from latentfield.marginal.certificate import certify
from latentfield.marginal.fit import fit_curved, fit_linear
from latentfield.measures.elbo import nats
from latentfield.records.base import kept
from latentfield.records.measured import Measure
from latentfield.records.tables import Row
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.studies.latent_number.record import Alike, Findings, Models, PointRecord, StabilityRecord, StudyOrigin
from latentfield.vae.accounting import active
from latentfield.vae.architecture import Architecture
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace, Schedule
from latentfield.vae.training import fit
from latentfield.words import baselines
from latentfield.words.evaluate import OURS, importance_weighted
from latentfield.words.ladder import Ladder, Sizes, ladder, scored
from latentfield.words.parts import Parts, parts_of
from latentfield.workspace.pool import apart

NUMBERS = (1, 10)
"""Draws of z per word at which convergence is shown, below the last."""
DRAWS = 4
"""Draws of z per word that -ELBO and rate of VAEs are averaged over."""


class Work(NamedTuple):
    """All that the pieces of the study are made from, and where they are left."""

    study: LatentStudy
    data: SampleSet
    sizes: Sizes
    """Of the models without latents."""
    seed: int
    origin: StudyOrigin
    """Names and fingerprints of data and code that go into every saved model."""
    folder: Path
    """Models are in POINT, their checkpoints in POINT.training, their scores in POINT.json, the models without latents in
    ladder-SPLIT.json. What is there is read, not done again: the folder is to belong to one plan, data set and code."""


def run(work: Work, workers: int) -> Findings:
    """All points, the ladder of each split and the stability of the patterns, by so many processes."""
    study, points = work.study, list(work.study.points(work.seed))
    if workers > 1:
        # Those that take longest are begun first.
        pieces: list[Callable[[], object]] = [partial(_alone, point, work) for point in reversed(points)]
        pieces += [partial(models, split, work) for split in study.splits]
        apart(pieces, workers, "numbers of latents")
    found = tuple(scored_point(point, work) for point in points)
    first = [point for point in found if point.split == study.splits[0] and point.half is None]
    alike, rows = _compared(work)
    return Findings(
        points=found,
        ladder={split: models(split, work).steps for split in study.splits},
        best=best([point for point in first if point.decoder == "linear"]),
        stability=alike,
        cumulant=rows,
    )


def best(points: list[PointRecord]) -> PointRecord:
    """The point of the least nats per held-out word; those that differ in their seeds alone take part one by one."""
    return min(points, key=lambda point: point.nats_per_word.value)


def scored_point(point: Point, work: Work) -> PointRecord:
    """A point, fitted and scored, from its file if it is there already."""
    return kept(work.folder / f"{point.name}.json", PointRecord, partial(_point, point, work))


def models(split: str, work: Work) -> Models:
    """The models without latents, fitted to all training words of a split and scored on the words of the study."""

    def fit_all() -> Models:
        return Models(steps=ladder(scored_parts(work, split), work.sizes, work.seed).steps)

    return kept(work.folder / f"ladder-{split}.json", Models, fit_all)


def fitted(point: Point, work: Work) -> VAE:
    """The model of a point, in folder/POINT, which appears when it is whole; a training that was killed goes on at its last epoch.

    What is returned was read back from the folder, so that scores are those of the saved model.
    """
    place = work.folder / point.name
    if not place.exists():
        vae, validation = _exact(point, work) if point.exact else _trained(point, work)
        settings = point.model_dump(mode="json") | (
            {} if point.exact else work.study.model_dump(include=set(Pace.model_fields))
        )
        record = TrainedRecord(
            **dict(work.origin) | {"run": f"{work.origin.run}-{point.name}"},
            architecture=vae.architecture,
            settings=settings | {"prior": vae.architecture.prior.model_dump(mode="json")},
            seed=point.seed,
            validation=validation,
        )
        unfinished = place.with_suffix(".partial")
        save(vae, unfinished, record)
        unfinished.rename(place)
    return load(place)


def scored_parts(work: Work, split: str) -> Parts:
    """The parts of a split with the test words that the study scores, the same for every point.

    The choice of words does not depend on the seed of the study. Units of errors are whole repeats and stretches even
    where they are only two or three, whose error is then itself hardly known.
    """
    parts = parts_of(work.data, split, fewest=1)
    return parts.some(np.sort(np.random.default_rng(0).permutation(len(parts.test))[: work.study.words]))


def _alone(point: Point, work: Work) -> None:
    """A point in a process of its own, which leaves it in its files."""
    torch.set_num_threads(1)
    scored_point(point, work)


def _exact(point: Point, work: Work) -> tuple[VAE, dict[str, float]]:
    parts = parts_of(work.data, point.split)
    train = parts.train if point.half is None else parts.train[point.half :: 2]
    if point.decoder == "linear":
        model = fit_linear(train, point.latents, point.seed)
    else:
        model = fit_curved(train, parts.validation, point.latents, point.seed)
    return as_vae(model, work.data.shape), {"elbo": float(model.log_likelihood(parts.validation).mean())}


def _trained(point: Point, work: Work) -> tuple[VAE, dict[str, float]]:
    data, study = work.data, work.study
    architecture = Architecture.of(
        study.network(point.decoder),
        data.temperatures.tolist(),
        sites=data.attributes["sites"],
        shape=data.shape,
        latents=point.latents,
    )
    schedule, folder = Schedule.of(study, work.origin.training), work.folder / f"{point.name}.training"
    return fit(
        architecture,
        data.split(point.split),
        schedule,
        seed=point.seed,
        folder=folder,
        report=lambda epoch, metrics: None,
    )


def _point(point: Point, work: Work) -> PointRecord:
    """Fit one model and score it: -ELBO and rate, ln P of every word, and what it gains on independent cells."""
    model, parts = fitted(point, work), scored_parts(work, point.split)
    # One draw of an exact posterior is enough: p(x|z) p(z) / q(z|x) is p(x) whatever z.
    numbers, most, draws = ((), 1, 1) if point.exact else (NUMBERS, work.study.importance_samples, DRAWS)
    result = nats(model, parts.test, 1.0, draws, point.seed)
    bounds = importance_weighted(model, parts, numbers, most, point.seed)
    alone = scored(baselines.independent(parts.train, parts.test), parts.unit)
    steps = Ladder({"independent": alone, OURS: scored(bounds.log_p, parts.unit)}, parts.unit)
    nats_per_word, validation = steps.models[OURS].step, model.record.validation
    first = point.exact and point.half is None and point.seed == work.seed
    return PointRecord(
        **point.model_dump(),
        neg_elbo=Measure.of(clustered_mean(result.neg_elbo, parts.unit)),
        rate=Measure.of(clustered_mean(result.rate, parts.unit)),
        nats_per_word=Measure(value=nats_per_word.value, se=nats_per_word.se),
        gain=Measure.of(steps.gain(OURS, "independent")),
        convergence=() if point.exact else bounds.converged,
        validation=validation,
        active=None if point.exact else active(validation),
        certificate=certify(from_vae(model), Active.of(parts.train)).gain if first else None,
    )


def _compared(work: Work) -> tuple[StabilityRecord, tuple[Row, ...]]:
    """How alike the patterns of starts and halves are, and K of the halves' mean with its error.

    Theories are aligned to that of the first start before K is averaged. K is taken around the mean pull of the test words of both
    halves, along each latent as far as all but a thousandth of the pulls reach.
    """
    points = work.study.compared(work.seed)
    theories = [gauge.fixed(generalized.decode(load(work.folder / point.name))) for point in points]
    theories = [gauge.aligned(theory, theories[0]) for theory in theories]
    starts = [theory for theory, point in zip(theories, points, strict=True) if point.half is None]
    halves = [theory for theory, point in zip(theories, points, strict=True) if point.half is not None]
    test = work.data.split(work.study.splits[0])["test"].x
    origin, reach = cumulants.frame(np.array([theory.overlaps(test) for theory in halves]))
    record = StabilityRecord(
        latents=work.study.stable,
        seeds=tuple(point.seed for point in points if point.half is None),
        starts=_alike([theory.patterns for theory in starts]),
        halves=_alike([theory.patterns for theory in halves]),
    )
    return record, tuple(cumulants.along_axes(halves, reach, origin))


def _alike(patterns: list[FloatArray]) -> Alike:
    found = stability(patterns)
    return Alike(cosines=found.cosines.tolist(), mean=found.mean, least=float(found.cosines.min()), span=found.span)
