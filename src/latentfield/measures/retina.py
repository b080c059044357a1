"""Everything measured on the VAE of a recording: a record for JSON and tables of word statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from latentfield.measures import words
from latentfield.measures.elbo import nats
from latentfield.measures.estimate import Estimate
from latentfield.store import SampleSet
from latentfield.vae.model import VAE

Table = list[dict[str, Any]]


def evaluate(
    model: VAE, data: SampleSet, split: str, posterior_draws: int, importance_samples: int, seed: int
) -> tuple[dict[str, Any], dict[str, Table]]:
    """Nats per held-out word beside the independent model, and the tables "count", "rates" and "overlap" of word statistics."""
    parts = data.split(split)
    train, test = parts["train"].x, parts["test"].x
    result = nats(model, test, 1.0, posterior_draws, seed)
    vae = -words.log_likelihood(model, test, importance_samples, seed)
    independent = -words.independent_log_likelihood(train, test)
    record: dict[str, Any] = {
        name: _plain(words.mean(getattr(result, name))) for name in ("neg_elbo", "rate", "distortion")
    }
    record |= {
        "split": split,
        "words": len(test),
        "importance_samples": importance_samples,
        "nats_per_word": _plain(words.mean(vae)),
        "independent": _plain(words.mean(independent)),
        "gain": _plain(words.mean(independent - vae)),
    }
    rng = np.random.default_rng(seed)
    drawn = {
        "data": test,
        "vae": model.sample(len(test), 1.0, torch.Generator().manual_seed(seed)).numpy(),
        "independent": words.draw_independent(train, len(test), rng),
    }
    return record, {"count": _counts(drawn), "rates": _rates(drawn), "overlap": _overlaps(drawn, rng)}


def _plain(estimate: Estimate) -> dict[str, float]:
    return {"mean": estimate.value, "se": estimate.se}


def _counts(drawn: dict[str, np.ndarray]) -> Table:
    columns = {name: words.count_distribution(x) for name, x in drawn.items()}
    highest = max(np.flatnonzero(p)[-1] for p, _ in columns.values())
    return [
        {"active": k}
        | {key: float(v) for name, (p, se) in columns.items() for key, v in ((name, p[k]), (f"{name}_se", se[k]))}
        for k in range(highest + 1)
    ]


def _rates(drawn: dict[str, np.ndarray]) -> Table:
    """Firing probability of every cell per bin."""
    columns = {name: (x > 0).mean(0) for name, x in drawn.items()}
    n = len(drawn["data"])
    return [
        {"cell": i}
        | {name: float(p[i]) for name, p in columns.items()}
        | {"data_se": float(np.sqrt(p0 * (1 - p0) / n))}
        for i, p0 in enumerate(columns["data"])
    ]


def _overlaps(drawn: dict[str, np.ndarray], rng: np.random.Generator) -> Table:
    """Probability of each possible overlap q of a pair of words, spaced 2/N."""
    n = drawn["data"].shape[1]
    columns = {}
    for name, x in drawn.items():
        q = words.overlaps(x, rng)
        columns[name] = np.bincount(np.rint((q + 1) * n / 2).astype(int), minlength=n + 1) / len(q)
    lowest = min(np.flatnonzero(p)[0] for p in columns.values())
    return [
        {"overlap": 2 * k / n - 1} | {name: float(p[k]) for name, p in columns.items()} for k in range(lowest, n + 1)
    ]
