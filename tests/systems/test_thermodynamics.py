"""Thermodynamic integration: its rule against exact energies, its estimates against quadrature and enumeration.

And what each system makes of it: exact where the system is, integrated with an error where it is not, else nothing.
"""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from latentfield.errors import LatentfieldError
from latentfield.systems.hopfield import Hopfield
from latentfield.systems.ising import Ising
from latentfield.systems.maier_saupe import MaierSaupe
from latentfield.systems.thermodynamics import integrate_energy, integration_nodes


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
        value, se = getattr(found, name)
        assert abs(value - exact[name]) < 4 * se, name
    assert found.log_z.se < 0.1


def test_estimates_equal_enumeration_for_more_patterns_than_quadrature_takes():
    system = network(3, 7)
    s = (2 * (np.arange(512)[:, None] >> np.arange(9) & 1) - 1).astype(float)
    energy = -((s @ system.xi.T) ** 2).sum(1) / 18
    log_z = logsumexp(-energy / 0.6)
    p = np.exp(-energy / 0.6 - log_z)
    found = integrate_energy(system, 0.6, np.random.default_rng(2), chains=200)
    assert abs(found.log_z.value - log_z) < 4 * found.log_z.se
    assert abs(found.entropy.value + p @ np.log(p)) < 4 * found.entropy.se
    assert found.log_z.se < 0.02 and found.entropy.se < 0.02


@pytest.mark.parametrize("protocol", [{"chains": 1}, {"measurements": 0}])
def test_impossible_protocols_are_refused(protocol):
    with pytest.raises(LatentfieldError, match="chains must be at least 2"):
        integrate_energy(network(3, 2), 1.0, np.random.default_rng(0), **protocol)


def test_what_is_exact_has_no_error():
    found, exact = network(4, 3).thermodynamics(0.8, np.random.default_rng(0)), network(4, 3).exact(0.8)
    assert found == tuple((exact[name], 0) for name in ("log_z", "energy", "entropy"))


def test_more_patterns_are_integrated_with_an_error(monkeypatch):
    """The same network by both ways: quadrature, and integration as for more patterns."""
    exact = network(4, 4).exact(0.8)
    monkeypatch.setattr(Hopfield, "exact", lambda self, temperature: {})
    found = network(4, 4).thermodynamics(0.8, np.random.default_rng(0))
    assert 0 < found.log_z.se < 0.05 and 0 < found.entropy.se < 0.1
    assert found.log_z.value == pytest.approx(exact["log_z"], abs=4 * found.log_z.se)
    assert found.entropy.value == pytest.approx(exact["entropy"], abs=4 * found.entropy.se)


def test_directors_are_integrated_from_their_uniform_measure():
    """ln Z of free directors is 0, and the nodes crowd where the nematic's own transition is."""
    grid = {"min": 0.2, "max": 0.3, "count": 2}
    system = MaierSaupe(size=4, temperatures=grid, chains=2, draws=1, burn_in=0, spacing=1)
    found, exact = integrate_energy(system, 0.2, np.random.default_rng(4), measurements=200), system.exact(0.2)
    assert found.log_z.value == pytest.approx(exact["log_z"], abs=4 * found.log_z.se)
    assert found.entropy.value == pytest.approx(exact["entropy"], abs=4 * found.entropy.se)
    assert found.log_z.se < 0.05


def test_what_is_neither_exact_nor_integrated_is_unknown(monkeypatch):
    grid = {"min": 2, "max": 3, "count": 2}
    system = Ising(size=4, temperatures=grid, chains=2, draws=1, burn_in=1, spacing=1)
    monkeypatch.setattr(Ising, "exact", lambda self, temperature: {})
    assert system.thermodynamics(2.0, np.random.default_rng(0)) is None
    assert system.unknown == "nothing is known in closed form for ising"
