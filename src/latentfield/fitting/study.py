"""A fit of the words in a store: trainings for every number of latents, other models, cut, choice, theory, verdict.

Every step that takes time leaves a file in the folder: a fit that was killed goes on at its last one, and the result is the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.decoding.theory import Theory
from latentfield.fitting import training
from latentfield.fitting.choice import Ladder, choose
from latentfield.fitting.cut_search import Cut, strongest
from latentfield.fitting.measured import measure
from latentfield.fitting.record import said, shown
from latentfield.fitting.settings import Settings
from latentfield.fitting.theory import Tables, patterns, theory
from latentfield.fitting.training import Observer, Record
from latentfield.fitting.verdict import Findings, missed
from latentfield.fitting.workers import fitted as fit_models
from latentfield.fitting.workers import simplest
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate
from latentfield.vae import model
from latentfield.vae.model import VAE
from latentfield.words.ladder import Split
from latentfield.workspace.scratch import remember


class Outcome(NamedTuple):
    """What a fit found."""

    name: str
    """Name of the VAE that is shown, and of its folder."""
    record: Record
    """Plain data: what was measured on `vae`, in the form of a recording's record, and under `fit` what is concluded."""
    tables: Tables
    vae: VAE
    """That of the number of latents that was chosen; where none is needed, of the fewest."""
    theory: Theory
    theory_tables: Tables
    patterns: NDArray
    """Of the chosen number of latents, (d, sites); none where none is needed."""


def run(
    data: SampleSet, chosen: Settings, provenance: Record, folder: Path, workers: int, observer: Observer
) -> Outcome:
    """Fit a recording in `folder`, where earlier work is taken up; `provenance` says where the data come from.

    The VAE that is shown has the latents that were chosen, and a prior that is a product over latents where that costs nothing: its
    theory is simpler. `workers` processes train and score the models, and tell `observer`.
    """
    parts = training.parts_of(data, chosen.split)
    fitted = fit_models(data, chosen, provenance, folder, workers, observer)
    ladder = fitted.ladder
    cut = _cut(parts, ladder, chosen, folder)
    choice = choose(ladder)
    latents = choice.latents or min(chosen.latents)
    name = simplest(fitted, chosen, latents)
    on_shown = ladder._replace(models=ladder.models | {latents: fitted.vaes[name]})
    vae = model.load(folder / name)
    found = patterns(vae, chosen.seed)
    measured, tables = measure(vae, parts, chosen)
    pairs = missed(tables["two_point"], measured["residuals"]["two"], kept_sites(data))
    findings = Findings(choice, chosen.decoder, max(chosen.latents), _rate(ladder), cut, pairs, found.signs is not None)
    record = shown(on_shown, measured, vae, parts, chosen) | {"fit": said(findings, ladder, kept_sites(data))}
    best = found.best if choice.latents else np.empty((0, data.shape[0]))
    return Outcome(name, record, tables, vae, *theory(vae, parts, found, chosen.seed), best)


def kept_sites(data: SampleSet) -> NDArray[np.int64]:
    """Number, in the file, of every site that is left."""
    dropped = data.attributes["dropped_sites"]
    return np.setdiff1d(np.arange(data.shape[0] + len(dropped)), dropped)


def _rate(ladder: Ladder) -> Record:
    """The largest rate of any VAE, {latents, mean, se}."""
    best = max((model.record for model in ladder.models.values()), key=lambda record: record["rate"]["mean"])
    return {"latents": best["latents"]} | best["rate"]


def _cut(parts: Split, ladder: Ladder, chosen: Settings, folder: Path) -> Cut:
    """The strongest cut by the correlations of pairs and by the couplings of the pairwise model, each squared."""

    def search() -> Record:
        covariance = np.cov(parts.train, rowvar=False)
        spread = np.diag(covariance)
        # A site may be constant in the words for training.
        correlation = covariance**2 / np.maximum(np.outer(spread, spread), 1e-12)
        coupling = np.array(ladder.others["pairwise"].record["coupling"])
        weights = {"correlations": correlation, "couplings": coupling**2 * np.outer(spread, spread)}
        found = strongest(parts, weights, chosen.seed)
        return found._asdict() | {"a": found.a.tolist()}

    found = remember(folder / "cut.json", search)
    return Cut(np.array(found["a"]), Estimate(*found["bound"]), found["limit"], found["name"])
