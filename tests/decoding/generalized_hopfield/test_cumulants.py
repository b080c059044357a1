"""K(h) where it is known: a normal prior under weak patterns, and derivatives by differences."""

import numpy as np
import pytest
from scipy.stats import norm

from latentfield.decoding.generalized_hopfield.cumulants import along_axes, densities, frame, plane, split, standardised
from latentfield.decoding.generalized_hopfield.model import decode
from tests.decoding.generalized_hopfield.linear import linear_model

ZERO = np.zeros(2)


def test_normal_prior_and_weak_patterns_make_it_quadratic():
    """With b = 0, p~ is Normal(0, (1 + W^T W)^-1) to second order in W."""
    model = linear_model(6, 2, bent=False, strength=0.05)
    model.decoder.linear.bias.data.zero_()
    theory = decode(model)
    h = np.random.default_rng(0).normal(size=(20, 2))
    covariance = np.linalg.inv(np.eye(2) + theory.patterns @ theory.patterns.T)
    np.testing.assert_allclose(theory.tilted.cumulant(h), 0.5 * np.einsum("nk,kl,nl->n", h, covariance, h), atol=1e-3)
    assert abs(standardised(theory, ZERO)[0]["kurtosis"]) < 1e-3


def test_no_patterns_leave_the_prior():
    model = linear_model(6, 1, bent=False)
    model.decoder.linear.weight.data.mul_(1e-6)
    theory = decode(model)
    h = np.linspace(-3, 3, 13)[:, None]
    np.testing.assert_allclose(theory.tilted.cumulant(h), h[:, 0] ** 2 / 2, atol=1e-5)


@pytest.mark.parametrize("origin", [np.zeros(1), np.array([1.3])])
def test_cumulants_are_derivatives(origin):
    theory = decode(linear_model(6, 1, seed=2, strength=0.3), tolerance=1e-11)
    step = 0.02
    k = theory.tilted.cumulant(origin + step * np.arange(-3, 4)[:, None])
    first, second = (k[4] - k[2]) / (2 * step), (k[4] - 2 * k[3] + k[2]) / step**2
    third = (k[5] - 2 * k[4] + 2 * k[2] - k[1]) / (2 * step**3)
    (row,) = standardised(theory, origin)
    found = row["mean"], row["variance"], row["skewness"] * row["variance"] ** 1.5
    np.testing.assert_allclose(found, (first, second, third), atol=2e-3)


def test_the_excess_is_of_third_order():
    theory = decode(linear_model(6, 2, seed=2))
    small = [np.subtract(*split(theory, np.array([[x, -x]]), ZERO))[0] for x in (0.02, 0.04)]
    assert small[1] / small[0] == pytest.approx(8, rel=0.2)


def test_tables_average_runs_and_give_their_error():
    runs = [decode(linear_model(6, 2, seed=seed)) for seed in (1, 2)]
    rows = along_axes(runs, np.array([[-1.0, -2.0], [1.0, 2.0]]), ZERO, 5)
    assert [row["h"] for row in rows] == [-1, -0.5, 0, 0.5, 1, -2, -1, 0, 1, 2]
    values = [run.tilted.cumulant(np.array([[0.0, 2.0]]))[0] for run in runs]
    assert rows[-1]["k"] == pytest.approx(np.mean(values))
    assert rows[-1]["k_se"] == pytest.approx(abs(np.diff(values)[0]) / 2)
    flat = plane(runs[:1], np.array([[-1.0, -2.0], [1.0, 2.0]]), ZERO, 3)
    assert flat[7]["k"] == pytest.approx(runs[0].tilted.cumulant(np.array([[1.0, 0.0]]))[0]) and flat[7]["k_se"] == 0
    assert flat[4]["k"] == pytest.approx(0, abs=1e-12)


def test_densities_are_those_of_a_normal_prior_and_its_gaussian_tilt():
    """b = 0 and weak patterns: p~ is Normal(0, C), C = (1 + W^T W)^-1, and pulled by h it has the mean C h."""
    model = linear_model(6, 2, bent=False, strength=0.05)
    model.decoder.linear.bias.data.zero_()
    theory, pull = decode(model), np.array([1.5, -1.0])
    covariance = np.linalg.inv(np.eye(2) + theory.patterns @ theory.patterns.T)
    rows = densities(theory, pull, bins=40)
    assert [row["axis"] for row in rows] == [0] * 40 + [1] * 40
    for axis in (0, 1):
        z = np.array([row["z"] for row in rows if row["axis"] == axis])
        found = {
            name: np.array([row[name] for row in rows if row["axis"] == axis]) for name in ("prior", "tilted", "pulled")
        }
        width = z[1] - z[0]
        expected = {
            "prior": (0, 1),
            "tilted": (0, covariance[axis, axis]),
            "pulled": (covariance[axis] @ pull, covariance[axis, axis]),
        }
        for name, (mean, variance) in expected.items():
            p = found[name] * width
            assert p.sum() == pytest.approx(1, abs=1e-5)
            assert p @ z == pytest.approx(mean, abs=0.02)
            assert p @ (z - mean) ** 2 == pytest.approx(variance, abs=0.05)
            np.testing.assert_allclose(found[name], norm.pdf(z, mean, np.sqrt(variance)), atol=0.05)


def test_pulls_of_silent_words_reach_far_on_one_side_only():
    """Nearly all pulls of an exponential law are within its quantiles, and the grid keeps its origin in the middle."""
    pulls = np.random.default_rng(0).exponential(size=(200_000, 1))
    origin, reach = frame(pulls)
    np.testing.assert_allclose(origin, 1, atol=0.02)
    np.testing.assert_allclose(reach[:, 0], [0.0005 - 1, np.log(2000) - 1], atol=0.3)
