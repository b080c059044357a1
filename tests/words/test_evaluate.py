"""The parts of a recording's record: units of the errors, the ladder, the room it leaves, and how words agree."""

import math
from pathlib import Path

import numpy as np
import pytest

from latentfield.measures.elbo import nats
from latentfield.samples import store
from latentfield.samples.splits import SPLITS
from latentfield.samples.store import SampleSet
from latentfield.statistics.estimate import Estimate
from latentfield.words import evaluate, likelihood
from latentfield.words.ladder import Sizes, split_words
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


def test_units_belong_to_the_words_in_their_order(recording):
    """Each unit names the repeat, or the second, of the word beside it."""
    samples = recording["samples"]
    assert split_words(recording, "random").unit is None
    repeats, movie = (split_words(recording, name) for name in ("repeats", "movie"))
    np.testing.assert_array_equal(repeats.unit, np.full(BINS, 4))
    np.testing.assert_array_equal(repeats.test, samples[4])
    np.testing.assert_array_equal(movie.unit, np.full(50 * REPEATS, 2))
    np.testing.assert_array_equal(movie.test, samples[:, 100:].reshape(-1, 6))


def test_a_vae_of_independent_cells_stands_on_the_ladder_where_its_logits_put_it(recording):
    parts = split_words(recording, "random")
    model = independent((6,), LOGITS)
    p = 1 / (1 + np.exp(-np.array(LOGITS)))
    exact = -np.log(np.where(parts.test > 0, p, 1 - p)).sum(1)
    neg_elbo = nats(model, parts.test, 1.0, 1, 0).neg_elbo
    record, room = evaluate._ladder(model, parts, neg_elbo, QUICK, seed=0)
    assert list(record["ladder"]) == ["independent", "count", "pairwise", "mixture", "vae"]
    assert record["ladder"]["vae"]["mean"] == pytest.approx(exact.mean(), abs=1e-4)
    assert record["ladder"]["mixture"]["components"] in QUICK.mixtures
    assert [row["samples"] for row in record["convergence"]] == [1, 3, 10]
    np.testing.assert_allclose([row["mean"] for row in record["convergence"]], exact.mean(), atol=1e-4)
    assert record["convergence"][-1]["se_of_difference"] == 0
    best = min(step["mean"] for step in record["ladder"].values())
    assert room.value == pytest.approx(neg_elbo.mean() - best)
    again, _ = evaluate._ladder(model, parts, neg_elbo, QUICK, seed=0)
    assert again == record


def test_differences_are_paired(recording):
    """Gain and room vary from word to word far less than the nats they are differences of."""
    parts = split_words(recording, "random")
    model = independent((6,), LOGITS)
    record, room = evaluate._ladder(model, parts, nats(model, parts.test, 1.0, 1, 0).neg_elbo, QUICK, seed=0)
    assert max(record["gain"]["se"], room.se) < 0.3 * record["nats_per_word"]["se"]


def test_the_error_of_ln_z_is_part_of_the_models():
    assert evaluate._with_log_z(Estimate(18.0, 0.03), {"log_z": 3.0, "log_z_se": 0.04}) == pytest.approx((18.0, 0.05))
    assert evaluate._with_log_z(Estimate(18.0, 0.03), {}) == (18.0, 0.03)


def test_the_bound_and_what_falls_short_of_it_by_hand():
    bound = evaluate._bound(Estimate(3.0, 0.03), {"mean": 0.5, "se": 0.04})
    assert bound == pytest.approx({"mean": 2.5, "se": 0.05})
    for mean, se, short in ((2.4, 0.0, False), (2.3, 0.0, True), (2.3, 0.1, False), (3.0, 0.0, False)):
        assert evaluate._short({"mean": mean, "se": se}, bound) is short


def test_words_of_one_law_agree_down_to_the_floor():
    """A VAE with the law of the data lies at the floor and its covariances on theirs; independent cells above it."""
    rng = np.random.default_rng(3)

    def draw(n: int) -> np.ndarray:
        rate = np.where(rng.random(n) < 0.25, 0.8, 0.1)[:, None]
        return np.where(rng.random((n, 6)) < rate, 1, -1).astype(np.int8)

    data = draw(20_000)
    drawn = {"data": data, "vae": draw(20_000), "independent": likelihood.draw_independent(data, 20_000, rng)}
    table = [
        {"data": a, "vae": b}
        for a, b in zip(
            *(likelihood.covariance(drawn[name])[0][np.triu_indices(6)] for name in ("data", "vae")), strict=True
        )
    ]
    found = evaluate._agreement(drawn, table, rng)
    divergence = found["words10"]
    # Of two samples of one law in m states, n words each, it is (m - 1) / 4n on average.
    assert divergence["divergence_floor"] == pytest.approx(63 / 40_000, rel=0.5)
    assert divergence["divergence_vae"] == pytest.approx(63 / 40_000, rel=0.5)
    assert divergence["divergence_independent"] > 0.05
    assert found["covariances"] == pytest.approx({"slope": 1, "correlation": 1}, abs=0.03)


def test_divergence_by_hand():
    """Equal frequencies 0, disjoint ones ln 2, and (1, 0) against (1/2, 1/2)."""
    a, b, mixed = np.zeros(4, int), np.ones(6, int), np.array([0, 1])
    assert likelihood.jensen_shannon(a, a, 2) == 0
    assert likelihood.jensen_shannon(a, b, 2) == pytest.approx(math.log(2))
    hand = (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2
    assert likelihood.jensen_shannon(a, mixed, 2) == pytest.approx(hand)
