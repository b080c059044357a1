"""Everything measured on the one VAE of a fit that the report shows, in the form that it draws for a recording."""

from __future__ import annotations

import numpy as np

from latentfield.fitting.settings import Settings
from latentfield.fitting.theory import Record, Tables
from latentfield.fitting.training import ratio
from latentfield.measures.capacities import capacities
from latentfield.vae.model import VAE
from latentfield.words.evaluate import left, words_beside
from latentfield.words.ladder import Split
from latentfield.words.statistics import scores, statistics


def measure(vae: VAE, parts: Split, chosen: Settings) -> tuple[Record, Tables]:
    """Statistics of test words (n, sites) against words of the VAE, capacities, and the map of what the latents leave."""
    rng = np.random.default_rng(chosen.seed)
    tables = statistics(words_beside(vae, parts, chosen.seed, rng), parts.unit, rng)
    remaining, maps = left(vae, parts, ratio(chosen))
    record: Record = {"observables": scores(tables)} | remaining
    record |= {name: value.plain() for name, value in capacities(vae, parts.test, 1.0)._asdict().items()}
    return record, tables | maps
