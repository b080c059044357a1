"""Maps of what a log ratio depends on, on log ratios written down by hand."""

import numpy as np
import pytest

from latentfield.measures.residual_maps import by_distance, deviations, residuals
from tests.measures.simple import independent

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


def test_vectors_couple_by_their_product():
    """y = a_1 . a_2 of unit vectors: found by the two-point map at that pair alone; a linear field by the one-point map."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1500, 8, 3))
    x /= np.linalg.norm(x, axis=2, keepdims=True)
    found = residuals(x, 0.9 * (x[:, 1] * x[:, 2]).sum(1) + x[:, 5] @ [0.3, 0.0, -0.4], seed=0)
    expected = np.zeros((8, 8))
    expected[1, 2] = expected[2, 1] = 0.9
    np.testing.assert_allclose(found.two.slopes, expected, atol=0.15)
    assert found.two.slopes[1, 2] > 5 * np.abs(np.delete(found.two.slopes.ravel(), [10, 17])).max()
    assert found.one.slopes[5] == pytest.approx(0.5, abs=0.1) and found.one.slopes.argmax() == 5


def test_groups_may_lie_at_different_heights():
    """A jump of 100 nats between two temperatures is neither a field nor a coupling."""
    x, group = spins(1500), np.arange(1500) % 2
    x[group == 1, 4] = 1
    found = residuals(x, 0.7 * x[:, 3] + 100 * group, seed=0, groups=group)
    assert found.one.slopes[3] == pytest.approx(0.7, abs=0.03) and np.abs(np.delete(found.one.slopes, 3)).max() < 0.03
    assert found.one.explained > 0.99


def test_groups_may_differ_in_what_is_regressed_on():
    """Products whose mean rises with y from group to group, but not within one, explain nothing."""
    rng = np.random.default_rng(3)
    group = np.arange(3000) % 3
    x = np.where(rng.random((3000, N)) < 0.5 + 0.2 * group[:, None], 1, -1)
    found = residuals(x, 10 * group + rng.normal(size=3000), seed=0, groups=group)
    for fit in found:
        assert abs(fit.explained) < 0.05 and np.abs(fit.slopes).max() < 0.1


def test_a_uniform_torus_shares_the_slopes_of_a_displacement():
    """y = sum over bonds of s_i s_j with 0.4 to the right, -0.1 below: 129 slopes instead of 32,640."""
    x = np.random.default_rng(0).choice([-1.0, 1.0], (1200, 16, 16))
    y = (0.4 * x * np.roll(x, 1, 2) - 0.1 * x * np.roll(x, 1, 1)).sum((1, 2))
    found = residuals(x.reshape(1200, 256), y, seed=0, torus=(16, 16))
    expected = np.zeros((16, 16))
    expected[0, [1, 15]], expected[[1, 15], 0] = 0.4, -0.1
    np.testing.assert_allclose(found.two.slopes, expected, atol=0.01)
    assert found.two.explained > 0.99 and abs(found.two.null) < 0.3


def test_deviations_are_what_the_decoder_does_not_expect():
    made = independent((2, 2), [0.0, 1.0, -2.0, 30.0])
    x = np.array([[[1, 1], [-1, 1]], [[-1, -1], [-1, 1]]], np.int8)
    found = deviations(made, x, np.ones(2))
    expected = x.reshape(2, 4) - np.tanh(np.array([0.0, 0.5, -1.0, 15.0]))
    np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-5)


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
