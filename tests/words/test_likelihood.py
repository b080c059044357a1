"""Likelihood and statistics of words, against sums that can be written out."""

import math

import numpy as np
import pytest
import torch

from latentfield.statistics.estimate import clustered_mean
from latentfield.words import likelihood
from tests.measures.simple import independent, model

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
        made.encoder.heads.bias[2:] = 1.6
        if spline:
            made.prior.networks[0][-1].bias.normal_(0, 0.3, generator=torch.Generator().manual_seed(1))
    x = sample(30)
    found = likelihood.log_likelihood(made, x, [40_000], seed=0, batch=16)[0]
    np.testing.assert_allclose(found, quadrature(made, x), atol=0.04)


def test_likelihood_is_a_lower_bound_that_rises_with_the_samples():
    made = model((CELLS,), latents=2, seed=3)
    with torch.no_grad():
        made.decoder.linear.weight.mul_(3)
        made.encoder.heads.bias[2:] = -1.0
    x = sample(300)
    few, some, many = likelihood.log_likelihood(made, x, [1, 10, 1000], seed=1).mean(1)
    assert few < some < many < quadrature(made, x, 81).mean() + 0.02


def test_a_smaller_bound_uses_all_draws_in_groups():
    """The bound of one draw is the mean of the log-weights, that of all of them the logarithm of their mean weight."""
    made = model((CELLS,), latents=2, seed=3)
    x = sample(20)
    log_weight = (
        made.log_weights(torch.from_numpy(x), draws=12, generator=torch.Generator().manual_seed(4)).detach().double()
    )
    found = likelihood.log_likelihood(made, x, [1, 4, 12], seed=4)
    np.testing.assert_allclose(found[0], log_weight.mean(0), atol=1e-5)
    np.testing.assert_allclose(found[1], log_weight.exp().reshape(3, 4, 20).mean(1).log().mean(0), atol=1e-5)
    np.testing.assert_allclose(found[2], log_weight.exp().mean(0).log(), atol=1e-5)


def test_likelihood_of_independent_cells_needs_one_sample():
    logits = [-2.0, 0.5, 1.0, 0.0, -0.3, 3.0]
    x = sample(50)
    p = 1 / (1 + np.exp(-np.array(logits)))
    truth = np.log(np.where(x > 0, p, 1 - p)).sum(1)
    np.testing.assert_allclose(likelihood.log_likelihood(independent((CELLS,), logits), x, [1], 0)[0], truth, atol=1e-4)


def test_mean_and_its_error():
    assert clustered_mean(np.array([1.0, 2.0, 3.0, 6.0])) == pytest.approx((3.0, math.sqrt(14 / 3) / 2))


def test_words_of_a_cluster_count_once():
    """Every word twice: the error is that of half as many words. One cluster per word: no clusters at all."""
    values = np.random.default_rng(0).normal(size=400)
    twice = clustered_mean(np.repeat(values, 2), np.repeat(np.arange(400), 2))
    assert twice == pytest.approx(clustered_mean(values))
    assert twice == pytest.approx(clustered_mean(values, np.arange(400)))
    assert clustered_mean(np.repeat(values, 2)).se < 0.75 * twice.se


def test_frequencies_by_hand():
    state = np.array([2, 0, 1, 1])
    p, se = likelihood.frequencies(state, 4)
    np.testing.assert_allclose(p, [0.25, 0.5, 0.25, 0])
    np.testing.assert_allclose(se, np.sqrt([0.1875 / 4, 0.25 / 4, 0.1875 / 4, 0]))


def test_frequencies_of_clusters_vary_with_the_clusters():
    """Whole clusters in one of two states: the error is that of the clusters, sqrt(n words / n clusters) larger."""
    state = np.repeat(np.random.default_rng(1).integers(0, 2, 100), 25)
    _, alone = likelihood.frequencies(state, 2)
    _, together = likelihood.frequencies(state, 2, np.repeat(np.arange(100), 25))
    np.testing.assert_allclose(together, 5 * alone * math.sqrt(100 / 99), rtol=1e-6)


def test_covariances_and_their_errors():
    """Two cells that agree in 3 of 4 words; errors against 400 repetitions."""
    rng = np.random.default_rng(2)

    def draw(n):
        first = rng.choice([-1, 1], n)
        return np.stack([first, np.where(rng.random(n) < 0.75, first, -first)], 1).astype(np.int8)

    found, error = likelihood.covariance(draw(20_000))
    assert abs(found[0, 1] - 0.5) < 4 * error[0, 1]
    spread = np.std([likelihood.covariance(draw(200))[0][0, 1] for _ in range(400)])
    for cluster in (None, np.arange(200)):
        assert likelihood.covariance(draw(200), cluster)[1][0, 1] == pytest.approx(spread, rel=0.25)


def test_codes_number_the_words():
    x = np.array([[1, -1, 1], [-1, -1, -1], [1, 1, 1]], np.int8)
    np.testing.assert_array_equal(likelihood.codes(x, np.array([0, 2])), [3, 0, 3])
    np.testing.assert_array_equal(likelihood.codes(x, np.array([1, 2])), [2, 0, 3])


def test_overlaps_are_of_disjoint_pairs():
    """Words that differ from each other in known ways; int8 products must not wrap around."""
    same = np.ones((7, 200), np.int8)
    np.testing.assert_array_equal(likelihood.overlaps(same, np.random.default_rng(0)), np.ones(3))
    x = np.where(np.arange(8)[:, None] == np.arange(8), 1, -1).astype(np.int8)
    np.testing.assert_allclose(likelihood.overlaps(x, np.random.default_rng(0)), np.full(4, 0.5))
    two = np.array([[1, 1, 1, -1], [1, -1, -1, -1]], np.int8)
    np.testing.assert_allclose(likelihood.overlaps(two, np.random.default_rng(0)), [0.0])


def test_mean_overlap_of_independent_cells():
    """<q> = mean of the squared magnetisations."""
    q = likelihood.overlaps(sample(40_000), np.random.default_rng(0))
    m = 2 * np.array([0.1, 0.2, 0.3, 0.5, 0.7, 0.05]) - 1
    assert abs(q.mean() - (m**2).mean()) < 4 * q.std() / math.sqrt(len(q)) + 2e-3


def test_drawn_independent_words_have_the_rates_of_the_training_words():
    train = sample(5000)
    drawn = likelihood.draw_independent(train, 50_000, np.random.default_rng(1))
    assert drawn.dtype == np.int8 and set(np.unique(drawn)) == {-1, 1}
    p = (train > 0).mean(0)
    assert (np.abs((drawn > 0).mean(0) - p) < 4 * np.sqrt(p * (1 - p) / 50_000)).all()
    spins = drawn - drawn.mean(0)
    correlation = spins.T @ spins / len(spins)
    assert np.abs(correlation - np.diag(np.diag(correlation))).max() < 5 / math.sqrt(50_000)
