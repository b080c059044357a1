"""All models of a fit, each trained and tested once, left in files, by any number of processes: the result is the same.

Processes share nothing but the folder, and each model is the work of one of them. With several, all models are first made
by the pool and then read; with one, they are made as they are asked for. What is in files is never made again.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from latentfield.fitting import training
from latentfield.fitting.choice import Tried
from latentfield.fitting.training import LatentModel
from latentfield.fitting.work import Work
from latentfield.records.base import kept
from latentfield.records.fitted import Assessed
from latentfield.records.measured import Step
from latentfield.words.ladder import MODELS, Scored, names
from latentfield.workspace.pool import apart

INDEPENDENT, PAIRWISE = "independent", "pairwise"
"""Names, among the files, of independent sites, the model of no latents, and of the one without latents that takes longest."""


class Fitted(NamedTuple):
    """Every model with latents by name, and those of the decoder asked for among all other models."""

    vaes: dict[str, LatentModel]
    """Every model with latents by its name in `Settings.candidates`."""
    tried: Tried
    """What the choice is made among."""


def fitted(work: Work, workers: int) -> Fitted:
    """Every number of latents, and the models without, scored on the same test words.

    Takes minutes; what is finished is read. Raises LatentfieldError where one of several processes is killed from outside.
    """
    chosen = work.chosen
    beside = [name for name in names(work.data.shape[0]) if name != INDEPENDENT]
    if workers > 1:
        # Those that take longest come first.
        quicker = [name for name in reversed(beside) if name != PAIRWISE]
        order = [PAIRWISE, *reversed(chosen.candidates), *quicker, INDEPENDENT]
        # What was read of the data stays here: every process reads them itself.
        apart([partial(_alone, replace(work), name) for name in order], workers, "models fitted")
    vaes = {name: latent_model(work, name) for name in chosen.candidates}
    others = {name: baseline(work, name) for name in beside}
    others |= {f"{one.decoder}-{one.latents}": vaes[name].scored for name, one in chosen.beside.items()}
    models = {0: latent_model(work, INDEPENDENT)} | {d: vaes[chosen.named(d)] for d in chosen.numbers}
    return Fitted(vaes, Tried(models, others, work.parts.unit, work.parts.validation_unit))


def latent_model(work: Work, name: str) -> LatentModel:
    """The VAE of a name, or independent sites; from its files if it is there already.

    NAME-scores.npz is written before NAME-scores.json, so that a record that is there has its scores.
    """
    scores = work.folder / f"{name}-scores.npz"

    def test() -> Assessed:
        found = training.independent(work) if name == INDEPENDENT else training.assessed(work, name)
        np.savez(scores, allow_pickle=False, test=found.scored.log_p, validation=found.validation)
        return found.assessed

    record = kept(scores.with_suffix(".json"), Assessed, test)
    with np.load(scores) as arrays:
        return training.placed(record, work.parts.unit, **arrays)


def baseline(work: Work, name: str) -> Scored:
    """The model without latents of a name (`words.ladder.MODELS`); from its files if it is there already.

    A fit of it that was killed begins anew: only finished ones leave files. Nothing is pickled.
    """
    scores = work.folder / f"{name}-scores.npz"

    def fit() -> Step:
        found = MODELS[name](work.parts, work.chosen.sizes, work.chosen.seed)
        more = {} if found.coupling is None else {"coupling": found.coupling}
        np.savez(scores, allow_pickle=False, log_p=found.log_p, **more)
        return found.step

    step = kept(scores.with_suffix(".json"), Step, fit)
    with np.load(scores) as arrays:
        return Scored(step, **arrays)


def _alone(work: Work, name: str) -> None:
    """One model in a process of its own, which leaves it in its files."""
    torch.set_num_threads(1)
    if name in work.chosen.candidates or name == INDEPENDENT:
        latent_model(work, name)
    else:
        baseline(work, name)
