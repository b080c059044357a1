"""Order-parameter curves: values by hand, exact columns, and a sampler held against itself."""

import numpy as np
import pytest

from latentfield.measures.observables import (
    compare,
    correlation_function,
    correlation_length,
    correlations,
    curves,
    exact_curves,
    worst,
)
from latentfield.records.measured import Agreement
from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising

SYSTEM = CurieWeiss(size=4, temperatures={"min": 0.8, "max": 1.6, "count": 3}, blocks=2, chains=4000)


def draw(temperature: float, unit: int) -> np.ndarray:
    return SYSTEM.sample_block(np.array([temperature]), stream(3, SYSTEM.name, unit))[0]


def test_curves_of_two_known_configurations():
    """|m| is 1 and 0 in equal parts: mean 1/2, variance 1/4, <m^4> / (3 <m^2>^2) = 2/3."""
    up, half = np.ones((4, 4), np.int8), np.repeat([[1], [-1]], 8, 0).reshape(4, 4).astype(np.int8)
    found = curves(SYSTEM, np.stack([up, half] * 50)[:, None], 0.5)
    assert found["abs_m"].value == pytest.approx(0.5)
    assert found["susceptibility"].value == pytest.approx(16 * 0.25 / 0.5)
    assert found["binder"].value == pytest.approx(1 / 3)
    assert found["energy"].value == pytest.approx(-0.25)


@pytest.mark.parametrize("temperature", [0.8, 1.2, 1.6])
def test_true_samples_agree_with_the_data_and_with_theory(temperature):
    row = compare(SYSTEM, temperature, draw(temperature, 0), draw(temperature, 1))
    for name in ("abs_m", "susceptibility", "binder", "energy", "correlation_length"):
        assert abs(row[f"{name}_z"]) < 4
        assert abs(row[name] - row[f"{name}_exact"]) < 4 * row[f"{name}_se"]


def test_samples_at_the_wrong_temperature_are_far_off():
    row = compare(SYSTEM, 0.8, draw(0.8, 0), draw(0.9, 1))
    assert abs(row["abs_m_z"]) > 6
    assert row["energy_exact"] == pytest.approx(SYSTEM.exact(0.8)["energy"] / 16)


def test_correlations_of_stripes_by_hand():
    """Columns + + - -: along a row G = 1, 0, -1; along a column 1. S(0) = 0, so xi is cut at 0."""
    x = np.broadcast_to(np.array([1, 1, -1, -1], np.int8), (60, 2, 4, 4))
    assert [g.value for g in correlation_function(x)] == pytest.approx([1, 0.5, 0])
    assert correlation_length(x).value == 0


def test_correlation_length_by_hand():
    """Half of all configurations up, half columns + + - -: S(0) = 8; |1 + i - i^2 - i^3|^2 16 / 16 = 8 along one axis in half."""
    up, stripes = np.ones((4, 4), np.int8), np.tile(np.array([1, 1, -1, -1], np.int8), (4, 1))
    x = np.stack([up, stripes] * 50).reshape(50, 2, 4, 4)
    assert correlation_length(x).value == pytest.approx(np.sqrt(8 / 2 - 1) / (2 * np.sin(np.pi / 4)))


def test_every_state_of_the_ising_model():
    """G(1) of 2,000 chains against minus half the exact energy per site, and xi against all 2^16 states of the torus."""
    system = Ising(size=4, temperatures={"min": 2.5, "max": 3, "count": 2}, chains=2000, draws=5, burn_in=20, spacing=3)
    x = system.sample_block(np.array([2.5]), stream(1, "ising", 0))[0]
    g = correlation_function(x)
    assert abs(g[1].value + system.exact(2.5)["energy"] / 32) < 4 * g[1].se
    states = (2 * (np.arange(2**16)[:, None] >> np.arange(16) & 1) - 1).astype(np.int8).reshape(-1, 4, 4)
    weight = np.exp(system.log_weight(states, 2.5) - system.exact(2.5)["log_z"])
    zero = weight @ states.sum((1, 2)).astype(float) ** 2
    mode = weight @ np.abs(states.sum(1) @ np.exp(0.5j * np.pi * np.arange(4))) ** 2
    xi = correlation_length(x)
    assert abs(xi.value - np.sqrt(zero / mode - 1) / (2 * np.sin(np.pi / 4))) < 4 * xi.se < 0.2


def test_two_points_of_curie_weiss_do_not_know_their_distance():
    rows = correlations(SYSTEM, 0.8, draw(0.8, 0), draw(0.8, 1))
    exact = (16 * SYSTEM.exact(0.8)["m2"] - 1) / 15
    assert [row["distance"] for row in rows] == [0, 1, 2] and rows[0]["data"] == rows[0]["vae"] == 1
    for row in rows[1:]:
        assert abs(row["data"] - exact) < 4 * row["data_se"] and abs(row["z"]) < 4


def test_a_network_without_geometry_has_no_correlation_function():
    hopfield = Hopfield(
        size=4, patterns=2, temperatures={"min": 1, "max": 2, "count": 2}, chains=2, draws=1, burn_in=1, spacing=1
    )
    x = np.ones((50, 1, 4, 4), np.int8)
    assert correlations(hopfield, 1.0, x, x) == [] and "correlation_length" not in curves(hopfield, x, 1.0)


def test_exact_curves_run_through_the_sampled_temperatures():
    rows = exact_curves(SYSTEM, np.array([0.8, 1.2, 1.6]))
    np.testing.assert_allclose([row["temperature"] for row in rows[::3]], [0.8, 1.2, 1.6])
    assert len(rows) == 7 and rows[3]["energy"] == pytest.approx(SYSTEM.exact(1.2)["energy"] / 16)


def test_the_worst_score_keeps_its_sign_and_skips_distance_zero():
    rows = [{"temperature": t, "abs_m": 0.1, "abs_m_z": z} for t, z in ((1.0, 2.0), (2.0, -5.0))]
    distances = [{"temperature": 1.0, "distance": r, "z": z} for r, z in ((0, 99.0), (1, -3.0), (2, 1.0))]
    assert worst(rows, distances) == {
        "abs_m": Agreement(worst_z=-5.0, worst_temperature=2.0),
        "correlation": Agreement(worst_z=-3.0, worst_temperature=1.0),
    }
