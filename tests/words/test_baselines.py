"""Models of words: normalised over every state, and equal to what planted data were drawn from."""

import itertools
import math

import numpy as np
import pytest

from latentfield.marginal.active import Active
from latentfield.words import baselines, mixture

CELLS = 8
STATES = np.array(list(itertools.product((-1, 1), repeat=CELLS)), np.int8)
RATES = np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.05, 0.15, 0.4])


def sample(n: int, seed: int = 0) -> np.ndarray:
    """Independent words of eight cells."""
    return np.where(np.random.default_rng(seed).random((n, CELLS)) < RATES, 1, -1).astype(np.int8)


def synchronous(n: int, seed: int = 0) -> np.ndarray:
    """Words of two components, silent and active, three quarters and a quarter."""
    rng = np.random.default_rng(seed)
    active = rng.random(n) < 0.25
    p = np.where(active[:, None], 0.8, 0.1 * RATES)
    return np.where(rng.random((n, CELLS)) < p, 1, -1).astype(np.int8)


def test_independent_model_by_hand():
    """Two training words, rates (k + 1/2) / 3; a cell that never fired still has finite nats."""
    train = np.array([[1, -1], [1, -1]], np.int8)
    test = np.array([[1, -1], [-1, 1], [1, 1]], np.int8)
    high, low = math.log(2.5 / 3), math.log(0.5 / 3)
    np.testing.assert_allclose(baselines.independent(train, test), [2 * high, 2 * low, high + low])


@pytest.mark.parametrize("data", [sample, synchronous])
def test_probabilities_of_all_states_sum_to_one(data):
    train = data(3000)
    several = mixture.fit(train, 3, seed=0, rounds=10)
    for log_p in (
        baselines.independent(train, STATES),
        baselines.count(train, STATES),
        several.log_likelihood(STATES),
    ):
        assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-5)


def test_independent_model_is_worth_its_entropy():
    entropy = -(RATES * np.log(RATES) + (1 - RATES) * np.log(1 - RATES)).sum()
    nats = -baselines.independent(sample(50_000, 1), sample(50_000, 2))
    assert abs(nats.mean() - entropy) < 4 * nats.std() / math.sqrt(50_000) + 1e-3


def test_the_count_model_has_the_counts_and_the_rates_of_its_data():
    """P(K) of the data up to the smoothing, and firing probabilities within it."""
    train = synchronous(20_000)
    p = np.exp(baselines.count(train, STATES))
    k = (STATES > 0).sum(1)
    data = np.bincount((train > 0).sum(1), minlength=CELLS + 1) / len(train)
    np.testing.assert_allclose(np.bincount(k, p, CELLS + 1), data, atol=5e-4)
    np.testing.assert_allclose(p @ (STATES > 0), (train > 0).mean(0), atol=1e-3)


def test_independent_cells_gain_nothing_from_the_count_and_synchronous_ones_much():
    quiet, loud = (
        (baselines.count(data(20_000), test) - baselines.independent(data(20_000), test)).mean()
        for data, test in ((sample, sample(20_000, 1)), (synchronous, synchronous(20_000, 1)))
    )
    assert abs(quiet) < 0.01 and loud > 0.5


def test_symmetric_polynomials_by_hand():
    """(1 + t)(1 + 2t)(1 + 3t) = 1 + 6t + 11t^2 + 6t^3; given two of three cells, the last fires with 3 (1 + 2) / 11."""
    weight = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(baselines._symmetric_polynomials(weight, 3), [1, 6, 11, 6])
    np.testing.assert_allclose(baselines._mean_given_count(weight, np.array([0, 0, 1.0, 0])), [5 / 11, 8 / 11, 9 / 11])


def test_a_planted_mixture_is_found():
    """Two components are worth as much as the truth, one is not; every round of EM raises the likelihood."""
    train, test = synchronous(20_000), synchronous(20_000, 1)
    truth = 0.25 * _product(test, 0.8 * np.ones(CELLS)) + 0.75 * _product(test, 0.1 * RATES)
    found = mixture.fit(train, 2, seed=0, rounds=60).log_likelihood(test)
    assert found.mean() == pytest.approx(np.log(truth).mean(), abs=0.005)
    assert mixture.fit(train, 1, seed=0).log_likelihood(test).mean() < found.mean() - 0.5


def test_every_round_raises_the_likelihood():
    words = synchronous(2000)
    model = mixture.Mixture(np.full(3, -math.log(3)), np.random.default_rng(0).normal(size=(3, CELLS)))
    scores = []
    for _ in range(15):
        scores.append(model.log_likelihood(words).mean())
        model = mixture._improve(model, Active.of(words), (words > 0).mean(0))
    assert (np.diff(scores) > -1e-4).all() and scores[-1] > scores[0] + 0.5


def _product(words: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.where(words > 0, p, 1 - p).prod(1)
