"""Maps of what a log ratio depends on, on log ratios written down by hand."""

import numpy as np
import pytest

from latentfield.measures.residuals import by_distance, residuals

SHAPE = (4, 4)
N = 16


def spins(n: int) -> np.ndarray:
    return np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (n, N))


def test_a_field_is_all_one_point():
    x = spins(1500)
    found = residuals(x, 0.7 * x[:, 3] - 0.2 * x[:, 9] + 5, seed=0)
    expected = np.zeros(N)
    expected[[3, 9]] = 0.7, -0.2
    np.testing.assert_allclose(found.one.slopes, expected, atol=0.02)
    assert found.one.explained > 0.999 and found.two.explained < 0.05
    assert abs(found.one.null) < 0.05 and abs(found.two.null) < 0.05


def test_a_coupling_is_all_two_point():
    x = spins(1500)
    found = residuals(x, 0.5 * x[:, 2] * x[:, 7] + 1.0 * x[:, 0] * x[:, 1] - 3, seed=0)
    expected = np.zeros((N, N))
    expected[2, 7] = expected[7, 2] = 0.5
    expected[0, 1] = expected[1, 0] = 1.0
    np.testing.assert_allclose(found.two.slopes, expected, atol=0.02)
    assert found.two.explained > 0.999 and found.one.explained < 0.05


def test_pure_noise_explains_nothing():
    noise = np.random.default_rng(1).normal(size=1500)
    found = residuals(spins(1500), noise, seed=0)
    for fit in found:
        assert fit.explained < 0.05 and fit.null == pytest.approx(0, abs=0.05)


def test_slopes_by_displacement():
    """Every site coupled to the next one in its row, over the edge too: displacements (0, 1) and (0, 3) alone."""
    sites = np.arange(N).reshape(SHAPE)
    slopes = np.zeros((N, N))
    slopes[sites, np.roll(sites, -1, 1)] = 2.0
    expected = np.zeros(SHAPE)
    expected[0, 1] = expected[0, 3] = 2.0
    np.testing.assert_allclose(by_distance(slopes + slopes.T, SHAPE), expected)
