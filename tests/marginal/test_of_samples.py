"""Exact fits of sample sets, against what is known of the system."""

import numpy as np
import pytest

from latentfield.marginal import of_samples
from latentfield.measures.elbo import audit, nats
from latentfield.samples.store import Split
from latentfield.systems.table import SYSTEMS

TEMPERATURES = [0.6, 1.0, 1.6]


@pytest.mark.parametrize("bias", [True, False])
def test_the_curie_weiss_model_leaves_no_gap(bias):
    """A mean-field theory of one latent is exact: what is missing is what the parameters cost, and no more."""
    grid = {"min": 0.6, "max": 1.6, "count": 2, "spacing": "linear"}
    rule = SYSTEMS["curie_weiss"](size=6, temperatures=grid, blocks=2, chains=6000)
    rng = np.random.default_rng(0)
    x = {t: rule.sample_block(np.array([t]), rng)[0].reshape(-1, 6, 6) for t in TEMPERATURES}

    def part(rows: slice) -> Split:
        some = [x[t][rows] for t in TEMPERATURES]
        return Split(np.concatenate(some), np.repeat(np.float32(TEMPERATURES), [len(one) for one in some]))

    splits = {"train": part(slice(4000)), "validation": part(slice(4000, 5000))}
    told = []
    found = of_samples.fit(
        splits, TEMPERATURES, latents=1, bias=bias, rounds=20, closing=2, seed=0, told=lambda *at: told.append(at)
    )
    assert told[-1] == (26, 26) and found.validation["certificate"] < 0.02
    assert found.vae.architecture.decoder == ("linear" if bias else "mean_field")
    for t in TEMPERATURES:
        held = x[t][5000:]
        known = rule.thermodynamics(t, rng)
        gap = audit(nats(found.vae, held, t, 1, 0), rule.log_weight(held, t), known.log_z, 1)
        assert abs(gap.value) < 0.01 + 3 * gap.se
    held = splits["validation"]
    cost = [nats(found.vae, held.x[held.temperature == np.float32(t)], t, 1, 0).neg_elbo.mean() for t in TEMPERATURES]
    assert found.validation["elbo"] == pytest.approx(-np.mean(cost), abs=1e-3)
