"""All models of a fit, each trained and scored once, left in files, by any number of processes: the result is the same."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import numpy as np
import torch
from rich.progress import track
from threadpoolctl import threadpool_limits

from latentfield.errors import LatentfieldError
from latentfield.fitting import training
from latentfield.fitting.baselines import OTHERS, others
from latentfield.fitting.choice import Ladder, negligible
from latentfield.fitting.settings import Settings
from latentfield.fitting.training import Observer, Record, Scored
from latentfield.samples.store import SampleSet
from latentfield.workspace.scratch import remember

INDEPENDENT = "independent"


class Fitted(NamedTuple):
    """Every VAE by name, and the ladder of the better one, on validation words, of each number of latents."""

    vaes: dict[str, Scored]
    best: dict[int, str]
    """Name of the better VAE, by number of latents."""
    ladder: Ladder


def fitted(
    data: SampleSet, chosen: Settings, provenance: Record, folder: Path, workers: int, observer: Observer
) -> Fitted:
    """Every number of latents, and the models without, scored on the same test words."""
    # Those that take longest come first.
    beside = others(data.shape[0])
    names = [*reversed(chosen.vaes), *reversed(beside), INDEPENDENT]
    work = partial(score, data.path, chosen, provenance, folder, observer)
    if workers > 1:
        _apart(work, names, workers)
    found = {name: work(name) for name in names}
    vaes = {name: found[name] for name in chosen.vaes}
    best = {d: max(_named(chosen, d), key=lambda name: vaes[name].record["validation_elbo"]) for d in chosen.numbers}
    models = {0: found[INDEPENDENT]} | {d: vaes[name] for d, name in best.items()}
    unit = training.parts_of(data, chosen.split).unit
    return Fitted(vaes, best, Ladder(models, {name: found[name] for name in beside}, unit))


def _named(chosen: Settings, latents: int) -> list[str]:
    return [name for name, (d, _) in chosen.vaes.items() if d == latents]


def simplest(found: Fitted, chosen: Settings, latents: int) -> str:
    """Name of the VAE of so many latents that is shown: that whose prior is a product over latents, where that costs nothing."""
    product = _named(chosen, latents)[0]
    better = found.ladder.models[latents]
    return product if negligible(found.ladder, better, found.vaes[product]) else found.best[latents]


def score(path: Path, chosen: Settings, provenance: Record, folder: Path, observer: Observer, name: str) -> Scored:
    """The model of a name, from folder/NAME.json and .npy if it is there already."""
    stem = folder / f"{name}-scores"
    scores = stem.with_suffix(".npy")

    def kept() -> Record:
        found = _fitted(SampleSet(path), chosen, provenance, folder, observer, name)
        np.save(scores, found.log_p)
        return found.record

    return Scored(remember(stem.with_suffix(".json"), kept), np.load(scores))


def _fitted(
    data: SampleSet, chosen: Settings, provenance: Record, folder: Path, observer: Observer, name: str
) -> Scored:
    parts = training.parts_of(data, chosen.split)
    if name == INDEPENDENT:
        return training.independent(parts, chosen)
    if name in OTHERS:
        return OTHERS[name](parts, chosen)
    vae = training.trained(chosen, name, data, provenance, folder, observer)
    found = training.scored(vae, parts, chosen)
    observer.end(name, found.record)
    return found


def _apart(work: partial, names: list[str], workers: int) -> None:
    try:
        with ProcessPoolExecutor(min(workers, len(names)), get_context("spawn"), end_with_parent) as pool:
            tasks = [pool.submit(_alone, work, name) for name in names]
            for done in track(as_completed(tasks), "models fitted", len(tasks)):
                done.result()
    except BrokenProcessPool as error:
        raise LatentfieldError("a process of the fit was killed; finished work is kept: run the same again") from error


def end_with_parent() -> None:
    """End this process when that which started it is gone, killed: what goes on from its files must be alone with them."""

    def wait() -> None:
        parent_process().join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _alone(work: partial, name: str) -> None:
    """One model in a process of its own, which leaves it in its files; its bars would cross those of other processes."""
    torch.set_num_threads(1)
    with threadpool_limits(1), open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        work(name)
