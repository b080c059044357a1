"""Bingham draws against moments by quadrature over the sphere, and a missing rejection step that they must find."""

import functools

import numpy as np
import pytest

from latentfield.systems.kernels import bingham
from latentfield.systems.kernels.bingham import LANES, draw_bingham, eigenframe, envelope_width
from latentfield.systems.kernels.random_lanes import lane_states
from latentfield.systems.maier_saupe_integral import log_bingham

SPECTRA = [(0, 0, 0), (1e-3, 0, -1e-3), (2, 0, -1), (5, 0, 0), (5, 5, 0), (30, 10, 0), (12, -3, -3.5), (0, -200, -200)]
POWERS = [(2, 0, 0), (0, 2, 0), (0, 0, 2), (4, 0, 0), (0, 4, 0), (2, 2, 0), (1, 1, 0), (1, 0, 1), (0, 1, 1)]


@functools.cache
def sphere(spectrum: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, float]:
    """Quadrature points (n, 3), their probabilities, and ln of the mean of exp(n^T M n), for M = diag(spectrum)."""
    x, weights = np.polynomial.legendre.leggauss(200)
    longitude = 2 * np.pi * np.arange(200) / 200
    ring = np.sqrt(1 - x**2)[:, None]
    points = np.stack(np.broadcast_arrays(x[:, None], ring * np.cos(longitude), ring * np.sin(longitude)), -1)
    points = points.reshape(-1, 3)
    exponent = points**2 @ np.array(spectrum, dtype=float)
    mass = np.repeat(weights / 400, 200) * np.exp(exponent - max(spectrum))
    return points, mass / mass.sum(), float(np.log(mass.sum()) + max(spectrum))


def largest_deviation(spectrum: tuple[float, ...], draw=draw_bingham, n: int = 200_000) -> float:
    """Largest difference of the moments in `POWERS` from the exact ones, in standard errors, in a random frame."""
    rng = np.random.default_rng(17)
    frame = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    directors = np.empty((3, n + LANES), np.float32)
    draw(frame @ np.diag(spectrum).astype(float) @ frame.T, directors, lane_states(rng, 3 * LANES))
    points, mass, _ = sphere(spectrum)
    found = directors[:, :n].T.astype(np.float64) @ frame
    deviations = []
    for power in POWERS:
        series, truth = np.prod(found**power, axis=-1), mass @ np.prod(points**power, axis=-1)
        deviations.append(abs(series.mean() - truth) / (series.std() / np.sqrt(n)))
    return max(deviations)


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_moments_are_exact(spectrum):
    assert largest_deviation(spectrum) < 4


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_normaliser_is_that_of_the_product_quadrature(spectrum):
    ordered = np.sort(np.array(spectrum, dtype=float))[::-1]
    assert log_bingham(ordered) == pytest.approx(sphere(spectrum)[2], abs=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_eigenframe_diagonalises(seed):
    matrix = np.random.default_rng(seed).normal(size=(3, 3))
    matrix += matrix.T
    diagonal, frame = matrix.copy(), np.empty((3, 3))
    eigenframe(diagonal, frame)
    np.testing.assert_allclose(frame @ np.diag(np.diag(diagonal)) @ frame.T, matrix, atol=1e-9)
    np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("concentration", [(0.0, 0.0, 0.0), (0.0, 3.0, 5.0), (0.0, 0.0, 900.0), (1e4, 0.0, 1e4)])
def test_envelope_width_solves_its_equation(concentration):
    concentration = np.array(concentration)
    assert np.sum(1 / (envelope_width(concentration) + 2 * concentration)) == pytest.approx(1, abs=1e-12)


@pytest.mark.slow
def test_missing_rejection_is_found(monkeypatch):
    def propose_and_keep(integers, concentration, stretch, log_bound, points, kept):
        bingham_propose(integers, concentration, stretch, log_bound, points, kept)
        kept[:] = 1

    bingham_propose = bingham.propose
    monkeypatch.setattr(bingham, "propose", propose_and_keep)
    assert largest_deviation((5, 0, 0), draw_bingham.py_func, n=20_000) > 6
