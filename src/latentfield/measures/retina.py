"""Everything measured on the VAE of a recording: a record for JSON and tables of word statistics.

Held-out words are scored by the VAE and by a ladder of other models fitted to the same training words. Any of them bounds what the
latents leave from below: -ELBO - H = KL(q(z)||p(z)) + TC, and a model's nats per word are at least H, so

    TC >= -ELBO - (nats of the best model) - KL(q(z)||p(z)),

which a total correlation found by a network has to respect.

Words held out one by one are a random sample of the recording, each a unit of the standard errors; held-out repeats, and seconds of
a held-out piece of the movie, are units as a whole.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from latentfield.measures import ladder, pairwise, words
from latentfield.measures.capacities import capacities
from latentfield.measures.elbo import nats
from latentfield.measures.estimate import Estimate
from latentfield.measures.remainder import remainder
from latentfield.measures.surgery import surgery
from latentfield.measures.total_correlation import CONSISTENT, INCONSISTENT
from latentfield.measures.word_statistics import scores, statistics
from latentfield.store import SampleSet
from latentfield.systems.base import FloatArray
from latentfield.vae.model import VAE

Record, Table = dict[str, Any], list[dict[str, Any]]

SECOND = 50
"""Bins of 20 ms."""
COMPONENTS = (8, 32, 100)
"""Sizes of the mixtures tried; the one that is best on the validation words stands in the ladder."""
DISSECTED, POSTERIORS = 4_000, 16_000
"""Test words on which the rate is taken apart, and training words whose posteriors stand for the aggregate posterior."""


class Split(NamedTuple):
    """Words ±1 (n, neurons) to train on, to choose with, to test on; and the unit (n,) of the errors each test word belongs to."""

    train: NDArray[np.int8]
    validation: NDArray[np.int8]
    test: NDArray[np.int8]
    unit: NDArray[np.int64] | None


def evaluate(
    model: VAE, data: SampleSet, split: str, posterior_draws: int, importance_samples: int, seed: int
) -> tuple[Record, dict[str, Table]]:
    """Measures and tables of a trained VAE; every random number depends on `seed` alone."""
    parts = _split(data, split)
    record: Record = {"split": split, "words": len(parts.test), "importance_samples": importance_samples}
    record |= _nats(model, parts, posterior_draws, seed) | _ladder(model, parts, importance_samples, seed)
    observed, tables = _observables(model, parts, seed)
    left, maps = _remainder(model, parts, seed)
    record |= {"observables": observed} | left
    return record | {"tc_bound": _bound(record), "tc_status": _status(record["tc"], _bound(record))}, tables | maps


def _split(data: SampleSet, split: str) -> Split:
    parts = data.split(split)
    label = data["splits"][data.attributes["splits"].index(split)]
    repeat, time = np.nonzero(label == 3)
    unit = {"random": None, "repeats": repeat, "movie": time // SECOND}[split]
    return Split(*(parts[name].x for name in ("train", "validation", "test")), unit)


def _nats(model: VAE, parts: Split, draws: int, seed: int) -> Record:
    """-ELBO and its parts over all test words; the surgery of the rate on as many as it has posteriors."""
    result = nats(model, parts.test, 1.0, draws, seed)
    record = {
        name: _plain(words.mean(getattr(result, name), parts.unit)) for name in ("neg_elbo", "rate", "distortion")
    }
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(parts.test))[:DISSECTED]
    others = parts.train[rng.permutation(len(parts.train))[:POSTERIORS]]
    rate = surgery(model, parts.test[some], others, 1.0, seed)
    record |= {name: _plain(getattr(rate.whole, name)) for name in ("rate_useful", "rate_excess")}
    each = [{name: _plain(estimate) for name, estimate in latent._asdict().items()} for latent in rate.latents]
    found = capacities(model, parts.test, 1.0)._asdict()
    return record | {"latents_nats": each} | {name: _plain(estimate) for name, estimate in found.items()}


def _ladder(model: VAE, parts: Split, importance_samples: int, seed: int) -> Record:
    """Nats per test word of the VAE, with its convergence over the number of draws, and of the other models."""
    sizes = sorted({k for k in (1, 3, 10, 30, 100, 300, 1000) if k < importance_samples} | {importance_samples})
    bounds = -words.log_likelihood(model, parts.test, sizes, seed)
    vae, unit = bounds[-1], parts.unit
    scores, notes = _other_models(parts, seed)
    steps = {name: _plain(words.mean(-score, unit)) | notes.get(name, {}) for name, score in scores.items()}
    steps["vae"] = _plain(words.mean(vae, unit)) | {"latents": model.config["latents"]}
    convergence = [
        {"samples": k} | _plain(words.mean(bound, unit)) | {"se_of_difference": words.mean(bound - vae, unit).se}
        for k, bound in zip(sizes, bounds, strict=True)
    ]
    return {
        "nats_per_word": _plain(words.mean(vae, unit)),
        "independent": steps["independent"],
        "gain": _plain(words.mean(-scores["independent"] - vae, unit)),
        "ladder": steps,
        "convergence": convergence,
    }


def _other_models(parts: Split, seed: int) -> tuple[dict[str, FloatArray], dict[str, Record]]:
    """ln P of the test words under each model, (n,), and what else is to be said of some."""
    mixtures = [ladder.fit_mixture(parts.train, size, seed) for size in COMPONENTS]
    best = max(mixtures, key=lambda model: ladder.mixture(model, parts.validation).mean())
    maximum_entropy = pairwise.fit(parts.train, seed)
    scores = {
        "independent": ladder.independent(parts.train, parts.test),
        "count": ladder.count(parts.train, parts.test),
        "pairwise": maximum_entropy.log_likelihood(parts.test),
        "mixture": ladder.mixture(best, parts.test),
    }
    log_z = {"log_z": maximum_entropy.log_z.value, "log_z_se": maximum_entropy.log_z.se}
    return scores, {"pairwise": log_z, "mixture": {"components": len(best.log_weight)}}


def _remainder(model: VAE, parts: Split, seed: int) -> tuple[Record, dict[str, Table]]:
    found, maps, tables = remainder(model, np.ones(1), parts.train[None], parts.test[None], 1, seed)
    record: Record = {"residuals": maps}
    for name, divergence in (("tc", found.value), ("tc_null", found.null)):
        record[name] = _plain(divergence.estimates[0])
        record[name] |= {
            "at_least": divergence.at_least[0],
            "limit": divergence.limit,
            "extrapolated": divergence.extrapolated[0],
        }
    return record, tables


def _bound(record: Record) -> Record:
    """The lower bound of TC from the best model of the ladder, whose error leaves out that all share the same words."""
    best = min(record["ladder"].values(), key=lambda step: step["mean"])
    parts = record["neg_elbo"], best, record["rate_excess"]
    mean = parts[0]["mean"] - parts[1]["mean"] - parts[2]["mean"]
    return {"mean": mean, "se": float(np.hypot(parts[0]["se"], parts[1]["se"]))}


def _status(tc: Record, bound: Record) -> Record:
    short = tc["mean"] + 3 * float(np.hypot(tc["se"], bound["se"])) < bound["mean"]
    return {"status": INCONSISTENT if short and not tc["at_least"] else CONSISTENT}


def _observables(model: VAE, parts: Split, seed: int) -> tuple[Record, dict[str, Table]]:
    """Test words against as many words of the VAE and of independent cells."""
    rng = np.random.default_rng(seed)
    n = len(parts.test)
    drawn = {
        "data": parts.test,
        "vae": model.sample(n, 1.0, torch.Generator().manual_seed(seed)).numpy(),
        "independent": words.draw_independent(parts.train, n, rng),
    }
    tables = statistics(drawn, parts.unit, rng)
    return scores(tables), tables


def _plain(estimate: Estimate) -> dict[str, float]:
    return {"mean": estimate.value, "se": estimate.se}
