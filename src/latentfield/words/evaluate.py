"""Everything measured on the VAE of a recording: a record for JSON and tables of word statistics.

Held-out words are scored by the VAE and by a ladder of other models fitted to the same training words. Any of them bounds what the
latents leave from below: -ELBO - H = KL(q(z)||p(z)) + TC, and a model's nats per word are at least H, so

    TC >= -ELBO - (nats of the best model) - KL(q(z)||p(z)),

which a total correlation found by a network has to respect. One that falls short of it is flagged `at_least`: a network that learns
from words finds a part of what they hold, and what it finds says no more than that as much is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latentfield.arrays import FloatArray
from latentfield.measures.capacities import capacities
from latentfield.measures.density_ratio import Settings
from latentfield.measures.elbo import Nats, nats
from latentfield.measures.residual_correlation import remainder
from latentfield.measures.surgery import surgery
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.vae.model import VAE
from latentfield.words import likelihood
from latentfield.words.ladder import Sizes, Split, other_models, split_words
from latentfield.words.statistics import CELLS, SETS, Drawn, scores, statistics

Record, Table = dict[str, Any], list[dict[str, Any]]

DISSECTED, POSTERIORS = 4_000, 16_000
"""Test words on which the rate is taken apart, and training words whose posteriors stand for the aggregate posterior."""


def evaluate(
    model: VAE, data: SampleSet, split: str, posterior_draws: int, sizes: Sizes, ratio: Settings
) -> tuple[Record, dict[str, Table]]:
    """Measures and tables of a trained VAE; every random number depends on the seed of the settings `ratio` alone."""
    parts, seed = split_words(data, split), ratio.seed
    record: Record = {"split": split, "words": len(parts.test), "importance_samples": sizes.importance_samples}
    scored = nats(model, parts.test, 1.0, posterior_draws, seed)
    steps, room = _ladder(model, parts, scored.neg_elbo, sizes, seed)
    record |= dissection(model, parts, scored, seed) | steps
    record |= {name: value.plain() for name, value in capacities(model, parts.test, 1.0)._asdict().items()}
    observed, tables = _observables(model, parts, seed)
    remaining, maps = left(model, parts, ratio)
    record |= {"observables": observed} | remaining
    bound = _bound(room, record["rate_excess"])
    record["tc"]["at_least"] |= _short(record["tc"], bound)
    return record | {"tc_bound": bound}, tables | maps


def dissection(model: VAE, parts: Split, result: Nats, seed: int) -> Record:
    """-ELBO and its parts over all test words; the surgery of the rate on as many as it has posteriors."""
    record = {
        name: clustered_mean(getattr(result, name), parts.unit).plain() for name in ("neg_elbo", "rate", "distortion")
    }
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(parts.test))[:DISSECTED]
    others = parts.train[rng.permutation(len(parts.train))[:POSTERIORS]]
    rate = surgery(model, parts.test[some], others, 1.0, seed)
    record |= {name: getattr(rate.whole, name).plain() for name in ("rate_useful", "rate_excess")}
    each = [{name: estimate.plain() for name, estimate in latent._asdict().items()} for latent in rate.latents]
    return record | {"latents_nats": each}


def convergence(bounds: list[FloatArray], draws: list[int], unit: NDArray[np.int64] | None) -> list[Record]:
    """Nats per test word over the number of importance samples, from the bounds of ln P, (n,) each, that they give.

    The error of a difference is that from the last.
    """
    return [
        {"samples": k}
        | clustered_mean(-bound, unit).plain()
        | {"se_of_difference": clustered_mean(bound - bounds[-1], unit).se}
        for k, bound in zip(draws, bounds, strict=True)
    ]


def _ladder(model: VAE, parts: Split, neg_elbo: FloatArray, sizes: Sizes, seed: int) -> tuple[Record, Estimate]:
    """Nats per test word of the VAE, with its convergence over the number of draws, and of the other models.

    Also the room between -ELBO (n,) and the best of them, paired word by word.
    """
    last = sizes.importance_samples
    draws = sorted({k for k in (1, 3, 10, 30, 100, 300, 1000) if k < last} | {last})
    bounds = likelihood.log_likelihood(model, parts.test, draws, seed)
    vae, unit = bounds[-1], parts.unit
    scores, notes = other_models(parts, sizes, seed)
    scores["vae"], notes["vae"] = vae, {"latents": model.architecture.latents}
    steps = {
        name: _with_log_z(clustered_mean(-score, unit), notes.get(name, {})).plain() | notes.get(name, {})
        for name, score in scores.items()
    }
    best = max(scores, key=lambda name: scores[name].mean())
    room = _with_log_z(clustered_mean(neg_elbo + scores[best], unit), notes.get(best, {}))
    record = {
        "nats_per_word": clustered_mean(-vae, unit).plain(),
        "independent": steps["independent"],
        "gain": clustered_mean(vae - scores["independent"], unit).plain(),
        "ladder": steps,
        "convergence": convergence(bounds, draws, unit),
    }
    return record, room


def _with_log_z(estimate: Estimate, notes: Record) -> Estimate:
    """A mean over words with the error of ln Z, which all of them share, added to its own."""
    return Estimate(estimate.value, float(np.hypot(estimate.se, notes.get("log_z_se", 0.0))))


def left(model: VAE, parts: Split, ratio: Settings) -> tuple[Record, dict[str, Table]]:
    """What the latents leave as a network finds it, with its null run, and the maps of what that is made of."""
    train, test = (x.reshape(1, -1, *model.architecture.shape) for x in (parts.train, parts.test))
    found, maps, tables = remainder(model, np.ones(1), train, test, 1, ratio)
    record: Record = {"residuals": maps.plain()}
    for name, divergence in (("tc", found.value), ("tc_null", found.null)):
        # Test words of one unit are not independent.
        record[name] = divergence.estimates[0].plain() | {"se": clustered_mean(divergence.log_ratio, parts.unit).se}
        record[name] |= {
            "at_least": divergence.at_least[0],
            "limit": divergence.limit,
            "extrapolated": divergence.extrapolated[0],
        }
    return record, tables


def _bound(room: Estimate, excess: Record) -> Record:
    """The lower bound of TC: the room below -ELBO that the best model of the ladder fills, less KL(q(z)||p(z))."""
    return {"mean": room.value - excess["mean"], "se": float(np.hypot(room.se, excess["se"]))}


def _short(tc: Record, bound: Record) -> bool:
    """Whether the network's estimate is below the bound by more than three standard errors."""
    return tc["mean"] + 3 * float(np.hypot(tc["se"], bound["se"])) < bound["mean"]


