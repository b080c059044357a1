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

import numpy as np
import torch

from latentfield.marginal.active import Active
from latentfield.marginal.as_vae import from_vae
from latentfield.marginal.certificate import certify
from latentfield.measures.elbo import nats
from latentfield.records.base import kept
from latentfield.records.measured import Measure
from latentfield.statistics.estimate import clustered_mean
from latentfield.studies.latent_number.comparison import compared
from latentfield.studies.latent_number.making import Work, fitted
from latentfield.studies.latent_number.plan import Point
from latentfield.studies.latent_number.record import Findings, Models, PointRecord
from latentfield.vae.accounting import active
from latentfield.words import baselines
from latentfield.words.evaluate import OURS, importance_weighted
from latentfield.words.ladder import Ladder, ladder, scored
from latentfield.words.parts import Parts, parts_of
from latentfield.workspace.pool import apart

NUMBERS = (1, 10)
"""Draws of z per word at which convergence is shown, below the last."""
DRAWS = 4
"""Draws of z per word that -ELBO and rate of VAEs are averaged over."""


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
    alike, rows = compared(work)
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
