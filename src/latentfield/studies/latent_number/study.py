"""How many collective variables a recording has: VAEs with linear decoders and d latents, beside models without a latent
variable.

Every training scores the same held-out words, importance weighted; `gain` is the paired difference from independent
cells, whose error is far smaller than that of the nats. The models of `words.ladder` are fitted to the training words
of each split. Units of the errors are whole repeats and stretches, however few. Trainings that differ in their seeds
alone say how far the patterns are a property of the data (`stability`), and so is K(h), whose errors are taken over
them. A finished training is one file and a model beside it; a killed one goes on at its last epoch.

What a kill loses is at most an epoch of a training, the scoring of a point, or the models without latents of one split.
Draws of z depend on the seed of the training alone, and the choice of words on the split. Nats of two points on a split
are means over the same words, so that their difference is known better than either error says; points of different
splits are not comparable, for their words are others.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.progress import track

from latentfield.decoding.generalized_hopfield import cumulants, gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.patterns.stability import stability
from latentfield.measures.elbo import nats
from latentfield.records.base import kept
from latentfield.records.measured import Measure
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.studies.latent_number.record import Findings, Models, PointRecord, StabilityRecord, StudyOrigin
from latentfield.vae.architecture import Architecture, NetworkSettings
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace, Schedule
from latentfield.vae.training import fit
from latentfield.words import baselines
from latentfield.words.evaluate import OURS, importance_weighted
from latentfield.words.ladder import Ladder, Sizes, ladder, scored
from latentfield.words.parts import Parts, parts_of

NUMBERS = (1, 10)
"""Draws of z per word at which convergence is shown, below the last."""
DRAWS = 4
"""Draws of z per word that -ELBO and rate are averaged over."""


class Common(NamedTuple):
    """What all trainings have in common."""

    entry: NetworkSettings
    """That of the recording's VAE in `params.yaml`."""
    threads: int
    """CPU threads of a training; their number is part of what fixes its last bits."""
    origin: StudyOrigin
    """Names and fingerprints of data and code that go into every saved model."""


def run(study: LatentStudy, data: SampleSet, common: Common, sizes: Sizes, seed: int, folder: Path) -> Findings:
    """All points, the ladder of each split and the stability of the patterns.

    `sizes` are those of the models without latents. Models stay in folder/POINT, their checkpoints in
    folder/POINT.training, their scores in folder/POINT.json, and the models without latents in
    folder/ladder-SPLIT.json. What has a file is read, not done again: the folder is to belong to one plan, data set and
    code.
    """
    points = list(study.points(seed))
    found = tuple(
        kept(folder / f"{point.name}.json", PointRecord, partial(_point, study, point, data, common, folder))
        for point in track(points, "numbers of latents")
    )
    ladders = {
        split: kept(folder / f"ladder-{split}.json", Models, partial(_models, study, data, split, sizes, seed))
        for split in study.splits
    }
    findings = Findings(
        points=found,
        ladder={split: models.steps for split, models in ladders.items()},
        best=best(found, study.splits[0]),
    )
    return _with_seeds(study, findings, points, data, folder)


def best(points: tuple[PointRecord, ...], split: str) -> PointRecord:
    """The point of the least nats per held-out word on a split.

    Points that differ in their seeds alone take part one by one.
    """
    return min((point for point in points if point.split == split), key=lambda point: point.nats_per_word.value)


