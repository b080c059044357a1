"""Thermodynamic integration: its rule against exact energies, its estimates against quadrature and enumeration."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.errors import LatentfieldError
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.hopfield_thermodynamics import integrate_energy, integration_nodes


def network(size: int, patterns: int) -> Hopfield:
    grid = {"min": 0.5, "max": 2, "count": 2}
    return Hopfield(size=size, patterns=patterns, temperatures=grid, chains=2, draws=1, burn_in=0, spacing=1)


@pytest.mark.parametrize(("temperature", "tolerance"), [(2.0, 1e-9), (1.0, 1e-8), (0.4, 1e-5)])
def test_rule_integrates_exact_energies(temperature, tolerance):
    system = network(16, 2)
    points, weights = integration_nodes(1 / temperature, 32)
    energies = [system.exact(1 / point)["energy"] for point in points]
    found = 256 * math.log(2) - weights @ energies
    assert np.all(np.diff(points) > 0) and points[0] > 0 and points[-1] < 1 / temperature
    assert found == pytest.approx(system.exact(temperature)["log_z"], abs=tolerance)


@pytest.mark.parametrize(("size", "patterns", "temperature"), [(4, 3, 0.4), (4, 3, 1.0), (16, 4, 0.5), (16, 4, 1.2)])
def test_estimates_equal_quadrature(size, patterns, temperature):
    system = network(size, patterns)
    exact = system.exact(temperature)
    found = integrate_energy(system, temperature, np.random.default_rng(1))
    for name in ("log_z", "energy", "entropy"):
        assert abs(getattr(found, name) - exact[name]) < 4 * getattr(found, f"{name}_se"), name
    assert found.log_z_se < 0.1


def test_estimates_equal_enumeration_for_more_patterns_than_quadrature_takes():
    system = network(3, 7)
    s = (2 * (np.arange(512)[:, None] >> np.arange(9) & 1) - 1).astype(float)
    energy = -((s @ system.xi.T) ** 2).sum(1) / 18
    log_z = logsumexp(-energy / 0.6)
    p = np.exp(-energy / 0.6 - log_z)
    found = integrate_energy(system, 0.6, np.random.default_rng(2), chains=200)
    assert abs(found.log_z - log_z) < 4 * found.log_z_se
    assert abs(found.entropy + p @ np.log(p)) < 4 * found.entropy_se
    assert found.log_z_se < 0.02 and found.entropy_se < 0.02


@pytest.mark.parametrize("protocol", [{"chains": 1}, {"measurements": 0}])
def test_impossible_protocols_are_refused(protocol):
    with pytest.raises(LatentfieldError, match="chains must be at least 2"):
        integrate_energy(network(3, 2), 1.0, np.random.default_rng(0), **protocol)
