"""Order-parameter curves: values by hand, exact columns, and a sampler held against itself."""

import numpy as np
import pytest

from latentfield.measures.observables import compare, curves
from latentfield.systems.base import stream
from latentfield.systems.curie_weiss import CurieWeiss

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
    row = compare(SYSTEM, temperature, draw(temperature, 0), draw(temperature, 1)[:, 0])
    for name in ("abs_m", "susceptibility", "binder", "energy"):
        assert abs(row[f"{name}_z"]) < 4
        assert abs(row[name] - row[f"{name}_exact"]) < 4 * row[f"{name}_se"]


def test_samples_at_the_wrong_temperature_are_far_off():
    row = compare(SYSTEM, 0.8, draw(0.8, 0), draw(0.9, 1)[:, 0])
    assert abs(row["abs_m_z"]) > 6
    assert row["energy_exact"] == pytest.approx(SYSTEM.exact(0.8)["energy"] / 16)
