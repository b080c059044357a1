"""Estimates and their standard errors, against distributions whose errors are known."""

import math

import numpy as np
import pytest

from latentfield.statistics.estimate import Estimate, blocked_mean, clustered_mean, jackknife, z_score

RNG_SEED = 4


def normal(chains: int, draws: int, seed: int = RNG_SEED) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((chains, draws))


def binder(m: np.ndarray) -> np.ndarray:
    return 1 - m[2] / (3 * m[1] ** 2)


def test_blocked_mean_by_hand():
    """Chain means 2 and 5: mean 3.5, standard error 3 / sqrt 2 / sqrt 2."""
    found = blocked_mean(np.array([[1.0, 3.0], [4.0, 6.0]]))
    assert found == pytest.approx((3.5, 1.5))


def test_draws_of_a_chain_are_not_taken_as_independent():
    """Ten equal draws per chain: an error from all draws would be sqrt 10 too small."""
    series = np.repeat(normal(400, 1), 10, axis=1)
    assert blocked_mean(series).se == pytest.approx(1 / 20, rel=0.15)


def test_the_error_of_the_mean_is_right():
    """Deviations in units of the stated error have unit variance over 300 repetitions."""
    z = [found.value / found.se for found in (blocked_mean(normal(100, 5, seed)) for seed in range(300))]
    assert np.var(z) == pytest.approx(1, abs=4 * math.sqrt(2 / 300) + 0.02)


def test_jackknife_of_a_linear_statistic_is_the_blocked_mean():
    """With as many bins as chains the jackknife of a mean is exactly the usual error."""
    series = normal(50, 3)
    found, truth = jackknife(lambda m: m[0], series), blocked_mean(series)
    assert found == pytest.approx((truth.value, truth.se))


@pytest.mark.parametrize(
    ("statistic", "truth", "error"),
    [
        (lambda m: m[1] - m[0] ** 2, 1.0, math.sqrt(2)),
        (binder, 0.0, math.sqrt(24) / 3),
        (lambda m: m[2], 3.0, math.sqrt(96)),
    ],
    ids=["variance", "binder", "fourth moment"],
)
def test_jackknife_errors_of_normal_variables(statistic, truth, error):
    """Errors known from the moments of the normal distribution; 50 bins know theirs to 10 %."""
    n = 20_000
    found = jackknife(statistic, normal(n, 1))
    assert found.se == pytest.approx(error / math.sqrt(n), rel=0.4)
    assert abs(found.value - truth) < 4 * error / math.sqrt(n)


def test_the_jackknife_error_is_right():
    """Binder cumulants of 300 repetitions scatter as their stated errors say."""
    found = [jackknife(binder, normal(200, 5, seed)) for seed in range(300)]
    scatter = np.std([estimate.value for estimate in found])
    assert np.sqrt(np.mean([estimate.se**2 for estimate in found])) == pytest.approx(scatter, rel=0.15)


def test_z_score():
    assert z_score(Estimate(3.0, 0.3), Estimate(1.0, 0.4)) == pytest.approx(4.0)
    assert z_score(Estimate(1.0, 0.4), Estimate(3.0, 0.3)) == pytest.approx(-4.0)
    assert z_score(Estimate(1.0, 0.0), Estimate(1.0, 0.0)) == 0


def test_means_of_words_and_of_clusters():
    assert clustered_mean(np.array([1.0, 2.0, 3.0, 6.0])) == pytest.approx((3.0, math.sqrt(14 / 3) / 2))
    values = np.random.default_rng(0).normal(size=400)
    twice = clustered_mean(np.repeat(values, 2), np.repeat(np.arange(400), 2))
    assert twice == pytest.approx(clustered_mean(values))
    assert twice == pytest.approx(clustered_mean(values, np.arange(400)))
    assert clustered_mean(np.repeat(values, 2)).se < 0.75 * twice.se
