"""The record of a recording's VAE, of independent cells whose nats are known."""

from pathlib import Path

import numpy as np
import pytest

from latentfield.measures.density_ratio import Settings
from latentfield.samples import store
from latentfield.samples.splits import SPLITS
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate
from latentfield.words import evaluate
from latentfield.words.ladder import Sizes
from latentfield.words.parts import parts_of
from tests.measures.simple import independent

LOGITS = [-2.0, -1.0, 0.5, -3.0, 0.0, -0.3]
REPEATS, BINS = 6, 150


@pytest.fixture
def recording(tmp_path: Path) -> SampleSet:
    """Six repeats of three seconds of independent cells; the splits hold out every fourth word, a repeat, and the last second."""
    rng = np.random.default_rng(0)
    x = np.where(rng.random((REPEATS, BINS, 6)) < 1 / (1 + np.exp(-np.array(LOGITS))), 1, -1).astype(np.int8)
    repeat, time = np.indices((REPEATS, BINS))
    held = [(repeat + time) % 4 == 0, repeat == 4, time >= 100]
    labels = np.stack([np.where(test, 3, np.where(rng.random(test.shape) < 0.1, 2, 1)) for test in held]).astype(
        np.int8
    )
    store.write(tmp_path / "words.zarr", {"splits": list(SPLITS)}, BINS, x, REPEATS, splits=labels)
    return SampleSet(tmp_path / "words.zarr")


QUICK = Sizes(importance_samples=10, mixtures=(1, 2), pairwise_steps=60)


def test_a_vae_of_independent_cells_stands_on_the_ladder_where_its_logits_put_it(recording):
    parts = parts_of(recording, "random")
    p = 1 / (1 + np.exp(-np.array(LOGITS)))
    exact = -np.log(np.where(parts.test > 0, p, 1 - p)).sum(1)
    record, tables = measured(recording)
    assert list(record.ladder) == ["independent", "count", "pairwise", "mixture", "linear", "curved", "vae"]
    assert record.ladder["vae"].value == pytest.approx(exact.mean(), abs=1e-4)
    assert record.ladder["vae"].latents == 1 and record.ladder["mixture"].components in QUICK.mixtures
    for name in ("linear", "curved"):
        assert record.ladder[name].value == pytest.approx(exact.mean(), abs=0.05)
        assert record.ladder[name].gain >= 0
    assert [row.samples for row in record.convergence] == [1, 3, 10]
    np.testing.assert_allclose([row.value for row in record.convergence], exact.mean(), atol=1e-4)
    assert record.convergence[-1].se_of_difference == 0
    best = min(step.value for step in record.ladder.values())
    assert record.tc_bound.value == pytest.approx(record.neg_elbo.value - best - record.rate_excess.value)
    assert record.gain.se < 0.3 * record.nats_per_word.se
    assert (record.split, record.words, record.importance_samples) == ("random", len(exact), 10)
    assert set(tables) == {"count", "rates", "covariance", "words10", "overlap", "one_point", "two_point"}
    assert record.observables["covariances"].slope is not None
    assert measured(recording)[0] == record


def measured(recording: SampleSet):
    model = independent((6,), LOGITS)
    return evaluate.evaluate(model, recording, "random", 1, QUICK, Settings(steps=20, seed=0))


def test_what_falls_short_of_the_bound_by_hand():
    bound = Estimate(2.5, 0.05)
    for value, se, short in ((2.4, 0.0, False), (2.3, 0.0, True), (2.3, 0.1, False), (3.0, 0.0, False)):
        assert evaluate.short(Estimate(value, se), bound) is short
