"""A fit from words to a folder: trainings for every number of latents, other models, cut, choice, theory, verdict.

    samples.zarr   the words, as any sample set
    models/dNN     each VAE; the chosen one with its theory
    fit.json       the record
    curves/*.csv   tables of what was measured on the VAE that is shown, the chosen one or that of the fewest latents
    theory/*.csv   tables of its theory
    patterns.npy   of the chosen VAE, (d, sites)

Every step that takes time leaves a file in the folder: a fit that was killed goes on at its last one, and the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding.theory import Theory
from latentfield.fitting import training
from latentfield.fitting.choice import Ladder, choose
from latentfield.fitting.cuts import Cut, strongest
from latentfield.fitting.record import said, shown
from latentfield.fitting.settings import Settings
from latentfield.fitting.shown import measure
from latentfield.fitting.theory import Tables, patterns, theory
from latentfield.fitting.training import Record, Scored
from latentfield.fitting.verdict import Findings, missed
from latentfield.measures.estimate import Estimate
from latentfield.measures.word_models import Split
from latentfield.scratch import remember
from latentfield.store import SampleSet
from latentfield.vae import model
from latentfield.vae.model import VAE


class Outcome(NamedTuple):
    """What a fit found."""

    record: Record
    """Plain data: what was measured on `vae`, in the form of a recording's record, and under `fit` what is concluded."""
    tables: Tables
    vae: VAE
    """The chosen VAE; where no latent is needed, that of the fewest."""
    theory: Theory
    theory_tables: Tables
    patterns: NDArray
    """Of the chosen number of latents, (d, sites); none where none is needed."""


def run(data: SampleSet, chosen: Settings, provenance: Record, folder: Path) -> Outcome:
    """Fit a recording in `folder`, where earlier work is taken up; `provenance` says where the data come from."""
    parts = training.parts_of(data, chosen.split)
    ladder = _scored(data, parts, chosen, provenance, folder)
    cut = _cut(parts, ladder, chosen, folder)
    choice = choose(ladder)
    vae = model.load(folder / f"d{choice.latents or min(chosen.latents):02d}")
    found = patterns(vae, chosen.seed)
    measured, tables = measure(vae, parts, chosen)
    most = max(chosen.latents)
    pairs = missed(tables["two_point"], measured["residuals"]["two"], kept_sites(data))
    findings = Findings(choice, most, ladder.models[most].record["rate"], cut, pairs, found.signs is not None)
    record = shown(ladder, measured, vae, parts, chosen) | {"fit": said(findings, ladder, kept_sites(data))}
    best = found.best if choice.latents else np.empty((0, data.shape[0]))
    return Outcome(record, tables, vae, *theory(vae, parts, found, chosen.seed), best)


def kept_sites(data: SampleSet) -> NDArray[np.int64]:
    """Number, in the file, of every site that is left."""
    dropped = data.attributes["dropped_sites"]
    return np.setdiff1d(np.arange(data.shape[0] + len(dropped)), dropped)


def _scored(data: SampleSet, parts: Split, chosen: Settings, provenance: Record, folder: Path) -> Ladder:
    def vae(latents: int) -> Scored:
        return training.scored(training.trained(chosen, latents, data, provenance, folder), parts, chosen)

    models = {0: _remembered(folder / "independent", lambda: training.independent(parts, chosen))}
    for d in sorted(set(chosen.latents)):
        models[d] = _remembered(folder / f"latents-{d}", lambda d=d: vae(d))
    others = {
        name: _remembered(folder / name, lambda fitted=fitted: fitted(parts, chosen))
        for name, fitted in training.OTHERS.items()
    }
    return Ladder(models, others, parts.unit)


def _remembered(stem: Path, work: Callable[[], Scored]) -> Scored:
    scores = stem.with_suffix(".npy")

    def kept() -> Record:
        found = work()
        np.save(scores, found.log_p)
        return found.record

    return Scored(remember(stem.with_suffix(".json"), kept), np.load(scores))


def _cut(parts: Split, ladder: Ladder, chosen: Settings, folder: Path) -> Cut:
    """The strongest cut by the correlations of pairs and by the couplings of the pairwise model, each squared."""

    def search() -> Record:
        correlation = np.corrcoef(parts.train, rowvar=False)
        coupling = np.array(ladder.others["pairwise"].record["coupling"])
        spread = parts.train.var(0)
        weights = {"correlations": correlation**2, "couplings": coupling**2 * np.outer(spread, spread)}
        found = strongest((parts.train, parts.validation, parts.test), weights, chosen.seed)
        return found._asdict() | {"a": found.a.tolist()}

    found = remember(folder / "cut.json", search)
    return Cut(np.array(found["a"]), Estimate(*found["bound"]), found["limit"], found["name"])
