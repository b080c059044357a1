"""How many collective variables a recording has: VAEs with linear decoders and d latents, beside models without a latent variable.

Every training scores the same held-out words, importance weighted; `gain` is the paired difference from independent cells, whose
error is far smaller than that of the nats. The models of `measures.ladder` are fitted to the training words of each split.
Trainings that differ in their seeds alone say how far the patterns are a property of the data (`stability`), and so is K(h), whose
errors are taken over them. A finished training is
one file and a model beside it; a killed one goes on at its last epoch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from latentfield.decoding.generalized_hopfield import cumulants, gauge
from latentfield.decoding.generalized_hopfield import model as generalized
from latentfield.decoding.patterns.stability import stability
from latentfield.measures.elbo import nats
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import clustered_mean
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.vae.architecture import Architecture, NetworkSettings
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace, Schedule, Shared
from latentfield.vae.training import fit
from latentfield.words import baselines, likelihood
from latentfield.words.ladder import Sizes, Split, other_models, split_words
from latentfield.workspace.scratch import remember

Record = dict[str, Any]


def run(
    study: LatentStudy, data: SampleSet, entry: Record, provenance: Record, sizes: Sizes, seed: int, folder: Path
) -> Record:
    """All points, the ladder of each split and the stability of the patterns.

    `entry` is the record of the recording's VAE in `params.yaml`, `provenance` what a model's folder says besides its settings;
    `sizes` are those of the other models. Models stay in folder/POINT.
    """
    points = list(study.points(seed))
    found = [
        remember(folder / f"{point.name}.json", lambda p=point: _measure(study, p, data, entry, provenance, folder))
        for point in track(points, "numbers of latents")
    ]
    ladders = {
        split: remember(folder / f"ladder-{split}.json", lambda s=split: _ladder(study, data, s, sizes, seed))
        for split in study.splits
    }
    return {"points": found, "ladder": ladders} | _summary(study, points, found, data, folder)


def best(record: Record, split: str) -> Record:
    """The point of the least nats per held-out word on a split."""
    return min((row for row in record["points"] if row["split"] == split), key=lambda row: row["nats_per_word"]["mean"])


def name(row: Record) -> str:
    """Name of a point's folder and file, from its record."""
    return Point(**{key: row[key] for key in Point.model_fields}).name


def train(study: LatentStudy, point: Point, data: SampleSet, entry: Record, provenance: Record, folder: Path) -> VAE:
    """The trained VAE of a point, in folder/POINT; its folder says what any other model's does."""
    settings = (
        entry | study.model_dump(include=set(Pace.model_fields)) | {"latents": point.latents, "split": point.split}
    )
    settings["prior"] = settings["prior"] | {"bins": study.bins}
    architecture = Architecture.of(
        NetworkSettings(**{key: settings[key] for key in NetworkSettings.model_fields}),
        data.temperatures.tolist(),
        sites=data.attributes["sites"],
        shape=data.shape,
        latents=point.latents,
    )
    schedule = Schedule.of(study, Shared(**provenance["training"]), settings["threads"])
    trained, validation = fit(
        architecture, data.split(point.split), schedule,
        seed=point.seed, folder=folder / f"{point.name}.training", report=lambda epoch, metrics: None,
    )  # fmt: skip
    run = {"run": f"{provenance['run']}-{point.name}"}
    record = TrainedRecord(
        **provenance | run, architecture=architecture, settings=settings, seed=point.seed, validation=validation
    )
    save(trained, folder / point.name, record)
    return load(folder / point.name)


def _measure(
    study: LatentStudy, point: Point, data: SampleSet, entry: Record, provenance: Record, folder: Path
) -> Record:
    trained = train(study, point, data, entry, provenance, folder)
    parts = scored(study, split_words(data, point.split))
    result = nats(trained, parts.test, 1.0, 4, point.seed)
    sizes = sorted({1, 10, study.importance_samples})
    bounds = -likelihood.log_likelihood(trained, parts.test, sizes, point.seed)
    alone = -baselines.independent(parts.train, parts.test)
    return point.model_dump() | {
        "neg_elbo": clustered_mean(result.neg_elbo, parts.unit).plain(),
        "rate": clustered_mean(result.rate, parts.unit).plain(),
        "nats_per_word": clustered_mean(bounds[-1], parts.unit).plain(),
        "gain": clustered_mean(alone - bounds[-1], parts.unit).plain(),
        "convergence": [
            {"samples": k} | clustered_mean(bound, parts.unit).plain() for k, bound in zip(sizes, bounds, strict=True)
        ],
        "validation": trained.record.validation,
    }


def scored(study: LatentStudy, parts: Split) -> Split:
    """The parts of a split with the test words that the study scores, the same for every point."""
    rows = np.sort(np.random.default_rng(0).permutation(len(parts.test))[: study.words])
    return parts._replace(test=parts.test[rows], unit=None if parts.unit is None else parts.unit[rows])


def _ladder(study: LatentStudy, data: SampleSet, split: str, sizes: Sizes, seed: int) -> Record:
    parts = scored(study, split_words(data, split))
    scores, notes = other_models(parts, sizes, seed)
    return {name: clustered_mean(-score, parts.unit).plain() | notes.get(name, {}) for name, score in scores.items()}


def _summary(study: LatentStudy, points: list[Point], found: list[Record], data: SampleSet, folder: Path) -> Record:
    """The best point of the first split; of several seeds, how alike their patterns are, and K with the error over them."""
    summary: Record = {"best": best({"points": found}, study.splits[0])}
    same = [p for p in points if (p.latents, p.split) == (study.stable, study.splits[0])]
    if len(same) == 1:
        return summary
    theories = [gauge.fixed(generalized.decode(load(folder / point.name))) for point in same]
    theories = [gauge.aligned(theory, theories[0]) for theory in theories]
    alike = stability([theory.patterns for theory in theories])
    summary["stability"] = {
        "latents": study.stable, "seeds": [p.seed for p in same], "mean": alike.mean, "cosines": alike.cosines.tolist()
    }  # fmt: skip
    test = split_words(data, study.splits[0]).test
    origin, reach = cumulants.frame(np.array([theory.overlaps(test) for theory in theories]))
    return summary | {"cumulant": cumulants.along_axes(theories, reach, origin)}
