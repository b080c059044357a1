"""Integrated autocorrelation times of series whose time is known."""

import numpy as np
import pytest

from latentfield.statistics.autocorrelation import integrated_time


def autoregressive(rho: float, chains: int, draws: int, seed: int = 0) -> np.ndarray:
    """Stationary a_t = rho a_{t-1} + noise, whose time is (1 + rho) / (2 (1 - rho))."""
    noise = np.random.default_rng(seed).standard_normal((draws, chains))
    series = np.empty((draws, chains))
    series[0] = noise[0]
    for t in range(1, draws):
        series[t] = rho * series[t - 1] + np.sqrt(1 - rho**2) * noise[t]
    return series.T


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("offset", [0.0, -7.0])
def test_autoregressive_series(rho, offset):
    """The statistical error of tau is about tau sqrt(2 (2W + 1) / samples), and the window of 5 tau cuts off 1 % of it."""
    chains, draws = 200, 2000
    time = integrated_time(offset + autoregressive(rho, chains, draws))
    truth = (1 + rho) / (2 * (1 - rho))
    error = truth * np.sqrt(2 * (10 * truth + 1) / (chains * draws))
    assert time.resolved
    assert abs(time.tau - truth) < 4 * error + 0.01 * truth


def test_the_variance_of_the_mean_is_that_of_n_over_two_tau_draws():
    """The one property the effective sample size is used for."""
    series = autoregressive(0.8, 400, 1000, seed=1)
    found = series.mean(1).var() * 1000 / (2 * series.var())
    assert found == pytest.approx(integrated_time(series).tau, rel=4 * np.sqrt(2 / 400))


def test_scale_does_not_matter():
    series = autoregressive(0.7, 20, 100)
    assert integrated_time(1e-6 * series).tau == pytest.approx(integrated_time(series).tau)


def test_a_mode_that_every_chain_keeps_is_not_resolved():
    """Chains measured around their own means would look independent: the bug that hides pattern weights of a Hopfield network."""
    frozen = np.repeat(np.random.default_rng(0).standard_normal((50, 1)), 100, axis=1)
    time = integrated_time(frozen)
    assert not time.resolved
    assert time.tau == pytest.approx(99.5)
    noisy = frozen + autoregressive(0.0, 50, 100)
    assert not integrated_time(noisy).resolved
    assert integrated_time(noisy).tau > 20


def test_independent_draws_have_half_a_draw():
    assert integrated_time(autoregressive(0.0, 500, 500)).tau == pytest.approx(0.5, abs=0.02)
    assert integrated_time(np.random.default_rng(0).standard_normal((1000, 1))) == (0.5, True)


def test_alternating_series_are_not_counted_better_than_independent():
    series = np.tile([1.0, -1.0], (10, 50))
    assert integrated_time(series) == (0.5, True)


@pytest.mark.parametrize("value", [0.0, 1.0, -0.3])
def test_constant_series_have_half_a_draw(value):
    """A saturated observable (|m| = 1 at low temperature) has no fluctuations to correlate; rounding must not make some."""
    assert integrated_time(np.full((10, 30), value)) == (0.5, True)
