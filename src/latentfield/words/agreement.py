"""How far words of a VAE agree with held-out ones, beside words of independent sites.

A table holds one observable, a row one value of it (`statistics`); z is the difference of VAE and data over the
standard error of both. Among many rows a worst |z| of 3 or 4 is expected of words of one law: the root mean square,
near 1 then, says more. With ever more test words any model is found out, which is what the divergences are for, whose
size does not grow with n.
"""

from __future__ import annotations

import numpy as np
import torch

from latentfield.records.measured import Agreement
from latentfield.records.tables import Table, Tables
from latentfield.vae.model import VAE
from latentfield.words import likelihood
from latentfield.words.parts import Parts
from latentfield.words.statistics import CELLS, SETS, Drawn, scores, statistics


def agreement(model: VAE, parts: Parts, seed: int, whole: bool = False) -> tuple[dict[str, Agreement], Tables]:
    """Test words against as many words of the VAE and of independent sites: the worst z of each table, and the tables.

    With `whole`, what needs many sites and words too: the line of the covariances, and divergences of ten-cell words.

    Names are "count", "rates", "covariances", "words10" and "overlap", without those of which no state is common
    enough. Deterministic in `seed`.
    """
    rng = np.random.default_rng(seed)
    drawn = _drawn(model, parts, seed, rng)
    tables = statistics(drawn, parts.unit, rng)
    found = scores(tables)
    if whole:
        found |= on_the_whole(found, drawn, tables["covariance"], rng)
    return found, tables


def _drawn(model: VAE, parts: Parts, seed: int, rng: np.random.Generator) -> Drawn:
    """The test words, and as many of the VAE and of independent sites.

    Independent sites fire as the training words do; n words of each.
    """
    n = len(parts.test)
    return {
        "data": parts.test,
        "vae": model.sample(n, 1.0, torch.Generator().manual_seed(seed)).reshape(n, -1).numpy(),
        "independent": likelihood.draw_independent(parts.train, n, rng),
    }


def on_the_whole(
    found: dict[str, Agreement], drawn: Drawn, covariances: Table, rng: np.random.Generator
) -> dict[str, Agreement]:
    """Of covariances and ten-cell words, where they were scored: how near the VAE comes on the whole.

    Of covariances the line of the VAE's against the data's. Half of the data are held against as many words of the VAE
    and of independent sites, and against the other half: the floor.

    The line is of least squares, a pair of sites each, without regard to their errors: noise in the data's covariances
    pulls its slope below 1. Divergences are means over `SETS` sets of sites, nats. Finite samples of one law have one
    above zero, too, hence the floor; its halves are taken at random, so that words of one repeat or second are in both.
    """
    data, vae = (np.array([row[name] for row in covariances]) for name in ("data", "vae"))
    line = {"slope": float(np.polyfit(data, vae, 1)[0]), "correlation": float(np.corrcoef(data, vae)[0, 1])}
    order = rng.permutation(len(drawn["data"]))
    half = len(order) // 2
    part, other = (drawn["data"][rows] for rows in (order[:half], order[half : 2 * half]))
    against = {"vae": drawn["vae"][:half], "independent": drawn["independent"][:half], "floor": other}
    sets = [rng.permutation(part.shape[1])[:CELLS] for _ in range(SETS)]
    divergences = {
        f"divergence_{name}": float(np.mean([
            likelihood.jensen_shannon(likelihood.codes(part, cells), likelihood.codes(x, cells), 2 ** len(cells)) for cells in sets
        ]))
        for name, x in against.items()
    }  # fmt: skip
    more = {"covariances": line, "words10": divergences}
    return {name: found[name].model_copy(update=values) for name, values in more.items() if name in found}
