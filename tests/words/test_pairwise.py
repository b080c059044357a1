"""Pairwise maximum entropy on few cells, where every state can be summed over."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import gammaln, logsumexp

from latentfield.statistics.estimate import Estimate
from latentfield.words import annealing, pairwise
from latentfield.words.pairwise import Pairwise

CELLS = 8
STATES = np.array(list(itertools.product((0, 1), repeat=CELLS)), float)


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Fields and couplings of cells that are mostly silent and excite or inhibit each other."""
    rng = np.random.default_rng(seed)
    coupling = np.triu(rng.normal(0, 0.8, (CELLS, CELLS)), 1)
    return rng.normal(-1.2, 0.5, CELLS), coupling + coupling.T


def log_weight(field: np.ndarray, coupling: np.ndarray) -> np.ndarray:
    return STATES @ field + ((STATES @ coupling) * STATES).sum(1) / 2


def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Words ±1 of the planted model, and ln P of every state."""
    log_p = log_weight(*planted()) - logsumexp(log_weight(*planted()))
    chosen = np.random.default_rng(1).choice(len(STATES), n, p=np.exp(log_p))
    return (2 * STATES[chosen] - 1).astype(np.int8), log_p


def test_annealing_finds_the_sum_over_all_states():
    field, coupling = planted()
    start = np.full(CELLS, -1.0)
    found = annealing.log_partition(field, coupling, start, np.random.default_rng(2), annealing=300, walkers=300)
    truth = logsumexp(log_weight(field, coupling))
    assert abs(found.value - truth) < 4 * found.se < 0.1
    back = annealing.log_partition_from(draw(300)[0], field, coupling, start, np.random.default_rng(2), annealing=300)
    assert abs(back.value - truth) < 4 * back.se < 0.1


def test_independent_cells_need_no_annealing():
    field = planted()[0]
    found = annealing.log_partition(field, np.zeros((CELLS, CELLS)), field, np.random.default_rng(0), 2, 10)
    assert found == pytest.approx((np.logaddexp(0, field).sum(), 0), abs=1e-9)


def test_a_planted_model_is_recovered():
    """Moments of the data within the noise of the chains, nats within a hundredth of the truth, and a normalised law."""
    words, log_p = draw(40_000)
    model = pairwise.by_moments(words, seed=0, steps=600, chains=1500)
    p = np.exp(model.log_likelihood((2 * STATES - 1).astype(np.int8)))
    assert p.sum() == pytest.approx(1, abs=4 * model.log_z.se + 1e-3)
    x = (words > 0).astype(float)
    np.testing.assert_allclose((STATES * p[:, None]).T @ STATES / p.sum(), x.T @ x / len(x), atol=0.012)
    divergence = np.exp(log_p) @ (log_p - np.log(p / p.sum()))
    assert 0 <= divergence < 0.01


def test_annealing_backwards_sees_the_mode_that_annealing_forwards_misses():
    """A ferromagnet of 100 spins with two modes, of which walkers that start at its firing probabilities all choose the larger."""
    n, beta, h = 100, 1 / 0.6, 0.0024
    up = np.arange(n + 1)
    m = 2 * up - n
    log_binomial = gammaln(n + 1) - gammaln(up + 1) - gammaln(n - up + 1)
    log_p = log_binomial + beta * (m**2 - n) / (2 * n) + beta * h * m
    truth = logsumexp(log_p)
    rng = np.random.default_rng(0)
    number = rng.choice(up, 400, p=np.exp(log_p - truth))
    words = np.where(rng.random((400, n)).argsort(1).argsort(1) < number[:, None], 1, -1).astype(np.int8)
    # s = 2x - 1 turns the couplings of spins into those of active sites, and leaves a constant.
    coupling = 4 * beta / n * (1 - np.eye(n))
    field = np.full(n, 2 * beta * h - 2 * beta * (n - 1) / n)
    constant = beta * (n - 1) / 2 - beta * h * n
    p = (up / n) @ np.exp(log_p - truth)
    start = np.full(n, np.log(p / (1 - p)))
    forwards = annealing.log_partition(field, coupling, start, rng, annealing=500, walkers=200)
    backwards = annealing.log_partition_from(words, field, coupling, start, rng, annealing=500)
    assert forwards.value + constant < truth - 0.2 and abs(backwards.value + constant - truth) < 0.1


def test_a_mode_that_annealing_misses_is_part_of_the_error():
    """Two sites that are always alike, weight 3 to 1; a ln Z that forgets the lighter mode is made good from words of both."""
    words = np.repeat(np.where(np.arange(400) % 4 == 0, 1, -1).astype(np.int8)[:, None], 2, 1)
    strong = 12.0
    truth = math.log(1 + 2 * math.exp(-strong / 2 - 0.5) + math.exp(-1.0986))
    field, coupling = np.full(2, -strong / 2 - 0.5), np.array([[0, strong - 0.0986], [strong - 0.0986, 0]])
    found = pairwise.from_both_sides(Pairwise(field, coupling, Estimate(0.0, 0.001)), words, 0)
    assert found.log_z.value == pytest.approx(truth, abs=0.05)
    assert found.log_z.se == pytest.approx(found.log_z.value, rel=0.1)


def test_few_cells_are_fitted_by_sums_over_every_state():
    """Moments of the data to the penalty, ln Z without error, and at least the likelihood of the truth."""
    words, log_p = draw(40_000)
    model = pairwise.exactly(words)
    p = np.exp(model.log_likelihood((2 * STATES - 1).astype(np.int8)))
    assert p.sum() == pytest.approx(1, abs=1e-9) and model.log_z.se == 0
    x = (words > 0).astype(float)
    np.testing.assert_allclose((STATES * p[:, None]).T @ STATES, x.T @ x / len(x), atol=3e-4)
    states = {tuple(state): value for state, value in zip((2 * STATES - 1).astype(int), log_p, strict=True)}
    truth = np.mean([states[tuple(word)] for word in words])
    assert truth < model.log_likelihood(words).mean() < truth + 2 * 36 / (2 * len(words))
