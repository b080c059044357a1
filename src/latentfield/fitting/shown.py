"""Everything measured on the one VAE of a fit that the report shows, in the form that it draws for a recording."""

from __future__ import annotations

import numpy as np
import torch

from latentfield.fitting.settings import Settings
from latentfield.fitting.theory import Record, Tables, seen
from latentfield.fitting.training import plain, ratio
from latentfield.measures import words
from latentfield.measures.capacities import capacities
from latentfield.measures.remainder import remainder
from latentfield.measures.word_models import Split
from latentfield.measures.word_statistics import scores, statistics
from latentfield.vae.model import VAE


def measure(vae: VAE, parts: Split, chosen: Settings) -> tuple[Record, Tables]:
    """Statistics of test words (n, sites) against words of the VAE, capacities, and the map of what the latents leave."""
    rng, n = np.random.default_rng(chosen.seed), len(parts.test)
    drawn = {
        "data": parts.test,
        "vae": vae.sample(n, 1.0, torch.Generator().manual_seed(chosen.seed)).reshape(n, -1).numpy(),
        "independent": words.draw_independent(parts.train, n, rng),
    }
    tables = statistics(drawn, parts.unit, rng)
    shaped = (x.reshape(1, len(x), *vae.config["shape"]) for x in (parts.train, parts.test))
    found, maps, left = remainder(vae, np.ones(1), *shaped, 1, ratio(chosen))
    record: Record = {"observables": scores(seen(tables)), "residuals": maps}
    record |= {name: plain(value) for name, value in capacities(vae, parts.test, 1.0)._asdict().items()}
    for name, divergence in (("tc", found.value), ("tc_null", found.null)):
        record[name] = plain(divergence.estimates[0]) | {"at_least": divergence.at_least[0], "limit": divergence.limit}
    return record, tables | left
