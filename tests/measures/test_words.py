"""Likelihood and statistics of words, against sums that can be written out."""

import itertools
import math

import numpy as np
import pytest
import torch
from simple import independent, model

from latentfield.measures import words

CELLS = 6


def sample(n: int, seed: int = 0) -> np.ndarray:
    """Random words of six cells with different firing probabilities."""
    p = np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.05])
    return np.where(np.random.default_rng(seed).random((n, CELLS)) < p, 1, -1).astype(np.int8)


@torch.no_grad()
def quadrature(made, x: np.ndarray, nodes: int = 161) -> np.ndarray:
    """ln P of words by summation over a grid of both latents; it shares no line with the estimate but the networks."""
    grid = torch.linspace(-8, 8, nodes, dtype=torch.float64)
    z = torch.cartesian_prod(grid, grid)
    scaled = made.scaled(1.0, len(z))
    log_prior = made.prior.log_prob(z.float(), scaled).double().sum(1)
    logits = (z @ made.decoder.linear.weight.double().T + made.decoder.linear.bias.double())[:, None]
    spins = torch.from_numpy(x).double()
    log_x = torch.log(torch.sigmoid(spins * logits)).sum(-1)
    return (torch.logsumexp(log_x + log_prior[:, None], 0) + 2 * math.log(16 / (nodes - 1))).numpy()


@pytest.mark.parametrize("spline", [False, True], ids=["normal prior", "spline prior"])
def test_likelihood_equals_quadrature_over_the_latents(spline):
    """The posterior is a random network's, made wide, and the prior in use: a missing factor of either is a constant off."""
    made = model((CELLS,), latents=2, seed=3)
    with torch.no_grad():
        made.decoder.linear.weight.mul_(3)
        made.encoder.scale[-1].bias[2:] = 1.6
        if spline:
            made.prior.networks[0][-1].bias.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    x = sample(30)
    found = words.log_likelihood(made, x, samples=40_000, seed=0, batch=16)
    np.testing.assert_allclose(found, quadrature(made, x), atol=0.04)


def test_likelihood_is_a_lower_bound_that_rises_with_the_samples():
    made = model((CELLS,), latents=2, seed=3)
    with torch.no_grad():
        made.decoder.linear.weight.mul_(3)
        made.encoder.scale[-1].bias[2:] = -1.0
    x = sample(300)
    few, some, many = (words.log_likelihood(made, x, samples=k, seed=1).mean() for k in (1, 10, 1000))
    assert few < some < many < quadrature(made, x, 81).mean() + 0.02


def test_likelihood_of_independent_cells_needs_one_sample():
    logits = [-2.0, 0.5, 1.0, 0.0, -0.3, 3.0]
    x = sample(50)
    p = 1 / (1 + np.exp(-np.array(logits)))
    truth = np.log(np.where(x > 0, p, 1 - p)).sum(1)
    np.testing.assert_allclose(words.log_likelihood(independent((CELLS,), logits), x, 1, 0), truth, atol=1e-4)


def test_independent_model_by_hand():
    """Two training words, rates (k + 1/2) / 3; a cell that never fired still has finite nats."""
    train = np.array([[1, -1], [1, -1]], np.int8)
    test = np.array([[1, -1], [-1, 1], [1, 1]], np.int8)
    high, low = math.log(2.5 / 3), math.log(0.5 / 3)
    np.testing.assert_allclose(words.independent_log_likelihood(train, test), [2 * high, 2 * low, high + low])


def test_independent_probabilities_sum_to_one():
    states = np.array(list(itertools.product((-1, 1), repeat=CELLS)), np.int8)
    assert np.exp(words.independent_log_likelihood(sample(100), states)).sum() == pytest.approx(1)


def test_independent_model_is_worth_its_entropy():
    """On many words of independent cells, the mean of -ln P is the sum of the cells' entropies."""
    p = np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.05])
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum()
    found = words.mean(-words.independent_log_likelihood(sample(50_000, 1), sample(50_000, 2)))
    assert abs(found.value - entropy) < 4 * found.se + 1e-3


def test_mean_and_its_error():
    assert words.mean(np.array([1.0, 2.0, 3.0, 6.0])) == pytest.approx((3.0, math.sqrt(14 / 3) / 2))


def test_count_distribution_by_hand():
    x = np.array([[1, 1, -1], [-1, -1, -1], [1, -1, -1], [-1, -1, 1]], np.int8)
    p, se = words.count_distribution(x)
    np.testing.assert_allclose(p, [0.25, 0.5, 0.25, 0])
    np.testing.assert_allclose(se, np.sqrt([0.1875 / 4, 0.25 / 4, 0.1875 / 4, 0]))


def test_overlaps_are_of_disjoint_pairs():
    """Words that differ from each other in known ways; int8 products must not wrap around."""
    same = np.ones((7, 200), np.int8)
    np.testing.assert_array_equal(words.overlaps(same, np.random.default_rng(0)), np.ones(3))
    x = np.where(np.arange(8)[:, None] == np.arange(8), 1, -1).astype(np.int8)
    np.testing.assert_allclose(words.overlaps(x, np.random.default_rng(0)), np.full(4, 0.5))
    two = np.array([[1, 1, 1, -1], [1, -1, -1, -1]], np.int8)
    np.testing.assert_allclose(words.overlaps(two, np.random.default_rng(0)), [0.0])


def test_mean_overlap_of_independent_cells():
    """<q> = mean of the squared magnetisations."""
    q = words.overlaps(sample(40_000), np.random.default_rng(0))
    m = 2 * np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.05]) - 1
    assert abs(q.mean() - (m**2).mean()) < 4 * q.std() / math.sqrt(len(q)) + 2e-3


def test_drawn_independent_words_have_the_rates_of_the_training_words():
    train = sample(5000)
    drawn = words.draw_independent(train, 50_000, np.random.default_rng(1))
    assert drawn.dtype == np.int8 and set(np.unique(drawn)) == {-1, 1}
    p = (train > 0).mean(0)
    assert (np.abs((drawn > 0).mean(0) - p) < 4 * np.sqrt(p * (1 - p) / 50_000)).all()
    spins = drawn - drawn.mean(0)
    correlation = spins.T @ spins / len(spins)
    assert np.abs(correlation - np.diag(np.diag(correlation))).max() < 5 / math.sqrt(50_000)