def train(study: LatentStudy, point: Point, data: SampleSet, common: Common, folder: Path) -> VAE:
    """The trained VAE of a point, in folder/POINT; its folder says what any other model's does.

    A linear decoder, since `Common.entry` has one: rows of its weights are patterns. What is returned was read back
    from the folder, so that scores are those of the saved model. A training that was killed goes on at its last epoch.
    """
    prior = common.entry.prior.model_copy(update={"bins": study.bins})
    network = common.entry.model_copy(update={"prior": prior})
    settings = network.model_dump(mode="json") | study.model_dump(include=set(Pace.model_fields))
    architecture = Architecture.of(
        network,
        data.temperatures.tolist(),
        sites=data.attributes["sites"],
        shape=data.shape,
        latents=point.latents,
    )
    origin = common.origin
    trained, validation = fit(
        architecture, data.split(point.split), Schedule.of(study, origin.training, common.threads),
        seed=point.seed, folder=folder / f"{point.name}.training", report=lambda epoch, metrics: None,
    )  # fmt: skip
    record = TrainedRecord(
        **dict(origin) | {"run": f"{origin.run}-{point.name}"},
        architecture=architecture,
        settings=settings | {"latents": point.latents, "split": point.split},
        seed=point.seed,
        validation=validation,
    )
    save(trained, folder / point.name, record)
    return load(folder / point.name)


def _point(study: LatentStudy, point: Point, data: SampleSet, common: Common, folder: Path) -> PointRecord:
    """Train one VAE and score it: -ELBO and rate, the importance-weighted bound, and what it gains on independent cells."""
    trained = train(study, point, data, common, folder)
    parts = scored_parts(study, data, point.split)
    result = nats(trained, parts.test, 1.0, DRAWS, point.seed)
    bounds = importance_weighted(trained, parts, NUMBERS, study.importance_samples, point.seed)
    alone = scored(baselines.independent(parts.train, parts.test), parts.unit)
    steps = Ladder({"independent": alone, OURS: scored(bounds.log_p, parts.unit)}, parts.unit)
    nats_per_word = steps.models[OURS].step
    return PointRecord(
        **point.model_dump(),
        neg_elbo=Measure.of(clustered_mean(result.neg_elbo, parts.unit)),
        rate=Measure.of(clustered_mean(result.rate, parts.unit)),
        nats_per_word=Measure(value=nats_per_word.value, se=nats_per_word.se),
        gain=Measure.of(steps.gain(OURS, "independent")),
        convergence=bounds.converged,
        validation=trained.record.validation,
    )


def scored_parts(study: LatentStudy, data: SampleSet, split: str) -> Parts:
    """The parts of a split with the test words that the study scores, the same for every point.

    The choice of words does not depend on the seed of the study. Units of errors are whole repeats and stretches even
    where they are only two or three, whose error is then itself hardly known.
    """
    parts = parts_of(data, split, fewest=1)
    return parts.some(np.sort(np.random.default_rng(0).permutation(len(parts.test))[: study.words]))


def _models(study: LatentStudy, data: SampleSet, split: str, sizes: Sizes, seed: int) -> Models:
    """The models without latents, fitted to all training words of a split and scored on the words of the study."""
    return Models(steps=ladder(scored_parts(study, data, split), sizes, seed).steps)


def _with_seeds(study: LatentStudy, found: Findings, points: list[Point], data: SampleSet, folder: Path) -> Findings:
    """The same and, of several seeds, how alike their patterns are, and K with the error over them.

    Theories of later seeds are aligned to that of the first before K is averaged. K is taken around the mean pull of
    the test words of all theories, along each latent as far as all but a thousandth of the pulls reach.
    """
    same = [p for p in points if (p.latents, p.split) == (study.stable, study.splits[0])]
    if len(same) == 1:
        return found
    theories = [gauge.fixed(generalized.decode(load(folder / point.name))) for point in same]
    theories = [gauge.aligned(theory, theories[0]) for theory in theories]
    alike = stability([theory.patterns for theory in theories])
    test = data.split(study.splits[0])["test"].x
    origin, reach = cumulants.frame(np.array([theory.overlaps(test) for theory in theories]))
    record = StabilityRecord(
        latents=study.stable, seeds=tuple(p.seed for p in same), mean=alike.mean, cosines=alike.cosines.tolist()
    )
    rows = tuple(cumulants.along_axes(theories, reach, origin))
    return found.model_copy(update={"stability": record, "cumulant": rows})
