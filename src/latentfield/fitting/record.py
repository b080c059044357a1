"""The record of a fit, as plain data: that of the VAE which is shown, and what is concluded from all of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latentfield.fitting.choice import Ladder, floor
from latentfield.fitting.settings import Settings
from latentfield.fitting.training import Record
from latentfield.fitting.verdict import Findings, shown_by, verdict
from latentfield.statistics.estimate import Estimate, clustered_mean
from latentfield.vae.model import VAE
from latentfield.words.ladder import Split


def shown(ladder: Ladder, measured: Record, vae: VAE, parts: Split, chosen: Settings) -> Record:
    """What `measures.retina` says of the VAE of a recording, from the scores of all models and what was measured on this one."""
    latents = vae.architecture.latents
    ours, alone = ladder.models[latents], ladder.models[0]
    steps = {"independent": _step(ladder, alone.log_p)}
    steps |= {name: _step(ladder, one.log_p, one.record) for name, one in ladder.others.items()}
    steps["vae"] = _step(ladder, ours.log_p) | {"latents": latents}
    bound = floor(ladder, latents)
    record = ours.record | measured | {"ladder": steps, "tc_bound": bound.plain()}
    found = record["tc"]
    short = found["mean"] + 3 * math.hypot(found["se"], bound.se) < bound.value
    record["tc"] = found | {"at_least": found["at_least"] or short}
    return record | {
        "split": chosen.split,
        "words": len(parts.test),
        "importance_samples": chosen.importance_samples,
        "nats_per_word": steps["vae"],
        "independent": steps["independent"],
        "gain": clustered_mean(ours.log_p - alone.log_p, parts.unit).plain(),
    }


NOTES = ("components", "fitted_by", "log_z", "log_z_se")
"""What the ladder says of a model besides its nats."""


def _step(ladder: Ladder, log_p: NDArray, record: Record | None = None) -> Record:
    """Nats per test word, with the error of ln Z, which all words share, added to their own."""
    notes = {name: value for name, value in (record or {}).items() if name in NOTES}
    mean = clustered_mean(-log_p, ladder.unit)
    return Estimate(mean.value, math.hypot(mean.se, notes.get("log_z_se", 0.0))).plain() | notes


def said(found: Findings, ladder: Ladder, kept: NDArray[np.int64]) -> Record:
    """What a fit concludes; `kept` (sites,) holds the number of every site in the file.

    `latents` has a row for each number of them: nats of test words and their standard error, `gain_se`, the error of the difference
    from independent sites, rate, TC by the network and the floor of it by the ladder.
    """
    choice, cut = found.choice, found.cut
    return {
        "latents": [_row(ladder, d) for d in ladder.models],
        "baselines": {name: float(-one.log_p.mean()) for name, one in _baselines(ladder).items()},
        "chosen": choice.latents,
        "faithful": choice.faithful,
        "missing_nats": choice.missing.value,
        "missing_se": choice.missing.se,
        "missing_by": choice.by,
        "worth": choice.worth.plain(),
        "best": choice.best,
        "cut": {
            "sites": kept[cut.a].tolist(), "bound": cut.bound.value, "se": cut.bound.se, "limit": cut.limit, "by": cut.name,
            "rate": found.rate, "shows_failure": shown_by(cut, found.rate),
        },
        "missed": found.pairs,
        "binary": found.binary,
        "verdict": verdict(found),
    }  # fmt: skip


def _baselines(ladder: Ladder) -> Record:
    return {"independent": ladder.models[0]} | ladder.others


def _row(ladder: Ladder, d: int) -> Record:
    model = ladder.models[d]
    mean, gain = (clustered_mean(x, ladder.unit) for x in (-model.log_p, model.log_p - ladder.models[0].log_p))
    return {
        "d": d, "nats": mean.value, "se": mean.se, "gain_se": gain.se, "neg_elbo": model.record["neg_elbo"]["mean"],
        "rate": model.record["rate"]["mean"], "tc": model.record["tc"]["mean"], "tc_saturated": model.record["tc"]["saturated"],
        "tc_floor": max(0.0, floor(ladder, d).value),
    }  # fmt: skip
