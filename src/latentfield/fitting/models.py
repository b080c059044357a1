"""All models of a fit, each trained and scored once, left in files, by any number of processes: the result is the same."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.fitting import training
from latentfield.fitting.choice import Ladder
from latentfield.fitting.others import OTHERS
from latentfield.fitting.settings import FACTORISED, Settings
from latentfield.fitting.training import Record, Scored
from latentfield.scratch import remember
from latentfield.store import SampleSet

INDEPENDENT = "independent"


def ladder(data: SampleSet, chosen: Settings, provenance: Record, folder: Path, workers: int) -> Ladder:
    """Every number of latents, and the models without, scored on the same test words."""
    vaes = {d: chosen.name(d) for d in sorted(set(chosen.latents))}
    # Those that take longest come first.
    names = [*reversed(vaes.values()), *reversed(OTHERS), INDEPENDENT]
    work = partial(score, data.path, chosen, provenance, folder)
    if workers > 1:
        _apart(work, names, workers)
    found = {name: work(name) for name in names}
    models = {0: found[INDEPENDENT]} | {d: found[name] for d, name in vaes.items()}
    unit = training.parts_of(data, chosen.split).unit
    return Ladder(models, {name: found[name] for name in OTHERS}, unit)


def factorised(data: SampleSet, chosen: Settings, provenance: Record, folder: Path, latents: int) -> tuple[str, Scored]:
    """Name and scores of the VAE of so many latents whose prior is a product over latents."""
    chosen = chosen.model_copy(update={"prior": FACTORISED})
    name = chosen.name(latents)
    return name, score(data.path, chosen, provenance, folder, name)


def score(path: Path, chosen: Settings, provenance: Record, folder: Path, name: str) -> Scored:
    """The model of a name, from folder/NAME.json and .npy if it is there already."""
    stem = folder / f"{name}-scores"
    scores = stem.with_suffix(".npy")

    def kept() -> Record:
        found = _fitted(SampleSet(path), chosen, provenance, folder, name)
        np.save(scores, found.log_p)
        return found.record

    return Scored(remember(stem.with_suffix(".json"), kept), np.load(scores))


def _fitted(data: SampleSet, chosen: Settings, provenance: Record, folder: Path, name: str) -> Scored:
    parts = training.parts_of(data, chosen.split)
    if name == INDEPENDENT:
        return training.independent(parts, chosen)
    if name in OTHERS:
        return OTHERS[name](parts, chosen)
    latents = next(d for d in chosen.latents if chosen.name(d) == name)
    return training.scored(training.trained(chosen, latents, data, provenance, folder), parts, chosen)


def _apart(work: partial, names: list[str], workers: int) -> None:
    try:
        with ProcessPoolExecutor(min(workers, len(names)), get_context("spawn")) as pool:
            list(pool.map(partial(_alone, work), names))
    except BrokenProcessPool as error:
        raise LatentfieldError("a process of the fit was killed; finished work is kept: run the same again") from error


def _alone(work: partial, name: str) -> None:
    """One model in a process of its own, which leaves it in its files."""
    torch.set_num_threads(1)
    with threadpool_limits(1), redirect_stdout(sys.stderr):
        work(name)
