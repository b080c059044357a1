"""A fit of the words in a store: trainings for every number of latents, other models, cut, choice, theory, verdict.

Every step that takes time leaves a file in the folder: a fit that was killed goes on at its last one, and the result is the same.

    NAME/                       a model with latents; NAME.training/ the checkpoints of a VAE
    NAME-scores.json, .npz      what was measured on it, or on independent sites, and its ln P of every test and validation word
    NAME-scores.json, .npz      nats of a model without latents; ln P of every test word, and its couplings
    cut.json                    the strongest cut

Measures and theory of the VAE that is shown are kept nowhere, and made again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.decoding.theory import Theory
from latentfield.fitting.choice import Tried, choose
from latentfield.fitting.cut_search import strongest
from latentfield.fitting.missed import missed
from latentfield.fitting.record import conclusion, on_ladder, record
from latentfield.fitting.theory import patterns, theory
from latentfield.fitting.verdict import Findings
from latentfield.fitting.work import Work
from latentfield.fitting.workers import fitted
from latentfield.records.base import kept
from latentfield.records.fitted import Carried, Cut, Fit
from latentfield.records.tables import Tables
from latentfield.samples.store import SampleSet
from latentfield.vae import model
from latentfield.words.evaluate import measured
from latentfield.words.parts import Parts


class Outcome(NamedTuple):
    """What a fit found."""

    record: Fit
    """What was measured on the VAE that is shown: of the number of latents that was chosen; where none is needed, of the fewest."""
    tables: Tables
    """Word statistics of the data against the VAE, and the maps of what it misses, for figures."""
    theory: Theory
    """Of the VAE that is shown, not of any other."""
    theory_tables: Tables
    """Of the theory's figures; empty where only patterns could be read off."""
    patterns: NDArray
    """Of the chosen number of latents, (d, sites); none where none is needed."""


def run(work: Work, workers: int) -> Outcome:
    """Fit a recording, taking up earlier work; `workers` processes train and test the models.

    The model that is shown has the latents that were chosen; where the choice is independent sites, the fewest latents tried, and
    there are no patterns.
    """
    found = fitted(work, workers)
    tried, parts, chosen = found.tried, work.parts, work.chosen
    cut = kept(work.folder / "cut.json", Cut, lambda: strongest(parts, _weights(parts, tried), chosen.seed))
    choice = choose(tried)
    name = chosen.named(choice.latents or min(chosen.latents))
    shown, vae = found.vaes[name], model.load(work.folder / name)
    seen = patterns(vae, chosen.seed)
    measures, tables = measured(vae, parts, shown.assessed, chosen.ratio(len(parts.train)))
    numbers = kept_sites(work.data)
    pairs = missed(tables["two_point"], measures.residuals.two, numbers)
    curved = {one.latents: found.vaes[name] for name, one in chosen.beside.items()}
    behind = {d: tried.ladder.room(one.scored.log_p) for d, one in curved.items()}
    certificate = tried.models[choice.latents].assessed.certificate
    said = Findings(
        choice,
        chosen.decoder,
        max(chosen.latents),
        _rate(tried),
        cut,
        pairs,
        seen.signs is not None,
        behind,
        certificate,
        {d: one.assessed.active for d, one in tried.models.items() if one.assessed.active is not None},
    )
    concluded = conclusion(said, tried, curved, numbers)
    whole = record(work, name, vae, on_ladder(tried, shown, measures, chosen.split), concluded)
    best = seen.best if choice.latents else np.empty((0, work.data.shape[0]))
    largest = max(chosen.beside, key=lambda name: chosen.beside[name].latents, default=None)
    beside = None if largest is None else model.load(work.folder / largest)
    return Outcome(whole, tables, *theory(vae, parts, seen, beside, chosen.seed), best)


def kept_sites(data: SampleSet) -> NDArray[np.int64]:
    """Number, in the file, of every site that is left, counted from 0: (sites,), increasing."""
    dropped = data.attributes["dropped_sites"]
    return np.setdiff1d(np.arange(data.shape[0] + len(dropped)), dropped)


def _rate(tried: Tried) -> Carried:
    """The largest rate among the models of each number, nats per word, with that number.

    A cut that needs more than this cannot be carried by any of them: the most favourable rate is the one to be held against it.
    """
    best = max((model.assessed for model in tried.models.values()), key=lambda assessed: assessed.rate.value)
    return Carried(latents=best.latents, value=best.rate.value, se=best.rate.se)


def _weights(parts: Parts, tried: Tried) -> dict[str, FloatArray]:
    """What cuts are searched by, (sites, sites): correlations of pairs, and couplings of the pairwise model, each squared.

    Couplings are in units of the two sites' spreads, so that one between sites that hardly ever change counts for little. Both come
    from training words alone.
    """
    covariance = np.cov(parts.train, rowvar=False)
    spread = np.diag(covariance)
    # A site may be constant in the words for training.
    correlation = covariance**2 / np.maximum(np.outer(spread, spread), 1e-12)
    weights: dict[str, FloatArray] = {"correlations": correlation}
    coupling = tried.others["pairwise"].coupling
    if coupling is not None:
        weights["couplings"] = coupling**2 * np.outer(spread, spread)
    return weights