def _observables(model: VAE, parts: Split, seed: int) -> tuple[Record, dict[str, Table]]:
    """Test words against as many words of the VAE and of independent cells."""
    rng = np.random.default_rng(seed)
    drawn = words_beside(model, parts, seed, rng)
    tables = statistics(drawn, parts.unit, rng)
    record, agreed = scores(tables), _agreement(drawn, tables["covariance"], rng)
    return {name: values | agreed.get(name, {}) for name, values in record.items()}, tables


def words_beside(model: VAE, parts: Split, seed: int, rng: np.random.Generator) -> Drawn:
    """The test words, and as many of the VAE and of independent sites."""
    n = len(parts.test)
    return {
        "data": parts.test,
        "vae": model.sample(n, 1.0, torch.Generator().manual_seed(seed)).reshape(n, -1).numpy(),
        "independent": likelihood.draw_independent(parts.train, n, rng),
    }


def _agreement(drawn: Drawn, covariances: Table, rng: np.random.Generator) -> Record:
    """How near the VAE comes, on the whole: the line of its covariances against the data's, and divergences of ten-cell words.

    Half of the data are held against as many words of the VAE and of independent cells, and against the other half: the floor.
    """
    data, vae = (np.array([row[name] for row in covariances]) for name in ("data", "vae"))
    line = {"slope": float(np.polyfit(data, vae, 1)[0]), "correlation": float(np.corrcoef(data, vae)[0, 1])}
    order = rng.permutation(len(drawn["data"]))
    half = len(order) // 2
    part, other = (drawn["data"][rows] for rows in (order[:half], order[half : 2 * half]))
    against = {"vae": drawn["vae"][:half], "independent": drawn["independent"][:half], "floor": other}
    sets = [rng.permutation(part.shape[1])[:CELLS] for _ in range(SETS)]
    found = {
        f"divergence_{name}": float(np.mean([
            likelihood.jensen_shannon(likelihood.codes(part, cells), likelihood.codes(x, cells), 2 ** len(cells)) for cells in sets
        ]))
        for name, x in against.items()
    }  # fmt: skip
    return {"covariances": line, "words10": found}
