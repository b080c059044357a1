"""Exact fits of a sample set: all temperatures of a sampled system together, or the words of a recording; as a VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from latentfield.marginal.as_vae import as_vae
from latentfield.marginal.fit import LinearSettings
from latentfield.marginal.tempered import Rounds, factors, fit_tempered
from latentfield.samples.store import Split
from latentfield.vae.data import Configurations
from latentfield.vae.model import VAE
from latentfield.vae.training import validate

BATCH = 4096
"""Configurations whose metrics are computed together."""


class Fitted(NamedTuple):
    """A fit and what it reaches."""

    vae: VAE
    validation: dict[str, float]
    """Metrics on validation configurations, as those of a training (`vae.accounting`), and "certificate", the most that another
    prior could gain on the training configurations."""


def fit(
    splits: dict[str, Split],
    temperatures: Sequence[float],
    *,
    latents: int,
    bias: bool,
    rounds: int,
    closing: int,
    seed: int,
    told: Rounds | None = None,
) -> Fitted:
    """The fit of spins with so many latents; without `bias` fields are zero at z = 0. Training configurations fit, others do not.

    It takes seconds, and one that was killed begins anew. Deterministic in `seed`.
    """
    train = splits["train"]
    known = np.array(sorted(temperatures))
    # Float32 temperatures of a store are as far from each other as double ones.
    at = np.abs(train.temperature[:, None] - known).argmin(1)
    words = [np.ascontiguousarray(train.x[at == k].reshape(int((at == k).sum()), -1)) for k in range(len(known))]
    settings = LinearSettings(rounds=rounds, closing=closing)
    model = fit_tempered(words, factors(known), latents, bias=bias, seed=seed, settings=settings, told=told)
    vae = as_vae(model, train.x.shape[1:], known.tolist(), bias=bias)
    groups = torch.tensor(known, dtype=torch.float32)
    held = Configurations(splits["validation"], groups)
    return Fitted(vae, validate(vae, held, groups, BATCH, seed) | {"certificate": model.gain(words)})
