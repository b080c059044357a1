"""The models of the study of the number of latents, each made once and left in a folder: exact fits, and VAEs of more latents."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.fit import fit_curved, fit_linear
from latentfield.samples.store import SampleSet
from latentfield.studies.latent_number.plan import LatentStudy, Point
from latentfield.studies.latent_number.record import StudyOrigin
from latentfield.vae.architecture import Architecture
from latentfield.vae.model import VAE, load, save
from latentfield.vae.record import TrainedRecord
from latentfield.vae.schedule import Pace, Schedule
from latentfield.vae.training import fit
from latentfield.words.ladder import Sizes
from latentfield.words.parts import parts_of


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
